"""Takes an export back: the whole file first, then every line checked, then events.

Nothing is published of a file that has a fault anywhere. Events carry the ids of the messages, so
that importing the same file again adds nothing, and completes an import that was cut off.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import structlog

from services.gateway.portability import (
    AnyLine,
    ConversationLine,
    FactLine,
    FormatError,
    Header,
    MessageLine,
    PreferenceLine,
    at_line,
    read,
)
from services.gateway.problems import RETRY_AFTER_S, ProblemError
from services.gateway.settings import GatewaySettings
from services.gateway.slots import Slots
from shared.broker import Bus
from shared.contracts.ids import new_id
from shared.contracts.memory import (
    ConversationChanged,
    ConversationChanges,
    FactsStated,
    MessageAdded,
    PreferencesChanged,
)
from shared.contracts.parts import CLAIMS_AT_ONCE, Problem, utcnow
from shared.contracts.subjects import (
    ARCHIVE_WRITER,
    CONVERSATION_CHANGED,
    FACTS_STATED,
    MESSAGE_ADDED,
    PREFERENCES_CHANGED,
    REDIS_WRITER,
    Subject,
)
from shared.failures import DependencyDownError, QueueFullError

log = structlog.get_logger()

AT_ONCE = 4
"""Imports at a time: each keeps a file of up to IMPORT_MAX_BYTES."""

BATCH = 64
"""Events that are on their way to NATS at a time. The writers have two batches to do at most: more
would be no faster, and what other users say in the meantime waits behind them."""

PATIENCE_S = 30.0
"""How long an import waits for NATS, or for a writer that does not get on, in seconds."""

RETRY_S = 0.5
POLL_S = 0.05
HEADERS_BYTES = 1024
"""Room for an event's headers, which NATS counts with it, and for what is not in its line."""

CLAIMS_BYTES = 64 * 1024
"""Of claims that become one event, in the file."""

GROWTH = 5
"""How many times its size in the file an event may have: 1e15 becomes 1000000000000000.0."""


@dataclass
class Tally:
    """What a file holds, and what of it cannot be taken in."""

    messages: int = 0
    conversations: int = 0
    preferences: int = 0
    expired: int = 0
    facts: int = 0
    old_facts: int = 0

    def add(self, line: AnyLine, *, now: datetime) -> None:
        """Count a line."""
        if isinstance(line, MessageLine):
            gone = line.has_expired(now)
            self.expired += gone
            self.messages += not gone
        elif isinstance(line, ConversationLine):
            self.conversations += 1
        elif isinstance(line, PreferenceLine):
            self.preferences += 1
        elif isinstance(line, FactLine):
            self.facts += line.claim is not None
            self.old_facts += line.claim is None


ImportedEvent: TypeAlias = MessageAdded | PreferencesChanged | FactsStated | ConversationChanged


