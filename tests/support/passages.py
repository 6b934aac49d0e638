"""Recalled passages, for tests of what is made of them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from shared.contracts.ids import new_id
from shared.contracts.parts import Message
from shared.memory.recall import Recalled, RecalledPassage, RecallQuery

MAY = datetime(2023, 5, 7, 14, 30, tzinfo=UTC)


def message(content: str, *, role: Any = "user", when: datetime = MAY, **more: Any) -> Message:
    order = more.pop("order", round(when.timestamp() * 1_000_000))
    return Message(
        message_id=more.pop("message_id", new_id()),
        role=role,
        content=content,
        time=when,
        order=order,
        **more,
    )


def recalled(
    said: str | Message,
    *,
    conversation: str = "old",
    score: float = 1.0,
    evidence: float = 1.0,
    before: Message | None = None,
    after: Message | None = None,
    **more: Any,
) -> RecalledPassage:
    return RecalledPassage(
        conversation_id=conversation,
        message=message(said, **more) if isinstance(said, str) else said,
        score=score,
        evidence=evidence,
        before=before,
        after=after,
    )


class ScriptedRecall:
    """A recall that finds what it is told to, however long that takes; it keeps what was asked."""

    def __init__(self, *found: RecalledPassage, degraded: tuple[str, ...] = ()) -> None:
        self.answer = Recalled(passages=found, total=len(found), degraded=degraded)
        self.error: Exception | None = None
        self.takes_s = 0.0
        self.asked: list[RecallQuery] = []

    async def search(self, _user_id: str, query: RecallQuery) -> Recalled:
        self.asked.append(query)
        await asyncio.sleep(self.takes_s)
        if self.error is not None:
            raise self.error
        return self.answer
