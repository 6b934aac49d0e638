"""Small pools to rank, made of texts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.parts import Message
from shared.memory.live_pool import live_pool
from shared.memory.passages import Filters, Passage, Pool
from shared.memory.questions import question_of
from shared.memory.ranking import Ranked, rank
from shared.memory.recall import RecallQuery
from tests.support.fake_vectors import vector_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def said(content: str, *, minute: float = 0, **more: Any) -> Message:
    """Return a message of some minutes after the first, a hundred days ago."""
    when = more.pop("when", NOW - timedelta(days=100) + timedelta(minutes=minute))
    values = {
        "message_id": f"m{minute}-{abs(hash(content)) % 10**8}",
        "role": "user",
        "content": content,
        "time": when,
        "order": round(when.timestamp() * 1_000_000),
    }
    return Message(**{**values, **more})


def pool_of(
    question: str,
    messages: Sequence[Message | tuple[str, Message]],
    *,
    vectors: bool = False,
    superseded: Sequence[str] = (),
) -> Pool:
    """Return the pool for a question, each message in a conversation of its own where none is said.

    With `vectors` each has the toy model's similarity; `superseded` are the texts of some.
    """
    placed = [one if isinstance(one, tuple) else (one.message_id, one) for one in messages]
    terms = question_of(question, at=NOW).terms
    pool = live_pool(placed, terms, Filters(), at=NOW)
    asked = vector_of(question)

    def told(passage: Passage) -> Passage:
        text = passage.message.content
        cosine = sum(a * b for a, b in zip(asked, vector_of(text), strict=True))
        return replace(
            passage,
            similarity=cosine if vectors else None,
            superseded=text in superseded,
        )

    return replace(pool, passages=[told(passage) for passage in pool.passages])


def ranked(question: str, pool: Pool, **more: Any) -> Ranked:
    """Return what a question finds in a pool."""
    query = RecallQuery(text=question, at=NOW, **more)
    return rank(question_of(question, at=NOW), pool, query)


def texts(found: Ranked) -> list[str]:
    """Return what was found, best first."""
    return [one.message.content for one in found.passages]
