"""Facts in Redis: the claims of a user, and their fold as prompts need it.

Claims are a set, so they may come in any order and number. Whoever changes them folds them anew,
and stores the fold only where they are still the same; whoever dies in between is followed by the
redelivery of what it was doing.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from weakref import WeakValueDictionary

from shared.contracts.memory import FactNoticed
from shared.contracts.parts import utcnow
from shared.failures import NotYetError
from shared.memory import keys
from shared.memory.barrier import fingerprint
from shared.memory.connection import RedisConnection
from shared.memory.fact_rows import (
    MAX_CLAIMS,
    Folded,
    claim_row,
    covered,
    differences,
    facts_of,
    fold_beside,
    is_over,
    memory_of,
    too_many,
)
from shared.memory.models import Appended, Fact, StatedClaim, StatedMemory
from shared.memory.redis_rows import ms, now_ms, us
from shared.settings import Settings

ATTEMPTS = 32
"""Folds in a row that are out of date when they are done, before the event must come again."""

AT_ONCE = 500
"""Claims of one call: it holds Redis up for some milliseconds."""


class LiveClaims(NamedTuple):
    """What Redis has of a user: whether it knows them, and whether that is all there is."""

    memory: StatedMemory
    known: bool
    whole: bool


class WorkingFacts:
    """Claims and facts in Redis. Methods raise DependencyDownError where it does not answer."""

    def __init__(self, redis: RedisConnection, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._folding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def put(
        self,
        user_id: str,
        claims: Sequence[StatedClaim],
        *,
        active: datetime,
        created: datetime | None = None,
        source_sequence: int | None = None,
    ) -> Appended:
        """Keep claims; what was forgotten since it was caused is left out.

        `active` is when the user was there; `source_sequence` that of the message in which they
        were found.
        """
        added = partial = 0
        left_out: list[str] = []
        for first in range(0, max(1, len(claims)), AT_ONCE):
            some = claims[first : first + AT_ONCE]
            found = await self._redis.run(
                "put_claims",
                [
                    keys.claims(user_id),
                    keys.user(user_id),
                    keys.LIVE_USERS,
                    keys.barrier(user_id),
                    keys.facts(user_id),
                    keys.preferences(user_id),
                    keys.user_conversations(user_id),
                    keys.said(user_id),
                ],
                [
                    *(ms(active), now_ms(), self._settings.user_ttl_s * 1000, user_id),
                    int(bool(self._settings.database_url)),
                    "" if source_sequence is None else source_sequence,
                    "" if created is None else ms(created),
                    *(field for claim in some for field in claim_row(claim)),
                ],
            )
            added, partial = added + int(found[0]), int(found[2])
            left_out += found[1]
        return Appended(added, len(left_out), 0, partial, left_out=tuple(left_out))

    async def refold(self, user_id: str) -> tuple[FactNoticed, ...]:
        """Fold what there is of a user, where that has changed; returns the facts that did.

        Raises NotYetError where it changes faster than it is folded.
        """
        lock = self._folding.setdefault(user_id, asyncio.Lock())
        # One at a time: who waited mostly finds its claims folded by the one before.
        async with lock:
            for _ in range(ATTEMPTS):
                noticed = await self._refold_once(user_id)
                if noticed is not None:
                    return noticed
        msg = f"the facts of {user_id} change too fast"
        raise NotYetError(msg)

    async def _refold_once(self, user_id: str) -> tuple[FactNoticed, ...] | None:
        state, memory = await self._read(user_id)
        now = utcnow()
        known, revision = state.get("folded"), state.get("revision")
        if revision is None:
            # The user was forgotten, or has expired.
            await self._redis.remove(keys.FOLDING, user_id)
            return ()
        if known == revision and not is_over(state.get("due_ms"), now):
            return ()
        found = await fold_beside(memory, at=now)
        dropped = too_many(memory, found.all, limit=MAX_CLAIMS)
        kept = await self._redis.run(
            "put_facts",
            [keys.facts(user_id), keys.user(user_id), keys.FOLDING, keys.claims(user_id)],
            [
                *(revision, state.get("folds", ""), user_id),
                "" if found.due is None else ms(found.due) + 1,
                *found.stored(),
                *dropped,
            ],
        )
        before: dict[str, str] = json.loads(state.get("states", "{}"))
        return differences(user_id, before, found.all) if kept else None

    async def _read(self, user_id: str) -> tuple[dict[str, str], StatedMemory]:
        # The revision first: what changes behind it is noticed when the fold is stored.
        state, claims, preferences = await self._redis.hashes(
            [keys.facts(user_id), keys.claims(user_id), keys.preferences(user_id)]
        )
        return state, memory_of(claims.values(), preferences)

    async def stated(self, user_id: str) -> LiveClaims:
        """Return what facts and preferences are folded from."""
        user, state, claims, preferences = await self._redis.hashes(
            [
                keys.user(user_id),
                keys.facts(user_id),
                keys.claims(user_id),
                keys.preferences(user_id),
            ]
        )
        known = "created_ms" in user
        whole = known and "partial" not in user and "trimmed" not in state
        return LiveClaims(memory_of(claims.values(), preferences), known, whole)

    async def current(self, user_id: str, state: Mapping[str, str]) -> Folded:
        """Return the stored fold of a user, by its hash; one made now where that is out of date."""
        told, preferences = state.get("facts"), state.get("preferences")
        current = state.get("revision") == state.get("folded")
        if told is None or preferences is None or not current:
            return await self.now(user_id)
        if is_over(state.get("due_ms"), utcnow()):
            return await self.now(user_id)
        return Folded(facts_of(told), json.loads(preferences), {}, None)

    async def now(self, user_id: str) -> Folded:
        """Return the fold of what there is at this moment."""
        _, memory = await self._read(user_id)
        return await fold_beside(memory, at=utcnow())

    async def forget(
        self,
        user_id: str,
        *,
        conversation: str,
        message_id: str,
        until: datetime,
        fact_id: str = "",
    ) -> tuple[int, tuple[FactNoticed, ...]]:
        """Remove the claims that a watermark covers; returns how many, and the facts that changed.

        The watermark stands already: what it covers does not come meanwhile.
        """
        _, memory = await self._read(user_id)
        ids = covered(
            memory,
            conversation=conversation,
            message_id=message_id,
            fact_ids={fact_id} if fact_id else (),
            until=until,
        )
        removed = 0
        for first in range(0, len(ids), AT_ONCE):
            removed += await self._redis.run(
                "forget_claims",
                [keys.claims(user_id), keys.facts(user_id)],
                ids[first : first + AT_ONCE],
            )
        return removed, await self.refold(user_id)

    async def was_forgotten(self, user_id: str, fact: Fact) -> bool:
        """Tell whether a watermark covers a fact: it is not only missing, it was forgotten."""
        source = fact.source
        place = fingerprint(source.conversation_id) if source.conversation_id else ""
        marks = await self._redis.fields(
            keys.barrier(user_id),
            ["*", f"c:{place}", f"m:{place}:{source.message_id or ''}", f"f:{fact.id}"],
        )
        return any(int(mark) >= us(fact.recorded_at) for mark in marks)

    async def mark_extracted(self, user_id: str, sequence: int) -> None:
        """Note that facts were sought in what was said up to a place of the stream."""
        await self._redis.run("mark_extracted", [keys.said(user_id)], [sequence])

    async def refold_due(self, *, limit: int) -> tuple[FactNoticed, ...]:
        """Fold anew what time has changed, of a bounded number of users."""
        due = await self._redis.members_until(keys.FOLDING, now_ms(), limit)
        noticed: list[FactNoticed] = []
        for user_id in due:
            found = await self.refold(user_id)
            noticed += found
        return tuple(noticed)
