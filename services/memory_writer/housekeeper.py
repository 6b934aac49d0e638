"""Beside the events: conversations that end, memories of the system that expire, summaries."""

import hashlib
from contextlib import suppress
from datetime import datetime

import structlog

from services.memory_writer.sweeps import Job
from shared.broker import Bus
from shared.contracts.memory import ForgetRequested
from shared.contracts.subjects import FORGET_REQUESTED
from shared.failures import DependencyDownError
from shared.memory.eraser import RecordEraser
from shared.memory.summarizer import Summarizer
from shared.memory.working import WorkingMemory
from shared.memory.working_summarizer import WorkingSummarizer

log = structlog.get_logger()


class Housekeeper:
    """Jobs of the stores that may be broken off at any moment, and done twice.

    `record` is None where Redis is all there is.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        memory: WorkingMemory,
        record: RecordEraser | None,
        summarizer: Summarizer | WorkingSummarizer,
    ) -> None:
        self._bus = bus
        self._memory = memory
        self._record = record
        self._summarizer = summarizer

    def jobs(self) -> dict[str, Job]:
        """Return what is to be done again and again."""
        jobs: dict[str, Job] = {
            "ends of conversations": self._end_conversations,
            "expiry of system memories": self._memory.system.expire,
            "summaries": self._summarize,
        }
        if self._record is not None:
            jobs["tidiness of the record"] = self._tidy
        return jobs

    async def _end_conversations(self) -> None:
        """Have forgotten what was given an end: in every store, and in the streams."""
        try:
            over = await (self._memory.details if self._record is None else self._record).ended()
        except DependencyDownError:
            # Its probe tells; the janitor goes on.
            return
        for user_id, conversation_id, ends in over:
            request = ForgetRequested(
                event_id=_event_id(user_id, conversation_id, ends),
                user_id=user_id,
                scope="conversation",
                conversation_id=conversation_id,
                at=ends,
            )
            # Once, however many sweeps find it before it is done.
            await self._bus.publish(FORGET_REQUESTED, request, user_id, message_id=request.event_id)
            log.info("a conversation has ended", user_id=user_id)

    async def _tidy(self) -> None:
        with suppress(DependencyDownError):
            if self._record is not None:
                await self._record.tidy()

    async def _summarize(self) -> None:
        with suppress(DependencyDownError):
            await self._summarizer.summarize_due()


def _event_id(user_id: str, conversation_id: str, ends: datetime) -> str:
    told = f"{user_id}:{conversation_id}:{ends.timestamp():.6f}"
    return f"end-{hashlib.sha256(told.encode()).hexdigest()[:32]}"
