"""Dead letters: list, retry, delete."""

import re

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.admin import problems
from services.admin.body import TooLargeError, read_body
from services.admin.schemas import RetryBody
from shared.dead_letters import (
    MAX_LIMIT,
    DeadLetters,
    InvalidPayloadError,
    NoLetterError,
    NotRetryableError,
)
from shared.failures import DependencyDownError, PermanentError, QueueFullError

DEFAULT_LIMIT = 50
MAX_BODY_BYTES = 8 * 1024 * 1024
# What fits into a stream's sequence, and into what any client can count.
_DIGITS = re.compile(r"[0-9]{1,15}")
_NO_STORE = {"Cache-Control": "no-store"}
_FAILURES = (
    NoLetterError,
    NotRetryableError,
    InvalidPayloadError,
    PermanentError,
    DependencyDownError,
    QueueFullError,
)


class LetterRoutes:
    """`/admin-api/dead-letters`."""

    def __init__(self, letters: DeadLetters) -> None:
        self._letters = letters

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path = "/admin-api/dead-letters"
        return [
            Route(path, self.list),
            Route(f"{path}/{{id}}/retry", self.retry, methods=["POST"]),
            Route(f"{path}/{{id}}", self.delete, methods=["DELETE"]),
        ]

    async def list(self, request: Request) -> Response:
        """Return a page of letters, newest first."""
        limit = _number(request, "limit", DEFAULT_LIMIT)
        if limit is None or not 1 <= limit <= MAX_LIMIT:
            problem = problems.invalid("limit", f"a whole number from 1 to {MAX_LIMIT}")
            return problems.response(problem)
        before = _number(request, "cursor", 0)
        if before is None:
            return problems.response(problems.invalid("cursor", "take it from `next_cursor`"))
        try:
            page = await self._letters.list(limit=limit, before=before or None)
        except DependencyDownError as error:
            return problems.unavailable(error)
        return JSONResponse(page.model_dump(mode="json"), headers=_NO_STORE)

    async def retry(self, request: Request) -> Response:
        """Send a letter's message on its way again."""
        try:
            raw = await read_body(request, limit=MAX_BODY_BYTES)
            body = RetryBody.model_validate_json(raw) if raw.strip() else RetryBody()
            done = await self._letters.retry(_letter_id(request), body.payload)
        except TooLargeError:
            return problems.response(problems.TOO_LARGE)
        except ValidationError as error:
            return problems.response(problems.invalid("body", error.errors()[0]["msg"]))
        except _FAILURES as error:
            return problems.of_letter(error)
        return JSONResponse(done.model_dump(), headers=_NO_STORE)

    async def delete(self, request: Request) -> Response:
        """Delete a letter."""
        try:
            await self._letters.delete(_letter_id(request))
        except _FAILURES as error:
            return problems.of_letter(error)
        return Response(status_code=204)


def _letter_id(request: Request) -> int:
    text = request.path_params["id"]
    if not _DIGITS.fullmatch(text):
        raise NoLetterError
    return int(text)


def _number(request: Request, name: str, default: int) -> int | None:
    """Return a whole number of the query, or None where it is none."""
    text = request.query_params.get(name)
    if text is None:
        return default
    return int(text) if _DIGITS.fullmatch(text) else None
