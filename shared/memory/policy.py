"""What a user allows to be learnt from what they say: the preference `fact_policy`."""

from typing import Literal, TypeAlias, get_args

import structlog

from shared.failures import DependencyDownError
from shared.memory import keys
from shared.memory.archive import Archive
from shared.memory.connection import RedisConnection
from shared.memory.redis_rows import preference_of
from shared.settings import Settings

log = structlog.get_logger()

Policy: TypeAlias = Literal["automatic", "ask", "off"]

POLICY = "fact_policy"
"""The preference that says it."""


class FactPolicies:
    """Reads the policy of users: from Redis, and from the record where Redis may lack it.

    `archive` is None where Redis is all there is.
    """

    def __init__(self, settings: Settings, archive: Archive | None) -> None:
        self._redis = RedisConnection(settings)
        self._archive = archive

    async def of(self, user_id: str) -> Policy:
        """Return what a user allows; automatic where they said nothing.

        Raises DependencyDownError where Redis does not answer. A record that does not answer is
        not waited for: what Redis does not know of a user was seldom ever said.
        """
        user, preferences = await self._redis.hashes(
            [keys.user(user_id), keys.preferences(user_id)]
        )
        stored = preferences.get(POLICY)
        if stored is not None:
            return _policy(preference_of(stored)[0])
        whole = "created_ms" in user and "partial" not in user
        if whole or self._archive is None:
            return "automatic"
        try:
            recorded = await self._archive.user(user_id)
        except DependencyDownError as error:
            log.warning("fact policy without the record", error=str(error))
            return "automatic"
        return _policy(recorded.preferences.get(POLICY) if recorded else None)

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._redis.close()


def _policy(value: object) -> Policy:
    """Return a policy; a value that is none was set before there were any."""
    return next((policy for policy in get_args(Policy) if policy == value), "automatic")
