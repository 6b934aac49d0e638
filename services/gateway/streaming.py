"""A turn as its client sees it: one JSON body, or server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

import structlog
from fastapi import Request
from fastapi.sse import format_sse_event

from services.gateway.problems import ProblemError, document
from services.gateway.schemas import Reply, TurnBody
from services.gateway.turns import Turns
from shared.contracts.events import Outcome, Problem, Receipt, TokenStreamed, TurnRef
from shared.failures import DependencyDownError

log = structlog.get_logger()

Frames = AsyncGenerator[list[TokenStreamed], None]


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
    """One client that waits for one turn; when it goes away, the turn is stopped."""

    def __init__(self, *, turns: Turns, turn: TurnRef, frames: Frames) -> None:
        self._turns = turns
        self._turn = turn
        self._frames = frames

    async def wait(self, request: Request) -> TurnBody:
        """Return the completed turn. Raises ProblemError where it ended in another way."""
        watcher = asyncio.create_task(_gone(request))
        answer = asyncio.create_task(self._outcome())
        try:
            await asyncio.wait({watcher, answer}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                log.info("client gone")
                await self._stop()
            outcome = await answer
        finally:
            watcher.cancel()
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

    async def events(self, *, comment_every_s: float) -> AsyncIterator[bytes]:
        """Yield the server-sent events of the turn, from `start` to `done` or `error`."""
        turn = self._turn
        ended = False
        try:
            start = {"turn_id": turn.turn_id, "conversation_id": turn.conversation_id}
            yield _event("start", json.dumps(start), "start")
            async with aclosing(self._frames) as frames:
                async for chunk in self._encode(frames, comment_every_s):
                    yield chunk
            ended = True
        finally:
            if not ended:
                log.info("client gone")
                await asyncio.shield(self._stop())

    async def _encode(self, frames: Frames, comment_every_s: float) -> AsyncIterator[bytes]:
        attempt = 0
        spoken = time.monotonic()
        async for batch in frames:
            if not batch:
                if time.monotonic() - spoken < comment_every_s:
                    continue
                yield b": still working\n\n"
            else:
                # What came together leaves together: a write costs more than what it carries.
                chunk = b""
                for frame in batch:
                    if frame.outcome is None and attempt and frame.attempt > attempt:
                        chunk += _event("reset", "{}", f"{frame.attempt}-reset")
                    attempt = max(attempt, frame.attempt)
                    chunk += self._frame(frame)
                yield chunk
            spoken = time.monotonic()

    def _frame(self, frame: TokenStreamed) -> bytes:
        if frame.outcome is not None:
            return self._last(frame.outcome)
        text = json.dumps({"text": frame.text}, ensure_ascii=False)
        return _event("token", text, f"{frame.attempt}-{frame.index}")

    def _last(self, outcome: Outcome) -> bytes:
        if outcome.status == "completed":
            return _event("done", body(self._turn, outcome).model_dump_json(), "done")
        told = document(problem_of(outcome), self._turn.turn_id)
        return _event("error", told.model_dump_json(exclude_none=True), "error")

    async def _stop(self) -> None:
        with suppress(DependencyDownError):
            await self._turns.cancel(self._turn.turn_id)


async def _gone(request: Request) -> None:
    """Return when the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _event(event: str, data: str, event_id: str) -> bytes:
    return format_sse_event(data_str=data, event=event, id=event_id)
