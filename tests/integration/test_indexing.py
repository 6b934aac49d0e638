"""What is said becomes findable by itself, by its words and by vectors, whatever is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy import text

from services.memory_writer.embedding_worker import EmbeddingWorker
from services.memory_writer.indexer import Indexer
from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.contracts.ids import new_id
from shared.contracts.parts import Problem
from shared.embedding import Asking, Embedding
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.indexing import Indexing
from shared.memory.passages import Wanted, terms_of
from shared.memory.recorder import Entry, Recorder
from shared.telemetry import Telemetry
from tests.support.fake_llm import FakeLLM
from tests.support.fake_vectors import EMBEDDER, vector_of
from tests.support.pipeline import running_pipeline
from tests.support.samples import message_added
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

SCALE = 0.01
PATIENCE_S = 30


class FakeInference:
    """Answers as `llm.embed` does. `model` None: nobody embeds; `poison` has no vector."""

    def __init__(self, model: str | None = "m") -> None:
        self.model = model
        self.poison = ""
        self.asked: list[str] = []

    async def ask(self, _subject: Any, asked: EmbedAsked, _answer: Any, **_: Any) -> Any:
        await asyncio.sleep(0)
        self.asked += asked.texts
        if self.model is None or (self.poison and any(self.poison in t for t in asked.texts)):
            problem = Problem(title="No vectors", status=503, detail="for a test")
            return EmbedAnswered(model="", vectors=(), problem=problem)
        return EmbedAnswered(
            model=self.model, vectors=tuple(tuple(vector_of(one)) for one in asked.texts)
        )


@pytest.fixture
async def database(own_record: Record) -> AsyncIterator[Database]:
    store = Database(own_record.settings, timeout_s=20)
    yield store
    await store.close()


def worker_of(database: Database, inference: FakeInference) -> EmbeddingWorker:
    return EmbeddingWorker(
        indexing=Indexing(database),
        embedding=Embedding(bus=cast("Asking", inference), query_timeout_s=5),
        telemetry=Telemetry("test"),
        time_scale=SCALE,
    )


@asynccontextmanager
async def running(*parts: Indexer | EmbeddingWorker) -> AsyncIterator[None]:
    for part in parts:
        await part.start()
    try:
        yield
    finally:
        for part in parts:
            await part.stop()


async def say(database: Database, user: str, *contents: str) -> None:
    events = [message_added(n, said, user=user) for n, said in enumerate(contents)]
    await Recorder(database).apply([Entry(event, n) for n, event in enumerate(events, 1)])


async def count(database: Database, what: str, **asked: Any) -> int:
    async with database.system_session() as connection:
        rows = await connection.execute(text(f"SELECT count(*) FROM {what}"), asked)
        return int(rows.scalar_one())


async def until(database: Database, what: str, number: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await count(database, what) != number:
            await asyncio.sleep(0.02)


async def test_a_chat_is_indexed_and_embedded(
    own_nats: Running, redis_server: Running, own_record: Record, fake: FakeLLM, database: Database
) -> None:
    async with running_pipeline(
        own_nats.url,
        redis_server.url,
        fake,
        database_url=own_record.url,
        embed_model=EMBEDDER,
        time_scale=0.05,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        assert (await pipeline.ask("У меня есть собака")).status_code == 200
        user = str((await pipeline.client.get("/auth/me")).json()["user_id"])
        await until(database, "embeddings", 2)
        asked = Wanted(vector=tuple(vector_of("a dog")), model=EMBEDDER, around=0)
        pool = await Archive(database).passages.pool(user, asked)
        nearest = max(pool.passages, key=lambda passage: passage.similarity or 0)
        assert nearest.message.content == "У меня есть собака"
        response = await pipeline.client.delete("/memory/user/me")
        assert response.status_code < 300, response.text
        for table in ("passages", "postings", "embeddings", "passage_totals", "unindexed"):
            await until(database, table, 0)


async def test_two_indexers_share_a_backlog(database: Database) -> None:
    user = new_id()
    await say(database, user, *(f"слово {n}" for n in range(300)))
    parts = [
        Indexer(indexing=Indexing(database), telemetry=Telemetry("test"), time_scale=SCALE)
        for _ in range(2)
    ]
    async with running(*parts):
        await until(database, "unindexed", 0)
    assert await count(database, "passages") == 300
    async with database.system_session() as connection:
        totals = await connection.execute(text("SELECT passages, length FROM passage_totals"))
        lengths = await connection.execute(text("SELECT sum(length) FROM passages"))
        assert totals.all() == [(300, lengths.scalar_one())]


async def test_a_start_takes_up_at_once_what_was_left(database: Database) -> None:
    await say(database, new_id(), "a backlog of an upgrade")
    # Whoever is not woken looks again after hours.
    indexer = Indexer(indexing=Indexing(database), telemetry=Telemetry("test"), time_scale=5_000)
    async with running(indexer):
        await until(database, "passages", 1)


async def test_one_of_two_workers_embeds_each_passage_once(database: Database) -> None:
    user, inference = new_id(), FakeInference()
    await say(database, user, *(f"text {n}" for n in range(60)))
    while await Indexing(database).index(limit=50):
        pass
    async with running(worker_of(database, inference), worker_of(database, inference)):
        await until(database, "embeddings", 60)
    said = [one for one in inference.asked if "text" in one]
    assert len(said) == len(set(said)) == 60
    # The newest are embedded first.
    assert said[0].endswith("text 59")


async def test_a_change_of_model_embeds_anew_and_tells_how_far(database: Database) -> None:
    user, inference = new_id(), FakeInference("one")
    await say(database, user, *(f"text {n}" for n in range(20)))
    await Indexing(database).index(limit=50)
    worker = worker_of(database, inference)
    async with running(worker):
        await until(database, "embeddings WHERE model = 'one'", 20)
        inference.model = "two"
        await until(database, "embeddings WHERE model = 'two'", 20)
        assert await count(database, "embeddings WHERE sketch IS NOT NULL") == 20
        assert await count(database, "embedding_models") == 2
        assert await count(database, "passages WHERE embedded_by = 'two'") == 20
    assert worker.notes() == []


async def test_what_cannot_be_embedded_stops_nothing_else(database: Database) -> None:
    user, inference = new_id(), FakeInference()
    await say(database, user, "text 0", "poison", "text 1")
    await Indexing(database).index(limit=50)
    inference.poison = "poison"
    async with running(worker_of(database, inference)):
        await until(database, "embeddings", 2)
        await until(database, "passages WHERE embedded_by = 'm'", 3)


async def test_without_an_embedder_words_are_found_until_there_is_one(
    database: Database,
) -> None:
    user, inference = new_id(), FakeInference(None)
    worker = worker_of(database, inference)
    indexer = Indexer(
        indexing=Indexing(database),
        telemetry=Telemetry("test"),
        indexed=worker.wake,
        time_scale=SCALE,
    )
    async with running(indexer, worker):
        await say(database, user, "Собака лает")
        indexer.wake()
        await until(database, "passages", 1)
        asked = Wanted(terms=tuple(terms_of(message_added(content="собаки").message)))
        pool = await Archive(database).passages.pool(user, asked)
        assert [passage.similarity for passage in pool.passages] == [None]
        assert await count(database, "embeddings") == 0
        inference.model = "m"
        await until(database, "embeddings", 1)


async def test_they_wait_for_the_database_and_go_on(own_record: Record, database: Database) -> None:
    user, inference = new_id(), FakeInference()
    worker = worker_of(database, inference)
    indexer = Indexer(
        indexing=Indexing(database),
        telemetry=Telemetry("test"),
        indexed=worker.wake,
        time_scale=SCALE,
    )
    await say(database, user, "before")
    async with running(indexer, worker):
        await until(database, "embeddings", 1)
        own_record.server.stop()
        indexer.wake()
        worker.wake()
        await asyncio.sleep(0.2)
        own_record.server.start()
        await say(database, user, "before", "after")
        await until(database, "embeddings", 3)
