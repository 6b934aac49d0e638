"""What is remembered, wherever it lies: Redis first, and the record for what Redis does not hold.

`archive` is None where Redis is all there is.
"""

from datetime import datetime
from typing import Any, NamedTuple

import structlog

from shared.contracts.parts import Message, TurnRef, utcnow
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.fact_rows import folded, united
from shared.memory.models import (
    ConversationMemory,
    ConversationPlace,
    Fact,
    Figures,
    StatedMemory,
    Statistics,
    SystemMemory,
    TurnContext,
    UserMemory,
)
from shared.memory.stated_reading import StatedReading
from shared.memory.summary import LONG
from shared.memory.system_reading import SystemReading
from shared.memory.working import WorkingMemory

log = structlog.get_logger()

FROM_RECORD = "working_memory"
"""Redis is away: what was said in the last moments may be missing."""

WITHOUT_RECORD = "archive"
"""The record is away: what Redis does not hold is missing."""


class FoundConversation(NamedTuple):
    """A page of a conversation, and the id of a turn that ended but is not in it yet."""

    memory: ConversationMemory | None
    ended: str | None


class Reading:
    """Reads from both stores.

    Methods raise DependencyDownError where no store that is there can answer.
    """

    def __init__(self, *, working: WorkingMemory, archive: Archive | None) -> None:
        self._working = working
        self._archive = archive
        self._stated = StatedReading(working=working, archive=archive)
        self._system = SystemReading(working=working, archive=archive)

    async def context(self, turn: TurnRef, *, limit: int) -> tuple[TurnContext, tuple[str, ...]]:
        """Return what a turn's prompt needs, and what works in a lesser form.

        One round trip where Redis knows the conversation and the user.
        """
        degraded: tuple[str, ...] = ()
        try:
            context = await self._working.load(turn, limit=limit)
        except DependencyDownError as error:
            if self._archive is None:
                raise
            log.warning("prompt from the record", error=str(error))
            context, degraded = TurnContext(complete=False, knows_user=False), (FROM_RECORD,)
        over = context.ahead or context.outcome or context.cancelled or context.withdrawn
        whole = context.complete and context.knows_user
        if over or whole or self._archive is None or turn.memory == "off":
            return context, degraded
        try:
            messages, recorded, summary = await self._archive.history(turn, limit=limit)
            now = await self._folded(turn.user_id, recorded, context, down=bool(degraded))
        except DependencyDownError as error:
            if degraded:
                raise
            log.warning("prompt without the record", error=str(error))
            return context, (WITHOUT_RECORD,)
        return context.model_copy(
            update={
                "messages": _united(messages, context.messages)[-limit:] if limit else (),
                "summary": context.summary or summary,
                **now,
            }
        ), degraded

    async def _folded(
        self, user_id: str, recorded: StatedMemory, context: TurnContext, *, down: bool
    ) -> dict[str, Any]:
        """Return the facts and preferences of both stores, where Redis has not all of them."""
        if context.knows_user:
            return {}
        if not down:
            recorded = united((await self._working.facts.stated(user_id)).memory, recorded)
        found = folded(recorded, at=utcnow())
        return {"facts": found.facts, "preferences": found.preferences}

    async def conversation(
        self, user_id: str, conversation_id: str, *, limit: int, before: str = ""
    ) -> FoundConversation:
        """Return a page of a conversation, oldest first.

        `before` is a message id; the page ends with the message before it.
        """
        where = (user_id, conversation_id)
        if self._archive is None:
            return FoundConversation(
                *await self._working.conversation(*where, limit=limit, before=before)
            )
        live = ended = down = None
        try:
            live, ended = await self._working.conversation(*where, limit=limit, before=before)
        except DependencyDownError as error:
            down = error
        if live is not None and live.complete:
            return FoundConversation(await self._summarized(live), ended)
        oldest = live.messages[0].order if live and live.messages else 0
        try:
            recorded = await self._archive.conversation(
                *where, limit=limit, before=before, below=oldest
            )
        except DependencyDownError:
            if live is None:
                raise down or _unanswered() from None
            return FoundConversation(live, ended)
        return FoundConversation(_merged(live, recorded, limit=limit), ended)

    async def _summarized(self, live: ConversationMemory) -> ConversationMemory:
        """Return a conversation with its summary, of the record where Redis has none yet."""
        if self._archive is None or live.summary or live.message_count <= LONG:
            return live
        try:
            summary = await self._archive.summary(live.user_id, live.conversation_id)
        except DependencyDownError:
            return live
        return live.model_copy(update={"summary": summary})

    async def conversations(
        self, user_id: str, *, limit: int, after: ConversationPlace | None = None
    ) -> list[ConversationMemory]:
        """Return a user's conversations, newest first, from the one after a place on."""
        if self._archive is None:
            return await self._working.conversations(user_id, limit=limit, after=after)
        try:
            recorded = await self._archive.conversations(user_id, limit=limit, after=after)
        except DependencyDownError:
            return await self._working.conversations(user_id, limit=limit, after=after)
        try:
            live = await self._working.conversations(user_id, limit=limit, after=after)
            # Redis knows better where a conversation stands that was just continued.
            known = await self._working.summaries(user_id, [c.conversation_id for c in recorded])
        except DependencyDownError:
            return recorded
        moved = {c.conversation_id: c for c in known}
        found = {
            c.conversation_id: c
            for c in recorded
            if c.conversation_id not in moved or _stands(moved[c.conversation_id], c)
        }
        found |= {c.conversation_id: _newer(c, found.get(c.conversation_id)) for c in live}
        return sorted(found.values(), key=lambda c: c.place, reverse=True)[:limit]

    async def user(self, user_id: str) -> UserMemory | None:
        """Return what is known of a user, or None where nothing is."""
        if self._archive is None:
            return await self._working.user(user_id)
        live = down = None
        try:
            live = await self._working.user(user_id)
        except DependencyDownError as error:
            down = error
        if live is not None and live.complete:
            return live
        try:
            recorded = await self._archive.user(user_id)
        except DependencyDownError:
            if live is None:
                raise down or _unanswered() from None
            return live
        if live is None or recorded is None:
            return live or recorded
        ids = dict.fromkeys((*live.conversation_ids, *recorded.conversation_ids))
        return live.model_copy(
            update={
                "preferences": folded(await self.stated(user_id), at=utcnow()).preferences,
                "conversation_ids": tuple(ids),
                "created_at": min(live.created_at, recorded.created_at),
                "last_active": max(live.last_active, recorded.last_active),
            }
        )

    async def stated(self, user_id: str) -> StatedMemory:
        """Return every claim of a user, and the preferences that were set by hand."""
        return await self._stated.stated(user_id)

    async def facts(
        self, user_id: str, *, at: datetime | None = None, as_of: datetime | None = None
    ) -> list[Fact]:
        """Return the facts of a user, of every status, newest first.

        `at` is the moment at which they are asked for, `as_of` leaves out what was recorded later.
        """
        return await self._stated.facts(user_id, at=at, as_of=as_of)

    async def was_forgotten(self, user_id: str, fact: Fact) -> bool:
        """Tell whether a fact was forgotten since it was recorded, by itself or with its source."""
        return await self._stated.was_forgotten(user_id, fact)

    async def place_of(
        self, user_id: str, conversation_id: str, message_id: str
    ) -> tuple[int, str] | None:
        """Return place and role of a message that only the record may hold, or None."""
        if self._archive is None:
            return None
        return await self._archive.place_of(user_id, conversation_id, message_id)

    async def has_message(self, user_id: str, conversation_id: str, message_id: str) -> bool:
        """Tell whether a conversation has a message, in whichever store."""
        down = None
        try:
            if await self._working.has_message(user_id, conversation_id, message_id):
                return True
        except DependencyDownError as error:
            if self._archive is None:
                raise
            down = error
        try:
            return await self.place_of(user_id, conversation_id, message_id) is not None
        except DependencyDownError as error:
            raise down or error from None

    async def message(self, user_id: str, conversation_id: str, message_id: str) -> Message | None:
        """Return one message, from whichever store has it, or None."""
        where = (user_id, conversation_id, message_id)
        down = None
        try:
            found = await self._working.message(*where)
        except DependencyDownError as error:
            found, down = None, error
        if found is not None or (self._archive is None and down is None):
            return found
        if self._archive is None:
            raise down or _unanswered()
        return await self._archive.message(*where)

    async def system(self, key: str) -> SystemMemory | None:
        """Return a memory of the system, or None where there is none, or none any more."""
        return await self._system.one(key)

    async def system_memories(self) -> list[SystemMemory]:
        """Return the memories of the system that are there, by their keys."""
        return await self._system.all()

    async def figures(
        self, user_id: str = "", *, topics: int = 0
    ) -> tuple[Statistics | None, Figures | None]:
        """Return what Redis and the record count; None for one that does not answer.

        With it the heaviest topics of a user, or of all (''), so many, and how models do: from the
        record where there is one.
        """
        live = recorded = None
        try:
            live = await self._working.statistics(user_id, topics=topics)
        except DependencyDownError:
            if self._archive is None:
                raise
        if self._archive is not None:
            try:
                recorded = await self._archive.figures(user_id, topics=topics)
            except DependencyDownError:
                if live is None:
                    raise
        return live, recorded


