"""The report of `benchmarks.recall`: tables for people, the same as JSON, gates and aims."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.recall.metrics import BUDGETS, DEPTHS, Figures, figures
from benchmarks.recall.ways import HYBRID, KEYWORD, WORDS, Answered, Result

GATE, AIM = 0.74, 0.77
"""Recall of LoCoMo's evidence among the first ten, on the half with which Membus was made."""

BUDGET, BUDGET_AIM = 1_000, 0.85
MOST_BY_WORDS = 0.80
"""What BM25 alone may find of the project's own set among the first ten: it shall be hard."""

BY_KIND = (HYBRID, KEYWORD, WORDS)


def table(result: Result) -> str:
    """Return the figures of each way as a Markdown table."""
    names = [*(f"@{depth}" for depth in DEPTHS), "MRR", "nDCG@10"]
    names += [f"in {budget:,} tokens" for budget in BUDGETS] + ["p50", "p95"]
    data = result.data
    size = f"{len(data.dialogues)} dialogues, {data.messages:,} messages"
    lines = [
        f"{data.name}: {size}, {data.questions:,} questions",
        "",
        f"| recall of the evidence | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
    ]
    lines += [_row(way, figures(answered)) for way, answered in result.ways.items()]
    return "\n".join(lines)


def _row(way: str, found: Figures) -> str:
    shares = [*found.recall.values(), found.reciprocal_rank, found.gain, *found.within.values()]
    cells = [f"{one:.3f}" for one in shares]
    cells += [f"{ms:.0f} ms" if found.p95_ms else "" for ms in (found.p50_ms, found.p95_ms)]
    return f"| {way} | {' | '.join(cells)} |"


def by_kind(result: Result) -> str:
    """Return recall among the first ten by the kind of question."""
    kinds = _kinds(result)
    ways = [way for way in BY_KIND if way in result.ways]
    lines = [
        f"| {result.data.name}, recall@10 | questions | {' | '.join(ways)} |",
        f"|---|---:|{'---:|' * len(ways)}",
    ]
    for kind in kinds:
        of = [figures(_of(result.ways[way], kind)) for way in ways]
        cells = " | ".join(f"{one.recall[10]:.3f}" for one in of)
        lines.append(f"| {kind} | {of[0].questions} | {cells} |")
    return "\n".join(lines)


def side_by_side(results: Sequence[Result]) -> str:
    """Return hybrid recall among the first ten by kind, a column a set."""
    kinds = sorted({kind for result in results for kind in _kinds(result)})
    lines = [
        f"| hybrid, recall@10 | {' | '.join(result.data.name for result in results)} |",
        f"|---|{'---:|' * len(results)}",
    ]
    for kind in ("all", *kinds):
        cells = []
        for result in results:
            answered = result.ways[HYBRID]
            of = answered if kind == "all" else _of(answered, kind)
            cells.append(f"{figures(of).recall[10]:.3f} (n={len(of)})" if of else "")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _kinds(result: Result) -> list[str]:
    return sorted({asked.kind for one in result.data.dialogues for asked in one.asked})


def _of(answered: Answered, kind: str) -> Answered:
    return [(asked, answer) for asked, answer in answered if asked.kind == kind]


def broken_gates(result: Result, *, gate: float | None) -> list[str]:
    """Return what a set misses, as sentences. `gate` is for LoCoMo; None for the own set."""
    if gate is None:
        found = figures(result.ways[WORDS]).recall[10]
        if found > MOST_BY_WORDS:
            return [f"{result.data.name}: BM25 alone finds {found:.3f}, it is too easy"]
        return []
    found = figures(result.ways[HYBRID]).recall[10]
    return [f"{result.data.name}: recall@10 {found:.3f}, less than {gate}"] if found < gate else []


def aims(result: Result) -> str:
    """Tell how far the aims of LoCoMo are met."""
    found = figures(result.ways[HYBRID])
    told = (
        ("recall@10", found.recall[10], AIM),
        (f"evidence in {BUDGET:,} tokens", found.within[BUDGET], BUDGET_AIM),
    )
    return "\n".join(
        f"{name} {value:.3f}, aim {aim}: {'met' if value >= aim else 'missed'}"
        for name, value, aim in told
    )


def as_json(results: Sequence[Result], way: str, load: Sequence[float]) -> dict[str, Any]:
    """Return everything that the report says. `load` is the machine's before and after."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": list(load),
        },
        "way": way,
        "sets": {result.data.name: _set(result) for result in results},
    }


def _set(result: Result) -> Mapping[str, Any]:
    return {
        "messages": result.data.messages,
        "questions": result.data.questions,
        "ways": {
            way: {
                "all": asdict(figures(answered)),
                "by_kind": {kind: asdict(figures(_of(answered, kind))) for kind in _kinds(result)},
            }
            for way, answered in result.ways.items()
        },
    }
