"""What a client of the running services waits for: a query, and a turn that recalls."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.facts.over_http import WRITTEN
from benchmarks.processes import BenchmarkError
from shared.auth import anonymous_id

LOCALHOST = "127.0.0.1"


@dataclass(frozen=True)
class Turns:
    """Milliseconds of turns: of making the prompt, recall included, and to the first token."""

    context: list[float] = field(default_factory=list)
    first_token: list[float] = field(default_factory=list)
    recalled: list[int] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How much of the way to the first token is making the prompt, by the medians."""
        return sorted(self.context)[len(self.context) // 2] / max(
            1e-9, sorted(self.first_token)[len(self.first_token) // 2]
        )


def user_of(agent: str, *, secret: str) -> str:
    """Return the id of a client that shows nothing but its User-Agent."""
    return anonymous_id(secret, LOCALHOST, agent)


async def queries(
    session: aiohttp.ClientSession, agent: str, questions: Sequence[str]
) -> list[float]:
    """Ask `POST /memory/query`, one question after the other, and return what each took, in ms."""
    taken = []
    for text in questions:
        body = {"query": text, "memory_type": "conversation", "limit": 10}
        began = time.perf_counter()
        answer = await _post(session, agent, "/memory/query", body)
        taken.append((time.perf_counter() - began) * 1000)
        if answer["degraded"] or not answer["results"]:
            msg = f"A query found nothing, or {answer['degraded']}: {text!r}"
            raise BenchmarkError(msg)
    return taken


async def turns(session: aiohttp.ClientSession, agent: str, questions: Sequence[str]) -> Turns:
    """Chat, each question in a conversation of its own, and return what each turn took."""
    found = Turns()
    for text in questions:
        body = {"prompt": text, "conversation_id": "new"}
        answer = await _post(session, agent, "/chat/", body)
        found.context.append(answer["timings"]["context_ms"])
        found.first_token.append(answer["timings"]["first_token_ms"])
        found.recalled.append(len(answer["memory"]["recalled"]))
    return found


async def _post(session: aiohttp.ClientSession, agent: str, path: str, body: object) -> Any:
    async with session.post(path, json=body, headers={"User-Agent": agent}) as response:
        if response.status not in WRITTEN:
            msg = f"POST {path}: HTTP {response.status}: {(await response.text())[:300]}"
            raise BenchmarkError(msg)
        return await response.json()