def _unanswered() -> DependencyDownError:
    # Redis does not hold it, and the record cannot be asked: it may be there or not.
    return DependencyDownError("the record does not answer", dependency="postgres")


def _united(recorded: tuple[Message, ...], live: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return the messages of both, each once, in their order."""
    known = {message.message_id for message in recorded}
    more = [message for message in live if message.message_id not in known]
    return tuple(sorted((*recorded, *more), key=lambda message: message.order))


def _merged(
    live: ConversationMemory | None, recorded: ConversationMemory | None, *, limit: int
) -> ConversationMemory | None:
    """Return a page of both stores: the record may lag behind, and Redis hold the end alone."""
    if live is None or recorded is None:
        return live or recorded
    messages = _united(recorded.messages, live.messages)
    # As far as this page tells: what Redis has and the record not yet.
    unrecorded = len(messages) - len(recorded.messages)
    if recorded.messages and live.messages:
        oldest = recorded.messages[0].order
        unrecorded = sum(m.order >= oldest for m in messages) - len(recorded.messages)
    return recorded.model_copy(
        update={
            "messages": messages[-limit:],
            "message_count": max(recorded.message_count + unrecorded, live.message_count),
            "total_tokens": max(recorded.total_tokens, live.total_tokens),
            "created_at": min(recorded.created_at, live.created_at),
            "updated_at": max(recorded.updated_at, live.updated_at),
            "expires_at": _end(live, recorded),
            # What Redis knows to be set by hand was set last.
            **{name: getattr(live, name) for name in live.by_hand - {"expires_at"}},
            "by_hand": live.by_hand | recorded.by_hand,
        }
    )


def _end(live: ConversationMemory, recorded: ConversationMemory) -> datetime | None:
    by_hand = "expires_at" in recorded.by_hand - live.by_hand
    return recorded.expires_at if by_hand else live.expires_at


def _stands(live: ConversationMemory, recorded: ConversationMemory) -> bool:
    """Tell whether Redis has a conversation where the record has it in the list."""
    return live.updated_at <= recorded.updated_at


def _newer(live: ConversationMemory, recorded: ConversationMemory | None) -> ConversationMemory:
    if recorded is None:
        return live
    if live.complete:
        return live.model_copy(update={"summary": live.summary or recorded.summary})
    return _merged(live, recorded, limit=1) or live
