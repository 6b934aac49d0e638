"""The system's own memory in Redis."""

from collections.abc import Sequence

from shared.contracts.memory import SystemMemoryChanged
from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.memory.models import SystemMemory
from shared.memory.redis_rows import now_ms
from shared.memory.system_memory import memory_of_event, of_redis, redis_row

AT_ONCE = 100
"""A memory may have 64 KB: a call must not hold Redis up for long."""


class WorkingSystem:
    """What administrators have set. Methods raise DependencyDownError."""

    def __init__(self, redis: RedisConnection) -> None:
        self._redis = redis

    async def apply(self, event: SystemMemoryChanged, *, sequence: int) -> None:
        """Set or remove a memory; the latest change wins."""
        await self.put([memory_of_event(event, sequence)])

    async def put(self, memories: Sequence[SystemMemory]) -> None:
        """Set memories, where nothing newer is there."""
        for first in range(0, len(memories), AT_ONCE):
            await self._redis.run(
                "put_system",
                [keys.SYSTEM, keys.SYSTEM_LIVE, keys.SYSTEM_READS],
                [
                    argument
                    for memory in memories[first : first + AT_ONCE]
                    for argument in redis_row(memory)
                ],
            )

    async def get(self, key: str) -> SystemMemory | None:
        """Return a memory as it was last set, a removed one too."""
        found = await self._redis.fields(keys.SYSTEM, [key])
        return of_redis(found[0]) if found else None

    async def all(self) -> list[SystemMemory]:
        """Return every memory as it was last set, removed ones too."""
        [found] = await self._redis.hashes([keys.SYSTEM])
        return [of_redis(stored) for stored in found.values()]

    async def count_read(self, key: str) -> int:
        """Count that a memory was asked for; returns how often it was."""
        return await self._redis.increment(keys.SYSTEM_READS, key)

    async def total(self) -> int:
        """Count the memories that are there."""
        return await self._redis.count_above(keys.SYSTEM_LIVE, now_ms())

    async def expire(self) -> None:
        """Drop the values of memories that have expired."""
        over = await self._redis.members_until(keys.SYSTEM_LIVE, now_ms(), AT_ONCE)
        found = await self._redis.fields(keys.SYSTEM, over) if over else []
        gone = {"value": None, "tags": (), "removed": True}
        await self.put([of_redis(stored).model_copy(update=gone) for stored in found])
