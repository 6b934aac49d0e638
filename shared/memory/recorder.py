"""Writing the record: a batch of memory events in one transaction, totals included.

Applying an event twice, or in another order, gives the same state, as in `working.py`: messages
have ids of their own and sort by (place, sequence), times only grow or shrink, and the latest
(time, sequence) of a preference wins. For memory_writer only.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.memory import (
    ConversationChanged,
    FactsStated,
    MessageAdded,
    PreferencesChanged,
    SystemMemoryChanged,
    TurnClosed,
)
from shared.contracts.parts import Message
from shared.memory import record_sql as sql
from shared.memory.barrier import ALL, MemoryEvent, caused_at, fingerprint, user_of
from shared.memory.claims import stated
from shared.memory.database import Database
from shared.memory.facts_recorder import claim_row, lock_facts, put_claims, refold
from shared.memory.messages import said_in, superseded_by
from shared.memory.record_json import Key, Row, encoded, in_order, keep_latest
from shared.memory.recorded_details import Details
from shared.memory.topics import topics_of, weight_at

Watermarks: TypeAlias = Mapping[tuple[str, str, str, str], datetime]
"""Until when something was forgotten: by user, conversation (a fingerprint), message and fact."""

# What facts are folded from.
_FOLDED = (FactsStated, PreferencesChanged)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event and its first stream sequence."""

    event: MemoryEvent
    sequence: int


@dataclass
class Batch:
    """Rows of several events, those of one key made one. `kept` tells which entries leave any."""

    users: dict[Key, Row] = field(default_factory=dict)
    conversations: dict[Key, Row] = field(default_factory=dict)
    messages: list[Row] = field(default_factory=list)
    branches: list[Row] = field(default_factory=list)
    preferences: dict[Key, Row] = field(default_factory=dict)
    claims: list[Row] = field(default_factory=list)
    details: Details = field(default_factory=Details)
    kept: list[bool] = field(default_factory=list)


class Recorder:
    """Writes the record. Methods raise DependencyDownError where PostgreSQL does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, entries: Sequence[Entry]) -> list[bool]:
        """Apply events in one transaction.

        Returns for each whether it was kept; what was forgotten before leaves nothing.
        """
        users = sorted({user_of(entry.event) for entry in entries})
        async with self._database.system_session() as connection:
            # Before the watermarks are read: none is raised from here to the end.
            await lock(connection, users, shared=True)
            folding = {user_of(one.event) for one in entries if isinstance(one.event, _FOLDED)}
            await lock_facts(connection, folding)
            batch = fold(entries, await _watermarks(connection, users))
            await _write(connection, batch)
            if folding:
                await refold(connection, folding)
        return batch.kept


async def lock(connection: AsyncConnection, users: Iterable[str], *, shared: bool) -> None:
    """Hold users' locks to the end of the transaction: shared to write, alone to forget."""
    keys = [_lock_key(user) for user in users]
    await connection.execute(sql.LOCK_SHARED if shared else sql.LOCK, {"keys": sorted(keys)})


def _lock_key(user_id: str) -> int:
    return int.from_bytes(hashlib.sha256(user_id.encode()).digest()[:8], signed=True)


async def _watermarks(connection: AsyncConnection, users: Sequence[str]) -> Watermarks:
    rows = await connection.execute(sql.WATERMARKS, {"users": list(users)})
    return {(user, place, message, fact): until for user, place, message, fact, until in rows}


def fold(entries: Sequence[Entry], watermarks: Watermarks) -> Batch:
    """Turn events into rows, without what was forgotten."""
    batch = Batch()
    for entry in entries:
        barrier = _Barrier(watermarks, user_of(entry.event), caused_at(entry.event))
        batch.kept.append(_add(batch, entry, barrier))
    return batch


class _Barrier(NamedTuple):
    """What was forgotten of the user of an event after it was caused."""

    watermarks: Watermarks
    user: str
    caused: datetime

    def bars(self, place: str, message: str = ALL, fact: str = ALL) -> bool:
        until = self.watermarks.get((self.user, place, message, fact))
        return until is not None and self.caused <= until

    def bars_all(self, place: str) -> bool:
        """Tell whether a whole conversation was forgotten."""
        return self.bars(ALL) or self.bars(place)


def _add(batch: Batch, entry: Entry, barrier: _Barrier) -> bool:
    """Add an event's rows; returns whether anything of it was kept."""
    event, sequence = entry.event, entry.sequence
    if isinstance(event, TurnClosed | MessageAdded):
        return _add_said(batch, event, sequence, barrier)
    if isinstance(event, FactsStated):
        return _add_facts(batch, event, sequence, barrier)
    if isinstance(event, SystemMemoryChanged):
        batch.details.set_system(event, sequence)
        return True
    if isinstance(event, ConversationChanged):
        kept = not barrier.bars_all(fingerprint(event.conversation_id))
        if kept:
            batch.details.change(event, sequence)
        return kept
    kept = not barrier.bars(ALL)
    if kept:
        _add_preferences(batch, event, sequence)
    return kept


