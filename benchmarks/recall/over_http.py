"""Says and asks a dialogue through the running system, as any client would: over HTTP alone.

Only how far indexing has come is read from the record: the API does not tell.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np

from benchmarks.facts.over_http import Client
from benchmarks.memory.stores import bare_postgres
from benchmarks.processes import BenchmarkError
from benchmarks.progress import Progress
from benchmarks.recall.dialogues import Asked, Dialogue, Said
from benchmarks.recall.metrics import BUDGETS, Answer, fitting
from benchmarks.recall.vectors import Rows
from shared.memory.recall import Mode

LIMIT = 50
BUDGET_LIMIT = 200
"""Results of a query with `max_tokens`: more than ever fit."""

AT_ONCE = 8
POLL_S = 1.0
STUCK_S = 300.0
"""For how long nothing may be indexed or embedded before it is given up."""

_PROGRESS = """
SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM unindexed) AS unindexed,
    count(*) AS passages, count(embedded_by) AS embedded FROM passages
"""
_VECTORS = """
SELECT p.message_id, CAST(e.embedding AS text) AS vector
FROM embeddings AS e JOIN passages AS p USING (passage_id) WHERE p.user_id = $1
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A user who says a dialogue. `ids` are Membus' ids of the messages, by ours."""

    client: Client
    dialogue: Dialogue
    ids: dict[str, str]

    async def say(self, said: Callable[[], None]) -> None:
        """Say it all, in its order; `said` is called after each message."""
        for one in self.dialogue.said:
            path = f"/memory/conversation/{one.conversation}/message"
            answer = await self.client.call("POST", path, _body(one))
            self.ids[one.id] = answer["message_id"]
            said()

    async def answer(self, asked: Asked) -> Answer:
        """Ask a question, once for its best results and once for each budget."""
        began = time.perf_counter()
        found = await self._find(asked, "hybrid", limit=LIMIT)
        took_ms = (time.perf_counter() - began) * 1000
        ranking, within = self._ours(found), {}
        for size in BUDGETS:
            fit = await self._find(asked, "hybrid", limit=BUDGET_LIMIT, max_tokens=size)
            within[size] = self._ours(fit)
        return Answer(ranking=ranking, within=within, took_ms=took_ms)

    async def answer_by_words(self, asked: Asked) -> Answer:
        """Ask a question by its words alone, once for all."""
        began = time.perf_counter()
        found = await self._find(asked, "keyword", limit=BUDGET_LIMIT)
        took_ms = (time.perf_counter() - began) * 1000
        ranking = self._ours(found)
        texts = {one.id: one.text for one in self.dialogue.said}
        within = {size: fitting(ranking, texts, size) for size in BUDGETS}
        return Answer(ranking=ranking, within=within, took_ms=took_ms)

    async def _find(self, asked: Asked, mode: Mode, **more: int) -> list[dict[str, Any]]:
        query = {"query": asked.text, "memory_type": "conversation", "mode": mode, **more}
        answer = await self.client.call("POST", "/memory/query", query)
        if answer["degraded"]:
            msg = f"A query was answered in a lesser form: {answer['degraded']}"
            raise BenchmarkError(msg)
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _ours(self, results: Sequence[dict[str, Any]]) -> list[str]:
        ours = {theirs: one for one, theirs in self.ids.items()}
        return [ours[one["message_id"]] for one in results]

    async def vectors(self, admin_url: str) -> Rows:
        """Return the vectors that the record has of what was said, a row a message."""
        user_id = (await self.client.call("GET", "/auth/me"))["user_id"]
        async with bare_postgres(admin_url) as connection:
            rows = await connection.fetch(_VECTORS, user_id)
        vectors = {row["message_id"]: np.fromstring(row["vector"][1:-1], sep=",") for row in rows}
        return np.array([vectors[self.ids[one.id]] for one in self.dialogue.said])


def _body(said: Said) -> dict[str, Any]:
    body = {"role": said.role, "content": said.text, "time": said.time.isoformat()}
    return {**body, "name": said.name} if said.name else body


async def say_all(session: aiohttp.ClientSession, dialogues: Sequence[Dialogue]) -> list[Person]:
    """Let a new user say each dialogue, some at a time."""
    people = [Person(Client(session), one, {}) for one in dialogues]
    progress = Progress("saying", sum(len(one.said) for one in dialogues))
    gate, count = asyncio.Semaphore(AT_ONCE), 0

    def said() -> None:
        nonlocal count
        count += 1
        progress.at(count)

    async def say(person: Person) -> None:
        async with gate:
            await person.say(said)

    await asyncio.gather(*map(say, people))
    progress.close()
    return people


async def all_embedded(admin_url: str, messages: int) -> float:
    """Wait until so many messages have their passages and vectors; returns seconds.

    Raises BenchmarkError where nothing goes on any more.
    """
    began = changed = time.monotonic()
    progress, known = Progress("indexing and embedding", messages), -1
    async with bare_postgres(admin_url) as connection:
        while time.monotonic() - changed < STUCK_S:
            row = await connection.fetchrow(_PROGRESS)
            progress.at(row["embedded"])
            if row["messages"] == row["passages"] == row["embedded"] == messages:
                progress.close()
                return time.monotonic() - began
            if (done := sum(row.values()) - 2 * row["unindexed"]) != known:
                known, changed = done, time.monotonic()
            await asyncio.sleep(POLL_S)
    msg = f"Nothing was indexed or embedded for {STUCK_S:g} s: {dict(row)} of {messages}."
    raise BenchmarkError(msg)
