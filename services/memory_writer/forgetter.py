"""Forgets what a user wants forgotten: a barrier first, then deletion wherever something lies.

Every step may be done again: the message comes once more when a worker dies or a server is away.
The barrier stands before anything is deleted, so nothing in flight comes back behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from services.memory_writer.stream_eraser import StreamEraser
from shared.broker import Bus
from shared.contracts.events import TurnCancelled
from shared.contracts.ids import reply_message_id, user_message_id
from shared.contracts.memory import ForgetRequested
from shared.contracts.parts import Outcome
from shared.contracts.subjects import ARCHIVE_WRITER, CANCEL, FACT_NOTICED, REDIS_WRITER
from shared.failures import NotYetError
from shared.memory.barrier import ALL, fingerprint
from shared.memory.eraser import RecordEraser
from shared.memory.models import ForgetReceipt
from shared.memory.record_source import Watermark
from shared.memory.turns import TurnRecord
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.outcome import TurnCloser

log = structlog.get_logger()

CATCH_UP_S = 5.0
"""How long the writers may take to reach the present, before the request comes again."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request means: the watermark, and the ids where they are known."""

    request: ForgetRequested
    watermark: Watermark

    @classmethod
    def of(cls, request: ForgetRequested) -> "Target":
        """Read a request."""
        conversation = request.conversation_id
        watermark = Watermark(
            user_id=request.user_id,
            conversation=ALL if conversation is None else fingerprint(conversation),
            message_id=request.message_id or ALL,
            until=request.at,
            event_id=request.event_id,
            fact_id=request.fact_id or ALL,
        )
        return cls(request, watermark)

    def may_be_told_in(self, record: TurnRecord) -> bool:
        """Tell whether a turn in another conversation was asked before the watermark."""
        return record.ref.accepted_at <= self.request.at and not self.covers(record)

    def covers(self, record: TurnRecord) -> bool:
        """Tell whether a turn was asked before the watermark, and in the conversation."""
        turn = record.ref
        return turn.accepted_at <= self.request.at and self.request.conversation_id in {
            None,
            turn.conversation_id,
        }


class Forgetter:
    """Forgets in Redis, in the record and in the streams. Methods raise DependencyDownError.

    `record` is None where Redis is all there is.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        closer: TurnCloser,
        memory: WorkingMemory,
        working: WorkingEraser,
        record: RecordEraser | None,
        streams: StreamEraser,
    ) -> None:
        self._bus = bus
        self._closer = closer
        self._memory = memory
        self._working = working
        self._record = record
        self._streams = streams

    async def forget(self, request: ForgetRequested) -> str:
        """Forget, and keep the receipt; returns the id under which others wait for it.

        Raises NotYetError where something turned up again, so that it is done once more.
        """
        target = Target.of(request)
        mark = target.watermark
        await self._working.raise_barrier(
            mark.user_id,
            mark.conversation,
            mark.message_id,
            mark.until,
            fact_id=mark.fact_id,
        )
        receipt = await self._memory.receipt(request.event_id)
        if receipt is None:
            receipt = await self._forget_in_redis(target)
            await self._working.keep_receipt(request.event_id, receipt)
        rows = None if self._record is None else await self._record.forget(mark)
        if rows is not None and request.scope != "fact":
            await self._working.drop_summaries(mark.user_id, request.conversation_id)
        if request.scope in {"message", "fact"}:
            await self._wait_for_writers()
        events = receipt.events + await self._streams.erase(target.request)
        receipt = receipt.model_copy(update={"rows": rows, "events": events})
        await self._working.keep_receipt(request.event_id, receipt)
        if self._record is not None and await self._record.left(mark):
            msg = "something of it can still be reached"
            raise NotYetError(msg)
        done = receipt.model_copy(update={"done": True})
        await self._working.keep_receipt(request.event_id, done)
        log.info("forgotten", scope=request.scope, user_id=request.user_id, rows=rows)
        return request.event_id

    async def _wait_for_writers(self) -> None:
        """Let both stores take all of the events of which something else is to be kept.

        Raises NotYetError where that takes long.
        """
        for durable in (REDIS_WRITER, *([] if self._record is None else [ARCHIVE_WRITER])):
            if not await self._bus.caught_up(durable, timeout_s=CATCH_UP_S):
                msg = f"{durable.name} is behind"
                raise NotYetError(msg)

    async def _forget_in_redis(self, target: Target) -> ForgetReceipt:
        request, mark = target.request, target.watermark
        claims, noticed = await self._working.facts.forget(
            mark.user_id,
            conversation=mark.conversation,
            message_id=mark.message_id,
            fact_id=mark.fact_id,
            until=mark.until,
        )
        for one in noticed:
            await self._bus.send(FACT_NOTICED, one, one.user_id)
        everything = await self._working.records(mark.user_id)
        records = [record for record in everything if target.covers(record)]
        if request.scope == "fact":
            await self._forget_prompts(records)
            return ForgetReceipt(user_id=mark.user_id, redis_keys=claims, at=request.at)
        keys = await self._forget_what_was_said(request, records)
        # What was said in one conversation is recalled in others, and facts are told in all.
        await self._forget_prompts([one for one in everything if target.may_be_told_in(one)])
        return ForgetReceipt(user_id=mark.user_id, redis_keys=keys, at=request.at)

    async def _forget_prompts(self, records: Sequence[TurnRecord]) -> None:
        for record in records:
            if record.outcome is not None:
                await self._working.forget_prompt(record)

    async def _forget_what_was_said(
        self, request: ForgetRequested, records: Sequence[TurnRecord]
    ) -> int:
        user, conversation = request.user_id, request.conversation_id
        for record in records:
            # What was withdrawn was refused: it has ended, and left nothing.
            if record.outcome is None and not record.withdrawn:
                await self._stop(record, keeps=request.scope == "message")
        keys = 0
        for record in records:
            keys += await self._forget_record(record, request)
        if conversation is not None and request.message_id is not None:
            keys += await self._working.forget_message(user, conversation, request.message_id)
        elif conversation is not None:
            keys += await self._working.forget_conversation(user, conversation)
        else:
            known = {*await self._working.conversation_ids(user)}
            known |= {record.ref.conversation_id for record in records}
            for one in sorted(known):
                keys += await self._working.forget_conversation(user, one)
            keys += await self._working.forget_user(user)
        return keys

    async def _stop(self, record: TurnRecord, *, keeps: bool) -> None:
        """End a live turn here and now: nothing that its worker still says counts any more."""
        turn = record.ref
        question = record.question if keeps else None
        stopped = Outcome(status="cancelled", model="")
        await self._closer.settle(turn, question=question, outcome=stopped)
        await self._bus.send(CANCEL, TurnCancelled(turn_id=turn.turn_id), turn.turn_id)
        await self._streams.take_from_queues(turn.turn_id)

    async def _forget_record(self, record: TurnRecord, request: ForgetRequested) -> int:
        """Forget a turn's record; of a turn beside a forgotten message, what it was told."""
        turn_id = record.ref.turn_id
        own = {user_message_id(turn_id), reply_message_id(turn_id)}
        if request.message_id is not None and request.message_id not in own:
            await self._working.forget_prompt(record)
            return 0
        return await self._working.forget_turn(record)
