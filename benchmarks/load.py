"""The clients: each a user of its own, with one conversation and one turn after the other."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

TURN_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Target:
    """Something that streams answers.

    `first` are the bytes by which the first token is known, and `text` reads the whole text of
    a complete answer; it raises ValueError where the answer is not complete.
    """

    name: str
    url: str
    body: Callable[[str], object]
    first: bytes
    text: Callable[[bytes], str]


@dataclass
class Sample:
    """What some clients saw: times to the first token in ms, turns, seconds, complaints.

    `client_cpu_s` is what the clients themselves cost, to show that they were not the limit.
    """

    first_ms: list[float] = field(default_factory=list)
    turns: int = 0
    seconds: float = 0.0
    client_cpu_s: float = 0.0
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Sample") -> None:
        """Take in another sample of the same target at the same number of clients."""
        self.first_ms += other.first_ms
        self.turns += other.turns
        self.seconds += other.seconds
        self.client_cpu_s += other.client_cpu_s
        self.errors += other.errors


class Clients:
    """Runs clients against targets, and checks every answer to be `expected`."""

    def __init__(self, session: aiohttp.ClientSession, *, expected: str) -> None:
        self._session = session
        self._expected = expected

    async def run(self, target: Target, *, clients: int, seconds: float) -> Sample:
        """Let clients ask for some seconds, each as soon as its last turn has ended."""
        sample = Sample()
        answers: list[bytes] = []
        cpu, started = time.process_time(), time.perf_counter()
        deadline = started + seconds
        await asyncio.gather(
            *(self._client(target, number, deadline, sample, answers) for number in range(clients))
        )
        sample.seconds = time.perf_counter() - started
        sample.client_cpu_s = time.process_time() - cpu
        for raw in answers:
            self._check(target, raw, sample)
        return sample

    async def _client(
        self, target: Target, number: int, deadline: float, sample: Sample, answers: list[bytes]
    ) -> None:
        payload = json.dumps(target.body(f"conversation-{number}")).encode()
        headers = {"User-Agent": f"benchmark-{number}", "Content-Type": "application/json"}
        while True:
            try:
                answers.append(await self._turn(target, payload, headers, sample))
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                sample.errors.append(f"{target.name}: {error!r}")
                return
            sample.turns += 1
            if time.perf_counter() >= deadline:
                return

    async def _turn(
        self, target: Target, payload: bytes, headers: dict[str, str], sample: Sample
    ) -> bytes:
        raw, first = b"", 0.0
        started = time.perf_counter()
        async with self._session.post(target.url, data=payload, headers=headers) as response:
            async for chunk in response.content.iter_any():
                raw += chunk
                if not first and target.first in raw:
                    first = time.perf_counter()
        if response.status != 200:
            msg = f"HTTP {response.status}: {raw[:300]!r}"
            raise ValueError(msg)
        if not first:
            msg = f"no token came: {raw[-300:]!r}"
            raise ValueError(msg)
        sample.first_ms.append((first - started) * 1000)
        return raw

    def _check(self, target: Target, raw: bytes, sample: Sample) -> None:
        try:
            text = target.text(raw)
        except (ValueError, KeyError) as error:
            sample.errors.append(f"{target.name}: {error!r}")
            return
        if text != self._expected:
            sample.errors.append(f"{target.name}: a wrong answer: {text[:300]!r}")


@asynccontextmanager
async def clients_of(expected: str) -> AsyncIterator[Clients]:
    """Open the clients' connections; they are kept between the rounds, as browsers do."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    timeout = aiohttp.ClientTimeout(total=TURN_TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Clients(session, expected=expected)
