"""The report of `benchmarks.turn`: a table for people, the same as JSON, and the verdict."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.counting import (
    PUBLISH_LIMIT,
    ROUND_TRIP_LIMIT,
    STATEMENT_LIMIT,
    TurnCosts,
    broken_gates,
)
from benchmarks.load import Sample
from benchmarks.targets import DIRECT, MEMBUS, PROXY, RAW

AIM = 3.0
"""Membus may add this many times what the raw chain adds to the median first token."""

SHOWN_ERRORS = 5

Samples = Mapping[int, Mapping[str, Sample]]
"""By number of clients, then by target."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; 0 where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True)
class Row:
    """The figures of one target at one number of clients, in ms and turns per second."""

    clients: int
    target: str
    turns: int
    first_p50_ms: float
    first_p95_ms: float
    turns_per_s: float
    added_p50_ms: float
    client_cpu: float


def rows(samples: Samples) -> list[Row]:
    """Return the figures; `added` is over the fake LLM called directly."""
    found = []
    for clients, targets in samples.items():
        direct = percentile(targets[DIRECT].first_ms, 0.5)
        for name, sample in targets.items():
            p50 = percentile(sample.first_ms, 0.5)
            found.append(
                Row(
                    clients=clients,
                    target=name,
                    turns=sample.turns,
                    first_p50_ms=p50,
                    first_p95_ms=percentile(sample.first_ms, 0.95),
                    turns_per_s=sample.turns / sample.seconds if sample.seconds else 0.0,
                    added_p50_ms=p50 - direct,
                    client_cpu=sample.client_cpu_s / sample.seconds if sample.seconds else 0.0,
                )
            )
    return found


def table(found: Sequence[Row]) -> str:
    """Return the figures as a table; the last columns are Membus' figure over this row's."""
    head = (
        f"{'clients':>7}  {'':<10}{'first token p50':>16}{'p95':>10}{'added p50':>11}"
        f"{'turns/s':>9}{'turns':>7}{'client CPU':>12}   membus is (first token, turns/s)"
    )
    lines = [head]
    for row in found:
        ours = next(r for r in found if r.clients == row.clients and r.target == MEMBUS)
        versus = ""
        if row is not ours and row.first_p50_ms and row.turns_per_s:
            versus = (
                f"   × {ours.first_p50_ms / row.first_p50_ms:.1f}, "
                f"× {ours.turns_per_s / row.turns_per_s:.2f}"
            )
        lines.append(
            f"{row.clients:>7}  {row.target:<10}{row.first_p50_ms:>13.1f} ms"
            f"{row.first_p95_ms:>7.1f} ms{row.added_p50_ms:>8.1f} ms"
            f"{row.turns_per_s:>9.0f}{row.turns:>7}{row.client_cpu:>11.0%}{versus}"
        )
        if row.target == MEMBUS:
            lines.append("")
    return "\n".join(lines)


def aims(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Return, for each number of clients, what Membus adds against what the raw chain adds."""
    result = []
    for clients in dict.fromkeys(row.clients for row in found):
        added = {row.target: row.added_p50_ms for row in found if row.clients == clients}
        # Where the raw chain adds nothing that can be measured there is no ratio.
        ratio = added[MEMBUS] / added[RAW] if added[RAW] > 0 else None
        result.append(
            {
                "clients": clients,
                "added_ms": {name: added[name] for name in (PROXY, RAW, MEMBUS)},
                "ratio": ratio,
                "met": ratio is not None and ratio <= AIM,
            }
        )
    return result


def aim_lines(found: Sequence[Row]) -> str:
    """Say whether the aim is met; it is told, not gated."""
    lines = [f"Aim: added p50 of the first token ≤ {AIM:g} × the raw chain's"]
    for aim in aims(found):
        added, ratio = aim["added_ms"], aim["ratio"]
        lines.append(
            f"  {aim['clients']:>3} clients: membus adds {added[MEMBUS]:.1f} ms, the raw chain "
            f"{added[RAW]:.1f} ms, the proxy {added[PROXY]:.1f} ms: "
            f"{'no ratio' if ratio is None else f'× {ratio:.2f}'}, "
            f"{'met' if aim['met'] else 'NOT met'}"
        )
    return "\n".join(lines)


def count_lines(costs: Sequence[TurnCosts]) -> str:
    """Say what a turn costs the servers."""

    def most(counts: Sequence[Mapping[str, int]]) -> str:
        found = {name: max(one[name] for one in counts) for name in counts[0]}
        return ", ".join(f"{name} {number}" for name, number in found.items() if number)

    after = max(one.round_trips["memory_writer"] for one in costs)
    before = [{k: v for k, v in one.round_trips.items() if k != "memory_writer"} for one in costs]
    stored, trips = max(one.stored for one in costs), max(one.on_answer_path for one in costs)
    asked = max(one.asked_of_record for one in costs)
    written = max(one.statements["memory_writer"] for one in costs)
    return (
        f"Counted at the servers, the most in one of {len(costs)} turns\n"
        f"  JetStream publishes: {stored} (limit {PUBLISH_LIMIT}): "
        f"{most([one.publishes for one in costs])}\n"
        f"  Redis round trips on the way to the answer: {trips} (limit {ROUND_TRIP_LIMIT}): "
        f"{most(before)}\n"
        f"  SQL statements on the way to the answer: {asked} (limit {STATEMENT_LIMIT})\n"
        f"  After the answer: memory_writer {after} round trips, {written} SQL statements"
    )


def error_lines(samples: Samples) -> list[str]:
    """Return what clients complained of, at most a few of each cell."""
    lines = []
    for clients, targets in samples.items():
        for name, sample in targets.items():
            if sample.errors:
                lines.append(f"{len(sample.errors)} errors at {clients} clients of {name}")
                lines += [f"  {error}" for error in sample.errors[:SHOWN_ERRORS]]
    return lines


def as_json(samples: Samples, costs: Sequence[TurnCosts]) -> dict[str, Any]:
    """Return everything that the report says."""
    found = rows(samples)
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "rows": [vars(row) for row in found],
        "aims": aims(found),
        "costs": [vars(one) for one in costs],
        "broken_gates": broken_gates(costs),
        "errors": error_lines(samples),
    }
