"""The cases of the benchmark, as they are told to whoever remembers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

UTTERED = datetime(2026, 1, 10, 10, tzinfo=UTC)
"""When a single utterance was said, for what counts from that day."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a user says at a time; each in a conversation of its own."""

    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """What somebody has made of a case: all facts, and what a question finds, best first."""

    facts: Sequence[Mapping[str, Any]]
    found: Sequence[Mapping[str, Any]] = ()


def utterances(path: Path = DATA / "facts_dev.jsonl") -> list[dict[str, Any]]:
    """Return the utterances with their golden facts."""
    return _lines(path)


def updates(path: Path = DATA / "updates_dev.jsonl") -> list[dict[str, Any]]:
    """Return the sequences with what should be known after them."""
    return _lines(path)


def steps_of(case: Mapping[str, Any]) -> list[Step]:
    """Return what is said in an utterance or a sequence."""
    if "turns" not in case:
        return [Step(case["text"], UTTERED)]
    return [
        Step(turn["text"], datetime.fromisoformat(turn["t"]))
        for turn in case["turns"]
        if turn["role"] == "user"
    ]


def _lines(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
