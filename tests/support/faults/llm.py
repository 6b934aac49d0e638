"""A fake LLM as a process of its own: no two answers are alike, and every prompt is written down.

A question may say how it wants to be answered: `pieces=50` and `delay=20` (ms between them).
"""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from tests.support.fake_llm import FakeLLM, server
from tests.support.fake_script import Script, Seen

FIRST_MS = 15.0
DELAY_MS = 6.0


class RecordingLLM(FakeLLM):
    """Answers with a number that never comes twice, so that two attempts can be told apart."""

    def __init__(self, *, port: int, record: Path) -> None:
        super().__init__(port=port)
        self._record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._answers = 0

    def _next(self, seen: Seen, *, explicit: bool = False) -> Script | None:
        if explicit or not seen.question:
            return super()._next(seen, explicit=explicit)
        self._answers += 1
        number = f"{os.getpid()}-{self._answers}"
        self._write({"question": seen.question, "answer": number, "messages": _messages(seen)})
        pieces, delay_ms = _wish(seen.question, "pieces"), _wish(seen.question, "delay")
        text = f"answer {number} to: {seen.question}"
        if pieces is not None:
            text += " word" * int(pieces)
        return Script(
            text=text,
            first_delay_ms=FIRST_MS,
            delay_ms=DELAY_MS if delay_ms is None else delay_ms,
        )

    def _write(self, values: dict[str, Any]) -> None:
        os.write(self._record, (json.dumps({"at": time.time(), **values}) + "\n").encode())


def _messages(seen: Seen) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = seen.body.get("messages", [])
    return messages


def _wish(question: str, name: str) -> float | None:
    found = re.search(rf"\b{name}=(\d+)", question)
    return float(found[1]) if found else None


def serve(port: int, record: Path) -> None:
    """Serve until killed."""
    server(RecordingLLM(port=port, record=record)).run()
