"""The system's memory and the trends, from whichever store has them."""

from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.models import ModelFigures, SystemMemory, TopicCount
from shared.memory.system_memory import is_there, latest
from shared.memory.working import WorkingMemory


class SystemReading:
    """Reads what is nobody's own. `archive` is None where Redis is all there is.

    Methods raise DependencyDownError where no store that is there can answer.
    """

    def __init__(self, *, working: WorkingMemory, archive: Archive | None) -> None:
        self._working = working
        self._archive = archive

    async def one(self, key: str) -> SystemMemory | None:
        """Return a memory of the system, or None where there is none, or none any more."""
        down = None
        try:
            found = await self._working.system.get(key)
        except DependencyDownError as error:
            if self._archive is None:
                raise
            found, down = None, error
        if found is None and self._archive is not None:
            # Redis may have lost it; a removed one it would know.
            try:
                found = await self._archive.system(key)
            except DependencyDownError as error:
                raise down or error from None
        return found if is_there(found) else None

    async def all(self) -> list[SystemMemory]:
        """Return the memories of the system that are there, by their keys."""
        if self._archive is None:
            return latest(await self._working.system.all())
        recorded: list[SystemMemory] = []
        down = None
        try:
            recorded = await self._archive.system_memories()
        except DependencyDownError as error:
            down = error
        try:
            return latest([*recorded, *await self._working.system.all()])
        except DependencyDownError:
            if down is not None:
                raise
            return latest(recorded)

    async def trends(
        self, user_id: str, *, topics: int
    ) -> tuple[list[TopicCount], dict[str, ModelFigures]] | None:
        """Return the heaviest topics of a user, or of all (''), and the figures of models.

        They are the record's where there is one; None where it does not answer.
        """
        if self._archive is None:
            return await self._working.trends.trends(user_id, topics=topics)
        try:
            return await self._archive.trends(user_id, topics=topics)
        except DependencyDownError:
            return None
