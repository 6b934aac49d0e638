"""Metrics and log events: they tell what happens and never slow or fail the work.

Recording is putting an event into a bounded queue; a task of its own publishes it over core NATS.
Where the queue is full or NATS away, events are dropped and counted, and the count is told.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.events import LogEmitted, MetricRecorded
from shared.contracts.parts import Part, TurnRef
from shared.contracts.subjects import LOGS, METRICS

Send = Callable[[str, bytes], Awaitable[None]]

QUEUE_SIZE = 2_000
"""A second of a busy service; more would only delay the news."""

DRAIN_S = 1.0
"""How long a stopping service waits for its last events to leave, in seconds."""


@dataclass(slots=True)
class Span:
    """Values and labels that a measured piece of work adds while it runs."""

    values: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


class Telemetry:
    """The metrics and log events of one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._queue: asyncio.Queue[tuple[str, Part]] = asyncio.Queue(QUEUE_SIZE)
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def metric(
        self,
        name: str,
        *,
        turn: TurnRef | None = None,
        values: Mapping[str, float] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Record a measured event; `values` are milliseconds or counts, never text of a user."""
        event = MetricRecorded(
            service=self._service,
            name=name,
            turn_id=turn.turn_id if turn else None,
            conversation_id=turn.conversation_id if turn else None,
            user_id=turn.user_id if turn else None,
            values=dict(values or {}),
            labels=dict(labels or {}),
        )
        self._put(METRICS.at(self._service, name), event)

    def log(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        """Pass a log line on to the log subjects."""
        shown = {key: value if _plain(value) else repr(value) for key, value in fields.items()}
        line = LogEmitted(service=self._service, level=level, event=event, fields=shown)
        self._put(LOGS.at(self._service, level), line)

    @contextlib.contextmanager
    def timed(self, name: str, *, turn: TurnRef | None = None) -> Iterator[Span]:
        """Record how long a piece of work took (`ms`) and whether it failed (label `error`)."""
        span = Span()
        started = time.perf_counter()
        try:
            yield span
        except BaseException as error:
            span.labels["error"] = type(error).__name__
            raise
        finally:
            span.values["ms"] = (time.perf_counter() - started) * 1000
            self.metric(name, turn=turn, values=span.values, labels=span.labels)

    def _put(self, subject: str, event: Part) -> None:
        try:
            self._queue.put_nowait((subject, event))
        except asyncio.QueueFull:
            self.dropped += 1

    def start(self, send: Send) -> None:
        """Begin to publish; `send` takes a subject and a payload, and may fail."""
        self._task = asyncio.get_running_loop().create_task(self._publish(send))

    async def stop(self) -> None:
        """Publish what is queued, within a second, and end."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), DRAIN_S)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _publish(self, send: Send) -> None:
        while True:
            subject, event = await self._queue.get()
            try:
                await send(subject, event.model_dump_json(exclude_none=True).encode())
            except Exception:  # noqa: BLE001 - whatever goes wrong with news, the work goes on
                self.dropped += 1
            finally:
                self._queue.task_done()


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
