"""Forgetting in NATS: events, dead letters and queued work are deleted and their bytes overwritten.

They go one by one: a purge would leave the bytes on disk (measured).
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from shared.broker import FIRST_SEQUENCE, Bus, StoredMessage
from shared.contracts.events import DeadLettered
from shared.contracts.memory import ForgetRequested, MessageAdded, TurnClosed
from shared.contracts.parts import Message
from shared.contracts.subjects import (
    CHAT_PROMPTED,
    CHAT_REQUESTED,
    FORGET_REQUESTED,
    MESSAGE_ADDED,
    dead_subject,
)
from shared.memory.messages import said_in

MEMORY, DEAD = "MEMORY", "DEAD"


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user_id: str
    conversation_id: str
    accepted_at: AwareDatetime


class _Claim(BaseModel):
    model_config = ConfigDict(extra="ignore")

    fact_id: str | None = None


class _Told(BaseModel):
    """Of what a model was told: a fact and the message that it rests on, or a message itself."""

    model_config = ConfigDict(extra="ignore")

    id: str | None = None
    message_id: str | None = None
    conversation_id: str | None = None


class _Receipt(BaseModel):
    model_config = ConfigDict(extra="ignore")

    facts: tuple[_Told, ...] = ()
    recalled: tuple[_Told, ...] = ()


class _Any(BaseModel):
    """What every event of a user tells of itself, however broken the rest is."""

    model_config = ConfigDict(extra="ignore")

    at: AwareDatetime | None = None
    imported_at: AwareDatetime | None = None
    cause: AwareDatetime | None = Field(default=None, alias="caused_at")
    user_id: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    turn: _Turn | None = None
    message: dict[str, Any] | None = None
    claims: tuple[_Claim, ...] = ()
    receipt: _Receipt | None = None

    @property
    def user(self) -> str | None:
        return self.turn.user_id if self.turn else self.user_id

    @property
    def conversation(self) -> str | None:
        return self.turn.conversation_id if self.turn else self.conversation_id

    @property
    def caused_at(self) -> datetime | None:
        if self.turn:
            return self.turn.accepted_at
        return self.imported_at or self.cause or self.at

    def states(self, fact_id: str) -> bool:
        """Tell whether it brings a fact, or tells a model of it."""
        told = self.receipt.facts if self.receipt else ()
        return any(claim.fact_id == fact_id for claim in self.claims) or any(
            fact.id == fact_id for fact in told
        )

    def tells(self, request: ForgetRequested) -> bool:
        """Tell whether it tells a model, in another conversation, what was said in this one."""
        told = (*self.receipt.facts, *self.receipt.recalled) if self.receipt else ()
        if request.message_id is not None:
            return any(one.message_id == request.message_id for one in told)
        return request.conversation_id is not None and any(
            one.conversation_id == request.conversation_id for one in told
        )


_EVENT: TypeAdapter[TurnClosed | MessageAdded] = TypeAdapter(TurnClosed | MessageAdded)


class StreamEraser:
    """Deletes a user's messages from the streams. Methods raise DependencyDownError."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def erase(self, request: ForgetRequested) -> int:
        """Delete what a request covers from MEMORY and DEAD; returns how many messages."""
        return await self._erase_events(request) + await self._erase_letters(request)

    async def take_from_queues(self, turn_id: str) -> None:
        """Delete a turn's message from the work queues, whoever has it."""
        for stream, subject in (("REQUESTS", CHAT_REQUESTED), ("PROMPTS", CHAT_PROMPTED)):
            async for message in self._bus.walk(stream, subject.at(turn_id)):
                await self._bus.delete(stream, message.sequence)

    async def _erase_events(self, request: ForgetRequested) -> int:
        own = FORGET_REQUESTED.at(request.user_id)
        events = 0
        async for message in self._bus.walk(MEMORY, f"memory.{request.user_id}.*"):
            if message.subject == own or not _covered(request, message.payload):
                continue
            if request.message_id is not None:
                await self._keep_the_others(message, request.message_id)
            await self._bus.delete(MEMORY, message.sequence)
            events += 1
        return events

    async def _keep_the_others(self, message: StoredMessage, forgotten: str) -> None:
        """Store what else an event said under its old sequence, before it is deleted."""
        try:
            event = _EVENT.validate_json(message.payload)
        except ValidationError:
            # Facts that were found in it: they go with it.
            return
        if isinstance(event, MessageAdded):
            return
        first = message.headers.get(FIRST_SEQUENCE, str(message.sequence))
        conversation, said = said_in(event)
        for one in said:
            if one.message_id != forgotten:
                await self._store(event, conversation, one, first_sequence=first)

    async def _store(
        self, event: TurnClosed, conversation: str, message: Message, *, first_sequence: str
    ) -> None:
        kept = MessageAdded(
            event_id=f"{message.message_id}-kept",
            at=event.at,
            user_id=event.turn.user_id,
            conversation_id=conversation,
            message=message,
            # What barred the turn bars what is left of it.
            imported_at=event.turn.accepted_at,
        )
        await self._bus.store(
            MESSAGE_ADDED.at(kept.user_id),
            kept.model_dump_json().encode(),
            stream=MEMORY,
            message_id=kept.event_id,
            headers={FIRST_SEQUENCE: first_sequence},
        )

    async def _erase_letters(self, request: ForgetRequested) -> int:
        letters = 0
        async for message in self._letters():
            letter = _letter(message)
            if letter is not None and _covered(request, _body(letter), letter=letter):
                await self._bus.delete(DEAD, message.sequence)
                letters += 1
        return letters

    async def _letters(self) -> AsyncIterator[StoredMessage]:
        for wildcard in (dead_subject("memory.>"), dead_subject("chat.>")):
            async for message in self._bus.walk(DEAD, wildcard):
                yield message


def _letter(message: StoredMessage) -> DeadLettered | None:
    try:
        return DeadLettered.model_validate_json(message.payload)
    except ValidationError:
        return None


def _body(letter: DeadLettered) -> bytes:
    return (letter.payload or "").encode()


def _covered(
    request: ForgetRequested, payload: bytes, *, letter: DeadLettered | None = None
) -> bool:
    """Tell whether a message is of what shall be forgotten, and was caused before the watermark."""
    try:
        found = _Any.model_validate_json(payload)
    except ValidationError:
        found = _Any()
    user, caused = found.user, found.caused_at
    if letter is not None:
        parts = letter.subject.split(".")
        user = user or (parts[1] if parts[0] == "memory" else None)
        caused = caused or letter.at
    else:
        user = user or request.user_id
    if user != request.user_id or (caused is not None and caused > request.at):
        return False
    if request.fact_id is not None:
        return found.states(request.fact_id)
    if found.tells(request):
        return True
    if request.conversation_id is not None and found.conversation != request.conversation_id:
        return False
    return request.message_id is None or request.message_id in _message_ids(found, payload)


def _message_ids(found: _Any, payload: bytes) -> set[str]:
    if found.claims:
        return {found.message_id or ""}
    if found.message is not None:
        return {str(found.message.get("message_id"))}
    try:
        event = _EVENT.validate_json(payload)
    except ValidationError:
        return set()
    return {message.message_id for message in said_in(event)[1]}
