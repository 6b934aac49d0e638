"""Counts what a turn costs the servers, as the servers see it.

JetStream publishes are the growth of every stream's last sequence number; Redis round trips and SQL
statements are counted on the wire (`redis_proxy.py`, `postgres_proxy.py`).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import nats.errors

from benchmarks.postgres_proxy import StatementProxy
from benchmarks.processes import BenchmarkError
from benchmarks.redis_proxy import CountingProxy
from shared.contracts.subjects import APPLIED, FACT_EXTRACTOR
from shared.memory.working import WorkingMemory
from shared.settings import Settings

PUBLISH_LIMIT = 3
ROUND_TRIP_LIMIT = 4
STATEMENT_LIMIT = 0
"""Where Redis holds a conversation whole, its turns do not wait for PostgreSQL."""

RECALL_STATEMENT_LIMIT = 3
"""Of a turn that recalls what was said elsewhere; entering the record is one of them."""

ANSWER_PATH = ("gateway", "context", "inference")
"""Whom a client waits for. The memory writer's work comes after the answer."""

APPLIED_TIMEOUT_S = 10.0
WHOLE_TIMEOUT_S = 20.0
POLL_S = 0.05
CONVERSATION = "counted"
PROMPT = "Tell me more"
EARLIER = "The plumber Kowalski repaired the boiler."
RECALLING = "Which plumber repaired the boiler?"
"""What was said in another conversation, and who asks for it."""
# What a service does after its last visible act would still be on its way.
SETTLE_S = 0.02


@dataclass(frozen=True)
class TurnCosts:
    """What one turn cost: publishes by stream, round trips and SQL statements by service."""

    publishes: dict[str, int]
    round_trips: dict[str, int]
    statements: dict[str, int]

    @property
    def stored(self) -> int:
        """JetStream publishes of the whole turn."""
        return sum(self.publishes.values())

    @property
    def on_answer_path(self) -> int:
        """Redis round trips of the services that the client waits for."""
        return sum(self.round_trips[service] for service in ANSWER_PATH)

    @property
    def asked_of_record(self) -> int:
        """SQL statements of the services that the client waits for."""
        return sum(self.statements[service] for service in ANSWER_PATH)


def broken_gates(costs: Sequence[TurnCosts], *, statements: int = STATEMENT_LIMIT) -> list[str]:
    """Return what a turn costs too much, judged by the most expensive one.

    It may need so many `statements` before its answer.
    """
    stored, trips = max(c.stored for c in costs), max(c.on_answer_path for c in costs)
    asked = max(c.asked_of_record for c in costs)
    broken = []
    if stored > PUBLISH_LIMIT:
        broken.append(f"{stored} JetStream publishes in a turn, more than {PUBLISH_LIMIT}")
    if trips > ROUND_TRIP_LIMIT:
        broken.append(f"{trips} Redis round trips before the answer, more than {ROUND_TRIP_LIMIT}")
    if asked > statements:
        broken.append(f"{asked} SQL statements before the answer, more than {statements}")
    return broken


@dataclass(frozen=True)
class Meters:
    """Where the servers are, and who counts what each service asks of them."""

    nats_url: str
    redis_url: str
    redis: Mapping[str, CountingProxy]
    record: Mapping[str, StatementProxy]


async def count_turns(
    gateway_url: str, meters: Meters, *, turns: int, warm_up: int = 3, recalling: bool = False
) -> list[TurnCosts]:
    """Ask turn after turn in one conversation, and return the costs of each.

    `recalling` turns ask for what was said in another conversation.

    A turn is asked when the one before it has been applied, and facts were sought in what was said
    in it, so that none pays for waiting. The first is counted when Redis holds the conversation
    whole: it is new, and the record is asked once whether it has more of it.
    """
    connection = await nats.connect(meters.nats_url)
    counted = []
    prompt = RECALLING if recalling else PROMPT
    try:
        applied = await connection.subscribe(APPLIED.wildcard)
        async with aiohttp.ClientSession(gateway_url) as session:
            if recalling:
                await _say_earlier(session)
            for _ in range(warm_up):
                await _ask(session, prompt)
                await _applied(applied)
            await _whole(session, meters)
            await _extracted(connection)
            before = await _snapshot(connection, meters)
            for _ in range(turns):
                await _ask(session, prompt)
                await _applied(applied)
                await _extracted(connection)
                await asyncio.sleep(SETTLE_S)
                after = await _snapshot(connection, meters)
                counted.append(_difference(before, after))
                before = after
    finally:
        await connection.close()
    return counted


