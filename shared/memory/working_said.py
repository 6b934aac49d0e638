"""What was said, in Redis, over all conversations of a user: for recall, in one round trip."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

from shared.contracts.parts import Message
from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.memory.redis_rows import live_messages, now_ms

Said: TypeAlias = tuple[tuple[str, Message], ...]
"""Messages, each with its conversation."""

_CONVERSATIONS = 500
_MESSAGES = 2_000
"""What is searched where Redis is all there is: it is read word by word."""

_ARRIVED = 100
_ARRIVED_MS = 120_000
"""The record is behind by less than two minutes, or it is away (`append.lua` keeps as many)."""

_LONGEST = 32_768
"""Bytes of a message; a longer one is found as soon as the record has it."""

_FEW = 20
"""Messages that are read in less time than it takes to hand them to a thread."""


class WorkingSaid:
    """Messages that Redis holds. Methods raise DependencyDownError where it does not answer.

    What has expired is not among them, nor what was superseded.
    """

    def __init__(self, redis: RedisConnection) -> None:
        self._redis = redis

    async def arrived(self, user_id: str) -> Said:
        """Return what the record may not have yet: what came in the last minutes, newest first."""
        found = await self._redis.run(
            "arrived",
            [keys.arrived(user_id)],
            arrivals(user_id),
        )
        return await _messages(found)

    async def lately(self, user_id: str, *, conversation_id: str | None = None) -> Said:
        """Return the last messages of a user, or of one conversation, some thousands at most."""
        found = await self._redis.run(
            "said",
            [keys.user_conversations(user_id)],
            [
                *(keys.messages_prefix(user_id), keys.order_prefix(user_id)),
                *(conversation_id or "", _CONVERSATIONS, _MESSAGES, _MESSAGES, _LONGEST),
            ],
        )
        return await _messages(found)


def arrivals(user_id: str) -> list[Any]:
    """Return what `just_arrived` of the scripts is asked with."""
    return [keys.messages_prefix(user_id), _ARRIVED, _LONGEST, now_ms() - _ARRIVED_MS]


async def _messages(flat: Sequence[str]) -> Said:
    if len(flat) <= 2 * _FEW:
        return with_conversations(flat)
    return await asyncio.to_thread(with_conversations, flat)


def with_conversations(flat: Sequence[str]) -> Said:
    """Return messages as the scripts have them: each behind the id of its conversation."""
    said = zip(flat[::2], flat[1::2], strict=True)
    return tuple((one, message) for one, raw in said for message in live_messages([raw]))
