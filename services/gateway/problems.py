"""Every error as a problem document (RFC 9457), whatever raised it."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.auth import InvalidCredentialError
from shared.contracts.parts import Problem
from shared.failures import DependencyDownError, PermanentError, QueueFullError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
"""When to come back after an outage, in seconds: consumers reconnect every second."""


class ProblemDocument(BaseModel):
    """An RFC 9457 problem document; `turn_id` where the error belongs to a turn."""

    type: str = "about:blank"
    title: str = Field(examples=["Unknown model"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no model 'x'. Get it with `ollama pull x`."])
    turn_id: str | None = None


def documented(description: str) -> dict[str, Any]:
    """Describe an error for the API's documentation, with the media type that it really has."""
    schema = ProblemDocument.model_json_schema()
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


COMMON: dict[int | str, dict[str, Any]] = {
    401: documented("The credential is not valid."),
    422: documented("A field is missing or wrong."),
    431: documented("The request's head is too large (MAX_HEADER_BYTES)."),
    500: documented("A bug of ours; the detail says where to look."),
    503: documented("A server is down, or there is too much to do; see Retry-After."),
}
"""The errors that every endpoint may answer with."""


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self, problem: Problem, *, turn_id: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.turn_id = turn_id
        self.headers = headers


def document(problem: Problem, turn_id: str | None = None) -> ProblemDocument:
    """Return the document of a problem."""
    return ProblemDocument(**problem.model_dump(), turn_id=turn_id)


def not_found(*, what: str) -> ProblemError:
    """Return the error for something that is not there, or not the caller's."""
    return ProblemError(Problem(title="Not found", status=404, detail=f"There is no such {what}."))


def response(
    problem: Problem, *, turn_id: str | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem as an HTTP response."""
    body = document(problem, turn_id).model_dump(exclude_none=True)
    return JSONResponse(body, problem.status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem document."""

    @app.exception_handler(ProblemError)
    async def on_problem(_request: Request, error: ProblemError) -> JSONResponse:
        return response(error.problem, turn_id=error.turn_id, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return response(_invalid(error.errors()))

    @app.exception_handler(InvalidCredentialError)
    async def on_credential(_request: Request, error: InvalidCredentialError) -> JSONResponse:
        problem = Problem(title="Invalid credential", status=401, detail=f"{error}")
        return response(problem, headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(HTTPException)
    async def on_http(_request: Request, error: HTTPException) -> JSONResponse:
        return response(_http(error), headers=dict(error.headers or {}))

    @app.exception_handler(DependencyDownError)
    async def on_down(_request: Request, error: DependencyDownError) -> JSONResponse:
        log.warning("request failed", dependency=error.dependency, error=str(error))
        detail = f"{error.dependency} does not answer. Try again soon; `make status` tells more."
        problem = Problem(title="Temporarily unavailable", status=503, detail=detail)
        return response(problem, headers={"Retry-After": RETRY_AFTER_S})

    @app.exception_handler(QueueFullError)
    async def on_full(_request: Request, _error: QueueFullError) -> JSONResponse:
        detail = "Too many requests are waiting already. Try again soon."
        problem = Problem(title="The queue is full", status=503, detail=detail)
        return response(problem, headers={"Retry-After": RETRY_AFTER_S})

    @app.exception_handler(PermanentError)
    async def on_permanent(_request: Request, _error: PermanentError) -> JSONResponse:
        return response(Problem(title="Too large", status=413, detail="The request is too large."))

    @app.exception_handler(Exception)
    async def on_bug(_request: Request, error: Exception) -> JSONResponse:
        log.error("request failed for an unknown reason", exc_info=error)
        detail = "This is a bug of ours. The gateway's log tells more: `make logs S=gateway`."
        return response(Problem(title="Internal error", status=500, detail=detail))


def _http(error: HTTPException) -> Problem:
    details = {
        404: "There is nothing at this address. /docs lists what there is.",
        405: "This address does not know that method. /docs lists what there is.",
    }
    titles = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 413: "Too large"}
    return Problem(
        title=titles.get(error.status_code, "Request failed"),
        status=error.status_code,
        detail=details.get(error.status_code, str(error.detail)),
    )


def _invalid(errors: Sequence[Any]) -> Problem:
    """Name each wrong field and what is wrong; never repeat the input, which may be huge."""
    if any(error.get("type") == "json_invalid" for error in errors):
        return Problem(title="Not JSON", status=400, detail="The request body is not valid JSON.")
    shown = [f"{_place(error['loc'])}: {error['msg']}" for error in errors[:5]]
    more = f" … and {len(errors) - 5} more" if len(errors) > len(shown) else ""
    return Problem(title="Invalid request", status=422, detail="; ".join(shown) + more)


def _place(location: Sequence[str | int]) -> str:
    inner = [str(part)[:100] for part in location if part not in {"body", "query", "path"}]
    return ".".join(inner) or "body"
