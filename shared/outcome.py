"""Ending a turn: the one way, for whoever ends it.

The outcome goes into the turn's record first, where the first one stays; then the closing event
goes to MEMORY under the id `<turn>:closed`; then the waiting client is told. A crash between any
two of these is mended by the redelivery, which finds the stored outcome and does the rest.
"""

import structlog

from shared.broker import Bus
from shared.contracts.events import (
    DeadLettered,
    Outcome,
    Problem,
    TokenStreamed,
    TurnClosed,
    TurnRef,
)
from shared.contracts.subjects import TOKENS, TURN_CLOSED
from shared.failures import DependencyDownError
from shared.memory.turns import TurnRecords
from shared.telemetry import Telemetry

log = structlog.get_logger()


class TurnCloser:
    """Ends turns, each with exactly one outcome."""

    def __init__(self, *, bus: Bus, records: TurnRecords, telemetry: Telemetry) -> None:
        self._bus = bus
        self._records = records
        self._telemetry = telemetry

    async def close(
        self, turn: TurnRef, *, question: str, outcome: Outcome, attempt: int = 1, index: int = 0
    ) -> Outcome:
        """End a turn and return the outcome that counts.

        Without Redis the closing event alone decides. Raises DependencyDownError where NATS is
        away: then nothing was promised yet, and the message comes again.
        """
        try:
            outcome = await self._records.finish(turn, outcome)
        except DependencyDownError:
            log.warning("turn ends without its record", turn_id=turn.turn_id)
        keeps = turn.memory == "full"
        remembered = outcome.model_copy(
            update={"receipt": None} if keeps else {"receipt": None, "content": ""}
        )
        await self._bus.publish(
            TURN_CLOSED,
            TurnClosed(turn=turn, question=question if keeps else None, outcome=remembered),
            turn.user_id,
            message_id=f"{turn.turn_id}:closed",
        )
        await self._bus.send(
            TOKENS,
            TokenStreamed(attempt=attempt, index=index, outcome=outcome),
            turn.gateway_id,
            turn.turn_id,
        )
        self._tell(turn, outcome)
        return outcome

    async def give_up(self, letter: DeadLettered) -> None:
        """Fail the turn of a dead letter on the chat's way, so that its client knows."""
        turn_id = letter.subject.rpartition(".")[2]
        if not letter.subject.startswith("chat."):
            return
        record = await self._records.get(turn_id)
        if record is None:
            return
        problem = Problem(
            title="The turn could not be handled",
            status=500,
            detail=f"{letter.error_type} in {letter.service}. The message is in the dead letters.",
        )
        outcome = Outcome(status="failed", model="", problem=problem)
        await self.close(record.ref, question=record.question, outcome=outcome)

    def _tell(self, turn: TurnRef, outcome: Outcome) -> None:
        timings, usage = outcome.timings, outcome.usage
        values = {**timings.model_dump(exclude_none=True), **usage.model_dump(exclude_none=True)}
        labels = {"status": outcome.status, "model": outcome.model}
        self._telemetry.metric("turn-closed", turn=turn, values=values, labels=labels)
        log.info("turn closed", status=outcome.status, model=outcome.model, **values)
