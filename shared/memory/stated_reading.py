"""What facts are folded from, wherever it lies: Redis where it holds all, else both stores."""

from datetime import datetime

import structlog

from shared.contracts.parts import utcnow
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.fact_rows import as_of as recorded_by
from shared.memory.fact_rows import fold_beside, united
from shared.memory.models import Fact, StatedMemory
from shared.memory.working import WorkingMemory

log = structlog.get_logger()


class StatedReading:
    """Reads claims from both stores.

    Methods raise DependencyDownError where no store that is there can answer.
    """

    def __init__(self, *, working: WorkingMemory, archive: Archive | None) -> None:
        self._working = working
        self._archive = archive

    async def stated(self, user_id: str) -> StatedMemory:
        """Return every claim of a user, and what was set by hand; nothing where there is no user.

        With the record away what Redis has of a user it knows, with Redis away what was recorded.
        """
        if self._archive is None:
            return (await self._working.facts.stated(user_id)).memory
        live = down = None
        try:
            live = await self._working.facts.stated(user_id)
        except DependencyDownError as error:
            down = error
        if live is not None and live.whole:
            return live.memory
        try:
            recorded = await self._archive.stated(user_id)
        except DependencyDownError as error:
            if live is None or not live.known:
                raise down or error from None
            log.warning("facts without the record", error=str(error))
            return live.memory
        return recorded if live is None else united(live.memory, recorded)

    async def facts(
        self, user_id: str, *, at: datetime | None = None, as_of: datetime | None = None
    ) -> list[Fact]:
        """Return the facts of a user, of every status, newest first.

        `at` is the moment at which they are asked for, `as_of` leaves out what was recorded later.
        What was set by hand is no fact, and what has expired since is in none.
        """
        memory = await self.stated(user_id)
        if as_of is not None:
            memory = recorded_by(memory, as_of)
        now = utcnow()
        found = (await fold_beside(memory, at=at or as_of or now)).all
        return [
            fact
            for fact in found
            if not fact.by_hand and (fact.expires_at is None or fact.expires_at > now)
        ]

    async def was_forgotten(self, user_id: str, fact: Fact) -> bool:
        """Tell whether a fact was forgotten since it was recorded, by itself or with its source."""
        return await self._working.facts.was_forgotten(user_id, fact)
