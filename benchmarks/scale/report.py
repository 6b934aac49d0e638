"""The report of `benchmarks.scale`: tables for people, the same as JSON, the gate and the aims."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean, median, quantiles
from typing import Any

from benchmarks.counting import RECALL_STATEMENT_LIMIT, TurnCosts, broken_gates
from benchmarks.scale.searching import Times
from benchmarks.scale.services import Turns

LARGE, AIM_MS = 100_000, 50.0
MIDDLE, AIM_RATIO = 10_000, 2.0


@dataclass(frozen=True)
class Size:
    """How long questions took where there is so much: of whom, and of how many messages each."""

    name: str
    messages: int
    times: Times
    agent: str
    """Whose questions are asked over HTTP as well: a client's User-Agent."""

    http_ms: list[float] = field(default_factory=list)


@dataclass
class Report:
    """Everything that a run has found."""

    texts_per_s: float = 0.0
    sizes: list[Size] = field(default_factory=list)
    turns: dict[str, Turns] = field(default_factory=dict)
    costs: list[TurnCosts] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """What must not be."""
        return broken_gates(self.costs, statements=RECALL_STATEMENT_LIMIT)


def percentiles(samples: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    cuts = quantiles(samples, n=20, method="inclusive")
    return cuts[9], cuts[18]


def table(found: Report) -> str:
    """Return how long a question takes, a row a size, as a Markdown table."""
    heads = (
        *("recall", "its embedding", "its pool", "bare SQL + embedding", "ratio of p50"),
        *("CPU: all here, of it embedding, PostgreSQL", "over HTTP"),
    )
    lines = [f"| ms, p50 / p95 | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for size in found.sizes:
        times = size.times
        cells = [_pair(one) for one in (times.whole, times.embedding, times.pool, times.beside)]
        cpu = f"{mean(times.cpu):.0f}, {mean(times.embedding_cpu):.0f}, {times.server_cpu:.0f}"
        http = _pair(size.http_ms) if size.http_ms else ""
        cells += [f"{ratio(times):.1f}", cpu, http]
        lines.append(f"| {size.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ratio(times: Times) -> float:
    """Return how many times the bare statement with the embedding recall takes."""
    return median(times.whole) / median(times.beside)


def _pair(samples: Sequence[float]) -> str:
    return " / ".join(f"{one:.1f}" for one in percentiles(samples))


def told(found: Report) -> str:
    """Say the rest: growth, aims, what a turn waits for, what it costs."""
    lines = [f"Embedder: {found.texts_per_s:.1f} texts a second (messages of the retrieval set)"]
    first, last = found.sizes[0].times, found.sizes[0].times
    for size in found.sizes:
        if size.name.startswith("one user"):
            last = size.times
    lines.append(f"Growth of the p50 over one user's sizes: x {_growth(first, last):.1f}")
    lines += _aims(found)
    for name, turns in found.turns.items():
        lines.append(
            f"A turn of {name}: prompt {_pair(turns.context)} ms, first token "
            f"{_pair(turns.first_token)} ms; the prompt's share {turns.share:.0%}, "
            f"{mean(turns.recalled):.1f} passages told"
        )
    most = max((one.asked_of_record for one in found.costs), default=0)
    lines.append(f"SQL statements before the answer: {most} (limit {RECALL_STATEMENT_LIMIT})")
    return "\n".join(lines)


def _growth(first: Times, last: Times) -> float:
    return median(last.whole) / median(first.whole)


def _aims(found: Report) -> list[str]:
    lines = []
    for size in found.sizes:
        if size.messages == LARGE:
            p95 = percentiles(size.times.whole)[1]
            lines.append(f"p95 at {LARGE:,}: {p95:.0f} ms, aim {AIM_MS:g}: {_met(p95 <= AIM_MS)}")
        if size.messages == MIDDLE:
            times = ratio(size.times)
            told_ = f"{times:.1f} x the bare SQL with the embedding"
            lines.append(f"At {MIDDLE:,}: {told_}, aim {AIM_RATIO:g}: {_met(times <= AIM_RATIO)}")
    return lines


def _met(met: bool) -> str:  # noqa: FBT001 - it is read where it stands
    return "met" if met else "missed"


def as_json(found: Report, load: Sequence[float]) -> dict[str, Any]:
    """Return everything that the report says. `load` is the machine's before and after."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": list(load),
        },
        "texts_per_s": found.texts_per_s,
        "sizes": {
            size.name: {
                "recall": percentiles(size.times.whole),
                "embedding": percentiles(size.times.embedding),
                "pool": percentiles(size.times.pool),
                "bare": percentiles(size.times.bare),
                "ratio": ratio(size.times),
                "cpu_ms": mean(size.times.cpu),
                "embedding_cpu_ms": mean(size.times.embedding_cpu),
                "server_cpu_ms": size.times.server_cpu,
                "http": percentiles(size.http_ms) if size.http_ms else None,
            }
            for size in found.sizes
        },
        "turns": {
            name: {
                "context": percentiles(turns.context),
                "first_token": percentiles(turns.first_token),
                "share": turns.share,
            }
            for name, turns in found.turns.items()
        },
        "statements": [one.asked_of_record for one in found.costs],
        "broken_gates": found.broken,
    }
