"""Whether a user's own events are applied, on a real NATS and Redis, whatever waits of others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import nats
import pytest
from nats.js import JetStreamContext

from services.gateway.pending import STEPS, Pending
from services.gateway.settings import GatewaySettings
from services.memory_writer.noting import Noting
from shared.consumer import Consumer
from shared.contracts.subjects import FACT_EXTRACTOR, REDIS_WRITER, Durable
from shared.failures import PermanentError
from shared.memory.applied import AppliedEvents
from shared.settings import Settings
from shared.topology import apply
from tests.support.pipeline import serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration

ME, OTHER = "u-me", "u-other"
POISON = b"poison"


@dataclass
class Bench:
    """Two durables whose handlers wait for those users whom the test holds up."""

    consumer: Consumer
    jetstream: JetStreamContext
    pending: Pending
    held: set[tuple[str, str]] = field(default_factory=set)

    async def handle(self, durable: Durable) -> None:
        delivery = self.consumer.delivery()
        user = delivery.subject.split(".")[1]
        if delivery.data == POISON:
            msg = "never"
            raise PermanentError(msg)
        while (user, durable.name) in self.held:
            await asyncio.sleep(0.005)

    async def say(self, user: str, kind: str = "message", body: bytes = b"{}") -> int:
        return (await self.jetstream.publish(f"memory.{user}.{kind}", body)).seq

    async def until(self, user: str, *, pending: bool) -> None:
        async with asyncio.timeout(10):
            while await self.pending.of(user) is not pending:
                await asyncio.sleep(0.01)

    async def until_in_work(self, durable: Durable, sequence: int) -> None:
        async with asyncio.timeout(10):
            while True:
                info = await self.jetstream.consumer_info("MEMORY", durable.name)
                if info.delivered and info.delivered.stream_seq >= sequence:
                    return
                await asyncio.sleep(0.005)


@pytest.fixture
async def bench(own_nats: Running, own_redis: Running) -> AsyncIterator[Bench]:
    settings = GatewaySettings(nats_url=own_nats.url, redis_url=own_redis.url)
    connection = await nats.connect(own_nats.url)
    await apply(connection.jetstream(), Settings(nats_url=own_nats.url))
    consumer = Consumer(settings, service="memory_writer")
    noting, applied = Noting(AppliedEvents(settings)), AppliedEvents(settings)
    consumer.reliability.on_handled = noting.handled
    pending = Pending(settings=settings, bus=consumer.bus, applied=applied)
    found = Bench(consumer, connection.jetstream(), pending)

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_write(_body: bytes) -> None:
        await found.handle(REDIS_WRITER)

    @consumer.handles("memory.>", FACT_EXTRACTOR)
    async def on_extract(_body: bytes) -> None:
        await found.handle(FACT_EXTRACTOR)

    app = consumer.application(
        durables=[], probes={}, on_start=[noting.start], on_stop=[noting.stop]
    )
    service = await serve(app)
    try:
        yield found
    finally:
        found.held.clear()
        await service.stop()
        await applied.close()
        await connection.close()


async def test_nobody_who_said_nothing_is_pending(bench: Bench) -> None:
    await bench.until(ME, pending=False)
    bench.held.add((OTHER, REDIS_WRITER.name))
    await bench.say(OTHER)
    assert await bench.pending.of(OTHER)
    assert not await bench.pending.of(ME)


@pytest.mark.parametrize("durable", [REDIS_WRITER, FACT_EXTRACTOR])
async def test_what_one_durable_has_not_handled_is_pending(bench: Bench, durable: Durable) -> None:
    bench.held.add((ME, durable.name))
    await bench.say(ME)
    for _ in range(20):
        assert await bench.pending.of(ME)
        await asyncio.sleep(0.005)
    bench.held.clear()
    await bench.until(ME, pending=False)


async def test_another_ones_event_that_is_held_up_does_not_make_mine_pending(bench: Bench) -> None:
    bench.held |= {(OTHER, REDIS_WRITER.name), (OTHER, FACT_EXTRACTOR.name)}
    await bench.until_in_work(REDIS_WRITER, await bench.say(OTHER))
    for kind in ("message", "turn", "preference", "fact"):
        await bench.say(ME, kind)
        await bench.until(ME, pending=False)
    assert await bench.pending.of(OTHER)
    # And it stays so for the next question, while theirs is still held up.
    assert not await bench.pending.of(ME)
    bench.held.clear()
    await bench.until(OTHER, pending=False)


async def test_an_earlier_event_of_mine_counts_also_where_a_later_one_is_done(
    bench: Bench,
) -> None:
    bench.held.add((ME, FACT_EXTRACTOR.name))
    await bench.until_in_work(FACT_EXTRACTOR, await bench.say(ME))
    # The extractor has nothing to do with this one, and redis-writer is done with both.
    await bench.say(ME, "preference")
    for _ in range(20):
        assert await bench.pending.of(ME)
        await asyncio.sleep(0.005)
    bench.held.clear()
    await bench.until(ME, pending=False)


async def test_more_events_than_one_question_looks_at_are_seen_through(bench: Bench) -> None:
    bench.held |= {(OTHER, REDIS_WRITER.name), (OTHER, FACT_EXTRACTOR.name)}
    await bench.say(OTHER)
    for _ in range(2 * STEPS + 10):
        await bench.say(ME)
    await bench.until(ME, pending=False)
    bench.held.add((ME, REDIS_WRITER.name))
    await bench.say(ME)
    assert await bench.pending.of(ME)


async def test_what_was_given_up_is_waited_for_no_more(bench: Bench) -> None:
    bench.held.add((OTHER, REDIS_WRITER.name))
    await bench.say(OTHER)
    await bench.say(ME, body=POISON)
    await bench.until(ME, pending=False)
    letter = await bench.jetstream.get_last_msg("DEAD", f"dead.memory.{ME}.message")
    assert letter.data
    gone = await bench.say(ME)
    await bench.until(ME, pending=False)
    await bench.jetstream.delete_msg("MEMORY", gone)
    assert not await bench.pending.of(ME)


async def test_a_durable_has_caught_up_with_what_it_is_for(bench: Bench) -> None:
    bus = bench.consumer.bus
    bench.held.add((ME, FACT_EXTRACTOR.name))
    await bench.say(ME)
    for _ in range(20):
        assert not await bus.caught_up(FACT_EXTRACTOR, timeout_s=0)
    bench.held.clear()
    # The last event of the stream is for another one.
    await bench.say(ME, kind="fact")
    assert await bus.caught_up(FACT_EXTRACTOR, timeout_s=10)
    assert await bus.caught_up(REDIS_WRITER, timeout_s=10)


async def test_a_stream_that_was_lost_and_counts_anew_is_looked_at_anew(bench: Bench) -> None:
    bench.held.add((OTHER, REDIS_WRITER.name))
    await bench.say(OTHER)
    for _ in range(5):
        await bench.say(ME)
    await bench.until(ME, pending=False)
    bench.held.clear()
    await bench.until(OTHER, pending=False)
    await bench.jetstream.delete_stream("MEMORY")
    await apply(bench.jetstream, Settings())
    bench.held.add((ME, REDIS_WRITER.name))
    assert await bench.say(ME) == 1
    assert await bench.pending.of(ME)


async def test_a_request_to_forget_is_pending_until_the_forgetter_has_it(bench: Bench) -> None:
    await bench.say(ME, "forget")
    assert await bench.pending.of(ME)
    await bench.jetstream.delete_consumer("MEMORY", "forgetter")
    assert await bench.pending.of(ME)


async def test_a_question_costs_few_requests(bench: Bench) -> None:
    def sent() -> int:
        return int(bench.consumer.broker.config.connection_state.connection.stats["out_msgs"])

    bench.held |= {(OTHER, REDIS_WRITER.name), (OTHER, FACT_EXTRACTOR.name)}
    await bench.until_in_work(REDIS_WRITER, await bench.say(OTHER))
    for _ in range(3):
        await bench.say(ME)
    await bench.until(ME, pending=False)
    before = sent()
    for _ in range(10):
        assert not await bench.pending.of(ME)
    # Two each; the consumers ask for more to do now and then.
    assert sent() - before <= 30
