"""The system's own memory: what an administrator has set, key by key; the latest one wins.

A removed one stays without its value, so that an older change does not bring it back.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text

from shared.contracts.memory import SystemMemoryChanged
from shared.memory.connection import Argument
from shared.memory.models import SystemMemory
from shared.memory.record_json import RANK
from shared.memory.redis_rows import ms, us

COLUMNS = "system_key, value, kind, tags, priority, set_at, sequence, expires_at, removed"

PUT_SYSTEM = text(f"""
INSERT INTO system_memories AS s ({COLUMNS})
SELECT {COLUMNS} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    system_key text, value jsonb, kind text, tags text[], priority text, set_at timestamptz,
    sequence bigint, expires_at timestamptz, removed boolean)
ON CONFLICT (system_key) DO UPDATE SET value = excluded.value, kind = excluded.kind,
    tags = excluded.tags, priority = excluded.priority, set_at = excluded.set_at,
    sequence = excluded.sequence, expires_at = excluded.expires_at, removed = excluded.removed
WHERE (excluded.set_at, excluded.sequence) > (s.set_at, s.sequence)
""")

ONE = text(f"SELECT {COLUMNS} FROM system_memories WHERE system_key = :key")
EVERY = text(f"SELECT {COLUMNS} FROM system_memories ORDER BY system_key")

EXPIRE_SYSTEM = text("""
UPDATE system_memories SET value = NULL, tags = '{}', removed = true
WHERE expires_at <= now() AND NOT removed
""")


def memory_of_event(event: SystemMemoryChanged, sequence: int) -> SystemMemory:
    """Return what an event sets; `sequence` is its first one in the stream."""
    return SystemMemory(
        key=event.system_key,
        value=None if event.removed else event.value,
        kind=event.kind,
        tags=() if event.removed else event.tags,
        priority=event.priority,
        set_at=event.at,
        sequence=sequence,
        expires_at=event.expires_at,
        removed=event.removed,
    )


def record_row(memory: SystemMemory) -> dict[str, Any]:
    """Return a memory as PUT_SYSTEM takes it, with the rank by which the latest wins."""
    row = memory.model_dump(mode="json", exclude={"key", "reads"})
    return {**row, "system_key": memory.key, RANK: (memory.set_at, memory.sequence)}


def of_record(row: Row[Any]) -> SystemMemory:
    """Return a memory as the record has it."""
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own public name
    key = columns.pop("system_key")
    return SystemMemory(key=key, **{**columns, "tags": tuple(columns["tags"])})


def redis_row(memory: SystemMemory) -> list[Argument]:
    """Return a memory as `put_system.lua` takes it."""
    there = "" if memory.expires_at is None else ms(memory.expires_at)
    return [
        *(us(memory.set_at), memory.sequence, memory.key, int(memory.removed), there),
        memory.model_dump_json(exclude={"reads"}),
    ]


def of_redis(stored: str) -> SystemMemory:
    """Return a memory as Redis has it: "microseconds sequence memory"."""
    told: dict[str, Any] = json.loads(stored.split(" ", 2)[2])
    return SystemMemory.model_validate(told)


def is_there(memory: SystemMemory | None) -> bool:
    """Tell whether a memory is neither removed nor over."""
    if memory is None or memory.removed:
        return False
    return memory.expires_at is None or memory.expires_at > datetime.now(UTC)


def latest(memories: Iterable[SystemMemory]) -> list[SystemMemory]:
    """Return of each key what was set last, those that are there, by their keys."""
    found: dict[str, SystemMemory] = {}
    for one in memories:
        old = found.get(one.key)
        if old is None or (old.set_at, old.sequence) < (one.set_at, one.sequence):
            found[one.key] = one
    return [found[key] for key in sorted(found) if is_there(found[key])]
