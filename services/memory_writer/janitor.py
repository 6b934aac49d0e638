"""Sees to it that every turn ends and its client learns how, whatever died on the way.

Messages that NATS gave up go to the dead letters, dead letters fail their turn, turns past their
deadline or without a message are closed, and streams or durables that were deleted come back.
Everything here may run in several processes at once: a turn's first outcome is the one that stays.
"""

from datetime import timedelta

import structlog

from shared.broker import FIRST_SEQUENCE, Bus, StoredMessage
from shared.contracts.events import DeadLettered
from shared.contracts.memory import AdvisoryRaised
from shared.contracts.parts import Outcome, Problem, utcnow
from shared.contracts.subjects import CHAT_PROMPTED, CHAT_REQUESTED, STREAMS, dead_subject
from shared.failures import DependencyDownError
from shared.memory.turns import TurnRecord, TurnRecords
from shared.outcome import TurnCloser, expired
from shared.reliability import bury, letter_of
from shared.settings import Settings
from shared.telemetry import Telemetry
from shared.topology import missing, restore

log = structlog.get_logger()

OVERTIME = timedelta(seconds=1)
"""How long after its deadline a turn is closed here: whoever has it may do so first."""

LOST_AFTER_S = 10.0
"""A turn this old (× TIME_SCALE) has been handed on, or its gateway died before it could be."""

TURNS_A_SWEEP = 1_000
"""Bounds the work of one sweep: as many turns as the queue of requests holds."""

OWN = "janitor-"
"""How the names of the janitor's own durables begin: what they reject is not looked at again."""

_WORK_QUEUES = frozenset(stream.name for stream in STREAMS if stream.work_queue)


