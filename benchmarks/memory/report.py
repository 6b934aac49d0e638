"""The report of `benchmarks.memory`: tables for people, the same as JSON, gates and aims."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

TRIPS_PER_APPEND = 1
STATEMENTS_PER_STATS = 3
APPENDS = 200
"""How many concurrent appends must be kept, neither more nor less."""

AIM_PER_S = 300.0
"""Messages a second that the archive-writer should record on two cores."""


@dataclass(frozen=True)
class Row:
    """What one thing took with Membus and without, in ms, and how it was measured."""

    what: str
    membus_ms: float
    bare_ms: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the bare thing Membus takes."""
        return self.membus_ms / self.bare_ms if self.bare_ms else 0.0


@dataclass(frozen=True)
class Section:
    """Rows of one kind. `unit` is what a row's milliseconds are of, `bare` what stands beside."""

    title: str
    unit: str
    bare: str
    rows: Sequence[Row]
    told: Sequence[str] = ()


@dataclass(frozen=True)
class Kept:
    """How many of the concurrent appends were told to be kept, and how many are, by place."""

    told: int
    places: Mapping[str, int]
    errors: Sequence[str] = ()


@dataclass(frozen=True)
class Counts:
    """What is gated."""

    append_trips: dict[str, int] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def broken_gates(counts: Counts) -> list[str]:
    """Return what must not be."""
    broken = [
        f"{trips} Redis round trips for an append to {where}, not {TRIPS_PER_APPEND}"
        for where, trips in counts.append_trips.items()
        if trips != TRIPS_PER_APPEND
    ]
    broken += [
        f"{number} SQL statements in a stats call by {door}, more than {STATEMENTS_PER_STATS}"
        for door, number in counts.statements.items()
        if number > STATEMENTS_PER_STATS
    ]
    for one in counts.kept:
        found = {"told": one.told, **one.places}
        broken += [
            f"{number} of {APPENDS} concurrent appends kept ({place})"
            for place, number in found.items()
            if number != APPENDS
        ]
        broken += one.errors
    return broken + counts.errors


def table(section: Section) -> str:
    """Return a section as a table."""
    head = f"{'':<30}{'membus':>10}{'bare':>10}{'ratio':>8}{'membus/s':>10}{'bare/s':>9}"
    lines = [f"{section.title} (ms {section.unit}; bare: {section.bare})", head]
    for row in section.rows:
        ours, bare = _per_s(row.membus_ms), _per_s(row.bare_ms)
        lines.append(
            f"{row.what:<30}{row.membus_ms:>10.3f}{row.bare_ms:>10.3f}{row.ratio:>8.2f}"
            f"{ours:>10,.0f}{bare:>9,.0f}  {row.note}".rstrip()
        )
    return "\n".join([*lines, *(f"  {line}" for line in section.told)])


def _per_s(milliseconds: float) -> float:
    return 1000 / milliseconds if milliseconds else 0.0


def count_lines(counts: Counts) -> str:
    """Say what was counted."""

    def told(found: Mapping[str, int]) -> str:
        return ", ".join(f"{name} {number}" for name, number in found.items())

    kept = "; ".join(told({"told": one.told, **one.places}) for one in counts.kept)
    return (
        f"Counted\n"
        f"  Redis round trips per append (must be {TRIPS_PER_APPEND}): "
        f"{told(counts.append_trips)}\n"
        f"  SQL statements per stats call (limit {STATEMENTS_PER_STATS}): "
        f"{told(counts.statements)}\n"
        f"  {APPENDS} concurrent appends, kept: {kept}"
    )


def as_json(sections: Sequence[Section], counts: Counts, load: Sequence[float]) -> dict[str, Any]:
    """Return everything that the report says. `load` is the machine's before and after."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": list(load),
        },
        "sections": [
            {**asdict(one), "rows": [{**asdict(row), "ratio": row.ratio} for row in one.rows]}
            for one in sections
        ],
        "counts": asdict(counts),
        "broken_gates": broken_gates(counts),
    }
