"""Many messages that nobody has written: put together of the project's own retrieval set."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded
from shared.contracts.parts import Message, utcnow

PARTS = Path(__file__).parents[1] / "recall" / "data" / "parts"
CONVERSATION = 20
"""Messages of one conversation."""

EVERY = timedelta(minutes=7)
WORD_LENGTH = 6


@cache
def sentences() -> list[str]:
    """Return what is said in the retrieval set, in Russian and in English."""
    return _read("people", "text")


def questions() -> list[str]:
    """Return the questions of the retrieval set, each once, in an order of no meaning."""
    found = list(dict.fromkeys(_read("questions", "question")))
    random.Random(0).shuffle(found)  # noqa: S311 - the same order in every run
    return found


def _read(kind: str, field: str) -> list[str]:
    return [
        json.loads(line)[field]
        for path in sorted(PARTS.glob(f"*_{kind}_*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def messages(user: str, number: int, *, seed: int = 0) -> Iterator[MessageAdded]:
    """Make messages: two sentences and a word that stands nowhere else, as names and numbers do."""
    dice = random.Random(seed)  # noqa: S311 - the same messages in every run
    said, end = sentences(), utcnow().astimezone(UTC)
    for place in range(number):
        moment = end - EVERY * (number - place)
        word = "".join(dice.choices("bdfgklmnprstv", k=WORD_LENGTH))
        yield _message(user, place, moment, f"{dice.choice(said)} {dice.choice(said)} {word}")


def _message(user: str, place: int, moment: datetime, content: str) -> MessageAdded:
    message = Message(
        message_id=new_id(),
        role="assistant" if place % 2 else "user",
        content=content,
        time=moment,
        order=round(moment.timestamp() * 1_000_000),
        tokens=len(content) // 4,
    )
    conversation = f"c-{place // CONVERSATION}"
    return MessageAdded(user_id=user, conversation_id=conversation, message=message, at=moment)


def vectors(typical: NDArray[np.float64], number: int, *, seed: int = 0) -> NDArray[np.float64]:
    """Make vectors that lie among typical ones: between two of them, and a little beside."""
    dice = np.random.default_rng(seed)
    one, other = (typical[dice.integers(len(typical), size=number)] for _ in range(2))
    share = dice.random((number, 1))
    beside = dice.normal(0, 0.015, (number, typical.shape[1]))
    found: NDArray[np.float64] = share * one + (1 - share) * other + beside
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found
