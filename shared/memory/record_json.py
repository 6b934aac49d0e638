"""Rows on their way to PostgreSQL, those of one key made one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from shared.memory import record_sql as sql

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, ...]

RANK = "rank"
"""What decides between two rows of one key; it is no column."""


def keep_latest(rows: dict[Key, Row], key: Key, row: Row) -> None:
    """Keep a row, unless one of the same key with a higher rank is there."""
    old = rows.get(key)
    if old is None or old[RANK] < row[RANK]:
        rows[key] = row


def in_order(rows: Mapping[Key, Row]) -> list[Row]:
    """Return rows sorted by their keys: two writers at once must not wait for each other."""
    return [rows[key] for key in sorted(rows)]


def encoded(rows: Sequence[Row]) -> str:
    """Return rows as the one parameter of a statement."""
    return sql.encoded([{k: v for k, v in row.items() if k != RANK} for row in rows])
