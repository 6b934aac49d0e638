"""The floor: Membus' three durable hops in bare nats-py, without memory, prompt or reliability.

`python -m benchmarks.raw_chain context|inference|writer` runs a worker, and
`uvicorn --factory benchmarks.raw_chain:create_gateway` the endpoint. Streams and durables are
Membus' own (`shared/topology.py`), so both chains ask the same of NATS: publishes with message
ids that are acknowledged after fsync, pull consumers with one message a fetch, tokens over core
NATS. `NATS_URL` and `UPSTREAM_URL` say where the servers are.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import nats
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from benchmarks.proxy import llm_client

Handle = Callable[[Msg], Awaitable[None]]

LAST = b""
"""The payload of the frame that ends an answer."""


async def connect() -> Any:
    """Connect to NATS as Membus' services do."""
    return await nats.connect(os.environ["NATS_URL"], max_reconnect_attempts=-1)


async def store(jetstream: JetStreamContext, subject: str, event: object, message_id: str) -> None:
    """Publish an event and wait until it is stored."""
    payload = json.dumps(event).encode()
    await jetstream.publish(subject, payload, timeout=5, headers={"Nats-Msg-Id": message_id})


def create_gateway() -> FastAPI:
    """Build the endpoint: it publishes the request and relays the tokens as SSE."""
    gateway = uuid.uuid4().hex
    waiting: dict[str, asyncio.Queue[bytes]] = {}
    state: dict[str, Any] = {}

    async def on_frame(message: Msg) -> None:
        queue = waiting.get(message.subject.rpartition(".")[2])
        if queue is not None:
            queue.put_nowait(message.data)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        connection = await connect()
        state["jetstream"] = connection.jetstream()
        await connection.subscribe(f"tokens.{gateway}.*", cb=on_frame)
        yield
        await connection.close()

    async def answer(turn: str, queue: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
        while (frame := await queue.get()) != LAST:
            yield b"event: token\ndata: " + frame + b"\n\n"
        del waiting[turn]
        yield b"event: done\ndata: {}\n\n"

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/chat/")
    async def chat(request: Request) -> StreamingResponse:
        body = await request.json()
        turn = uuid.uuid4().hex
        queue = waiting[turn] = asyncio.Queue()
        event = {"turn": turn, "gateway": gateway, "prompt": body["prompt"]}
        await store(state["jetstream"], f"chat.requested.{turn}", event, turn)
        return StreamingResponse(answer(turn, queue), media_type="text/event-stream")

    return app


async def consume(jetstream: JetStreamContext, durable: str, stream: str, handle: Handle) -> None:
    """Handle the messages of a durable, one a fetch, as many at once as it lets us have."""
    subscription = await jetstream.pull_subscribe_bind(durable, stream)
    running: set[asyncio.Task[None]] = set()
    while True:
        messages: list[Msg] = []
        with suppress(TimeoutError):
            messages = await subscription.fetch(1, timeout=5)
        for message in messages:
            task = asyncio.ensure_future(handle(message))
            running.add(task)
            task.add_done_callback(running.discard)


async def context() -> None:
    """Hand each request on as a prompt."""
    jetstream = (await connect()).jetstream()

    async def handle(message: Msg) -> None:
        event = json.loads(message.data)
        event["messages"] = [{"role": "user", "content": event["prompt"]}]
        turn = event["turn"]
        await store(jetstream, f"chat.prompted.{turn}", event, f"{turn}:prompted")
        await message.ack()

    await consume(jetstream, "context-loader", "REQUESTS", handle)


async def inference() -> None:
    """Stream each prompt's answer to its gateway, and publish the whole."""
    connection, client = await connect(), llm_client()
    jetstream = connection.jetstream()

    async def handle(message: Msg) -> None:
        event = json.loads(message.data)
        turn, text = event["turn"], ""
        body = {"model": "llama3.2", "messages": event["messages"], "stream": True}
        subject = f"tokens.{event['gateway']}.{turn}"
        async with client.stream("POST", "/api/chat", json=body) as response:
            async for line in response.aiter_lines():
                if piece := json.loads(line)["message"]["content"]:
                    text += piece
                    await connection.publish(subject, json.dumps({"text": piece}).encode())
        event["answer"] = text
        await store(jetstream, f"memory.{turn}.turn", event, f"{turn}:closed")
        await connection.publish(subject, LAST)
        await message.ack()

    await consume(jetstream, "inference", "PROMPTS", handle)


async def writer() -> None:
    """Take the events of the last hop; there is no memory to write them to."""
    jetstream = (await connect()).jetstream()

    async def handle(message: Msg) -> None:
        json.loads(message.data)
        await message.ack()

    await consume(jetstream, "redis-writer", "MEMORY", handle)


if __name__ == "__main__":
    uvloop.run({"context": context, "inference": inference, "writer": writer}[sys.argv[1]]())
