"""A turn as its client sees it: one JSON body, or server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress

import structlog
from fastapi import Request
from fastapi.sse import format_sse_event

from services.gateway.event_stream import EventStream, disconnected
from services.gateway.problems import RETRY_AFTER_S, ProblemError, document
from services.gateway.schemas import Reply, TurnBody
from services.gateway.settings import GatewaySettings
from services.gateway.transcript import Piece, Place, Transcript
from services.gateway.turns import Turns
from shared.contracts.events import TokenStreamed
from shared.contracts.parts import Outcome, Problem, Receipt, TurnRef
from shared.failures import DependencyDownError
from shared.memory.turns import TurnRecord

log = structlog.get_logger()

Frames = AsyncGenerator[list[TokenStreamed], None]

ASK_AGAIN_S = 1.0
"""How often missing text is asked for, at most, in seconds: the answer is all of the text."""


def body(turn: TurnRef, outcome: Outcome) -> TurnBody:
    """Return a completed turn as an HTTP body."""
    return TurnBody(
        turn_id=turn.turn_id,
        conversation_id=turn.conversation_id,
        model=outcome.model,
        reply=Reply(content=outcome.content),
        usage=outcome.usage,
        timings=outcome.timings,
        memory=outcome.receipt or Receipt(),
        degraded=list(outcome.degraded),
    )


def problem_of(outcome: Outcome) -> Problem:
    """Return why a turn was not completed."""
    stopped = Problem(title="Stopped", status=409, detail="The turn was stopped by its user.")
    return outcome.problem or stopped


class Client:
    """One client that waits for one turn.

    When it goes away, the turn is stopped, unless `stop_when_gone` is False. A gateway that stops
    is no client that went away: the turn goes on, and the client can come back for it.
    """

    def __init__(
        self, *, turns: Turns, turn: TurnRef, frames: Frames, stop_when_gone: bool = True
    ) -> None:
        self._turns = turns
        self._turn = turn
        self._frames = frames
        self._stop_when_gone = stop_when_gone

    async def wait(self, request: Request) -> TurnBody:
        """Return the completed turn. Raises ProblemError where it ended in another way."""
        leaving = asyncio.create_task(disconnected(request.receive))
        answer = asyncio.create_task(self._outcome())
        try:
            await asyncio.wait({leaving, answer}, return_when=asyncio.FIRST_COMPLETED)
            outcome = await answer if answer.done() else await self._left()
        except asyncio.CancelledError:
            raise self._goes_on() from None
        finally:
            leaving.cancel()
            answer.cancel()
        if outcome.status != "completed":
            raise ProblemError(problem_of(outcome), turn_id=self._turn.turn_id)
        return body(self._turn, outcome)

    async def _outcome(self) -> Outcome:
        async with aclosing(self._frames) as frames:
            async for batch in frames:
                if batch and batch[-1].outcome is not None:
                    return batch[-1].outcome
        msg = "a turn's frames end with its outcome"
        raise AssertionError(msg)

    async def _left(self) -> Outcome:
        log.info("client gone")
        await asyncio.shield(self._gone())
        return Outcome(status="cancelled", model="")

    def _goes_on(self) -> ProblemError:
        turn_id = self._turn.turn_id
        detail = f"The gateway stops. The turn goes on: see /chat/turns/{turn_id} in a moment."
        problem = Problem(title="Temporarily unavailable", status=503, detail=detail)
        return ProblemError(problem, turn_id=turn_id, headers={"Retry-After": RETRY_AFTER_S})

    def stream(self, settings: GatewaySettings, *, after: Place | None = None) -> EventStream:
        """Return the server-sent events of the turn, up to `done` or `error`.

        They begin with `start`, or where a follower comes back, with what comes `after` its place.
        """
        return EventStream(
            self._events(settings.sse_comment_s, after),
            gone=self._gone,
            send_timeout_s=settings.sse_send_timeout_s,
            farewell=f"the gateway stops; go on at /chat/turns/{self._turn.turn_id}/events",
        )

    async def _events(
        self, comment_every_s: float, after: Place | None
    ) -> AsyncGenerator[bytes, None]:
        if after is None:
            turn = self._turn
            start = {"turn_id": turn.turn_id, "conversation_id": turn.conversation_id}
            yield _event("start", json.dumps(start), "start")
        transcript, spoken, asked = Transcript(after), time.monotonic(), 0.0
        async with aclosing(self._frames) as frames:
            async for batch in frames:
                # What came together leaves together: a write costs more than what it carries.
                chunk = b"".join(self._encode(transcript, batch))
                now = time.monotonic()
                if transcript.lacking and now - asked >= ASK_AGAIN_S:
                    asked = now
                    await self._turns.ask_again(self._turn.turn_id)
                if not chunk and now - spoken >= comment_every_s:
                    chunk = b": still working\n\n"
                if chunk:
                    yield chunk
                    spoken = time.monotonic()

    def _encode(self, transcript: Transcript, batch: list[TokenStreamed]) -> Iterator[bytes]:
        for frame in batch:
            outcome = frame.outcome
            if outcome is None:
                yield from map(_piece, transcript.take(frame))
                continue
            if outcome.status == "completed":
                missing = transcript.complete(outcome.content, attempt=frame.attempt)
                yield from map(_piece, missing)
            yield _last(self._turn, outcome)

    async def _gone(self) -> None:
        if self._stop_when_gone:
            with suppress(DependencyDownError):
                await self._turns.cancel(self._turn.turn_id)


def resumed(
    *, turns: Turns, record: TurnRecord, last_event_id: str, settings: GatewaySettings
) -> EventStream:
    """Return the events of a turn after the one with this id; all of them where it is no id."""
    client = Client(turns=turns, turn=record.ref, frames=turns.follow(record), stop_when_gone=False)
    return client.stream(settings, after=_place(record, last_event_id))


def _place(record: TurnRecord, last_event_id: str) -> Place | None:
    if last_event_id in {"done", "error"} and record.outcome is not None:
        return Place(record.attempt, len(record.outcome.content))
    place = Place.of(last_event_id)
    # Of an attempt that was never made nothing can have been sent.
    return place if place is None or place.attempt <= record.attempt else None


def _last(turn: TurnRef, outcome: Outcome) -> bytes:
    if outcome.status == "completed":
        return _event("done", body(turn, outcome).model_dump_json(), "done")
    told = document(problem_of(outcome), turn.turn_id)
    return _event("error", told.model_dump_json(exclude_none=True), "error")


def _piece(piece: Piece) -> bytes:
    if piece.text is None:
        return _event("reset", "{}", piece.event_id)
    text = json.dumps({"text": piece.text}, ensure_ascii=False)
    return _event("token", text, piece.event_id)


def _event(event: str, data: str, event_id: str) -> bytes:
    return format_sse_event(data_str=data, event=event, id=event_id)
