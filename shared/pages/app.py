"""Puts a page's application together: static files, health, headers, the page for what is not."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from shared.health import Health, check
from shared.log import configure_logging
from shared.pages.headers import SecurityHeaders
from shared.pages.render import Pages
from shared.settings import Settings

AskApi: TypeAlias = Callable[[], Awaitable[list[str]]]
"""Returns what the API lacks; raises PeerNotReadyError when it does not answer."""

_SHARED = Path(__file__).parent / "static"


def create_page_app(
    *,
    service: str,
    settings: Settings,
    pages: Pages,
    static: Path,
    routes: Sequence[BaseRoute],
    ask_api: AskApi,
    on_stop: Sequence[Callable[[], Awaitable[None]]],
) -> Starlette:
    """Return the ASGI application of a page with its own `routes`."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        configure_logging(
            service=service, level=settings.log_level, form=settings.log_format, forward=_nowhere
        )
        yield
        for stop in on_stop:
            await stop()

    async def live(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def ready(_request: Request) -> Response:
        health = await page_health(service, ask_api)
        return JSONResponse(health.model_dump(), 200 if health.ok else 503)

    async def missing(request: Request, _error: Exception) -> Response:
        return pages.not_found(request)

    return Starlette(
        routes=[
            *routes,
            Route("/health/live", live),
            Route("/health/ready", ready),
            Mount("/shared", StaticFiles(directory=_SHARED)),
            Mount("/static", StaticFiles(directory=static)),
        ],
        # It leaves event streams alone, which a compressor would hold back.
        middleware=[Middleware(SecurityHeaders), Middleware(GZipMiddleware, compresslevel=5)],
        exception_handlers={404: missing},
        lifespan=lifespan,
    )


async def page_health(service: str, ask_api: AskApi) -> Health:
    """Return a page's health: is the API reachable. What the API itself lacks is a note.

    A page whose API works in a lesser form must stay up: it is where its reader learns of it.
    """
    notes: list[str] = []

    async def reachable() -> None:
        notes.extend(await ask_api())

    return await check(service, {"api": reachable}, notes=notes)


def _nowhere(_level: str, _event: str, _fields: dict[str, Any]) -> None:
    """Forward no log line: a page knows no NATS and must come up without it."""