class _Event(NamedTuple):
    subject: Subject[Any]
    event: ImportedEvent

    @property
    def size(self) -> int:
        return len(self.event.model_dump_json().encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """One import: whose it becomes, from whom it may be, and when it came."""

    user_id: str
    sender: str
    import_id: str
    imported_at: datetime
    has_record: bool

    def checked(self, file: BinaryIO, *, longest: int, max_payload: int) -> Tally:
        """Read all of a file and return what it holds; raises FormatError."""
        tally = Tally()
        file.seek(0)
        for number, line, size in read(file):
            if isinstance(line, Header):
                self._expect(line)
            tally.add(line, now=self.imported_at)
            if isinstance(line, MessageLine) and line.written_chars > longest:
                detail = f"content: it is longer than {longest} characters (MAX_PROMPT_CHARS)."
                raise at_line(number, detail)
            # Only a large line is measured as the event that it becomes.
            if size * GROWTH > max_payload - HEADERS_BYTES:
                event = self._event(number, line, self.imported_at)
                if event is not None and event.size > max_payload - HEADERS_BYTES:
                    detail = "it is larger than NATS takes (its max_payload)."
                    raise at_line(number, detail, status=413)
        return tally

    def _expect(self, header: Header) -> None:
        if header.user_id != self.sender:
            detail = (
                f"user_id: this is the export of {header.user_id}, not of {self.sender}. To take "
                f"it over as your own, import it with ?from={header.user_id}"
            )
            raise at_line(1, detail)

    def events(self, file: BinaryIO) -> Iterator[_Event]:
        """Yield what becomes of a file that was checked."""
        file.seek(0)
        exported_at = self.imported_at
        claims: list[FactLine] = []
        held = 0
        for number, line, size in read(file):
            if isinstance(line, Header):
                exported_at = line.exported_at
            alone = not claims or not _one_event(claims, line) or held + size > CLAIMS_BYTES
            if claims and alone:
                yield self._facts(number, claims)
                claims, held = [], 0
            if isinstance(line, FactLine) and line.claim is not None:
                claims, held = [*claims, line], held + size
                continue
            event = self._event(number, line, exported_at)
            if event is not None:
                yield event

    def _facts(self, number: int, lines: Sequence[FactLine]) -> _Event:
        first = lines[0]
        stated = FactsStated(
            event_id=f"{self.import_id}-{number}-facts",
            user_id=self.user_id,
            claims=tuple(line.claim for line in lines if line.claim is not None),
            conversation_id=first.conversation_id,
            message_id=first.message_id,
            said_at=first.said_at or first.recorded_at,
            source_sequence=first.sequence,
            caused_at=first.caused_at,
            at=min(first.recorded_at, self.imported_at),
            imported_at=self.imported_at,
        )
        return _Event(FACTS_STATED, stated)

    def _event(self, number: int, line: AnyLine, exported_at: datetime) -> _Event | None:
        # NATS would take an event of an earlier import for the same one if it had the same id, and
        # drop this one, though what that brought may have been forgotten since. The stores know
        # messages by their own ids.
        event_id = f"{self.import_id}-{number}"
        if isinstance(line, MessageLine) and not line.has_expired(self.imported_at):
            added = MessageAdded(
                event_id=event_id,
                user_id=self.user_id,
                conversation_id=line.conversation_id,
                message=line.message(),
                # Of what Redis alone remembered nobody knows when it was recorded: by then it was.
                at=self._recorded(line.recorded_at or exported_at),
                imported_at=self.imported_at,
            )
            return _Event(MESSAGE_ADDED, added)
        if isinstance(line, ConversationLine) and line.by_hand != ConversationChanges():
            set_by_hand = ConversationChanged(
                event_id=event_id,
                user_id=self.user_id,
                conversation_id=line.conversation_id,
                conversation_changes=line.by_hand,
                # Nobody knows when it was set: by then it was.
                at=min(exported_at, self.imported_at),
                imported_at=self.imported_at,
            )
            return _Event(CONVERSATION_CHANGED, set_by_hand)
        if isinstance(line, PreferenceLine):
            changed = PreferencesChanged(
                event_id=event_id,
                user_id=self.user_id,
                changes={line.key: line.value},
                at=min(line.set_at, self.imported_at),
                imported_at=self.imported_at,
            )
            return _Event(PREFERENCES_CHANGED, changed)
        if isinstance(line, FactLine) and line.claim is not None:
            return self._facts(number, [line])
        return None

    def _recorded(self, moment: datetime) -> datetime:
        # Redis counts from here how long it keeps a message; where there is no record it is all
        # there is, and what a user brings back lives from now on.
        return min(moment, self.imported_at) if self.has_record else self.imported_at


def _one_event(claims: Sequence[FactLine], line: AnyLine) -> bool:
    """Tell whether a line is a claim of the same source as those before it."""
    return (
        isinstance(line, FactLine)
        and line.claim is not None
        and line.source == claims[0].source
        and len(claims) < CLAIMS_AT_ONCE
    )


class Importer:
    """Takes in files of exports."""

    def __init__(self, *, settings: GatewaySettings, bus: Bus) -> None:
        self._settings = settings
        self._bus = bus
        self._has_record = bool(settings.database_url)
        self._durables = [REDIS_WRITER, *([ARCHIVE_WRITER] if self._has_record else [])]
        self._slots = Slots("import", at_once=AT_ONCE)

    async def take(
        self, user_id: str, body: AsyncIterator[bytes], *, sender: str
    ) -> tuple[Tally, bool]:
        """Import a file for a user, as `sender` exported it.

        Returns what it held, and whether all of it is applied already. Raises ProblemError, and
        whatever reading the body does; nothing is written then. Only where NATS or the writers stay
        away in the middle a part of it is, and the problem says that importing again completes it.
        """
        with ExitStack() as stack:
            stack.enter_context(self._slots.taken(user_id))
            file = stack.enter_context(tempfile.TemporaryFile())
            async for chunk in body:
                await asyncio.to_thread(file.write, chunk)
            max_payload = self._bus.max_payload
            taken = _Import(
                user_id=user_id,
                sender=sender,
                import_id=new_id(),
                imported_at=utcnow(),
                has_record=self._has_record,
            )
            tally = await self._checked(taken, file, max_payload)
            last = await self._publish(taken, file)
        log.info("imported", messages=tally.messages, preferences=tally.preferences)
        patience = self._settings.visible_wait_s
        return tally, last is None or await self._reached(last, patience_s=patience, renewed=False)

    async def _checked(self, taken: _Import, file: BinaryIO, max_payload: int) -> Tally:
        longest = self._settings.max_prompt_chars
        try:
            return await asyncio.to_thread(
                taken.checked, file, longest=longest, max_payload=max_payload
            )
        except FormatError as error:
            problem = Problem(
                title="The file cannot be imported", status=error.status, detail=f"{error}"
            )
            raise ProblemError(problem) from error

    async def _publish(self, taken: _Import, file: BinaryIO) -> int | None:
        """Publish all events in order; returns the last one's sequence, None where there is none.

        The writers set the pace.
        """
        events = taken.events(file)
        last = before = None
        while batch := await asyncio.to_thread(list, islice(events, BATCH)):
            stored = await asyncio.gather(
                *(self._store(*one) for one in batch), return_exceptions=True
            )
            for found in stored:
                if isinstance(found, BaseException):
                    raise found
                last = max(found, last or 0)
            if before and not await self._reached(before, patience_s=PATIENCE_S, renewed=True):
                raise _cut_off()
            before = last
        return last

    async def _store(self, subject: Subject[Any], event: ImportedEvent) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                stored = await self._bus.publish(
                    subject, event, event.user_id, message_id=event.event_id
                )
            except (DependencyDownError, QueueFullError) as error:
                if time.monotonic() >= deadline:
                    raise _cut_off() from error
                await asyncio.sleep(RETRY_S)
            else:
                return stored.sequence

    async def _reached(self, sequence: int, *, patience_s: float, renewed: bool) -> bool:
        """Wait until the writers have applied everything up to a sequence.

        False after `patience_s` seconds, which are `renewed` whenever a writer gets on.
        """
        deadline = time.monotonic() + patience_s
        for durable in self._durables:
            floor = -1
            while True:
                try:
                    backlog = await self._bus.backlog(durable)
                except DependencyDownError:
                    backlog = None
                if backlog and backlog.reached >= sequence:
                    break
                now = time.monotonic()
                if backlog and renewed and backlog.floor > floor:
                    floor, deadline = backlog.floor, now + patience_s
                if now >= deadline:
                    return False
                await asyncio.sleep(POLL_S)
        return True


def _cut_off() -> ProblemError:
    detail = (
        "NATS or the memory writer stayed away in the middle of the import, and a part of the file "
        "is imported. Import the same file again: that completes it, and adds nothing twice."
    )
    problem = Problem(title="Temporarily unavailable", status=503, detail=detail)
    return ProblemError(problem, headers={"Retry-After": RETRY_AFTER_S})
