"""The gateway's part in a turn: accept it, follow it, cancel it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import timedelta

import structlog

from services.gateway.relay import Frames, Relay
from services.gateway.settings import GatewaySettings
from shared.broker import Bus
from shared.contracts.events import ChatRequested, TokensMissed, TokenStreamed, TurnCancelled
from shared.contracts.parts import GenerationOptions, Outcome, Problem, TurnRef, utcnow
from shared.contracts.subjects import CANCEL, CHAT_REQUESTED, TOKENS_MISSED
from shared.failures import DependencyDownError, PermanentError, QueueFullError
from shared.memory.turns import NewTurn, Opened, TurnRecord, TurnRecords

log = structlog.get_logger()

SILENCE_S = 2.0
"""After this long without a frame the turn's record is asked: frames may be lost, it is not."""

LOST_AFTER = timedelta(seconds=5)
"""How long after its deadline a turn without an outcome is lost: the janitor ends it before."""


class Turns:
    """Opens turns and follows them to their end."""

    def __init__(
        self,
        *,
        settings: GatewaySettings,
        gateway_id: str,
        bus: Bus,
        records: TurnRecords,
        relay: Relay,
    ) -> None:
        self._settings = settings
        self.gateway_id = gateway_id
        self._bus = bus
        self._records = records
        self._relay = relay

    async def open(self, new: NewTurn, *, needs_record: bool) -> tuple[Opened, tuple[str, ...]]:
        """Open a turn in its conversation; returns it with what works in a lesser form.

        Without Redis there is no record, unless the turn `needs_record`.

        Raises TurnRefusedError, and DependencyDownError where the turn cannot do without Redis.
        """
        settings = self._settings
        try:
            opened = await self._records.open(
                new, idle_s=settings.conversation_idle_s, max_turns=settings.max_turns_per_user
            )
        except DependencyDownError as error:
            if needs_record or new.idempotency is not None or new.replaces is not None:
                raise
            log.warning("turn opened without Redis", error=str(error))
            return Opened(self._records.open_unordered(new)), ("order",)
        return opened, ()

    async def request(
        self,
        turn: TurnRef,
        *,
        prompt: str,
        model: str | None,
        system: str | None,
        options: GenerationOptions,
        degraded: tuple[str, ...],
        again: bool = False,
    ) -> None:
        """Hand an opened turn to the pipeline; from here on it is answered or fails visibly.

        `again` for a turn that was accepted before: repeating it is harmless, for it is stored
        once, and it stays accepted where repeating it fails.

        Raises QueueFullError, PermanentError or DependencyDownError where it was not accepted.
        """
        event = ChatRequested(
            turn=turn,
            prompt=prompt,
            model=model,
            system=system,
            options=options,
            degraded=degraded,
        )
        try:
            await self._bus.publish(CHAT_REQUESTED, event, turn.turn_id, message_id=turn.turn_id)
        except (QueueFullError, PermanentError, DependencyDownError):
            # A publish that timed out may still arrive: nobody waits for its answer then.
            if again or await self._taken_back(turn):
                raise

    async def _taken_back(self, turn: TurnRef) -> bool:
        try:
            return await self._records.withdraw(turn)
        except DependencyDownError:
            return True

    def frames(self, turn: TurnRef) -> AsyncGenerator[list[TokenStreamed], None]:
        """Follow a turn from now on: its frames, those together that came together.

        A silence is an empty list; the outcome's frame is the last one.

        Call it before `request`: what comes before is not heard.
        """
        return self._follow(turn, self._relay.expect(turn.turn_id))

    async def follow(self, record: TurnRecord) -> AsyncGenerator[list[TokenStreamed], None]:
        """Follow a turn that was handed on before, from any gateway, as `frames` does.

        The text so far comes again.
        """
        turn = record.ref
        if record.outcome is not None:
            yield [_end(record)]
            return
        async with self._relay.following(turn) as queue:
            # It may have ended before we listened; what comes from here on is heard.
            await self.ask_again(turn.turn_id)
            ended = await self._stored_end(turn)
            if ended is not None:
                yield [ended]
                return
            async with aclosing(self._follow(turn, queue)) as frames:
                async for batch in frames:
                    yield batch

    async def ask_again(self, turn_id: str) -> None:
        """Ask the worker that runs a turn for all of its text so far, for every follower."""
        with suppress(DependencyDownError):
            await self._bus.send(TOKENS_MISSED, TokensMissed(turn_id=turn_id), turn_id)

    async def _follow(
        self, turn: TurnRef, queue: Frames
    ) -> AsyncGenerator[list[TokenStreamed], None]:
        while True:
            frames = await self._next(queue, turn)
            yield frames
            if frames and frames[-1].outcome is not None:
                return

    async def _next(self, queue: Frames, turn: TurnRef) -> list[TokenStreamed]:
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                return await queue.take()
        ended = await self._stored_end(turn)
        if ended is None and turn.deadline + LOST_AFTER <= utcnow():
            ended = TokenStreamed(attempt=0, index=0, outcome=_lost())
        return [ended] if ended else []

    async def _stored_end(self, turn: TurnRef) -> TokenStreamed | None:
        with suppress(DependencyDownError):
            record = await self._records.get(turn.turn_id)
            return _end(record) if record and record.outcome else None
        return None

    async def cancel(self, turn_id: str) -> None:
        """Stop a turn, whether it waits or runs. Raises DependencyDownError."""
        with suppress(DependencyDownError):
            await self._records.cancel(turn_id)
        await self._bus.send(CANCEL, TurnCancelled(turn_id=turn_id), turn_id)

    async def get(self, turn_id: str, *, user_id: str) -> TurnRecord | None:
        """Return a turn of this user, or None. Raises DependencyDownError."""
        record = await self._records.get(turn_id)
        return record if record is not None and record.ref.user_id == user_id else None


def _end(record: TurnRecord) -> TokenStreamed:
    return TokenStreamed(
        attempt=record.outcome.attempt if record.outcome else 0, index=0, outcome=record.outcome
    )


def _lost() -> Outcome:
    return Outcome(
        status="expired",
        model="",
        problem=Problem(
            title="The turn got lost",
            status=504,
            detail="No answer came before its deadline. `make status` tells which service is down.",
        ),
    )
