"""What is stored in the end: read from Redis, PostgreSQL, NATS, the API and the LLM's record."""

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from redis.asyncio import Redis

from shared.contracts.events import DeadLettered
from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Message, Outcome
from shared.contracts.subjects import STREAMS
from shared.memory import keys
from tests.support.faults.record import Archived, Figures, read_record

AT_ONCE = 200
API_AT_ONCE = 8
WATCHED = ("open:*", "user-turns:*")
OPEN_STREAMS = ("REQUESTS", "PROMPTS")
MARKS = re.compile(r"\buser\d+-\w+-\d+\b|\banswer \d+-\d+\b")
"""What a question or an answer begins with, which no other does."""


def marks_of(text: str) -> set[str]:
    """Return the marks of questions and answers that a text repeats."""
    return set(MARKS.findall(text))


@dataclass(frozen=True, slots=True)
class Record:
    """A turn's record as Redis has it. `withdrawn`: its request was refused after all."""

    turn_id: str
    question: str
    user_id: str
    conversation: str
    status: str
    order: int
    cancelled: bool
    withdrawn: bool
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt that the LLM was sent: the question, and the history before it."""

    question: str
    answer: str
    messages: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Stores:
    """Everything that the checker looks at. `users` are the users' ids by their names.

    `conversations`, `archived` and `shown` are by (user's name, conversation), from Redis, from
    PostgreSQL and from the API; `live_counts` is how many messages Redis says that there are.
    `totals` is how much the record says that it holds, `counted` how much it does. `known_users`
    are users' ids by store. `traces` are the marks of what was said, by store, wherever in it they
    stand. `left_open` names what should be gone.
    """

    users: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    closed: list[TurnClosed] = field(default_factory=list)
    conversations: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    live_counts: dict[tuple[str, str], int] = field(default_factory=dict)
    shown: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    archived: dict[tuple[str, str], Archived] = field(default_factory=dict)
    totals: Figures = field(default_factory=Figures)
    counted: Figures = field(default_factory=Figures)
    known_users: dict[str, frozenset[str]] = field(default_factory=dict)
    traces: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    prompts: list[Prompted] = field(default_factory=list)
    dead: list[DeadLettered] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)


class Reader:
    """Reads the stores of a running system."""

    def __init__(
        self, *, nats_url: str, redis_url: str, record_url: str, api_url: str, prompts: Path
    ) -> None:
        self._nats_url = nats_url
        self._redis_url = redis_url
        self._record_url = record_url
        self._api_url = api_url
        self._prompts = prompts

    async def quiet(self, timeout_s: float) -> list[str]:
        """Wait until nothing is in work; returns what still is when the time is over."""
        deadline = time.monotonic() + timeout_s
        while open_ := await self._open():
            if time.monotonic() > deadline:
                return open_
            await asyncio.sleep(0.05)
        return []

    async def read(
        self, who: Mapping[tuple[str, str], None], *, left_open: Sequence[str] = ()
    ) -> Stores:
        """Read everything. `who` are the names of users with their conversations."""
        stores = Stores(left_open=list(left_open), prompts=self._read_prompts())
        connector = aiohttp.TCPConnector(limit=API_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(self._read_api(session, *place, stores) for place in who))
        redis = Redis.from_url(self._redis_url, decode_responses=True)
        try:
            await self._read_redis(redis, who, stores)
        finally:
            await redis.aclose()
        await self._read_record(who, stores)
        connection = await nats.connect(self._nats_url)
        try:
            jetstream = connection.jetstream()
            memory = await _messages(jetstream, "MEMORY")
            stores.closed = [
                TurnClosed.model_validate_json(data)
                for subject, data in memory
                if subject.endswith(".turn")
            ]
            dead = await _messages(jetstream, "DEAD")
            stores.dead = [DeadLettered.model_validate_json(data) for _, data in dead]
            for _, data in memory:
                stores.traces["MEMORY"] |= marks_of(data.decode())
            for _, data in dead:
                stores.traces["DEAD"] |= marks_of(data.decode())
        finally:
            await connection.close()
        return stores

    # --- Redis ----------------------------------------------------------------------------------

    async def _read_redis(
        self, redis: Redis, who: Mapping[tuple[str, str], None], stores: Stores
    ) -> None:
        names = [key async for key in redis.scan_iter(count=1000, _type="hash")]
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            pipe = redis.pipeline(transaction=False)
            for name in part:
                pipe.hgetall(name)
            for name, raw in zip(part, await pipe.execute(), strict=True):
                stores.traces["Redis"] |= marks_of(_joined(raw.values()))
                if name.startswith(keys.TURN_PREFIX) and "order" in raw:
                    stores.records.append(_record(name.removeprefix(keys.TURN_PREFIX), raw))
        users = await redis.zrange(keys.LIVE_USERS, 0, -1)
        stores.known_users["Redis"] = frozenset(map(str, users))
        for name, conversation in who:
            user = stores.users[name]
            members = await redis.zrange(keys.order(user, conversation), 0, -1)
            texts = await redis.hgetall(keys.messages(user, conversation))
            counted = await redis.hget(keys.conversation(user, conversation), "messages")
            stores.live_counts[name, conversation] = int(counted or 0)
            # Sixteen hexadecimal digits of sequence, a colon, and the message id.
            stores.conversations[name, conversation] = [
                Message.model_validate_json(texts[str(member)[17:]]) for member in members
            ]

    # --- PostgreSQL -----------------------------------------------------------------------------

    async def _read_record(self, who: Mapping[tuple[str, str], None], stores: Stores) -> None:
        state = await read_record(self._record_url)
        for name, conversation in who:
            found = state.conversations.get((stores.users[name], conversation))
            if found is not None:
                stores.archived[name, conversation] = found
        stores.totals, stores.counted = state.totals, state.counted
        stores.known_users["PostgreSQL"] = state.users
        stores.traces["PostgreSQL"] |= marks_of(_joined(state.texts))
        stores.left_open += [f"messages of no conversation: {place}" for place in state.homeless]

    # --- the API --------------------------------------------------------------------------------

    async def _read_api(
        self, session: aiohttp.ClientSession, name: str, conversation: str, stores: Stores
    ) -> None:
        headers = {"User-Agent": name}
        async with session.get(f"{self._api_url}/auth/me", headers=headers) as response:
            stores.users[name] = (await response.json())["user_id"]
        shown: list[dict[str, str]] = []
        path = f"{self._api_url}/memory/conversation/{conversation}"
        before: dict[str, str] = {}
        while True:
            query = {"limit": "1000", **before}
            async with session.get(path, params=query, headers=headers) as response:
                page = (await response.json()).get("messages", [])
            shown = page + shown
            if len(page) < 1000:
                break
            before = {"before": page[0]["id"]}
        stores.shown[name, conversation] = shown

    # --- what is in work ------------------------------------------------------------------------

    async def _open(self) -> list[str]:
        found = await self._open_keys()
        connection = await nats.connect(self._nats_url)
        try:
            jetstream = connection.jetstream()
            for stream in STREAMS:
                state = (await jetstream.stream_info(stream.name)).state
                if stream.name in OPEN_STREAMS and state.messages:
                    found.append(f"stream {stream.name}: {state.messages} messages")
                for consumer in await jetstream.consumers_info(stream.name):
                    waiting = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
                    if waiting and consumer.config.durable_name:
                        found.append(
                            f"consumer {consumer.name}: {consumer.num_pending} pending, "
                            f"{consumer.num_ack_pending} not acked"
                        )
        finally:
            await connection.close()
        return found

    async def _open_keys(self) -> list[str]:
        redis = Redis.from_url(self._redis_url, decode_responses=True)
        try:
            found = []
            for pattern in WATCHED:
                async for key in redis.scan_iter(pattern, count=1000):
                    found.append(f"{key}: {await redis.zrange(key, 0, -1)}")
            if live := await redis.zrange(keys.LIVE_TURNS, 0, -1):
                found.append(f"{keys.LIVE_TURNS}: {live}")
            if not await redis.exists(keys.REBUILT):
                found.append("Redis is being put back from the record")
            return found
        finally:
            await redis.aclose()

    def _read_prompts(self) -> list[Prompted]:
        if not self._prompts.exists():
            return []
        lines = self._prompts.read_text(encoding="utf-8").splitlines()
        return [_prompted(json.loads(line)) for line in lines]


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _record(turn_id: str, raw: Mapping[str, str]) -> Record:
    outcome = raw.get("outcome")
    return Record(
        turn_id=turn_id,
        question=raw.get("question", ""),
        user_id=raw["user_id"],
        conversation=raw["conversation_id"],
        status=raw["status"],
        order=int(raw["order"]),
        cancelled="cancelled" in raw,
        withdrawn="withdrawn" in raw,
        outcome=Outcome.model_validate_json(outcome) if outcome else None,
    )


def _prompted(raw: Mapping[str, object]) -> Prompted:
    messages = raw["messages"]
    assert isinstance(messages, list)
    return Prompted(
        question=str(raw["question"]),
        answer=str(raw["answer"]),
        messages=tuple((one["role"], one["content"]) for one in messages),
    )


async def _messages(jetstream: JetStreamContext, stream: str) -> list[tuple[str, bytes]]:
    """Return subject and body of every message that a stream holds, oldest first."""
    state = (await jetstream.stream_info(stream)).state
    if not state.messages:
        return []

    async def one(sequence: int) -> tuple[str, bytes] | None:
        try:
            found = await jetstream.get_msg(stream, sequence)
        except NotFoundError:
            return None
        return str(found.subject), found.data or b""

    everything: list[tuple[str, bytes]] = []
    for start in range(state.first_seq, state.last_seq + 1, AT_ONCE):
        part = range(start, min(start + AT_ONCE, state.last_seq + 1))
        everything += [m for m in await asyncio.gather(*map(one, part)) if m is not None]
    return everything