async def _whole(session: aiohttp.ClientSession, meters: Meters) -> None:
    """Wait until Redis knows that the record holds nothing more of user and conversation."""
    async with session.get("/memory/user/me") as response:
        user_id = str((await response.json())["user_id"])
    memory = WorkingMemory(Settings(redis_url=meters.redis_url))
    deadline = time.monotonic() + WHOLE_TIMEOUT_S
    try:
        while time.monotonic() < deadline:
            conversation, _ = await memory.conversation(user_id, CONVERSATION, limit=1)
            user = await memory.user(user_id)
            if conversation and user and conversation.complete and user.complete:
                return
            await asyncio.sleep(POLL_S)
    finally:
        await memory.close()
    msg = f"Redis did not hold the conversation whole after {WHOLE_TIMEOUT_S:g} s."
    raise BenchmarkError(msg)


async def _applied(subscription: Any) -> None:
    try:
        await subscription.next_msg(timeout=APPLIED_TIMEOUT_S)
    except nats.errors.TimeoutError as error:
        msg = f"A counted turn was not remembered within {APPLIED_TIMEOUT_S:g} s."
        raise BenchmarkError(msg) from error


async def _extracted(connection: Any) -> None:
    """Wait until facts were sought in all that was said."""
    stream, deadline = connection.jetstream(), time.monotonic() + APPLIED_TIMEOUT_S
    while time.monotonic() < deadline:
        info = await stream.consumer_info(FACT_EXTRACTOR.stream, FACT_EXTRACTOR.name)
        if not (info.num_pending or 0) + (info.num_ack_pending or 0):
            return
        await asyncio.sleep(POLL_S)
    msg = f"No facts were sought in a counted turn within {APPLIED_TIMEOUT_S:g} s."
    raise BenchmarkError(msg)


async def _say_earlier(session: aiohttp.ClientSession) -> None:
    body = {"role": "user", "content": EARLIER}
    async with session.post("/memory/conversation/earlier/message", json=body) as response:
        if response.status != HTTPStatus.CREATED:
            msg = f"Nothing could be said: HTTP {response.status}: {await response.text()}"
            raise BenchmarkError(msg)


async def _ask(session: aiohttp.ClientSession, prompt: str) -> None:
    body = {"prompt": prompt, "conversation_id": CONVERSATION, "stream": True}
    async with session.post("/chat/", json=body) as response:
        raw = await response.read()
    if b"event: done" not in raw:
        msg = f"A counted turn failed: HTTP {response.status}: {raw[-500:]!r}"
        raise BenchmarkError(msg)


async def _snapshot(connection: Any, meters: Meters) -> TurnCosts:
    streams = await connection.jetstream().streams_info()
    return TurnCosts(
        # Streams without acknowledgement hold telemetry, for which nothing waits.
        {one.config.name: one.state.last_seq for one in streams if not one.config.no_ack},
        {service: proxy.round_trips for service, proxy in meters.redis.items()},
        {service: proxy.statements for service, proxy in meters.record.items()},
    )


def _difference(before: TurnCosts, after: TurnCosts) -> TurnCosts:
    return TurnCosts(
        {name: after.publishes[name] - before.publishes.get(name, 0) for name in after.publishes},
        {name: after.round_trips[name] - before.round_trips[name] for name in after.round_trips},
        {name: after.statements[name] - before.statements[name] for name in after.statements},
    )
