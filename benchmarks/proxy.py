"""What a user would put before a model without Membus: a streaming proxy of FastAPI and httpx.

Served by `uvicorn --factory benchmarks.proxy:create_app`; `UPSTREAM_URL` is where it leads.
The connections are aiohttp's, as in Membus: httpx's own pool is the slow part at 64 streams.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from httpx_aiohttp import AiohttpTransport
from starlette.background import BackgroundTask


def llm_client() -> httpx.AsyncClient:
    """Return a client of the LLM server at `UPSTREAM_URL` that never waits for a connection."""
    limits = httpx.Limits(max_connections=1024)
    return httpx.AsyncClient(
        base_url=os.environ["UPSTREAM_URL"],
        timeout=60,
        transport=AiohttpTransport(limits=limits),
    )


def create_app() -> FastAPI:
    """Build the proxy."""
    client = llm_client()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/api/chat")
    async def chat(request: Request) -> StreamingResponse:
        upstream = client.build_request("POST", "/api/chat", content=await request.body())
        response = await client.send(upstream, stream=True)
        return StreamingResponse(
            response.aiter_raw(),
            status_code=response.status_code,
            media_type=response.headers.get("content-type"),
            background=BackgroundTask(response.aclose),
        )

    return app
