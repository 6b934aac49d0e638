"""Applies memory events to the working memory."""

from typing import TypeAlias

from shared.contracts.events import MessageAdded, PreferencesChanged, TurnClosed
from shared.memory.working import WorkingMemory

MemoryEvent: TypeAlias = TurnClosed | MessageAdded | PreferencesChanged


class RedisWriter:
    """Keeps Redis in step with the MEMORY stream, in whatever order and number events come."""

    def __init__(self, memory: WorkingMemory) -> None:
        self._memory = memory

    async def apply(self, event: MemoryEvent, *, sequence: int) -> str:
        """Apply one event and return the id under which others wait for it.

        `sequence` is the event's first stream sequence. Raises DependencyDownError.
        """
        if isinstance(event, TurnClosed):
            await self._memory.apply_turn(event, sequence=sequence)
            return event.turn.turn_id
        if isinstance(event, MessageAdded):
            await self._memory.apply_message(event, sequence=sequence)
        else:
            await self._memory.apply_preferences(event, sequence=sequence)
        return event.event_id
