"""The whole pipeline in one process and one event loop, on real NATS and Redis.

Only the LLM is a fake. The services are the real applications, each behind a real uvicorn.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import nats
import uvicorn

from services.context.app import create_app as create_context
from services.context.settings import ContextSettings
from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.inference.app import create_app as create_inference
from services.inference.settings import InferenceSettings
from services.memory_writer.app import create_app as create_memory_writer
from services.memory_writer.settings import MemoryWriterSettings
from shared.settings import ModelSettings
from shared.topology import apply
from shared.web_protocol import BoundedProtocol
from tests.support.fake_llm import FakeLLM
from tests.support.servers import free_port

SECRET = "a-secret-of-the-tests-that-is-long-enough"


class QuietServer(uvicorn.Server):
    """A uvicorn that leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Service:
    """One running application."""

    server: uvicorn.Server
    task: "asyncio.Task[None]"
    url: str

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task


async def serve(app: Any, *, graceful_s: int | None = None) -> Service:
    """Run an ASGI application on a free port and return when it answers.

    `graceful_s` is how long open requests may go on when it stops, in seconds; None is for ever.
    """
    port = free_port()
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        # As `make up` has it: the default of 5 s cuts connections that wait between two tests.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=graceful_s,
        http=BoundedProtocol,
    )
    server = QuietServer(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            msg = "the application did not start"
            raise RuntimeError(msg)
        await asyncio.sleep(0.005)
    return Service(server, task, f"http://127.0.0.1:{port}")


@dataclass
class Pipeline:
    """The running services, and a client of the gateway."""

    services: dict[str, Service]
    client: httpx.AsyncClient
    fake: FakeLLM
    environment: dict[str, Any] = field(default_factory=dict)

    async def ask(self, prompt: str, **more: Any) -> httpx.Response:
        """Ask in the test's own voice."""
        headers = more.pop("headers", {})
        return await self.client.post("/chat/", json={"prompt": prompt, **more}, headers=headers)

    async def events(self, prompt: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
        """Ask for a stream and return its events."""
        found = []
        body = {"prompt": prompt, "stream": True, **more}
        async with self.client.stream("POST", "/chat/", json=body) as response:
            assert response.status_code == 200, await response.aread()
            async for event in sse(response):
                found.append(event)
        return found

    def prompts(self) -> list[list[dict[str, str]]]:
        """Return the messages of every prompt that the LLM was sent."""
        return [seen.body["messages"] for seen in self.fake.generations()]


async def sse(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Parse server-sent events."""
    event = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield event, json.loads(line.removeprefix("data: "))


@contextlib.asynccontextmanager
async def running_pipeline(
    nats_url: str, redis_url: str, fake: FakeLLM, **environment: Any
) -> AsyncIterator[Pipeline]:
    """Run topology job and services; `environment` holds further settings by field name."""
    common = {
        "nats_url": nats_url,
        "redis_url": redis_url,
        "secret_key": SECRET,
        "ollama_url": fake.url,
        # The fake would be asked for facts between the turns, which most tests count.
        "facts_llm": "off",
        "summaries_llm": "off",
        # Vectors are made where a test asks for them: `embed_model=EMBEDDER` for the fake's.
        "embed_model": "off",
        # The machine may be busy; a recall that is slow is another test's matter.
        "recall_max_wait_s": 10,
        **environment,
    }
    connection = await nats.connect(nats_url)
    await apply(connection.jetstream(), ModelSettings(**common))
    await connection.close()
    applications = {
        "memory_writer": create_memory_writer(MemoryWriterSettings(**common)),
        "inference": create_inference(InferenceSettings(**common)),
        "context": create_context(ContextSettings(**common)),
        "gateway": create_gateway(GatewaySettings(**common)),
    }
    services = {name: await serve(app) for name, app in applications.items()}
    async with httpx.AsyncClient(base_url=services["gateway"].url, timeout=30) as client:
        try:
            yield Pipeline(services, client, fake, common)
        finally:
            for service in reversed(services.values()):
                await service.stop()
