"""Puts the state of the live page together; whatever is away is told, and hides nothing else."""

import asyncio
from datetime import UTC, datetime

from services.admin.figures import STAGE_WINDOW_S, Figures
from services.admin.health import ServicesHealth
from services.admin.queues import QueueWatch
from services.admin.schemas import LiveState, OpenTurn, OpenTurns
from shared.failures import DependencyDownError
from shared.memory.turns import LiveTurn, TurnRecords

MAX_TURNS = 200
"""Open turns that are shown; the oldest, for they are the ones that may be stuck."""


class Dashboard:
    """The whole state, from figures, Redis, NATS and the services."""

    def __init__(
        self,
        *,
        figures: Figures,
        records: TurnRecords,
        queues: QueueWatch,
        services: ServicesHealth,
    ) -> None:
        self._figures = figures
        self._records = records
        self._queues = queues
        self._services = services

    async def state(self) -> LiveState:
        """Return the state at this moment."""
        turns, queues, services = await asyncio.gather(
            self._turns(), self._queues.look(), self._services.look()
        )
        now = datetime.now(UTC)
        return LiveState(
            at=now,
            minutes=self._figures.minutes(now),
            stages=self._figures.stages(now),
            stages_window_s=STAGE_WINDOW_S,
            turns=turns,
            services=services,
            queues=queues,
        )

    async def json(self) -> str:
        """Return the state as it is sent."""
        return (await self.state()).model_dump_json()

    async def _turns(self) -> OpenTurns:
        try:
            found = list((await self._records.live(limit=MAX_TURNS + 1)).values())
        except DependencyDownError as error:
            return OpenTurns(error=str(error))
        now = datetime.now(UTC)
        items = [_open_turn(record, now) for record in found[:MAX_TURNS] if record is not None]
        return OpenTurns(items=items, more=len(found) > MAX_TURNS)


def _open_turn(record: LiveTurn, now: datetime) -> OpenTurn:
    return OpenTurn(
        turn_id=record.ref.turn_id,
        user_id=record.ref.user_id,
        conversation_id=record.ref.conversation_id,
        status=record.status,
        attempt=record.attempt,
        age_s=max(0.0, (now - record.ref.accepted_at).total_seconds()),
    )
