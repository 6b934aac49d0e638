"""The three classes of failure on a real NATS: what is delivered again, what is given up, when."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import nats
import pytest
from nats.js import JetStreamContext

from shared.consumer import Consumer
from shared.contracts.events import DeadLettered
from shared.contracts.memory import MessageAdded
from shared.contracts.subjects import MESSAGE_ADDED, REDIS_WRITER
from shared.failures import DependencyDownError, NotYetError, PermanentError, QueueFullError
from shared.settings import ModelSettings
from shared.topology import apply
from tests.support.pipeline import serve
from tests.support.samples import message_added
from tests.support.servers import Running

pytestmark = pytest.mark.integration

Behaviour = Callable[[MessageAdded, int], Awaitable[None]]


@dataclass
class Bench:
    """A consumer whose handler does what the test says."""

    consumer: Consumer
    jetstream: JetStreamContext
    calls: list[int]

    async def letters(self) -> list[DeadLettered]:
        state = (await self.jetstream.stream_info("DEAD")).state
        found = [await self.jetstream.get_msg("DEAD", n + 1) for n in range(state.messages)]
        return [DeadLettered.model_validate_json(one.data or b"") for one in found]

    async def until_dead(self) -> DeadLettered:
        async with asyncio.timeout(10):
            while not (letters := await self.letters()):
                await asyncio.sleep(0.005)
        return letters[0]

    async def publish(self, payload: bytes | None = None) -> None:
        event = message_added()
        body = payload if payload is not None else event.model_dump_json().encode()
        await self.jetstream.publish(MESSAGE_ADDED.at("u-1"), body)

    async def pending(self) -> tuple[int, int]:
        info = await self.jetstream.consumer_info("MEMORY", REDIS_WRITER.name)
        return info.num_pending or 0, info.num_ack_pending or 0

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def settled(self) -> None:
        async with asyncio.timeout(10):
            while await self.pending() != (0, 0):
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def bench(nats_url: str, behave: Behaviour) -> AsyncIterator[Bench]:
    settings = ModelSettings(nats_url=nats_url)
    connection = await nats.connect(nats_url)
    jetstream = connection.jetstream()
    await apply(jetstream, settings)
    consumer = Consumer(settings, service="memory_writer")
    consumer.reliability.probe_every_s = 0.05
    found = Bench(consumer, jetstream, [])

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_event(event: MessageAdded) -> None:
        found.calls.append(consumer.delivery().metadata.num_delivered)
        await behave(event, len(found.calls))

    service = await serve(consumer.application(durables=[REDIS_WRITER], probes={}))
    await connected(consumer)
    try:
        yield found
    finally:
        await service.stop()
        await connection.close()


async def connected(consumer: Consumer) -> None:
    """Return when the consumer has connected, which is a moment after its server has started."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(DependencyDownError):
                await consumer.bus.ping()
                return
            await asyncio.sleep(0.005)


async def fine(_event: MessageAdded, _call: int) -> None:
    await asyncio.sleep(0)


async def test_a_permanent_failure_is_given_up_at_the_first_delivery(own_nats: Running) -> None:
    async def behave(_event: MessageAdded, _call: int) -> None:
        await asyncio.sleep(0)
        msg = "never"
        raise PermanentError(msg)

    async with bench(own_nats.url, behave) as found:
        await found.publish()
        letter = await found.until_dead()
        await found.settled()
        assert found.calls == [1]
        assert (letter.error_type, letter.error, letter.deliveries) == (
            "PermanentError",
            "never",
            1,
        )
        stored = await found.jetstream.get_last_msg("DEAD", "dead.memory.u-1.message")
        assert stored.data is not None
        kept = DeadLettered.model_validate_json(stored.data)
        assert kept == letter
        assert MessageAdded.model_validate_json(kept.payload or "").message.content == "hello"


@pytest.mark.parametrize("payload", [b"", b"not json", b"{}", b"[1, 2]", b"\xff\xfe", b'"x"'])
async def test_garbage_is_given_up_and_the_next_message_is_handled(
    own_nats: Running, payload: bytes
) -> None:
    async with bench(own_nats.url, fine) as found:
        await found.publish(payload)
        await found.publish()
        letter = await found.until_dead()
        await found.until(lambda: bool(found.calls))
        await found.settled()
        if payload == b"\xff\xfe":
            assert (letter.payload, letter.payload_base64) == (None, "//4=")
        else:
            assert letter.payload == payload.decode()


async def test_an_error_does_not_repeat_what_was_said(own_nats: Running) -> None:
    said = b'{"user_id": "u-1", "conversation_id": "c", "message": {"content": "SECRET"}}'
    async with bench(own_nats.url, fine) as found:
        await found.publish(said)
        letter = await found.until_dead()
        # Errors stand in logs and on the admin page; what was said stands in the payload alone.
        assert "message.role: Field required" in letter.error
        assert "SECRET" not in letter.error
        assert letter.payload == said.decode()


