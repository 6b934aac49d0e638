"""The problem documents (RFC 9457) of the page's own errors."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from shared.contracts.parts import Problem

NOT_A_PAGE = Problem(
    title="Not from this page",
    status=403,
    detail="Another site sent this request. Use this page, or the API with a token.",
)
NO_SESSION = Problem(
    title="No session",
    status=401,
    detail="The page's cookie is missing or has expired. Allow cookies and reload the page.",
)
NO_SUCH_ID = Problem(title="No such id", status=404, detail="Nothing has this id.")
NOT_JSON = Problem(
    title="Not JSON", status=415, detail="The request must be sent as application/json."
)
TOO_LARGE = Problem(
    title="Too large", status=413, detail="The request is larger than MAX_BODY_BYTES allows."
)
API_DOWN = Problem(
    title="The API does not answer",
    status=503,
    detail="Membus is starting or has stopped. Try again soon; `make status` tells more.",
)
API_BROKEN = Problem(
    title="The API broke off",
    status=502,
    detail="The connection to the API was lost before the answer was complete. Try again.",
)


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as an HTTP response."""
    media_type = "application/problem+json"
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type)


def event(problem: Problem) -> bytes:
    """Return a problem as the last event of a stream, whatever came before it."""
    return f"\n\nevent: error\ndata: {problem.model_dump_json()}\n\n".encode()
