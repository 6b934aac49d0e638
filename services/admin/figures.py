"""Turns per minute and time per stage, counted from the metric of every turn that ended."""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import get_args

from services.admin.schemas import Minute, Stage, StageTime
from shared.contracts.events import MetricRecorded
from shared.contracts.parts import TurnStatus

MINUTES = 60
"""How far back the picture goes; what NATS keeps of metrics goes no further."""

STAGE_WINDOW_S = 300
"""Over how long the time per stage is told, in seconds."""

MAX_SAMPLES = 20_000
"""Turns in the time per stage: 66 a second for five minutes; of more, the latest count."""

MAX_TURNS = 100_000
"""Turn ids that are remembered so that none counts twice; the oldest are forgotten."""

STAGES: tuple[Stage, ...] = get_args(Stage)
_STATUSES: tuple[str, ...] = get_args(TurnStatus)
_MINUTE_S = 60


class Figures:
    """The figures of the last hour, in bounded memory.

    A turn counts once, however often its metric comes: a look back may bring again what was heard.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._minutes: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._samples: deque[tuple[datetime, dict[str, float]]] = deque(maxlen=MAX_SAMPLES)

    def add(self, closed: MetricRecorded, *, now: datetime) -> None:
        """Count a turn that ended; one that is no turn, too old or of the future is passed over."""
        status, minute = closed.labels.get("status"), _minute(closed.at)
        if closed.turn_id is None or status not in _STATUSES or closed.turn_id in self._seen:
            return
        if not _minute(now) - MINUTES < minute <= _minute(now) + 1:
            return
        self._seen[closed.turn_id] = None
        if len(self._seen) > MAX_TURNS:
            self._seen.popitem(last=False)
        self._forget(now)
        self._minutes[minute][status] += 1
        if status == "completed":
            self._samples.append((closed.at, closed.values))

    def minutes(self, now: datetime) -> list[Minute]:
        """Return the last hour minute by minute, the present one last."""
        last = _minute(now)
        return [
            Minute(
                at=datetime.fromtimestamp(minute * _MINUTE_S, UTC),
                **self._minutes.get(minute, Counter()),
            )
            for minute in range(last - MINUTES + 1, last + 1)
        ]

    def stages(self, now: datetime) -> dict[Stage, StageTime]:
        """Return how long the stages of the turns took that were answered in the window."""
        since = now - timedelta(seconds=STAGE_WINDOW_S)
        recent = [values for at, values in self._samples if at >= since]
        return {stage: _stage_time([v[stage] for v in recent if stage in v]) for stage in STAGES}

    def _forget(self, now: datetime) -> None:
        for minute in [m for m in self._minutes if m <= _minute(now) - MINUTES]:
            del self._minutes[minute]


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // _MINUTE_S


def _stage_time(values: Sequence[float]) -> StageTime:
    if not values:
        return StageTime()
    ordered = sorted(values)
    return StageTime(
        p50_ms=_percentile(ordered, 0.5), p95_ms=_percentile(ordered, 0.95), turns=len(ordered)
    )


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile: a time that a turn really took."""
    return ordered[ceil(share * len(ordered)) - 1]
