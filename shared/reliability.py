"""What happens when handling a message fails: one middleware, three classes of failure.

permanent: to the dead letters at once. dependency down: wait, holding the message and spending no
delivery, until the server answers again. unknown: five deliveries with growing delay, then dead.
"""

import asyncio
import base64
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import structlog
from fast_depends.exceptions import ValidationError as ArgumentError
from faststream import BaseMiddleware
from faststream.exceptions import HandlerException, NackMessage, RejectMessage
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from shared.broker import FIRST_SEQUENCE, Bus
from shared.contracts.events import DeadLettered
from shared.contracts.subjects import DURABLES, Durable, dead_subject
from shared.failures import DependencyDownError, NotYetError, PermanentError, QueueFullError
from shared.telemetry import Telemetry

log = structlog.get_logger()

Probe = Callable[[], Awaitable[None]]

MAX_TRIES = 5
"""Deliveries of a message that fails for an unknown reason."""

PROBE_EVERY_S = 1.0
NOT_YET_S = 1.0
_DURABLES = {durable.name: durable for durable in DURABLES}


def first_sequence(message: Msg) -> int:
    """Return the sequence that an event had when it was first stored, also if it was forwarded."""
    kept = (message.headers or {}).get(FIRST_SEQUENCE)
    return int(kept) if kept else stored_sequence(message)


def stored_sequence(message: Msg) -> int:
    """Return the sequence under which its stream holds a message now."""
    return int(message.metadata.sequence.stream)


