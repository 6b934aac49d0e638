"""Puts back into Redis what the record holds and Redis lost: one conversation, or everything.

What is there already stays as it is, so chat goes on meanwhile; and nothing is called whole before
the record has everything that Redis may have lost.
"""

import asyncio
from typing import TypeAlias

import structlog

from services.memory_writer.background import Background
from shared.broker import Bus
from shared.contracts.parts import utcnow
from shared.contracts.subjects import ARCHIVE_WRITER
from shared.failures import DependencyDownError
from shared.memory.record_source import RecordSource
from shared.memory.restorable import RestorableMemory
from shared.memory.summarizer import Summarizer
from shared.settings import Settings

log = structlog.get_logger()

MAX_WANTED = 10_000
"""What waits to be put back; what is over stays partial until its next event asks again."""

CATCH_UP_S = 5.0
"""How long the record may take to reach the present before a conversation is called whole."""

RETRY_S = 1.0
USER_CONVERSATIONS = 1_000

Wanted: TypeAlias = tuple[str, str | None]


class Restorer:
    """Puts back conversations and users, one after another, beside the work."""

    def __init__(
        self,
        *,
        settings: Settings,
        source: RecordSource,
        memory: RestorableMemory,
        bus: Bus,
        summarizer: Summarizer,
    ) -> None:
        self._settings = settings
        self._source = source
        self._memory = memory
        self._bus = bus
        self._summarizer = summarizer
        self._wanted: dict[Wanted, None] = {}
        self._work = asyncio.Event()
        self._background = Background(self._step)

    def want(self, user_id: str, conversation_id: str | None) -> None:
        """Ask for a conversation, or for the user's own memory (None), to be put back soon."""
        if len(self._wanted) < MAX_WANTED:
            self._wanted[user_id, conversation_id] = None
            self._work.set()

    async def start(self) -> None:
        """Begin to work."""
        await self._background.start()

    async def stop(self) -> None:
        """End at once; what was not put back stays partial."""
        await self._background.stop()

    async def _step(self) -> None:
        await self._work.wait()
        wanted, self._wanted = self._wanted, {}
        self._work.clear()
        try:
            if await self.record_is_complete():
                await self._restore_all(wanted)
                return
        except DependencyDownError as error:
            log.warning("putting back waits for a dependency", error=str(error))
        # In front of what came meanwhile.
        self._wanted = {**wanted, **self._wanted}
        self._work.set()
        await asyncio.sleep(RETRY_S * self._settings.time_scale)

    async def _restore_all(self, wanted: dict[Wanted, None]) -> None:
        while wanted:
            user_id, conversation_id = next(iter(wanted))
            try:
                # It may have been asked for again while it was put back.
                if await self._memory.lacks(user_id, conversation_id):
                    await self.restore(user_id, conversation_id)
            except DependencyDownError:
                raise
            except Exception:
                # The edge of the process: one conversation may fail, it stays partial.
                log.exception("putting back failed", user_id=user_id)
            del wanted[user_id, conversation_id]

    async def record_is_complete(self) -> bool:
        """Wait until the record has all that was said until now; False where that takes long."""
        return await self._bus.caught_up(ARCHIVE_WRITER, timeout_s=CATCH_UP_S)

    async def restore(self, user_id: str, conversation_id: str | None) -> int:
        """Put back a conversation, or the user's own memory; returns how many messages were new.

        Call it only when the record is complete. Raises DependencyDownError.
        """
        if conversation_id is None:
            await self._restore_user(user_id)
            return 0
        return await self._restore_conversation(user_id, conversation_id)

    async def _restore_user(self, user_id: str) -> None:
        found = await self._source.user(user_id, conversations=USER_CONVERSATIONS)
        if found is not None:
            await self._memory.restore_user(
                found.user,
                caused_at=found.caused_at,
                preferences=found.preferences,
                conversations=found.conversations,
                claims=found.claims,
            )

    async def _restore_conversation(self, user_id: str, conversation_id: str) -> int:
        added = 0
        # Before its messages: a critical one is put back however old it is.
        changes = await self._source.changes(user_id, conversation_id)
        if changes:
            await self._memory.details.put_changes(
                user_id, conversation_id, changes, recorded_at=utcnow()
            )
        # One more than Redis keeps: so it knows that there are older ones.
        pages = self._source.conversation(
            user_id, conversation_id, limit=self._settings.conversation_max_messages + 1
        )
        before = None
        async for page in pages:
            if before is not None:
                added += max(0, (await self._memory.restore(*before)).added)
            before = page
        if before is not None:
            added += max(0, (await self._memory.restore(*before, completes=True)).added)
        await self._summarizer.put_back(user_id, conversation_id)
        return added
