"""The rendered answer between the events of a turn."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.gateway.web.history import with_html
from services.gateway.web.streams import EventReader, TurnStream

TURN = (
    b': hello\r\n\r\nid: 1\r\nevent: start\r\ndata: {"turn_id": "t"}\r\n\r\n'
    b'event: token\ndata: {"text": "**a**\\n\\n"}\n\nevent: token\ndata: {"text": "b"}\n\n'
    b'id: 9\nevent: done\ndata: {"reply": {"content": "**a**\\n\\nb"}}\n\n'
)


async def _chunks(text: bytes, size: int) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


async def _events(chunks: AsyncGenerator[bytes, None]) -> list[tuple[str, Any]]:
    text = b"".join([chunk async for chunk in TurnStream().transformed(chunks)])
    found = []
    for event in text.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in event.split("\n") if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def _shown(events: list[tuple[str, Any]]) -> list[str]:
    blocks: list[str] = []
    for name, data in events:
        if name == "html":
            blocks = blocks[: data["from"]] + data["blocks"]
    return blocks


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
async def test_the_rendering_is_whole_before_done_wherever_chunks_end(size: int) -> None:
    events = await _events(_chunks(TURN, size))
    names = [name for name, _ in events]
    assert [name for name in names if name != "html"] == ["start", "token", "token", "done"]
    html = events[-1][1]["reply"]["html"]
    assert "<strong>a</strong>" in html[0]
    assert len(html) == 2
    assert _shown(events) == html


async def test_a_reset_takes_back_what_was_shown() -> None:
    turn = (
        b'event: token\ndata: {"text": "a"}\n\nevent: reset\ndata: {}\n\n'
        b'event: error\ndata: {"status": 502}\n\n'
    )
    events = await _events(_chunks(turn, 10))
    assert _shown(events) == []
    assert events[-1] == ("error", {"status": 502})


async def test_what_a_pause_holds_back_follows_without_another_token() -> None:
    forever = asyncio.Event()
    closed = asyncio.Event()

    async def stalled() -> AsyncGenerator[bytes, None]:
        try:
            yield b'event: token\ndata: {"text": "a"}\n\nevent: token\ndata: {"text": "b"}\n\n'
            await forever.wait()
        finally:
            closed.set()

    seen = b""
    stream = TurnStream().transformed(stalled())
    async with asyncio.timeout(2):
        async for chunk in stream:
            seen += chunk
            if b"ab</p>" in seen:
                break
        await stream.aclose()
        # Closing reaches the API's connection, which stops the turn.
        await closed.wait()


def test_events_end_at_any_kind_of_blank_line() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\r") == []
    assert reader.feed(b"\n\r") == []
    assert reader.feed(b"\ndata: b\n\n") == [[b"data: a"], [b"data: b"]]


async def test_answers_of_a_history_are_rendered_and_questions_are_not() -> None:
    messages = [{"role": "user", "content": "*q*"}, {"role": "assistant", "content": "*a*"}]
    body = json.loads(await with_html(json.dumps({"messages": messages}).encode()))
    question, answer = body["messages"]
    assert "html" not in question
    assert "<em>a</em>" in answer["html"][0]
    assert await with_html(b"nonsense") == b"nonsense"
