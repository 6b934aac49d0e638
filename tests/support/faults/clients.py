"""Clients as good users' clients are: they come back after a broken connection.

With an Idempotency-Key a client asks again with the same key; without one it looks its turn up,
if it was told the id; if it was not, it knows nothing and asks no more. A refused question is
asked again as a new one. Some stop their turn, some go away in the middle of the answer.
"""

import asyncio
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from tests.support.faults.ledger import Asked, Ending, Form, Ledger

Ends = Literal["waits", "cancels", "leaves"]

AGAIN_S = 0.1
"""How long a client waits before it tries again, in seconds: less than a person's would."""

POLL_S = 0.1
FINAL = ("completed", "failed", "cancelled", "expired")
WORDS = " ".join(("alpha beta gamma delta epsilon zeta eta theta",) * 2)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a client asks. `ends` is what it does in mid-answer, after `after` tokens or polls."""

    form: Form = "sse"
    keyed: bool = True
    ends: Ends = "waits"
    after: int = 3
    wish: str = ""


MANNERS: tuple[Manner, ...] = (
    Manner("json"),
    Manner("sse", keyed=False),
    Manner("async"),
    Manner("sse"),
    Manner("sse", ends="cancels"),
    Manner("json", keyed=False),
    Manner("sse", keyed=False, ends="leaves"),
    Manner("async", keyed=False, ends="cancels", after=1),
    Manner("sse", ends="leaves"),
)
"""Every kind of client, in the order in which they come along."""

QUEUED: tuple[tuple[int, Manner], ...] = (
    (0, Manner("sse")),
    (3, Manner("async", ends="cancels", after=0)),
)
"""Clients that ask once more at once, so that the turn waits for the one before it."""


class BrokenConnectionError(Exception):
    """The connection ended before the answer did; `sent` False: the server never saw it."""

    def __init__(self, error: Exception, *, sent: bool) -> None:
        super().__init__(repr(error))
        self.sent = sent


@dataclass
class Client:
    """A user with one conversation. `patience_s` is when an answer counts as never coming.

    `gateway` is which of the `urls` it asks; where a connection breaks it asks the next one.
    """

    name: str
    session: aiohttp.ClientSession
    urls: Sequence[str]
    ledger: Ledger
    patience_s: float = 40.0
    resumes: bool = True
    conversation: str = "c"
    gateway: int = 0
    _last_id: dict[str, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    # --- asking ---------------------------------------------------------------------------------

    async def ask(self, manner: Manner) -> Asked:
        """Ask until a turn was accepted, and see it through; returns the last question."""
        deadline = asyncio.get_running_loop().time() + self.patience_s
        while True:
            asked = await self._ask_once(manner)
            if not asked.refused or asyncio.get_running_loop().time() > deadline:
                return asked
            await asyncio.sleep(AGAIN_S)

    async def _ask_once(self, manner: Manner) -> Asked:
        asked = self.ledger.ask(
            Asked(
                question=f"{self.name}-{next(self._numbers)} {manner.wish} {WORDS}".strip(),
                user=self.name,
                conversation=self.conversation,
                form=manner.form,
                key=uuid.uuid4().hex if manner.keyed else None,
            )
        )
        try:
            async with asyncio.timeout(self.patience_s):
                await self._see_through(asked, manner)
        except TimeoutError:
            self.ledger.note(asked, "hung")
        return asked

    async def _see_through(self, asked: Asked, manner: Manner) -> None:
        while not asked.over:
            try:
                if asked.turn_id is not None and (asked.key is None or asked.form == "async"):
                    await self._follow(asked, manner)
                elif await self._post(asked, manner):
                    return
            except BrokenConnectionError as error:
                if error.sent:
                    self.ledger.note(asked, "broken", text=str(error))
                if error.sent and asked.key is None and asked.turn_id is None:
                    return
            await asyncio.sleep(AGAIN_S)

    async def _post(self, asked: Asked, manner: Manner) -> bool:
        """Ask; returns whether there is nothing more to do."""
        headers = {"Idempotency-Key": asked.key} if asked.key else {}
        if asked.form == "async":
            headers["Prefer"] = "respond-async"
        body = {
            "prompt": asked.question,
            "conversation_id": asked.conversation,
            "stream": asked.form == "sse",
        }
        self.ledger.note(asked, "sent")
        async with self._request("POST", "/chat/", json=body, headers=headers) as response:
            if response.status not in {200, 202}:
                return self._on_problem(asked, response, await _json(response))
            if response.content_type == "text/event-stream":
                await self._read_events(asked, manner, response)
            elif response.status == 202:
                found = await _json(response)
                self.ledger.note(asked, "accepted", turn_id=found["turn_id"], status=202)
                await self._poll(asked, manner)
            else:
                self._on_body(asked, await _json(response))
        return asked.over

    def _on_problem(
        self, asked: Asked, response: aiohttp.ClientResponse, found: dict[str, Any]
    ) -> bool:
        status, turn_id = response.status, found.get("turn_id")
        if turn_id is None:
            self.ledger.note(asked, "refused", status=status, text=str(found.get("detail", "")))
            # With a key the same question may be asked again, as it is the same turn or none.
            return asked.key is None or not 500 <= status < 600
        self.ledger.note(asked, "accepted", turn_id=turn_id, status=status)
        if "Retry-After" in response.headers:
            # Not the turn has ended, but who told of it: it goes on.
            self.ledger.note(asked, "broken", status=status, text=str(found.get("detail", "")))
            return False
        self.ledger.note(asked, "told", turn_id=turn_id, status=status, ending=_problem(found))
        return True

    def _on_body(self, asked: Asked, found: dict[str, Any], status: int = 200) -> None:
        self.ledger.note(asked, "accepted", turn_id=found["turn_id"], status=status)
        self.ledger.note(
            asked, "told", turn_id=found["turn_id"], status=status, ending=_answer(found)
        )

    # --- following ------------------------------------------------------------------------------

    async def _follow(self, asked: Asked, manner: Manner) -> None:
        """Come back to a turn whose id is known."""
        if asked.form == "sse" and self.resumes:
            last = self._last_id.get(asked.question)
            headers = {"Last-Event-ID": last} if last else {}
            path = f"/chat/turns/{asked.turn_id}/events"
            async with self._request("GET", path, headers=headers) as response:
                if response.status == 200:
                    await self._read_events(asked, manner, response)
                    return
        await self._poll(asked, manner)

    async def _poll(self, asked: Asked, manner: Manner) -> None:
        polls = 0
        while not asked.over:
            if polls >= manner.after and manner.ends == "cancels":
                await self._cancel(asked)
            async with self._request("GET", f"/chat/turns/{asked.turn_id}") as response:
                found = await _json(response)
                if response.status == 200 and found["status"] in FINAL:
                    ending = (
                        _answer(found)
                        if found["status"] == "completed"
                        else _problem(found["problem"])
                    )
                    self.ledger.note(
                        asked, "told", turn_id=found["turn_id"], status=200, ending=ending
                    )
                    return
                if response.status == 404:
                    self.ledger.note(asked, "missing", status=404)
                    return
            polls += 1
            await asyncio.sleep(POLL_S)

    async def _read_events(
        self, asked: Asked, manner: Manner, response: aiohttp.ClientResponse
    ) -> None:
        seen = 0
        async for event, data, event_id in _sse(response):
            match event:
                case "start":
                    self.ledger.note(asked, "accepted", turn_id=data["turn_id"])
                case "token":
                    self._last_id[asked.question] = event_id
                    self.ledger.note(asked, "token", text=data["text"])
                    seen += 1
                case "reset":
                    self.ledger.note(asked, "reset")
                case "done":
                    self._on_body(asked, data)
                    return
                case "error":
                    self.ledger.note(
                        asked, "told", turn_id=data.get("turn_id"), ending=_problem(data)
                    )
                    return
            if seen == manner.after and event == "token":
                if manner.ends == "leaves":
                    self.ledger.note(asked, "left")
                    response.close()
                    return
                if manner.ends == "cancels":
                    await self._cancel(asked)
        msg = "the stream ended without an end"
        raise BrokenConnectionError(EOFError(msg), sent=True)

    async def _cancel(self, asked: Asked) -> None:
        if asked.has("cancel"):
            return
        with_patience = 20
        for _ in range(with_patience):
            try:
                async with self._request("DELETE", f"/chat/turns/{asked.turn_id}") as response:
                    self.ledger.note(asked, "cancel", status=response.status)
                    if response.status == 202:
                        return
            except BrokenConnectionError as error:
                self.ledger.note(asked, "cancel", text=str(error))
            await asyncio.sleep(AGAIN_S)

    async def delete(self, path: str) -> int:
        """Ask for something to be deleted; returns the status. Raises BrokenConnectionError."""
        async with self._request("DELETE", path) as response:
            await response.read()
            return response.status

    # --- HTTP -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield the response; raises BrokenConnectionError, there or while it is read."""
        url = self.urls[self.gateway % len(self.urls)]
        told = {"User-Agent": self.name, **(headers or {})}
        try:
            async with self.session.request(method, url + path, headers=told, **more) as response:
                yield response
        except aiohttp.ClientConnectorError as error:
            self.gateway += 1
            raise BrokenConnectionError(error, sent=False) from error
        except (aiohttp.ClientError, ConnectionError, ValueError) as error:
            self.gateway += 1
            raise BrokenConnectionError(error, sent=True) from error


def open_session() -> aiohttp.ClientSession:
    """Return a session that makes a new connection for every request."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
    )


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await response.read())
    return found


async def _sse(
    response: aiohttp.ClientResponse,
) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    event = event_id = ""
    data: dict[str, Any] | None = None
    async for raw in response.content:
        name, _, value = raw.decode().rstrip("\r\n").partition(": ")
        if name == "event":
            event = value
        elif name == "id":
            event_id = value
        elif name == "data":
            data = json.loads(value)
        elif not name and data is not None:
            yield event, data, event_id
            data = None


def _answer(found: dict[str, Any]) -> Ending:
    return Ending(
        completed=True,
        content=found["reply"]["content"],
        degraded=tuple(found.get("degraded") or ()),
    )


def _problem(found: dict[str, Any]) -> Ending:
    return Ending(
        completed=False,
        status=found["status"],
        title=found["title"],
        detail=found["detail"],
    )
