"""A long conversation for the chat page, imported: message by message it takes minutes."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from benchmarks.processes import BenchmarkError

ME = "/memory/user/me"
WHO = "whoever"
BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC)
PATIENCE_S = 300.0
POLL_S = 0.1


def lines_of(conversation: str, messages: int) -> list[dict[str, Any]]:
    """Return the lines of an export that holds nothing but this conversation."""
    times = [BEGAN + timedelta(seconds=number) for number in range(messages)]
    said = [
        {
            "kind": "message",
            "conversation_id": conversation,
            "message_id": f"m-{number}",
            "role": "assistant" if number % 2 else "user",
            "content": f"Message {number}: some **words** of it.",
            "time": at.isoformat(),
            "order": round(at.timestamp() * 1_000_000),
        }
        for number, at in enumerate(times)
    ]
    about = {"created_at": times[0].isoformat(), "updated_at": times[-1].isoformat()}
    return [
        {
            "kind": "export",
            "format": 2,
            "membus": "0.1.0",
            "user_id": WHO,
            "exported_at": times[-1].isoformat(),
        },
        {"kind": "conversation", "conversation_id": conversation, **about},
        *said,
        {"kind": "end", "counts": {"conversation": 1, "message": messages}},
    ]


async def fill(api: str, cookie: str, conversation: str, messages: int) -> None:
    """Give the session's user a conversation, and return when all of it can be read."""
    file = b"".join(json.dumps(line).encode() + b"\n" for line in lines_of(conversation, messages))
    headers = {"cookie": cookie}
    async with httpx.AsyncClient(base_url=api, headers=headers, timeout=PATIENCE_S) as client:
        answer = await client.post(f"{ME}/import?from={WHO}", content=file)
        if not answer.is_success:
            msg = f"The import is refused with HTTP {answer.status_code}: {answer.text[:300]}"
            raise BenchmarkError(msg)
        await _settled(client)


async def _settled(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        about = await client.get(ME)
        if about.status_code == HTTPStatus.OK and not about.json()["pending"]:
            return
        await asyncio.sleep(POLL_S)
    msg = f"What was imported could not be read after {PATIENCE_S:g} s."
    raise BenchmarkError(msg)
