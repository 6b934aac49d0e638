"""Which memory events of a user were handled by which durable.

A durable's own figures end at the oldest event that it has not acked, whoever's that is. These
notes tell of the events above it, so that one user never waits for another one's.
"""

from collections.abc import Iterable
from typing import NamedTuple

from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.settings import Settings

TTL_S = 24 * 3600
"""Longer than anything is held by a consumer that works; a note lost only makes a reader wait."""

NOTES_KEPT = 4_096
"""Notes of one user: more events of theirs are seldom above what a durable has acked."""


class Handled(NamedTuple):
    """A memory event, by its sequence in the stream, that a durable has handled."""

    user_id: str
    durable: str
    sequence: int


class AppliedEvents:
    """The notes in Redis. Methods raise DependencyDownError where it does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._redis = RedisConnection(settings)

    async def note(self, handled: Iterable[Handled]) -> None:
        """Note that events were handled: one round trip for all."""
        told = list(handled)
        await self._redis.run(
            "note_applied",
            [keys.applied(one.user_id) for one in told],
            [
                *(TTL_S, NOTES_KEPT),
                *(argument for one in told for argument in (one.sequence, one.durable)),
            ],
        )

    async def above(self, user_id: str, sequence: int) -> frozenset[tuple[str, int]]:
        """Return (durable, sequence) of a user's events that were handled, above a sequence."""
        found = await self._redis.members_above(keys.applied(user_id), sequence)
        pairs = (member.rpartition(" ") for member in found)
        return frozenset((durable, int(at)) for durable, _, at in pairs)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
