"""The system's memory, from whichever store has it."""

from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.models import SystemMemory
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
