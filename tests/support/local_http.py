"""ASGI applications for tests: started in place, or served behind a real port."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import structlog
import uvicorn
from starlette.applications import Starlette


@asynccontextmanager
async def opened(app: Starlette, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application in place, and yield a client that asks it without any port."""
    transport = httpx.ASGITransport(app)
    with _logging_kept():
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=base_url) as client,
        ):
            yield client


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Serve an application on a free port of 127.0.0.1 and yield its URL."""
    async with served_at(0, app) as url:
        yield url


@asynccontextmanager
async def served_at(port: int, app: Starlette) -> AsyncIterator[str]:
    """Serve an application on a port that another one may take later, and yield its URL."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with _logging_kept():
        # Without `serve`, which would take over the test run's signal handlers.
        serving = asyncio.create_task(server._serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Undo what an application's start does to the logging of the whole process."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.configure(**config)
        root.handlers[:] = handlers
        root.setLevel(level)