def _add_said(
    batch: Batch, event: TurnClosed | MessageAdded, sequence: int, barrier: _Barrier
) -> bool:
    conversation, messages = said_in(event)
    place = fingerprint(conversation)
    if barrier.bars_all(place):
        return False
    left = [message for message in messages if not barrier.bars(place, message.message_id)]
    if left:
        _add_messages(batch, event, sequence, conversation, left)
        if isinstance(event, TurnClosed):
            batch.details.count(event)
    return bool(left or not messages)


def _add_facts(batch: Batch, event: FactsStated, sequence: int, barrier: _Barrier) -> bool:
    place = ALL if event.conversation_id is None else fingerprint(event.conversation_id)
    gone = barrier.bars_all(place) or barrier.bars(place, event.message_id or ALL)
    claims = [
        one
        for one in stated(event, sequence)
        if not gone and not (one.claim.fact_id and barrier.bars(ALL, ALL, one.claim.fact_id))
    ]
    if claims:
        _add_user(batch, event, active=event.imported_at or event.at)
        batch.claims += [claim_row(event.user_id, one) for one in claims]
    return bool(claims) or not event.claims


def _add_messages(
    batch: Batch,
    event: TurnClosed | MessageAdded,
    sequence: int,
    conversation: str,
    messages: list[Message],
) -> None:
    user, caused = user_of(event), caused_at(event).isoformat()
    where = {"user_id": user, "conversation_id": conversation}
    _add_user(batch, event, active=event.at)
    said = [message.time for message in messages]
    row = _widened(batch.conversations, (user, conversation), where, said, grown="updated_at")
    _grow(row, recorded_at=event.at, caused_at=caused_at(event))
    for start, end in superseded_by(event):
        span = {"from_place": start, "to_place": end}
        batch.branches.append({**where, **span, "caused_at": caused})
    for message in messages:
        values = message.model_dump(mode="json", exclude={"order", "time"})
        batch.messages.append(
            {
                **where,
                **values,
                "place": message.order,
                "said_at": message.time.isoformat(),
                "sequence": sequence,
                "caused_at": caused,
                "topics": topics_of(message),
                "topic_weight": weight_at(message.time),
            }
        )


def _add_preferences(batch: Batch, event: PreferencesChanged, sequence: int) -> None:
    user, caused = event.user_id, caused_at(event).isoformat()
    # What comes back is old, and its user is there now (as Redis has it).
    _add_user(batch, event, active=event.imported_at or event.at)
    for key, value in event.changes.items():
        row: Row = {"user_id": user, "key": key, "value": value, "caused_at": caused}
        row |= {"set_at": event.at.isoformat(), "sequence": sequence, "rank": (event.at, sequence)}
        keep_latest(batch.preferences, (user, key), row)


def _add_user(batch: Batch, event: MemoryEvent, *, active: datetime) -> None:
    user = user_of(event)
    row = _widened(batch.users, (user,), {"user_id": user}, [active], grown="last_active")
    _grow(row, caused_at=caused_at(event))


def _widened(
    rows: dict[Key, Row], key: Key, identity: Row, moments: Sequence[datetime], *, grown: str
) -> Row:
    """Let a row reach from the earliest to the latest moment, as Redis has it: in milliseconds."""
    found = [m.replace(microsecond=m.microsecond // 1000 * 1000) for m in moments]
    row = rows.setdefault(key, dict(identity))
    row["created_at"] = min(*found, row.get("created_at", found[0]))
    _grow(row, **{grown: max(found)})
    return row


def _grow(row: Row, **moments: datetime) -> None:
    for name, moment in moments.items():
        row[name] = max(row.get(name, moment), moment)


async def _write(connection: AsyncConnection, batch: Batch) -> None:
    # Always in this order, and sorted: two writers at once must not wait for each other.
    if batch.users:
        await _run(connection, sql.PUT_USERS, batch.users)
    if batch.conversations:
        await _run(connection, sql.PUT_CONVERSATIONS, batch.conversations)
    if batch.branches:
        await connection.execute(sql.PUT_BRANCHES, {"rows": encoded(batch.branches)})
        await connection.execute(sql.SUPERSEDE, {"rows": encoded(batch.branches)})
    if batch.messages:
        await connection.execute(sql.PUT_MESSAGES, {"rows": encoded(batch.messages)})
    if batch.preferences:
        await _run(connection, sql.PUT_PREFERENCES, batch.preferences)
    if batch.claims:
        await put_claims(connection, batch.claims)
    await batch.details.write(connection)


async def _run(connection: AsyncConnection, statement: Any, rows: dict[Key, Row]) -> None:
    await connection.execute(statement, {"rows": encoded(in_order(rows))})