async def test_a_dependency_that_is_down_spends_no_delivery(own_nats: Running) -> None:
    probes = 0

    async def probe() -> None:
        nonlocal probes
        await asyncio.sleep(0)
        probes += 1
        if probes < 4:
            msg = "still down"
            raise DependencyDownError(msg, dependency="redis")

    async def behave(_event: MessageAdded, call: int) -> None:
        await asyncio.sleep(0)
        if call == 1:
            msg = "down"
            raise DependencyDownError(msg, dependency="redis")

    async with bench(own_nats.url, behave) as found:
        found.consumer.reliability.probes = {"redis": probe}
        await found.publish()
        await found.until(lambda: len(found.calls) == 2)
        await found.settled()
        assert found.calls == [1, 1]
        assert probes == 4
        assert await found.letters() == []


async def test_a_full_queue_is_waited_for(own_nats: Running) -> None:
    async def behave(_event: MessageAdded, call: int) -> None:
        await asyncio.sleep(0)
        if call < 3:
            raise QueueFullError

    async with bench(own_nats.url, behave) as found:
        await found.publish()
        await found.until(lambda: len(found.calls) == 3)
        await found.settled()
        assert found.calls == [1, 1, 1]


async def test_who_must_come_later_is_no_failure(own_nats: Running) -> None:
    async def behave(_event: MessageAdded, call: int) -> None:
        await asyncio.sleep(0)
        if call < 3:
            raise NotYetError

    async with bench(own_nats.url, behave) as found:
        found.consumer.reliability.time_scale = 0.1
        await found.publish()
        await found.until(lambda: len(found.calls) == 3)
        await found.settled()
        assert found.calls == [1, 2, 3]
        assert await found.letters() == []


async def test_an_unknown_failure_is_tried_again_later(own_nats: Running) -> None:
    async def behave(_event: MessageAdded, call: int) -> None:
        await asyncio.sleep(0)
        if call == 1:
            msg = "surprise"
            raise RuntimeError(msg)

    async with bench(own_nats.url, behave) as found:
        await found.publish()
        await found.until(lambda: len(found.calls) == 2)
        await found.settled()
        assert found.calls == [1, 2]
        assert await found.letters() == []


async def test_the_fifth_unknown_failure_is_the_last(
    own_nats: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.reliability.MAX_TRIES", 2)

    async def behave(_event: MessageAdded, _call: int) -> None:
        await asyncio.sleep(0)
        msg = "always"
        raise RuntimeError(msg)

    async with bench(own_nats.url, behave) as found:
        await found.publish()
        letter = await found.until_dead()
        await found.settled()
        assert found.calls == [1, 2]
        assert letter.error_type == "RuntimeError"


async def test_a_stopping_worker_gives_its_message_back_at_once(own_nats: Running) -> None:
    started = asyncio.Event()

    async def hang(_event: MessageAdded, _call: int) -> None:
        started.set()
        await asyncio.sleep(60)

    first = bench(own_nats.url, hang)
    stuck = await first.__aenter__()
    await stuck.publish()
    await started.wait()
    stopping = asyncio.create_task(first.__aexit__(None, None, None))
    async with bench(own_nats.url, fine) as found:
        # Far sooner than the ack wait of 15 s.
        await found.until(lambda: found.calls == [2])
    await stopping


async def test_ready_tells_when_the_durable_is_gone(own_nats: Running) -> None:
    async with bench(own_nats.url, fine) as found:
        probe = found.consumer._durable_probe(REDIS_WRITER)
        await probe()
        await found.jetstream.delete_consumer("MEMORY", REDIS_WRITER.name)
        with pytest.raises(DependencyDownError, match=r"shared\.topology"):
            await probe()


async def test_before_it_has_connected_nats_counts_as_down() -> None:
    consumer = Consumer(ModelSettings(), service="memory_writer")
    with pytest.raises(DependencyDownError, match="nats is down"):
        await consumer.bus.ping()
    with pytest.raises(DependencyDownError):
        await consumer._durable_probe(REDIS_WRITER)()


async def test_the_topology_job_is_repeatable_and_mends(own_nats: Running) -> None:
    connection = await nats.connect(own_nats.url)
    jetstream = connection.jetstream()
    settings = ModelSettings(llm_slots=3)
    await apply(jetstream, settings)
    await jetstream.delete_consumer("PROMPTS", "inference")
    await apply(jetstream, settings)
    info = await jetstream.consumer_info("PROMPTS", "inference")
    assert info.config.max_ack_pending == 3
    assert info.config.max_deliver == 3
    await connection.close()
