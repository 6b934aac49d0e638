"""Many streams at once, of the API or of the chat page that renders them on their way."""

import asyncio
import json
import statistics
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.processes import BenchmarkError
from shared.auth import issue_token

STREAMS = 64
DRAINED_WITHIN_S = 30.0
POLL_S = 0.2


@dataclass
class Streams:
    """What came of them. Times in seconds."""

    seconds: float = 0.0
    first: list[float] = field(default_factory=list)
    answers: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    @property
    def first_ms(self) -> float:
        """The median time to the first token."""
        return statistics.median(self.first) * 1000 if self.first else 0.0

    def line(self) -> str:
        """Say it."""
        return f"{self.seconds:.2f} s in all, first token p50 {self.first_ms:.0f} ms"


def port_of(url: str) -> int:
    """Return the port of an address."""
    return urlsplit(url).port or 0


async def drained(page_port: int, api_port: int) -> int:
    """Wait until the page has no connection to the API; return how many it keeps all the same."""
    # A pool may keep a connection for the next request, but not for ever.
    deadline = time.monotonic() + DRAINED_WITHIN_S
    while time.monotonic() < deadline:
        if not _connections(page_port, api_port):
            return 0
        await asyncio.sleep(POLL_S)
    return _connections(page_port, api_port)


def _connections(page_port: int, api_port: int) -> int:
    """Count the connections to a port of whichever of our processes listens at the other."""
    for process in psutil.Process().children(recursive=True):
        found = process.net_connections("tcp")
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == page_port for one in found):
            return sum(1 for one in found if one.raddr and one.raddr.port == api_port)
    msg = "the chat page's server is gone"
    raise BenchmarkError(msg)


async def streams(url: str, key: str, *, page: bool) -> Streams:
    """Let as many users ask at once; each must get the whole answer."""
    found = Streams()
    async with asyncio.TaskGroup() as group:
        clients = [
            httpx.AsyncClient(base_url=url, timeout=60, headers={"origin": url} if page else {})
            for _ in range(STREAMS)
        ]
        for number, client in enumerate(clients):
            group.create_task(_ready(client, key, number, page=page))
    began = time.monotonic()
    await asyncio.gather(*(_one(client, found, page=page) for client in clients))
    found.seconds = time.monotonic() - began
    for client in clients:
        await client.aclose()
    if len(found.answers) != 1:
        found.errors.append(f"{len(found.answers)} different answers")
    return found


async def _ready(client: httpx.AsyncClient, key: str, number: int, *, page: bool) -> None:
    """Become a user: the page gives a cookie, the API takes a token."""
    if page:
        (await client.get("/")).raise_for_status()
    else:
        client.headers["authorization"] = f"Bearer {issue_token(key, user=f'user-{number}')}"


async def _one(client: httpx.AsyncClient, found: Streams, *, page: bool) -> None:
    began, event, tokens, rendered = time.monotonic(), "", 0, 0
    body = {"prompt": "Tell me", "stream": True}
    async with client.stream("POST", "/chat/", json=body) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
                tokens += event == "token"
                rendered += event == "html"
                if event == "token" and tokens == 1:
                    found.first.append(time.monotonic() - began)
            elif line.startswith("data: ") and event == "done":
                done = json.loads(line.removeprefix("data: "))
                found.answers.add(done["reply"]["content"])
    if event != "done" or not tokens or (page and not rendered):
        found.errors.append(f"status {answer.status_code}, ended with {event!r}")
