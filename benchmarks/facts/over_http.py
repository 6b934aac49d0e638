"""Remembers a case through the running system, as any client would: over HTTP alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp

from benchmarks.facts.cases import Remembered, steps_of
from benchmarks.processes import BenchmarkError
from shared.contracts.ids import new_id

FOUND = 10
AT_ONCE = 8
"""Users at a time."""

POLL_S = 0.02
PENDING_TIMEOUT_S = 60.0
WRITTEN = frozenset({200, 201, 202})

C = TypeVar("C")
R = TypeVar("R")


class Client:
    """One user of a running Membus: who asks is told apart by the User-Agent."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._headers = {"User-Agent": f"facts-{new_id()}"}

    async def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Return what is answered; raises BenchmarkError for anything but success."""
        asked = self._session.request(method, path, json=body, params=query, headers=self._headers)
        async with asked as response:
            if response.status not in WRITTEN:
                msg = f"{method} {path}: HTTP {response.status}: {(await response.text())[:300]}"
                raise BenchmarkError(msg)
            return await response.json()

    async def say(self, text: str, *, conversation: str, time: str) -> None:
        """Say something in a conversation."""
        path = f"/memory/conversation/{conversation}/message"
        await self.call("POST", path, {"role": "user", "content": text, "time": time})

    async def known(self) -> Mapping[str, Any]:
        """Return all that is known of the user, once nothing is on its way any more."""
        deadline = time.monotonic() + PENDING_TIMEOUT_S
        while time.monotonic() < deadline:
            user: dict[str, Any] = await self.call(
                "GET", "/memory/user/me", include_superseded="true"
            )
            if not user["pending"]:
                return user
            await asyncio.sleep(POLL_S)
        msg = f"A user's events were pending still after {PENDING_TIMEOUT_S:g} s."
        raise BenchmarkError(msg)

    async def find(self, query: str, **more: object) -> list[dict[str, Any]]:
        """Return the facts that a query finds, best first."""
        body = {"query": query, "memory_type": "fact", "limit": FOUND, **more}
        results: list[dict[str, Any]] = (await self.call("POST", "/memory/query", body))["results"]
        return results


class User:
    """A new user who says a case, each step in a conversation of its own."""

    def __init__(self, session: aiohttp.ClientSession, case: Mapping[str, Any]) -> None:
        self._client = Client(session)
        self._case = case

    async def say(self) -> None:
        """Say it all."""
        for number, step in enumerate(steps_of(self._case)):
            time_said = step.said_at.isoformat()
            await self._client.say(step.text, conversation=f"c{number}", time=time_said)

    async def remembered(self) -> Remembered:
        """Return what is known after it, and what the case's question finds."""
        facts = (await self._client.known())["facts"]
        query = self._case.get("query")
        return Remembered(facts, await self._client.find(query) if query else [])


async def for_all(cases: Sequence[C], work: Callable[[C], Awaitable[R]]) -> list[R]:
    """Do something for each case, some at a time, and return the results in their order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: C) -> R:
        async with gate:
            return await work(case)

    return list(await asyncio.gather(*map(one, cases)))
