"""The connection to NATS: typed publishing, and consumers with the right defaults.

What FastStream's and nats-py's own defaults break is measured and listed in
`docs/architecture/turn.md`; every override stands here, once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError, NotFoundError
from pydantic import ValidationError

from shared.contracts.parts import Part
from shared.contracts.subjects import Durable, Subject
from shared.failures import DependencyDownError, PermanentError, QueueFullError
from shared.settings import Settings

E = TypeVar("E", bound=Part)
R = TypeVar("R", bound=Part)

MESSAGE_ID = "Nats-Msg-Id"
FIRST_SEQUENCE = "Membus-Sequence"
"""Header of a forwarded event: the stream sequence that it had at first."""

CAUGHT_UP_POLL_S = 0.01
"""How often to ask how far a durable has come: a batch takes about as long."""

# nats-server's API error codes for a stream at one of its limits.
STREAM_FULL = frozenset({10047, 10054, 10077})


def create_broker(settings: Settings, *, service: str) -> NatsBroker:
    """Return a broker that has not connected yet, and that never stops reconnecting."""
    return NatsBroker(
        settings.nats_url,
        name=f"membus-{service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=5,
        # While FastStream waits for handlers it drops what still arrives, which nobody gets again
        # before the ack wait is over. Without a wait it gives everything back at once.
        graceful_timeout=None,
        logger=None,
    )


def durable_options(durable: Durable) -> dict[str, Any]:
    """Return how FastStream must subscribe to a durable that the topology job declared.

    One message a fetch, and workers as many as the durable may have pending in one process:
    anything else takes messages that then wait in this process, invisible to the others.
    """
    options: dict[str, Any] = {
        "durable": durable.name,
        "stream": JStream(durable.stream, declare=False),
        "pull_sub": PullSub(batch_size=1, timeout=5.0),
        "ack_policy": AckPolicy.NACK_ON_ERROR,
        "no_reply": True,
        "title": durable.name,
    }
    if durable.workers > 1:
        options["max_workers"] = durable.workers
    return options


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a stream keeps what was published; `duplicate` where an earlier publish did it."""

    sequence: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as its stream holds it, without what belongs to a delivery."""

    subject: str
    sequence: int
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far a durable has come: its acked events end at the stream's sequence `floor`.

    `waiting` counts those that were not delivered yet, or not acked. None after the sequence
    `delivered` was delivered.
    """

    floor: int
    waiting: int
    delivered: int = 0

    @property
    def reached(self) -> int:
        """The sequence up to which it has handled all that it is for.

        That nothing waits is not enough: NATS tells a consumer of a message after its publisher.
        """
        return self.floor if self.waiting else max(self.floor, self.delivered)


