"""Concurrent appends through the real gateway: exactly as many are kept as were made."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.memory.report import APPENDS, Kept, Row, Section
from benchmarks.memory.stores import (
    SAID,
    Stores,
    bare_postgres,
    bare_redis,
    middle,
    record_caught_up,
    working,
)

CLIENTS = 20
SHOWN_ERRORS = 3
IN_RECORD = "SELECT message_id FROM messages WHERE conversation_id = $1"


@dataclass
class Round:
    """What the clients saw of one conversation."""

    conversation: str
    ids: list[str] = field(default_factory=list)
    late: int = 0
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def measure(stores: Stores, gateway_url: str, rounds: int) -> tuple[Section, list[Kept]]:
    """Let 20 clients of one user append to one conversation, ten times each, all at once."""
    seen, kept, bare_s = [], [], []
    async with aiohttp.ClientSession(gateway_url) as session:
        async with session.get("/memory/user/me") as response:
            user_id = str((await response.json())["user_id"])
        await _run(session, Round("warm-up"))
        for number in range(rounds):
            bare_s.append(await _push(stores, f"list:{number}"))
            one = Round(f"concurrent-{number}")
            await _run(session, one)
            seen.append(one)
            kept.append(await _kept(stores, session, user_id, one))
    ours = middle([one.seconds for one in seen])
    late = sum(one.late for one in seen)
    row = Row(
        f"{APPENDS} appends, {CLIENTS} clients",
        ours * 1000 / APPENDS,
        middle(bare_s) * 1000 / APPENDS,
        f"{late} of {rounds * APPENDS} were told 202 (readable soon)",
    )
    title = "Concurrent appends to one conversation, over HTTP through the real services"
    bare = f"RPUSH over {CLIENTS} connections"
    return Section(title, f"an append, {CLIENTS} at once, median round", bare, [row]), kept


async def _run(session: aiohttp.ClientSession, seen: Round) -> None:
    started = time.perf_counter()
    await asyncio.gather(*(_client(session, seen, number) for number in range(CLIENTS)))
    seen.seconds = time.perf_counter() - started


async def _client(session: aiohttp.ClientSession, seen: Round, client: int) -> None:
    for number in range(APPENDS // CLIENTS):
        body = {"role": "user", "content": f"{client}-{number}: {SAID}"}
        url = f"/memory/conversation/{seen.conversation}/message"
        try:
            async with session.post(url, json=body) as response:
                told = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            seen.errors.append(repr(error))
            continue
        if response.status not in {201, 202}:
            seen.errors.append(f"HTTP {response.status}: {told}")
            continue
        seen.late += response.status == 202
        seen.ids.append(str(told["message_id"]))


async def _push(stores: Stores, key: str) -> float:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(bare_redis(stores.redis_url)) for _ in range(CLIENTS)
        ]
        await asyncio.gather(*(redis.ping() for redis in opened))

        async def client(redis: Any) -> None:
            for number in range(APPENDS // CLIENTS):
                await redis.rpush(key, f"{number}: {SAID}")

        started = time.perf_counter()
        await asyncio.gather(*(client(redis) for redis in opened))
        return time.perf_counter() - started


async def _kept(stores: Stores, session: aiohttp.ClientSession, user_id: str, seen: Round) -> Kept:
    """Look into Redis, the record and the API; only what the clients were told counts."""
    told = set(seen.ids)
    await record_caught_up(stores.nats_url)
    async with working(stores.settings()) as memory:
        live, _ = await memory.conversation(user_id, seen.conversation, limit=1_000)
    async with bare_postgres(stores.admin_url) as connection:
        recorded = [row[0] for row in await connection.fetch(IN_RECORD, seen.conversation)]
    url = f"/memory/conversation/{seen.conversation}"
    async with session.get(url, params={"limit": 1_000}) as response:
        shown = (await response.json())["messages"]
    places = {
        "Redis": [message.message_id for message in live.messages] if live else [],
        "record": recorded,
        "API": [message["id"] for message in shown],
    }
    errors = [
        f"{len(set(ids) ^ told)} messages in {place} are others than the clients were told"
        for place, ids in places.items()
        if set(ids) != told
    ]
    if live and live.message_count != APPENDS:
        errors.append(f"Redis counts {live.message_count} messages")
    counts = {place: len(ids) for place, ids in places.items()}
    return Kept(len(told), counts, [*errors, *seen.errors[:SHOWN_ERRORS]])
