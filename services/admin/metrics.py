"""Hears of every turn that ends, and looks back for those that ended before."""

from contextlib import suppress
from datetime import UTC, datetime

from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from services.admin.figures import Figures
from shared.broker import Bus
from shared.contracts.events import MetricRecorded
from shared.contracts.subjects import METRICS

TURNS_CLOSED = f"{METRICS.wildcard.removesuffix('*')}turn-closed"
"""The metric of a turn's end, of whichever service ended it."""

_BATCH = 500
_PATIENCE_S = 2.0


class TurnMetrics:
    """Feeds the figures: from core NATS what happens now, from TELEMETRY the last hour."""

    def __init__(self, figures: Figures, bus: Bus) -> None:
        self._figures = figures
        self._bus = bus

    async def listen(self) -> None:
        """Begin to listen. Raises DependencyDownError."""
        await self._bus.listen(TURNS_CLOSED, self._on_metric)

    async def look_back(self, jetstream: JetStreamContext) -> None:
        """Count what NATS kept; twice is harmless. Raises nats.errors.Error.

        The consumer has no name and no acks, and NATS removes it by itself.
        """
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=30,
            mem_storage=True,
        )
        # Without the stream there is nothing to look back at; the page shows that it is missing.
        with suppress(NotFoundError):
            kept = await jetstream.pull_subscribe(TURNS_CLOSED, stream="TELEMETRY", config=config)
            pending = (await kept.consumer_info()).num_pending or 0
            while pending > 0:
                with suppress(NatsTimeoutError):
                    messages = await kept.fetch(_BATCH, timeout=_PATIENCE_S)
                    for message in messages:
                        self._on_metric(message.subject, message.data)
                    pending = messages[-1].metadata.num_pending
                    continue
                break
            await kept.unsubscribe()

    def _on_metric(self, _subject: str, payload: bytes) -> None:
        with suppress(ValidationError):
            metric = MetricRecorded.model_validate_json(payload)
            self._figures.add(metric, now=datetime.now(UTC))