class Reliability:
    """Makes the middleware of one service.

    `probes` say whether a dependency answers again. `cap_s` bounds how long one message may be
    held, in seconds; `time_scale` shortens every other wait (tests).
    """

    def __init__(
        self,
        *,
        service: str,
        bus: Bus,
        telemetry: Telemetry,
        cap_s: float,
        time_scale: float = 1.0,
    ) -> None:
        self.service = service
        self.bus = bus
        self.telemetry = telemetry
        self.cap_s = cap_s
        self.time_scale = time_scale
        self.probe_every_s = PROBE_EVERY_S * time_scale
        self.probes: Mapping[str, Probe] = {}
        self.on_handled: Callable[[str, str, int], None] | None = None
        """Told subject, durable and sequence of what was handled or given up, before the ack."""

    def __call__(self, msg: Any, /, *, context: Any) -> "_Scope":
        """Wrap one message, as FastStream calls it."""
        scope = _Scope(msg, context=context)
        scope.reliability = self
        return scope

    async def handle(self, call_next: Callable[[Any], Awaitable[Any]], message: Any) -> Any:
        """Handle a message, and decide what becomes of it where that fails."""
        raw: Msg = message.raw_message
        durable = _DURABLES[raw.metadata.consumer].scaled(self.time_scale)
        async with _heartbeat(raw, every_s=durable.heartbeat_s, cap_s=self.cap_s):
            try:
                result = await self._handle(call_next, message, durable)
            except asyncio.CancelledError:
                # Also where it waits for a dependency: the service stops, another one waits on.
                await _give_back(raw)
                raise
            except RejectMessage:
                self._tell_handled(raw, durable)
                raise
        self._tell_handled(raw, durable)
        return result

    def _tell_handled(self, raw: Msg, durable: Durable) -> None:
        if self.on_handled is not None:
            self.on_handled(raw.subject, durable.name, stored_sequence(raw))

    async def _handle(
        self, call_next: Callable[[Any], Awaitable[Any]], message: Any, durable: Durable
    ) -> Any:
        raw: Msg = message.raw_message
        while True:
            try:
                return await call_next(message)
            except HandlerException:
                raise
            except DependencyDownError as error:
                await self._wait_for(error)
            except NotYetError as error:
                raise NackMessage(delay=NOT_YET_S * self.time_scale) from error
            except QueueFullError:
                await asyncio.sleep(self.probe_every_s)
            except (PermanentError, ArgumentError, ValidationError) as error:
                await self._bury(raw, durable, error)
                raise RejectMessage from error
            except Exception as error:  # noqa: BLE001 - the edge of the process
                await self._retry_or_bury(raw, durable, error)

    async def _wait_for(self, error: DependencyDownError) -> None:
        log.warning("waiting for a dependency", dependency=error.dependency, error=str(error))
        self.telemetry.metric("dependency-down", labels={"dependency": error.dependency})
        probe = self.probes.get(error.dependency)
        while True:
            await asyncio.sleep(self.probe_every_s)
            if probe is None:
                return
            with contextlib.suppress(DependencyDownError):
                await probe()
                return

    async def _retry_or_bury(self, raw: Msg, durable: Durable, error: Exception) -> None:
        deliveries = int(raw.metadata.num_delivered)
        log.error("handling failed", subject=raw.subject, deliveries=deliveries, exc_info=error)
        tries = MAX_TRIES if durable.max_deliver < 0 else min(MAX_TRIES, durable.max_deliver)
        if deliveries >= tries:
            await self._bury(raw, durable, error)
            raise RejectMessage from error
        # Doubling, with jitter so that what failed together does not come back together.
        delay_s = 2 ** (deliveries - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        delay_s *= self.time_scale
        raise NackMessage(delay=delay_s) from error

    async def _bury(self, raw: Msg, durable: Durable, error: Exception) -> None:
        """Send a message to the dead letters, as soon as NATS can store it."""
        letter = dead_letter(raw, durable=durable, service=self.service, error=error)
        while True:
            try:
                await bury(self.bus, letter, sequence=raw.metadata.sequence.stream)
                break
            except DependencyDownError as down:
                await self._wait_for(down)
        # What the error says may repeat what a user said: it stands in the letter alone.
        log.error("message given up", subject=raw.subject, error_type=letter.error_type)
        self.telemetry.metric("dead-lettered", labels={"durable": durable.name})


class _Scope(BaseMiddleware[Any, Any]):
    reliability: Reliability

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        if not str(getattr(msg.raw_message, "reply", "")).startswith("$JS.ACK."):
            return await call_next(msg)
        return await self.reliability.handle(call_next, msg)


async def bury(bus: Bus, letter: DeadLettered, *, sequence: int) -> None:
    """Store a dead letter, once for each message of a stream: `sequence` is its own one there.

    A letter that was retried is a new message, and may die anew. Raises DependencyDownError.
    """
    await bus.store(
        dead_subject(letter.subject),
        letter.model_dump_json().encode(),
        stream="DEAD",
        message_id=f"{letter.stream}:{sequence}:{letter.durable}",
    )


def dead_letter(raw: Msg, *, durable: Durable, service: str, error: Exception) -> DeadLettered:
    """Describe a message that is given up."""
    return letter_of(
        raw.data,
        raw.headers or {},
        subject=raw.subject,
        stream=raw.metadata.stream,
        sequence=first_sequence(raw),
        durable=durable.name,
        service=service,
        deliveries=raw.metadata.num_delivered,
        error_type=type(error).__name__,
        error=_told(error)[:2000],
    )


def letter_of(body: bytes, headers: Mapping[str, str], **fields: Any) -> DeadLettered:
    """Return a dead letter, without the headers that belong to a delivery."""
    kept = {name: value for name, value in headers.items() if not name.startswith("Nats-")}
    try:
        return DeadLettered(payload=body.decode(), headers=kept, **fields)
    except UnicodeDecodeError:
        encoded = base64.b64encode(body).decode()
        return DeadLettered(payload_base64=encoded, headers=kept, **fields)


def _told(error: Exception) -> str:
    """Return what an error says, without the input that it is about: somebody said that."""
    cause = error.original_error if isinstance(error, ArgumentError) else error
    if not isinstance(cause, ValidationError):
        return str(cause)
    found = cause.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)


async def _give_back(raw: Msg) -> None:
    """Let another worker take the message at once, not after the ack wait."""
    with contextlib.suppress(NatsError, OSError):
        await asyncio.shield(raw.nak())


@contextlib.asynccontextmanager
async def _heartbeat(raw: Msg, *, every_s: float, cap_s: float) -> AsyncIterator[None]:
    """Tell NATS that the message is in work, for no longer than `cap_s`."""

    async def beat() -> None:
        end = time.monotonic() + cap_s
        while time.monotonic() < end:
            await asyncio.sleep(every_s)
            # NATS away: the message will come again, to us or to another worker.
            with contextlib.suppress(NatsError, OSError):
                await raw.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
