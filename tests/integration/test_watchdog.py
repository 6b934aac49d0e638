"""Streams and durables that are deleted under the running pipeline: noticed, restored, no loss."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

import services.memory_writer.janitor
from shared.broker import Bus
from shared.consumer import Consumer
from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded
from shared.contracts.subjects import DURABLES, REDIS_WRITER, STREAMS, Durable, Stream
from shared.failures import DependencyDownError
from shared.settings import ModelSettings
from shared.topology import apply, declared_durables, missing, restore
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.samples import message_added
from tests.support.servers import Record, Running, running_nats

pytestmark = pytest.mark.integration

SCALE = 0.02
"""A sweep every 0.1 s, which is 5 s in life; ten seconds are 0.2 s."""

SERVICES = {"context-loader": "context", "inference": "inference"}


class Hold:
    """Keeps the janitor from restoring while it is set up so."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def restore(self, bus: Bus, settings: Any) -> list[str]:
        await self.open.wait()
        return await restore(bus, settings)


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    found = Hold()
    monkeypatch.setattr(services.memory_writer.janitor, "restore", found.restore)
    return found


@pytest.fixture(scope="module")
def watched_nats() -> Iterator[Running]:
    with running_nats() as server:
        yield server


@pytest.fixture(scope="module")
async def started(
    watched_nats: Running, redis_server: Running, record: Record, fake_llm_server: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        watched_nats.url,
        redis_server.url,
        fake_llm_server,
        time_scale=SCALE,
        database_url=record.url,
        facts_llm="on",
    ) as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(started: Pipeline, fake: FakeLLM) -> Pipeline:  # noqa: ARG001 - resets the scripts
    started.client.headers["user-agent"] = new_id()
    return started


@pytest.fixture
async def jetstream(watched_nats: Running) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(watched_nats.url)
    yield connection.jetstream()
    await connection.close()


async def until_ready(pipeline: Pipeline, service: str, status: int, timeout_s: float) -> None:
    """Wait until a service's health has this status; a failure shows its health."""
    said = ""
    async with httpx.AsyncClient(base_url=pipeline.services[service].url) as client:
        try:
            async with asyncio.timeout(timeout_s):
                while (answer := await client.get("/health/ready")).status_code != status:
                    said = answer.text
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"{service} is not {status}: {said}")


async def remembered(pipeline: Pipeline, conversation: str, count: int) -> list[str]:
    async with asyncio.timeout(15):
        while True:
            answer = await pipeline.client.get(f"/memory/conversation/{conversation}")
            kept = [m["content"] for m in answer.json().get("messages", [])]
            if len(kept) >= count:
                return kept
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("gone", [*STREAMS, *DURABLES], ids=lambda gone: gone.name)
async def test_what_was_deleted_comes_back_and_work_goes_on(
    pipeline: Pipeline, jetstream: JetStreamContext, hold: Hold, gone: Stream | Durable
) -> None:
    assert (await pipeline.ask("before", conversation_id="c")).status_code == 200
    await remembered(pipeline, "c", 2)
    service = SERVICES.get(gone.name, "memory_writer")
    await until_ready(pipeline, service, 200, 5)
    hold.open.clear()
    if isinstance(gone, Stream):
        await jetstream.delete_stream(gone.name)
    else:
        await jetstream.delete_consumer(gone.stream, gone.name)
    await until_ready(pipeline, service, 503, 2)
    hold.open.set()
    # Ten seconds in life, and some because the disk of a busy machine may be slow.
    await until_ready(pipeline, service, 200, 10 * SCALE + 3)
    answer = await pipeline.ask("after", conversation_id="c")
    assert answer.status_code == 200
    assert answer.json()["reply"]["content"] == "echo: after"
    kept = await remembered(pipeline, "c", 4)
    assert kept == ["before", "echo: before", "after", "echo: after"]