class Listening:
    """A subscription to a subject of core NATS, which reconnects by itself."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def stop(self) -> None:
        """Hear no more of it."""
        # A connection that is closed has none left.
        with suppress(NatsError):
            await self._subscription.unsubscribe()


class Bus:
    """Publishes events on their subjects. Raises DependencyDownError where NATS is away."""

    def __init__(self, broker: NatsBroker, settings: Settings) -> None:
        self._broker = broker
        self._timeout_s = settings.publish_timeout_s

    @property
    def _connection(self) -> Any:
        try:
            connection = self._broker.config.connection_state.connection
        except IncorrectState as error:
            # A consumer answers health questions a moment before it has connected.
            raise DependencyDownError(str(error), dependency="nats") from error
        if connection.is_closed:
            msg = "the connection is closed"
            raise DependencyDownError(msg, dependency="nats")
        if not connection.is_connected:
            # nats-py would keep what is published now, and send it when nobody waits any more.
            msg = "not connected"
            raise DependencyDownError(msg, dependency="nats")
        return connection

    async def publish(self, subject: Subject[E], event: E, *tokens: str, message_id: str) -> Stored:
        """Store an event in its stream, unless it was stored before.

        `message_id` is deterministic, so that publishing again after a crash stores nothing new.
        Raises QueueFullError where the stream is full, PermanentError where the event is too large.
        """
        payload = event.model_dump_json().encode()
        return await self.store(
            subject.at(*tokens), payload, stream=subject.stream, message_id=message_id
        )

    async def store(
        self,
        subject: str,
        payload: bytes,
        *,
        stream: str | None,
        message_id: str,
        headers: dict[str, str] | None = None,
    ) -> Stored:
        """Store raw bytes in a stream, as `publish` does an event."""
        jetstream = self._connection.jetstream()
        try:
            acknowledged = await jetstream.publish(
                subject,
                payload,
                timeout=self._timeout_s,
                stream=stream,
                headers={**(headers or {}), MESSAGE_ID: message_id},
            )
        except APIError as error:
            if error.err_code in STREAM_FULL:
                raise QueueFullError(subject) from error
            raise DependencyDownError(str(error), dependency="nats") from error
        except MaxPayloadError as error:
            raise PermanentError(str(error)) from error
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return Stored(acknowledged.seq, bool(acknowledged.duplicate))

    async def send(self, subject: Subject[E], event: E, *tokens: str) -> None:
        """Send an event over core NATS: at most once, to whoever listens now."""
        await self.send_raw(subject.at(*tokens), event.model_dump_json(exclude_none=True).encode())

    async def send_raw(self, subject: str, payload: bytes) -> None:
        """Send bytes over core NATS."""
        try:
            await self._connection.publish(subject, payload)
        except MaxPayloadError as error:
            raise PermanentError(str(error)) from error
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error

    async def ask(
        self, subject: Subject[E], question: E, answer: type[R], *, timeout_s: float
    ) -> R:
        """Ask over core NATS and return the answer.

        Raises DependencyDownError where nobody answers in time.
        """
        try:
            reply = await self._connection.request(
                subject.at(), question.model_dump_json().encode(), timeout=timeout_s
            )
            return answer.model_validate_json(reply.data)
        except (NatsError, ValidationError) as error:
            raise DependencyDownError(repr(error), dependency="nats") from error

    async def listen(
        self, subject: str, received: Callable[[str, bytes], None], *, pending: int = 65_536
    ) -> Listening:
        """Call `received` with subject and payload of every message until it is stopped.

        The callback must not wait: it runs in the one task that reads the subscription. Raises
        DependencyDownError.
        """

        async def on_message(message: Any) -> None:
            received(message.subject, message.data)

        try:
            subscription = await self._connection.subscribe(
                subject, cb=on_message, pending_msgs_limit=pending
            )
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return Listening(subscription)

    @property
    def jetstream(self) -> JetStreamContext:
        """NATS' own interface to streams, for the topology. Raises DependencyDownError."""
        context: JetStreamContext = self._connection.jetstream(timeout=self._timeout_s)
        return context

    @property
    def max_payload(self) -> int:
        """The largest event that NATS takes, in bytes; raises DependencyDownError."""
        return int(self._connection.max_payload)

    async def stored(self, stream: str, sequence: int) -> StoredMessage | None:
        """Return a message of a stream, or None where it is gone; raises DependencyDownError."""
        try:
            found = await self.jetstream.get_msg(stream, sequence)
        except NotFoundError:
            return None
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return StoredMessage(
            found.subject or "", sequence, found.data or b"", dict(found.headers or {})
        )

    async def walk(
        self, stream: str, subject: str, *, after: int = 0, until: int | None = None
    ) -> AsyncIterator[StoredMessage]:
        """Yield what a stream holds of a subject (wildcards allowed), oldest first.

        From behind the sequence `after` up to the last message of this moment, or to the sequence
        `until`. What is deleted on the way is passed over. Raises DependencyDownError.
        """
        until = await self.last_sequence(stream) if until is None else until
        sequence = after + 1
        while sequence <= until:
            try:
                found = await self.jetstream.get_msg(stream, sequence, subject=subject, next=True)
            except NotFoundError:
                return
            except NatsError as error:
                raise DependencyDownError(repr(error), dependency="nats") from error
            at = found.seq or 0
            if at > until:
                return
            yield StoredMessage(
                found.subject or "", at, found.data or b"", dict(found.headers or {})
            )
            sequence = at + 1

    async def holds(self, stream: str, subject: str) -> bool:
        """Return whether a stream holds a message of a subject; raises DependencyDownError."""
        return await self.last(stream, subject) is not None

    async def last(self, stream: str, subject: str) -> StoredMessage | None:
        """Return the newest message of a subject (wildcards allowed); raises DependencyDownError.

        None where the stream holds none.
        """
        try:
            found = await self.jetstream.get_msg(stream, subject=subject)
        except NotFoundError:
            return None
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return StoredMessage(
            found.subject or "", found.seq or 0, found.data or b"", dict(found.headers or {})
        )

    async def subjects(self, stream: str) -> frozenset[str]:
        """Return the subjects of all messages in a stream, in one round trip.

        For the work queues, which are bounded. Raises DependencyDownError.
        """
        try:
            info = await self.jetstream.stream_info(stream, subjects_filter=">")
        except NotFoundError:
            return frozenset()
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return frozenset(info.state.subjects or ())

    async def delete(self, stream: str, sequence: int) -> None:
        """Delete a message of a stream, if it is there still; raises DependencyDownError."""
        try:
            await self.jetstream.delete_msg(stream, sequence)
        except NatsError as error:
            if await self.stored(stream, sequence) is not None:
                raise DependencyDownError(repr(error), dependency="nats") from error

    async def last_sequence(self, stream: str) -> int:
        """Return the sequence of the last event that a stream got; raises DependencyDownError."""
        try:
            info = await self.jetstream.stream_info(stream)
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return int(info.state.last_seq)

    async def backlog(self, durable: Durable) -> Backlog:
        """Return how far a durable has come; raises DependencyDownError."""
        try:
            info = await self.jetstream.consumer_info(durable.stream, durable.name)
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return _backlog(info)

    async def backlogs(self, stream: str) -> dict[str, Backlog]:
        """Return how far every durable of a stream has come, by name, in one round trip.

        Raises DependencyDownError.
        """
        try:
            found = await self.jetstream.consumers_info(stream)
        except NotFoundError:
            return {}
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return {info.name: _backlog(info) for info in found}

    async def caught_up(self, durable: Durable, *, timeout_s: float) -> bool:
        """Wait until a durable has handled all that its stream holds now.

        False where that takes longer than `timeout_s` seconds. Raises DependencyDownError.
        """
        sequence = await self.last_sequence(durable.stream)
        deadline = time.monotonic() + timeout_s
        while True:
            backlog = await self.backlog(durable)
            if backlog.reached >= sequence:
                return True
            # The last ones may be for others.
            if not backlog.waiting and backlog.reached >= await self._last_for(durable):
                return True
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(CAUGHT_UP_POLL_S)

    async def _last_for(self, durable: Durable) -> int:
        """Return the sequence of the last message that a durable is for; 0 where there is none."""
        found = await asyncio.gather(
            *(self.last(durable.stream, subject) for subject in durable.filters)
        )
        return max((message.sequence for message in found if message), default=0)

    async def has_durable(self, durable: Durable) -> bool:
        """Return whether a durable exists; raises DependencyDownError."""
        try:
            await self._connection.jetstream().consumer_info(durable.stream, durable.name)
        except NotFoundError:
            return False
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
        return True

    async def ping(self) -> None:
        """Return when NATS answers; raises DependencyDownError."""
        try:
            await self._connection.flush(timeout=2)
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error


def _backlog(info: ConsumerInfo) -> Backlog:
    return Backlog(
        floor=info.ack_floor.stream_seq if info.ack_floor else 0,
        waiting=(info.num_pending or 0) + (info.num_ack_pending or 0),
        delivered=info.delivered.stream_seq if info.delivered else 0,
    )