class Janitor:
    """The jobs. Every one raises DependencyDownError, and may be broken off and run again."""

    def __init__(
        self,
        *,
        settings: Settings,
        bus: Bus,
        records: TurnRecords,
        closer: TurnCloser,
        telemetry: Telemetry,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._records = records
        self._closer = closer
        self._telemetry = telemetry

    async def bury(self, advisory: AdvisoryRaised) -> None:
        """Send a message that NATS delivers no more to the dead letters.

        What a worker rejected is there already: the message id stops the second letter.
        """
        if advisory.consumer.startswith(OWN):
            return
        message = await self._bus.stored(advisory.stream, advisory.stream_seq)
        if message is None:
            return
        if not await self._ended(message):
            await self._store_letter(advisory, message)
        if advisory.stream in _WORK_QUEUES:
            await self._bus.delete(advisory.stream, advisory.stream_seq)

    async def tell(self, letter: DeadLettered) -> None:
        """Fail the turn of a dead letter, so that whoever waits for it learns of it.

        A turn of an older letter is over age, and closed as such. Most likely it has ended long
        ago, and the letter comes again because its durable was restored.
        """
        settings = self._settings
        longest_s = settings.queue_max_wait_s + settings.turn_hard_cap_s
        if utcnow() - letter.at < timedelta(seconds=longest_s):
            await self._closer.give_up(letter)

    async def stop_waiting(self, turn_id: str) -> None:
        """Close a cancelled turn that still waits; a running one is its worker's."""
        record = await self._records.get(turn_id)
        if record is not None and record.outcome is None and record.status == "queued":
            await self._close(record, Outcome(status="cancelled", model=""))

    async def close_overdue(self) -> None:
        """Close turns whose deadline has passed, as expired."""
        late = await self._records.live(before=utcnow() - OVERTIME, limit=TURNS_A_SWEEP)
        for turn_id in late:
            record = await self._records.get(turn_id)
            if record is None:
                await self._records.forget_live(turn_id)
            else:
                await self._close(record, record.outcome or expired())

    async def close_lost(self) -> None:
        """Fail open turns whose message is nowhere: nobody will ever work on them.

        A turn moves from REQUESTS to PROMPTS to its outcome, and is in the next place before it
        leaves the last one. Looking in this order, one that is in work is always found.
        """
        old = utcnow() - timedelta(seconds=LOST_AFTER_S * self._settings.time_scale)
        live = await self._records.live(limit=TURNS_A_SWEEP)
        aged = {id_: r for id_, r in live.items() if r is None or r.ref.accepted_at < old}
        if not aged:
            return
        requested = await self._bus.subjects("REQUESTS")
        prompted = await self._bus.subjects("PROMPTS")
        for turn_id, record in aged.items():
            ways = (CHAT_REQUESTED.at(turn_id), CHAT_PROMPTED.at(turn_id))
            if ways[0] in requested or ways[1] in prompted:
                continue
            # Its letter is on the way to `tell`, which knows better what happened.
            if not any([await self._bus.holds("DEAD", dead_subject(way)) for way in ways]):
                await self._close_if_lost(turn_id, record.status if record else None)

    async def restore_topology(self) -> None:
        """Declare streams and durables again that were deleted."""
        names = await restore(self._bus, self._settings)
        if names:
            log.error("streams or durables were gone and are declared again", names=names)
            self._telemetry.metric("topology-restored", values={"missing": len(names)})

    async def topology_complete(self) -> None:
        """Return when every stream and durable is there; raises DependencyDownError otherwise."""
        names = await missing(self._bus, self._settings)
        if names:
            msg = f"{', '.join(names)} missing; declared again within seconds"
            raise DependencyDownError(msg, dependency="nats")

    async def _close_if_lost(self, turn_id: str, status: str | None) -> None:
        record = await self._records.get(turn_id)
        if record is None:
            await self._records.forget_live(turn_id)
        elif record.outcome is None and record.status == status:
            # What was never handed on was refused, or nobody knows of it: it leaves nothing, and
            # asking again with the same key is a new turn.
            accepted, lost = record.status == "running", _lost(record.status)
            counts = await self._close(record, lost, keeps=accepted)
            # It may have been answered all the same, while Redis was away.
            if not accepted and counts.ended_at == lost.ended_at:
                await self._records.free_key(turn_id)

    async def _close(self, record: TurnRecord, outcome: Outcome, *, keeps: bool = True) -> Outcome:
        log.warning("closing a turn", status=outcome.status, **record.ref.ids())
        question = record.question if keeps else None
        return await self._closer.settle(record.ref, question=question, outcome=outcome)

    async def _ended(self, message: StoredMessage) -> bool:
        """Whether a message's turn has ended: then only its worker's ack was lost.

        The worker may have died before it told anybody, so that is done once more.
        """
        if not message.subject.startswith("chat."):
            return False
        record = await self._records.get(message.subject.rpartition(".")[2])
        if record is None or record.outcome is None:
            return False
        await self._closer.close(record.ref, question=record.question, outcome=record.outcome)
        return True

    async def _store_letter(self, advisory: AdvisoryRaised, message: StoredMessage) -> None:
        letter = _letter(advisory, message)
        await bury(self._bus, letter, sequence=advisory.stream_seq)
        log.error("message given up", subject=message.subject, error=letter.error)
        self._telemetry.metric("dead-lettered", labels={"durable": advisory.consumer})


def _letter(advisory: AdvisoryRaised, message: StoredMessage) -> DeadLettered:
    exhausted = advisory.type.endswith("max_deliver")
    return letter_of(
        message.payload,
        message.headers,
        subject=message.subject,
        stream=advisory.stream,
        sequence=int(message.headers.get(FIRST_SEQUENCE, message.sequence)),
        durable=advisory.consumer,
        service="memory_writer",
        deliveries=advisory.deliveries,
        error_type="MaxDeliveries" if exhausted else "Terminated",
        error=f"delivered {advisory.deliveries} times, every worker died or was silent"
        if exhausted
        else f"rejected by its worker: {advisory.reason or 'no reason given'}",
    )


def _lost(status: str) -> Outcome:
    title = "The request was lost before it was accepted"
    if status == "running":
        title = "The request was lost while it was worked on"
    detail = "Its message is in no queue any more. Ask again."
    return Outcome(
        status="failed", model="", problem=Problem(title=title, status=503, detail=detail)
    )
