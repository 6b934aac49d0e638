"""Generates the answer of a turn, streams it to the waiting client, and closes the turn."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from services.inference.settings import InferenceSettings
from shared.broker import Bus
from shared.contracts.events import ChatPrompted, TokenStreamed
from shared.contracts.parts import Outcome, Timings, TurnStatus, Usage, utcnow
from shared.contracts.subjects import CANCEL, TOKENS, TOKENS_MISSED
from shared.failures import DependencyDownError, PermanentError
from shared.llm.protocol import (
    LLM,
    AnswerTimeoutError,
    Delta,
    Finished,
    Generation,
    LLMError,
    ModelNotFoundError,
)
from shared.llm.retry import RetryPolicy, generate_retrying
from shared.memory.turns import Begun, TurnRecords
from shared.outcome import TurnCloser, expired

log = structlog.get_logger()


@dataclass(slots=True)
class Answer:
    """What has come of an answer so far.

    `frames` and `characters` count what was sent in this attempt. `degraded` is what its model
    says beside what the prompt knew.
    """

    attempt: int = 1
    text: list[str] = field(default_factory=list)
    frames: int = 0
    characters: int = 0
    first_token_ms: float | None = None
    finished: Finished | None = None
    degraded: tuple[str, ...] = ()


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
        self._beginning: set[str] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._answers: dict[str, tuple[ChatPrompted, Answer]] = {}
        # What was generated while NATS was away waits here to be told: it is not generated twice.
        self._untold: dict[str, tuple[Outcome, Answer]] = {}
        self._replays: set[asyncio.Task[None]] = set()
        # A cancelled task is not always a user's wish: the service may be stopping.
        self._stopped_by_user: set[str] = set()

    async def start(self) -> None:
        """Begin to listen for cancellations, and for followers that lack tokens."""
        await self._bus.listen(CANCEL.wildcard, self._on_cancel)
        await self._bus.listen(TOKENS_MISSED.wildcard, self._on_missed)

    def _on_cancel(self, subject: str, _payload: bytes) -> None:
        turn_id = subject.rpartition(".")[2]
        task = self._running.get(turn_id)
        if task is not None or turn_id in self._beginning:
            self._stopped_by_user.add(turn_id)
        if task is not None:
            task.cancel()

    def _on_missed(self, subject: str, _payload: bytes) -> None:
        running = self._answers.get(subject.rpartition(".")[2])
        if running is not None:
            replay = asyncio.create_task(self._replay(*running))
            self._replays.add(replay)
            replay.add_done_callback(self._replays.discard)

    async def _replay(self, event: ChatPrompted, answer: Answer) -> None:
        """Send the whole text so far again; who has it already passes over it."""
        frame = TokenStreamed(
            attempt=answer.attempt, index=answer.frames, text="".join(answer.text)
        )
        # Larger than a message may be: the follower takes the whole text from the last frame.
        with suppress(DependencyDownError, PermanentError):
            await self._bus.send(TOKENS, frame, event.turn.gateway_id, event.turn.turn_id)

    async def answer(self, event: ChatPrompted, *, deliveries: int) -> None:
        """Answer a turn, unless it has ended already or must not run any more."""
        turn_id = event.turn.turn_id
        ended = self._untold.get(turn_id) or await self._outcome(event, deliveries)
        if ended is None:
            return
        outcome, answer = ended
        try:
            await self._closer.close(
                event.turn,
                question=event.question,
                outcome=outcome,
                index=answer.frames,
            )
        except DependencyDownError:
            self._untold[turn_id] = (outcome, answer)
            raise
        except BaseException:
            self._untold.pop(turn_id, None)
            raise
        self._untold.pop(turn_id, None)

    async def _outcome(self, event: ChatPrompted, deliveries: int) -> tuple[Outcome, Answer] | None:
        """Return how the turn ends; None for one that was refused after all."""
        queue_ms = (event.timings.queue_ms or 0) + _ms_since(event.at)
        begun = await self._begin(event, deliveries)
        if begun.withdrawn:
            return None
        answer = Answer(attempt=begun.attempt)
        if begun.outcome is not None:
            return begun.outcome, answer
        if begun.cancelled:
            outcome = Outcome(status="cancelled", model=event.model)
        elif event.turn.deadline <= utcnow():
            outcome = expired(event.model)
        else:
            outcome = await self._generate(event, answer)
        timings = Timings(
            queue_ms=queue_ms,
            context_ms=event.timings.context_ms,
            first_token_ms=answer.first_token_ms,
            total_ms=_ms_since(event.turn.accepted_at),
        )
        told = outcome.model_copy(
            update={
                "timings": timings,
                "receipt": event.receipt,
                "degraded": tuple(dict.fromkeys((*event.degraded, *answer.degraded))),
                "attempt": answer.attempt,
            }
        )
        return told, answer

    async def _begin(self, event: ChatPrompted, deliveries: int) -> Begun:
        turn_id = event.turn.turn_id
        # The record may have been read already when a cancellation comes, but not yet returned.
        self._beginning.add(turn_id)
        try:
            begun = await self._records.begin(
                event.turn, prompt=event.prompt, receipt=event.receipt, deliveries=deliveries
            )
        except DependencyDownError as error:
            log.warning("answering without the turn's record", error=str(error))
            begun = Begun(attempt=deliveries)
        finally:
            self._beginning.discard(turn_id)
        if turn_id in self._stopped_by_user:
            self._stopped_by_user.discard(turn_id)
            return replace(begun, cancelled=True)
        return begun

    async def _generate(self, event: ChatPrompted, answer: Answer) -> Outcome:
        turn_id = event.turn.turn_id
        task = asyncio.create_task(self._stream(event, answer))
        self._running[turn_id] = task
        self._answers[turn_id] = (event, answer)
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
            self._answers.pop(turn_id, None)
            self._stopped_by_user.discard(turn_id)
        return _ended(event, answer, "completed")

    async def _stream(self, event: ChatPrompted, answer: Answer) -> None:
        try:
            await self._stream_from(event.model, event, answer)
        except ModelNotFoundError:
            if event.otherwise is None:
                raise
            answer.degraded = event.otherwise.degraded
            await self._stream_from(event.otherwise.model, event, answer)

    async def _stream_from(self, model: str, event: ChatPrompted, answer: Answer) -> None:
        settings = self._settings
        generation = Generation(
            model=model,
            prompt=event.prompt,
            options=event.options,
            num_ctx=settings.num_ctx,
            num_predict=settings.num_predict,
        )
        policy = RetryPolicy(attempts=1 + settings.llm_retries)
        chunks = generate_retrying(self._llm, generation, policy=policy)
        async for chunk in _unbroken(chunks, silence_s=settings.llm_silence_s):
            if isinstance(chunk, Delta):
                await self._send(event, answer, chunk.text)
            else:
                answer.finished = chunk

    async def _send(self, event: ChatPrompted, answer: Answer, text: str) -> None:
        if answer.first_token_ms is None:
            answer.first_token_ms = _ms_since(event.turn.accepted_at)
        answer.text.append(text)
        frame = TokenStreamed(
            attempt=answer.attempt, index=answer.frames, offset=answer.characters, text=text
        )
        answer.frames += 1
        answer.characters += len(text)
        # NATS away: the client takes the whole text from the last frame.
        with suppress(DependencyDownError):
            await self._bus.send(TOKENS, frame, event.turn.gateway_id, event.turn.turn_id)


async def _unbroken(
    chunks: AsyncGenerator[Delta | Finished, None], *, silence_s: float
) -> AsyncIterator[Delta | Finished]:
    """Pass on what a model says; raises AnswerTimeoutError where it falls silent in mid-answer.

    Before the first token it may take its time: a large model is loaded first.
    """
    limit_s = None
    async with aclosing(chunks):
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise _fell_silent(silence_s) from None
            limit_s = silence_s
            yield chunk


def _fell_silent(silence_s: float) -> AnswerTimeoutError:
    return AnswerTimeoutError(
        f"The model fell silent for {silence_s:g} s in mid-answer.",
        "Look at the model server, or raise LLM_SILENCE.",
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


def _failed(event: ChatPrompted, error: LLMError) -> Outcome:
    return Outcome(status="failed", model=event.model, problem=error.problem())


def _ms_since(moment: datetime) -> float:
    return max(0.0, (utcnow() - moment).total_seconds() * 1000)
