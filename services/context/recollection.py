"""Finds what of earlier conversations belongs into a prompt."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

import structlog

from services.context.floor import worth_telling
from services.context.follow_up import search_text
from services.context.settings import ContextSettings
from shared.contracts.events import ChatRequested
from shared.contracts.ids import user_message_id
from shared.contracts.parts import Message, TurnRef
from shared.failures import DependencyDownError
from shared.memory.models import TurnContext
from shared.memory.recall import Recalled, RecalledPassage, RecallQuery

log = structlog.get_logger()

NO_RECALL = "recall"
"""Nothing was recalled, though something may be there."""

NO_EMBEDDER = "embedder"
LIMIT = 30
"""Passages to choose from: more than ever fit."""


class Search(Protocol):
    """What is needed of recall."""

    async def search(self, user_id: str, query: RecallQuery) -> Recalled:
        """Return what answers a question, best first. Raises DependencyDownError."""
        ...


class Recollected(NamedTuple):
    """What was found, best first, and what works in a lesser form."""

    passages: Sequence[RecalledPassage] = ()
    degraded: tuple[str, ...] = ()


class Recollection:
    """Recalls for a turn, but not for long, and only what is worth telling."""

    def __init__(self, *, settings: ContextSettings, recall: Search) -> None:
        self._settings = settings
        self._recall = recall

    async def find(
        self,
        event: ChatRequested,
        context: TurnContext,
        *,
        shown: Sequence[Message],
        asked_at: datetime,
    ) -> Recollected:
        """Return what of the user's memory belongs to a turn's question.

        `shown` are the messages of the conversation that the prompt has anyway.
        """
        turn = event.turn
        more = context.elsewhere or len(context.messages) > len(shown)
        if turn.memory == "off" or not self._settings.memory_tokens or not more:
            return Recollected()
        before = [message.content for message in shown if message.role == "user"]
        # A long question has many words to look up, which would hold everybody up.
        text = await asyncio.to_thread(search_text, event.prompt, before, at=asked_at)
        if text is None:
            return Recollected()
        query = RecallQuery(
            text=text,
            at=asked_at,
            limit=LIMIT,
            left_out=frozenset(
                (user_message_id(turn.turn_id), *(message.message_id for message in shown))
            ),
            recent=(*context.recent, *_unshown(turn, context, shown)),
        )
        try:
            found = await asyncio.wait_for(
                self._recall.search(turn.user_id, query), self._settings.recall_max_wait_s
            )
        except (DependencyDownError, TimeoutError) as error:
            # Better an answer that recalls nothing than none; the client is told.
            log.warning("prompt without recall", error=str(error) or type(error).__name__)
            return Recollected(degraded=(NO_RECALL,))
        # Who wants no embedder does not lack it.
        degraded = found.degraded
        if not self._settings.embeds:
            degraded = tuple(one for one in degraded if one != NO_EMBEDDER)
        worth = worth_telling(text, _still_said(found.passages, turn))
        return Recollected(worth, degraded)


def _unshown(
    turn: TurnRef, context: TurnContext, shown: Sequence[Message]
) -> list[tuple[str, Message]]:
    """Return what was said in this conversation before what is shown: it may be new as well."""
    if turn.memory != "full":
        # Incognito messages are among them, which nobody recalls.
        return []
    ids = {message.message_id for message in shown}
    return [(turn.conversation_id, one) for one in context.messages if one.message_id not in ids]


def _still_said(passages: Sequence[RecalledPassage], turn: TurnRef) -> list[RecalledPassage]:
    """Leave out what a turn replaces, and what was said in its conversation behind it."""
    end = turn.order if turn.branch_from is None else turn.branch_from

    def told(passage: RecalledPassage, message: Message | None) -> Message | None:
        behind = passage.conversation_id == turn.conversation_id
        return None if message is None or (behind and message.order >= end) else message

    return [
        replace(one, before=told(one, one.before), after=told(one, one.after))
        for one in passages
        if told(one, one.message) is not None
    ]