async def test_a_turn_that_runs_while_its_durable_goes_is_answered_once(
    pipeline: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(chunks=["a ", "b ", "c ", "d"], delay_ms=150, times=-1)
    asking = asyncio.create_task(pipeline.ask("Q", conversation_id="c"))
    await fake.until(fake.generations)
    await jetstream.delete_consumer("PROMPTS", "inference")
    answer = await asking
    assert answer.json()["reply"]["content"] == "a b c d"
    assert await remembered(pipeline, "c", 2) == ["Q", "a b c d"]
    # Delivered again to whoever was free, and finished: nothing stays in the queue.
    async with asyncio.timeout(15):
        while (await jetstream.stream_info("PROMPTS")).state.messages:
            await asyncio.sleep(0.02)
    assert len(await remembered(pipeline, "c", 2)) == 2


async def test_a_durable_that_somebody_else_made_is_put_right(
    pipeline: Pipeline, jetstream: JetStreamContext, hold: Hold
) -> None:
    hold.open.clear()
    await jetstream.delete_consumer("PROMPTS", "inference")
    # As nats-py makes one for a service that starts without it.
    await jetstream.add_consumer(
        "PROMPTS", ConsumerConfig(durable_name="inference", filter_subject="chat.prompted.*")
    )
    hold.open.set()
    async with asyncio.timeout(15):
        while (await jetstream.consumer_info("PROMPTS", "inference")).config.max_deliver != 3:
            await asyncio.sleep(0.01)
    assert (await pipeline.ask("after")).status_code == 200


async def test_a_nats_that_lost_everything_is_furnished_again(
    tmp_path: Path, own_redis: Running, fake: FakeLLM
) -> None:
    with running_nats(tmp_path) as server:
        async with running_pipeline(
            server.url, own_redis.url, fake, time_scale=SCALE, publish_timeout_s=1.5
        ) as pipeline:
            assert (await pipeline.ask("before", conversation_id="c")).status_code == 200
            server.kill()
            shutil.rmtree(tmp_path / "nats")
            server.start()
            async with asyncio.timeout(10):
                while (await pipeline.ask("after", conversation_id="c")).status_code != 200:
                    await asyncio.sleep(0.05)
            assert (await remembered(pipeline, "c", 4))[:2] == ["before", "echo: before"]


async def test_several_janitors_restore_at_once_without_harm(own_nats: Running) -> None:
    connection = await nats.connect(own_nats.url)
    jetstream, settings = connection.jetstream(), ModelSettings(nats_url=own_nats.url)
    await asyncio.gather(*(apply(jetstream, settings) for _ in range(4)))
    remembering = [d.name for d in declared_durables(settings) if d.stream == "MEMORY"]
    for _ in range(3):
        await jetstream.delete_stream("MEMORY")
        await jetstream.delete_consumer("PROMPTS", "inference")
        janitors = (restored(connection, settings) for _ in range(4))
        done = await asyncio.gather(*janitors, return_exceptions=True)
        # One may meet the other's half-done work; it comes again at the next sweep.
        assert all(isinstance(one, list | DependencyDownError) for one in done)
        assert ["MEMORY", "inference", *remembering] in done
        assert await restored(connection, settings) == []
    await connection.close()


class _Broker:
    """As much of a broker as a bus needs."""

    def __init__(self, connection: Client) -> None:
        self.config: Any = self
        self.connection_state = self
        self.connection = connection


async def restored(connection: Client, settings: ModelSettings) -> list[str]:
    broker: Any = _Broker(connection)
    return await restore(Bus(broker, settings), settings)


async def test_without_nats_nothing_is_declared(own_nats: Running) -> None:
    settings = ModelSettings(nats_url=own_nats.url)
    broker: Any = _Broker(await nats.connect(own_nats.url, reconnect_time_wait=0.05))
    bus = Bus(broker, settings)
    assert await missing(bus, settings)
    own_nats.kill()
    while broker.connection.is_connected:
        await asyncio.sleep(0.01)
    with pytest.raises(DependencyDownError):
        await missing(bus, settings)
    with pytest.raises(DependencyDownError):
        await restore(bus, settings)
    await broker.connection.close()


async def test_a_worker_whose_durable_is_gone_keeps_calm(
    own_nats: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = 0
    fetch = JetStreamContext.PullSubscription.fetch

    async def count(self: Any, *arguments: Any, **more: Any) -> Any:
        nonlocal questions
        questions += self._nc.connected_url.port == own_nats.port
        return await fetch(self, *arguments, **more)

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", count)
    settings = ModelSettings(nats_url=own_nats.url, time_scale=0.04)
    connection = await nats.connect(own_nats.url)
    jetstream = connection.jetstream()
    await apply(jetstream, settings)
    consumer = Consumer(settings, service="memory_writer")
    handled = asyncio.Event()

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_event(_event: MessageAdded) -> None:
        handled.set()

    service = await serve(consumer.application(durables=[REDIS_WRITER], probes={}))
    try:
        await connected(consumer)
        await jetstream.delete_consumer("MEMORY", REDIS_WRITER.name)
        questions = 0
        await asyncio.sleep(1)
        # 0.2 s the question that was on its way, then one every 20 ms; unpaced it is thousands.
        assert 0 < questions <= 55
        await apply(jetstream, settings)
        await jetstream.publish("memory.u-1.message", message_added().model_dump_json().encode())
        await asyncio.wait_for(handled.wait(), 2)
    finally:
        await service.stop()
        await connection.close()


async def connected(consumer: Consumer) -> None:
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(DependencyDownError):
                await consumer.bus.ping()
                return
            await asyncio.sleep(0.005)
