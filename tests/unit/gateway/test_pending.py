"""What is pending where a durable's figures lag behind the stream."""

from typing import Any, cast

import pytest

from services.gateway.pending import Pending
from services.gateway.settings import GatewaySettings
from shared.broker import Backlog, Bus, StoredMessage
from shared.contracts.subjects import FACT_EXTRACTOR, FORGETTER, REDIS_WRITER


class LaggingBus:
    """NATS in the moment in which a stream has an event that its durables were not told of yet."""

    def __init__(self, newest: str, sequence: int, delivered: dict[str, int]) -> None:
        self._newest = StoredMessage(newest, sequence, b"", {})
        self._delivered = delivered

    async def backlogs(self, _stream: str) -> dict[str, Backlog]:
        return {
            name: Backlog(floor=sequence, waiting=0, delivered=sequence)
            for name, sequence in self._delivered.items()
        }

    async def last(self, _stream: str, _subject: str) -> StoredMessage:
        return self._newest


@pytest.mark.parametrize(
    ("kind", "delivered", "pending"),
    [
        ("message", {REDIS_WRITER: 6, FACT_EXTRACTOR: 6}, True),
        ("message", {REDIS_WRITER: 7, FACT_EXTRACTOR: 6}, True),
        ("message", {REDIS_WRITER: 7, FACT_EXTRACTOR: 7}, False),
        # What is not for a durable is never given to it.
        ("fact", {REDIS_WRITER: 7, FACT_EXTRACTOR: 6}, False),
        ("fact", {REDIS_WRITER: 6, FACT_EXTRACTOR: 6}, True),
    ],
)
async def test_what_no_durable_was_given_is_pending_although_nothing_seems_to_wait(
    kind: str, delivered: dict[Any, int], pending: bool
) -> None:
    told = {durable.name: sequence for durable, sequence in delivered.items()}
    bus = LaggingBus(f"memory.u-me.{kind}", 7, {**told, FORGETTER.name: 0})
    asked = Pending(
        settings=GatewaySettings(),
        bus=cast("Bus", bus),
        applied=cast("Any", None),
    )
    assert await asked.of("u-me") is pending
