"""Ending a turn: the one way, for whoever ends it.

The outcome goes into the turn's record first, where the first one stays; then the closing event
goes to MEMORY under the id `<turn>:closed`; then the waiting client is told. A crash between any
two of these is mended by the redelivery, which finds the stored outcome and does the rest.

Without its record (Redis away) two workers may end a turn differently. Then the closing event
counts: the stream takes one only, and who comes second reads the first and goes by it.
"""

import structlog
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from shared.broker import Bus
from shared.contracts.events import DeadLettered, TokenStreamed
from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Outcome, Problem, TurnRef
from shared.contracts.subjects import TOKENS, TURN_CLOSED
from shared.failures import DependencyDownError
from shared.memory.messages import known_outcome
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
        self, turn: TurnRef, *, question: str, outcome: Outcome, index: int = 0
    ) -> Outcome:
        """End a turn and return the outcome that counts.

        Without Redis the closing event alone decides. Raises DependencyDownError where NATS is
        away, or where the record cannot be set right: the message must come again.
        """
        try:
            outcome = await self._records.finish(turn, outcome, question=question)
        except DependencyDownError:
            log.warning("turn ends without its record", turn_id=turn.turn_id)
        counts = await self._publish(turn, question, outcome)
        if counts is not outcome:
            log.warning("the turn had ended in another way", turn_id=turn.turn_id)
            counts = await self._keep(turn, question, counts)
        await self._tell(turn, counts, index=index)
        return counts

    async def settle(self, turn: TurnRef, *, question: str | None, outcome: Outcome) -> Outcome:
        """End a turn that nobody works on any more, and return the outcome that counts.

        Here the closing event goes first. A worker that ended the turn while Redis was away has
        left one, and nobody must read another outcome in the record, not even for a moment.
        Without its `question` the turn leaves nothing in its conversation.

        Raises DependencyDownError.
        """
        counts = await self._publish(turn, question, outcome)
        counts = await self._keep(turn, question, counts)
        await self._tell(turn, counts)
        return counts

    async def _publish(self, turn: TurnRef, question: str | None, outcome: Outcome) -> Outcome:
        """Store the closing event; returns the outcome of the one that is stored."""
        keeps = turn.memory == "full"
        remembered = outcome.model_copy(
            update={"receipt": None} if keeps else {"receipt": None, "content": ""}
        )
        stored = await self._bus.publish(
            TURN_CLOSED,
            TurnClosed(turn=turn, question=question if keeps else None, outcome=remembered),
            turn.user_id,
            message_id=f"{turn.turn_id}:closed",
        )
        if not stored.duplicate:
            return outcome
        kept = await self._bus.stored("MEMORY", stored.sequence)
        if kept is None:
            return outcome
        first = known_outcome(TurnClosed.model_validate_json(kept.payload))
        return outcome if _same(first, outcome) else first

    async def _keep(self, turn: TurnRef, question: str | None, outcome: Outcome) -> Outcome:
        """Bring the record in step with what counts; the record's own version may hold more.

        Raises DependencyDownError: a record that says otherwise must not stay behind.
        """
        stored = await self._records.finish(turn, outcome, question=question)
        if _same(stored, outcome):
            return stored
        return await self._records.finish(turn, outcome, question=question, replace=True)

    async def give_up(self, letter: DeadLettered) -> None:
        """Fail the turn of a dead letter on the chat's way, so that its client knows.

        Raises DependencyDownError.
        """
        if not letter.subject.startswith("chat."):
            return
        record = await self._records.get(letter.subject.rpartition(".")[2])
        if record is not None:
            turn, question = record.ref, record.question
        elif (asked := _asked(letter)) is not None:
            # Redis has lost the record, but the message itself says whose turn it is.
            turn, question = asked.turn, asked.text
        else:
            return
        problem = Problem(
            title="The turn could not be handled",
            status=500,
            detail=f"{letter.error_type} in {letter.service}. The message is in the dead letters.",
        )
        outcome = Outcome(status="failed", model="", problem=problem)
        await self.settle(turn, question=question, outcome=outcome)

    async def _tell(self, turn: TurnRef, outcome: Outcome, *, index: int = 0) -> None:
        frame = TokenStreamed(attempt=outcome.attempt, index=index, outcome=outcome)
        await self._bus.send(TOKENS, frame, turn.gateway_id, turn.turn_id)
        timings, usage = outcome.timings, outcome.usage
        values = {**timings.model_dump(exclude_none=True), **usage.model_dump(exclude_none=True)}
        labels = {"status": outcome.status, "model": outcome.model}
        self._telemetry.metric("turn-closed", turn=turn, values=values, labels=labels)
        log.info("turn closed", status=outcome.status, model=outcome.model, **values)


def _same(one: Outcome, other: Outcome) -> bool:
    """Tell whether two are versions of one outcome: the moment of its end is its own."""
    return one.ended_at == other.ended_at


def expired(model: str = "") -> Outcome:
    """Return the outcome of a turn whose deadline has passed before it was answered."""
    return Outcome(
        status="expired",
        model=model,
        problem=Problem(
            title="The turn waited too long",
            status=504,
            detail="Its deadline passed before the model was free. Ask again, or raise "
            "QUEUE_MAX_WAIT or LLM_SLOTS.",
        ),
    )


class _Asked(BaseModel):
    """What `ChatRequested` and `ChatPrompted` have in common, however broken the rest is."""

    model_config = ConfigDict(extra="ignore")

    turn: TurnRef
    question: str | None = None
    prompt: JsonValue = None

    @property
    def text(self) -> str:
        """The user's raw text: a prompted event has it beside the prompt."""
        return self.question or (self.prompt if isinstance(self.prompt, str) else "")


def _asked(letter: DeadLettered) -> _Asked | None:
    try:
        return _Asked.model_validate_json(letter.payload or "")
    except ValidationError:
        return None
