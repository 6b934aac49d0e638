"""Generates the answer of a turn, streams it to the waiting client, and closes the turn."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from services.inference.settings import InferenceSettings
from shared.broker import Bus
from shared.contracts.events import (
    ChatPrompted,
    Outcome,
    Timings,
    TokenStreamed,
    TurnStatus,
    Usage,
    utcnow,
)
from shared.contracts.subjects import CANCEL, TOKENS
from shared.failures import DependencyDownError
from shared.llm.protocol import LLM, AnswerTimeoutError, Delta, Finished, Generation, LLMError
from shared.llm.retry import RetryPolicy, generate_retrying
from shared.memory.turns import Begun, TurnRecords
from shared.outcome import TurnCloser

log = structlog.get_logger()


@dataclass(slots=True)
class Answer:
    """What has come of an answer so far. `frames` counts the token frames that were sent."""

    text: list[str] = field(default_factory=list)
    frames: int = 0
    first_token_ms: float | None = None
    finished: Finished | None = None


class Generator:
    """Answers prompted turns, each in the place of one model slot."""

    def __init__(
        self,
        *,
        settings: InferenceSettings,
        llm: LLM,
        bus: Bus,
        records: TurnRecords,
        closer: TurnCloser,
    ) -> None:
        self._settings = settings
        self._llm = llm
        self._bus = bus
        self._records = records
        self._closer = closer
        self._running: dict[str, asyncio.Task[None]] = {}
        # A cancelled task is not always a user's wish: the service may be stopping.
        self._stopped_by_user: set[str] = set()

    async def start(self) -> None:
        """Begin to listen for cancellations."""
        await self._bus.listen(CANCEL.wildcard, self._on_cancel)

    def _on_cancel(self, subject: str, _payload: bytes) -> None:
        turn_id = subject.rpartition(".")[2]
        task = self._running.get(turn_id)
        if task is not None:
            self._stopped_by_user.add(turn_id)
            task.cancel()

    async def answer(self, event: ChatPrompted, *, attempt: int) -> None:
        """Answer a turn, unless it has ended already or must not run any more."""
        queue_ms = (event.timings.queue_ms or 0) + _ms_since(event.at)
        begun = await self._begin(event, attempt)
        answer = Answer()
        if begun.outcome is not None:
            outcome = begun.outcome
        elif begun.cancelled:
            outcome = Outcome(status="cancelled", model=event.model)
        elif event.turn.deadline <= utcnow():
            outcome = _failed(event, OutOfTimeError(), status="expired")
        else:
            outcome = await self._generate(event, answer, attempt)
        timings = Timings(
            queue_ms=queue_ms,
            context_ms=event.timings.context_ms,
            first_token_ms=answer.first_token_ms,
            total_ms=_ms_since(event.turn.accepted_at),
        )
        told = outcome.model_copy(
            update={"timings": timings, "receipt": event.receipt, "degraded": event.degraded}
        )
        await self._closer.close(
            event.turn,
            question=event.question,
            outcome=told,
            attempt=attempt,
            index=answer.frames,
        )

    async def _begin(self, event: ChatPrompted, attempt: int) -> Begun:
        try:
            return await self._records.begin(
                event.turn, prompt=event.prompt, receipt=event.receipt, attempt=attempt
            )
        except DependencyDownError as error:
            log.warning("answering without the turn's record", error=str(error))
            return Begun()

    async def _generate(self, event: ChatPrompted, answer: Answer, attempt: int) -> Outcome:
        turn_id = event.turn.turn_id
        task = asyncio.create_task(self._stream(event, answer, attempt))
        self._running[turn_id] = task
        try:
            async with asyncio.timeout(self._settings.turn_hard_cap_s):
                await task
        except asyncio.CancelledError:
            if turn_id not in self._stopped_by_user:
                raise
            return _ended(event, answer, "cancelled")
        except TimeoutError:
            return _failed(event, _too_slow(self._settings.turn_hard_cap_s))
        except LLMError as error:
            log.warning("the model failed", error=str(error), kind=type(error).__name__)
            return _failed(event, error)
        finally:
            task.cancel()
            self._running.pop(turn_id, None)
            self._stopped_by_user.discard(turn_id)
        return _ended(event, answer, "completed")

    async def _stream(self, event: ChatPrompted, answer: Answer, attempt: int) -> None:
        settings = self._settings
        generation = Generation(
            model=event.model,
            prompt=event.prompt,
            options=event.options,
            num_ctx=settings.num_ctx,
            num_predict=settings.num_predict,
        )
        policy = RetryPolicy(attempts=1 + settings.llm_retries)
        async for chunk in generate_retrying(self._llm, generation, policy=policy):
            if isinstance(chunk, Delta):
                await self._send(event, answer, attempt, chunk.text)
            else:
                answer.finished = chunk

    async def _send(self, event: ChatPrompted, answer: Answer, attempt: int, text: str) -> None:
        if answer.first_token_ms is None:
            answer.first_token_ms = _ms_since(event.turn.accepted_at)
        answer.text.append(text)
        frame = TokenStreamed(attempt=attempt, index=answer.frames, text=text)
        answer.frames += 1
        # NATS away: the client takes the whole text from the last frame.
        with suppress(DependencyDownError):
            await self._bus.send(TOKENS, frame, event.turn.gateway_id, event.turn.turn_id)


class OutOfTimeError(AnswerTimeoutError):
    """The turn's deadline passed while it waited for the model."""

    title = "The turn waited too long"

    def __init__(self) -> None:
        super().__init__(
            "Its deadline passed before the model was free.",
            "Ask again, or raise QUEUE_MAX_WAIT or LLM_SLOTS.",
        )


def _too_slow(cap_s: float) -> AnswerTimeoutError:
    return AnswerTimeoutError(
        f"The answer was not complete after {cap_s:g} s.", "Ask for less, or raise TURN_HARD_CAP."
    )


def _ended(event: ChatPrompted, answer: Answer, status: TurnStatus) -> Outcome:
    finished = answer.finished
    return Outcome(
        status=status,
        content="".join(answer.text),
        model=finished.model if finished else event.model,
        usage=finished.usage if finished else Usage(),
    )


def _failed(event: ChatPrompted, error: LLMError, status: TurnStatus = "failed") -> Outcome:
    return Outcome(status=status, model=event.model, problem=error.problem())


def _ms_since(moment: datetime) -> float:
    return max(0.0, (utcnow() - moment).total_seconds() * 1000)
