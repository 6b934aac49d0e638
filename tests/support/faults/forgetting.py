"""Users who come once, are answered, and have it forgotten: also what is being answered just then.

Such a user has one conversation. What was accepted before the request to forget must be nowhere
afterwards; what was on its way to be accepted meanwhile may be gone or not.
"""

import asyncio
import math
import time

from shared.contracts.ids import reply_message_id
from tests.support.faults.clients import AGAIN_S, BrokenConnectionError, Client, Manner
from tests.support.faults.ledger import Asked, Forgetting, Scope

SCOPES: tuple[Scope, ...] = ("conversation", "message", "user")

FIRST = Manner("json")
LIVE = Manner("sse", keyed=False, wish="pieces=60 delay=20")
"""A turn that is in work when it is forgotten. Without a key: nobody asks it once more."""

ANSWERING_S = 3.0
"""How long it may take until it is."""

PATIENCE_S = 10.0
"""How long the user tries to be heard."""

MISSING_S = 3.0
"""How long it must be missing to be gone: what was just said may come into memory yet."""

DONE = (200, 202)
"""Forgotten, or to be forgotten for certain."""


async def come_and_forget(client: Client, scope: Scope) -> None:
    """Ask, and have all of it, or the reply, forgotten."""
    first = await client.ask(FIRST)
    told = first.all("told")
    ending = told[0].ending if told else None
    if ending is None or not ending.completed:
        return
    path, live = f"/memory/conversation/{client.conversation}", None
    if scope == "message":
        path += f"/message/{reply_message_id(first.turn_id or '')}"
    else:
        path = "/memory/user/me" if scope == "user" else path
        live = asyncio.create_task(client.ask(LIVE))
        await _until_answering(client)
    began = time.time()
    heard, status = await _forget(client, path)
    ended = time.time()
    for asked in _asked_by(client) if heard else ():
        accepted = asked.all("accepted")
        certain = status is not None and bool(accepted) and accepted[0].at < began
        asked.forgetting = Forgetting(scope, began, ended, status, certain=certain)
    if live is not None:
        await live


def _asked_by(client: Client) -> list[Asked]:
    return [one for one in client.ledger.asked if one.user == client.name]


async def _until_answering(client: Client) -> None:
    deadline = time.monotonic() + ANSWERING_S
    while time.monotonic() < deadline:
        last = _asked_by(client)[-1]
        if last.question.find(LIVE.wish) > 0 and (last.has("token") or last.over):
            return
        await asyncio.sleep(0.01)


async def _forget(client: Client, path: str) -> tuple[bool, int | None]:
    """Ask until the request was heard; returns whether it may have been, and the last status.

    An answer that was lost may have been a success, after which there is nothing to be found.
    """
    deadline = time.monotonic() + PATIENCE_S
    missing_since, heard = math.inf, False
    while time.monotonic() < deadline:
        status: int | None = None
        try:
            status = await client.delete(path)
        except BrokenConnectionError:
            # aiohttp has asked a second time already, and tells of that one alone.
            heard = True
        if status in DONE or status == 500:
            return True, status
        missing_since = min(missing_since, time.monotonic()) if status == 404 else math.inf
        if heard and time.monotonic() - missing_since > MISSING_S:
            return True, status
        heard = heard or (status or 0) > 500
        await asyncio.sleep(AGAIN_S)
    return heard, None
