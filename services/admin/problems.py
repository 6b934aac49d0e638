"""The problem documents (RFC 9457) of the admin's API."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from shared.contracts.parts import Problem
from shared.dead_letters import (
    InvalidPayloadError,
    NoLetterError,
    NotRetryableError,
)
from shared.failures import DependencyDownError, PermanentError, QueueFullError

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = {"Retry-After": "2"}

NOT_LOGGED_IN = Problem(
    title="Not logged in", status=401, detail="Log in at /login with the admin's password."
)
NOT_FROM_HERE = Problem(
    title="Not from this page",
    status=403,
    detail="Another site sent this request. Open the admin page itself.",
)
TOO_LARGE = Problem(title="Too large", status=413, detail="The body is larger than 8 MiB.")
NO_TURN = Problem(
    title="No such turn", status=404, detail="The turn is unknown, or it has ended already."
)
NO_LETTER = Problem(
    title="No such dead letter",
    status=404,
    detail="It was retried or deleted already, or is older than 14 days.",
)


def invalid(field: str, problem: str) -> Problem:
    """Return what is wrong with a field of the request."""
    return Problem(title="Invalid request", status=422, detail=f"{field}: {problem}")


def of_letter(error: Exception) -> JSONResponse:
    """Return the answer to what went wrong with a dead letter; raises what it does not know."""
    match error:
        case NoLetterError():
            return response(NO_LETTER)
        case NotRetryableError():
            problem = Problem(title="Cannot be retried", status=409, detail=str(error))
            return response(problem)
        case InvalidPayloadError():
            return response(invalid(error.field, error.problem))
        case PermanentError():
            return response(Problem(title="Too large", status=413, detail=str(error)))
        case DependencyDownError() | QueueFullError():
            return unavailable(error)
    raise error


def unavailable(error: Exception) -> JSONResponse:
    """Return that a server is away, and when to come again."""
    detail = f"{error}. Nothing was changed for certain: look again and repeat."
    problem = Problem(title="A server is unavailable", status=503, detail=detail)
    return response(problem, _RETRY_AFTER)


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as an HTTP response."""
    shown = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(problem.model_dump(), problem.status, shown, MEDIA_TYPE)
