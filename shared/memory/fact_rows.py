"""What Redis stores of facts: claims as they were stated, and their fold in short."""

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from shared.contracts.memory import FactNoticed
from shared.memory.barrier import ALL, fingerprint
from shared.memory.connection import Argument
from shared.memory.facts import PROPOSAL_KEPT, active, fold, preferences_of
from shared.memory.models import (
    Fact,
    Preferences,
    SetPreference,
    StatedClaim,
    StatedMemory,
    ToldFact,
)
from shared.memory.redis_rows import ms, preference_of, us

MAX_CLAIMS = 5_000
"""Claims of one user in Redis: a fold of them takes some hundredths of a second."""

AT_ONCE = 200
"""Claims that are folded in some ten milliseconds."""

LOOK_AGAIN = timedelta(minutes=10)
"""How late a proposal may be dropped that was made more than once."""

_TOLD = TypeAdapter(tuple[ToldFact, ...])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Folded:
    """The fold of a user's claims: what prompts need of it, and the status of each fact by id.

    `due` is the next moment at which time alone changes it.
    """

    facts: tuple[ToldFact, ...]
    preferences: Preferences
    states: dict[str, str]
    due: datetime | None
    all: tuple[Fact, ...] = ()

    def stored(self) -> list[Argument]:
        """Return it as `put_facts.lua` takes it."""
        return [
            _TOLD.dump_json(self.facts, exclude_defaults=True).decode(),
            json.dumps(self.preferences, ensure_ascii=False),
            json.dumps(self.states),
        ]


def folded(memory: StatedMemory, *, at: datetime) -> Folded:
    """Fold claims and preferences as of a moment."""
    facts = fold(memory.claims, at=at, preferences=memory.preferences)
    told = (fact for fact in active(facts) if fact.type != "answer_style")
    return Folded(
        facts=tuple(told_fact(fact) for fact in told),
        preferences=preferences_of(facts, memory.preferences),
        states={fact.id: fact.status for fact in facts if not fact.by_hand},
        due=min((moment for fact in facts if (moment := due(fact, at))), default=None),
        all=tuple(facts),
    )


async def fold_beside(memory: StatedMemory, *, at: datetime) -> Folded:
    """Fold as `folded` does; a long one beside the event loop, which has heartbeats to send."""
    if len(memory.claims) <= AT_ONCE:
        return folded(memory, at=at)
    return await asyncio.to_thread(folded, memory, at=at)


def told_fact(fact: Fact) -> ToldFact:
    """Return a fact as prompts take it."""
    return ToldFact(
        id=fact.id,
        type=fact.type,
        predicate=fact.predicate,
        value=fact.value,
        text=fact.text,
        lang=fact.lang,
        message_id=fact.source.message_id,
        time=fact.recorded_at,
        pinned=fact.pinned,
        priority=fact.priority,
    )


def due(fact: Fact, at: datetime) -> datetime | None:
    """Return the next moment after `at` at which time alone changes a fact."""
    moments = [fact.valid_from, fact.valid_until, fact.expires_at]
    if fact.status == "proposed":
        # One that was proposed again waits longer, which nothing tells: it is looked at again.
        moments.append(max(fact.recorded_at + PROPOSAL_KEPT, at + LOOK_AGAIN))
    return min((moment for moment in moments if moment and moment > at), default=None)


def differences(
    user_id: str, before: Mapping[str, str], facts: Sequence[Fact]
) -> tuple[FactNoticed, ...]:
    """Return what has changed since a fold; a fact that was merged into another has not gone."""
    noticed, seen = [], set()
    for fact in facts:
        if fact.by_hand:
            continue
        ids = {fact.id, *fact.ids}
        seen |= ids
        if fact.status not in {before[one] for one in ids if one in before}:
            noticed.append(
                FactNoticed(
                    user_id=user_id,
                    fact_id=fact.id,
                    status=fact.status,
                    predicate=fact.predicate,
                    text=fact.text,
                )
            )
    gone = (one for one in before if one not in seen)
    erased = [FactNoticed(user_id=user_id, fact_id=one, status="erased") for one in gone]
    return (*noticed, *erased)


def too_many(memory: StatedMemory, facts: Sequence[Fact], *, limit: int) -> list[str]:
    """Return the ids of the claims to let go of, so that `limit` are left.

    Those of the facts that were superseded longest ago go first, then of retracted and proposed
    ones, then the oldest that nobody pinned.
    """
    over = len(memory.claims) - limit
    if over <= 0:
        return []
    ranks = {"superseded": 0, "retracted": 1, "proposed": 2, "active": 3}
    by_age = sorted(
        (fact for fact in facts if not fact.by_hand),
        key=lambda f: (f.pinned, ranks[f.status], f.valid_until or f.recorded_at, f.id),
    )
    place = {one: n for n, fact in enumerate(by_age) for one in (fact.id, *fact.ids)}
    # What ends or retracts goes last: without it what it closed would be there again.
    last = len(by_age)
    ordered = sorted(
        memory.claims,
        key=lambda c: (place.get(c.claim.fact_id or "", last), c.said_at, c.claim.claim_id),
    )
    return [one.claim.claim_id for one in ordered[:over]]


def claim_row(stated: StatedClaim) -> list[Argument]:
    """Return a claim as `put_claims.lua` takes it."""
    conversation = stated.conversation_id
    return [
        stated.claim.claim_id,
        ALL if conversation is None else fingerprint(conversation),
        stated.message_id or "",
        stated.claim.fact_id or "",
        us(stated.caused_at),
        stated.model_dump_json(exclude_defaults=True),
    ]


def memory_of(claims: Iterable[str], preferences: Mapping[str, str]) -> StatedMemory:
    """Return claims and preferences as they are stored."""
    return StatedMemory(
        claims=[StatedClaim.model_validate_json(raw) for raw in claims],
        preferences=[_preference(key, raw) for key, raw in sorted(preferences.items())],
    )


def _preference(key: str, raw: str) -> SetPreference:
    value, set_us = preference_of(raw)
    set_at = _EPOCH + timedelta(microseconds=set_us)
    return SetPreference(key, value, set_at, int(raw.split(" ", 2)[1]), set_at)


def facts_of(raw: str) -> tuple[ToldFact, ...]:
    """Return facts as `put_facts.lua` stored them."""
    return _TOLD.validate_json(raw)


def is_over(due_ms: str | None, now: datetime) -> bool:
    """Tell whether a stored fold has been changed by time."""
    return bool(due_ms) and int(due_ms or 0) <= ms(now)


def united(one: StatedMemory, other: StatedMemory) -> StatedMemory:
    """Return what two stores hold: claims by their ids, of each preference the latest change."""
    claims = {c.claim.claim_id: c for c in (*other.claims, *one.claims)}
    latest: dict[str, SetPreference] = {}
    for preference in (*one.preferences, *other.preferences):
        known = latest.get(preference.key)
        if known is None or _rank(known) < _rank(preference):
            latest[preference.key] = preference
    return StatedMemory(list(claims.values()), [latest[key] for key in sorted(latest)])


def _rank(preference: SetPreference) -> tuple[datetime, int]:
    return preference.set_at, preference.sequence


def as_of(memory: StatedMemory, moment: datetime) -> StatedMemory:
    """Return what was recorded by a moment."""
    return StatedMemory(
        [claim for claim in memory.claims if claim.recorded_at <= moment],
        [preference for preference in memory.preferences if preference.set_at <= moment],
    )


def covered(
    memory: StatedMemory,
    *,
    conversation: str,
    message_id: str,
    fact_ids: Collection[str],
    until: datetime,
) -> list[str]:
    """Return the ids of the claims that a watermark covers, as `barrier.py` has it."""
    return [
        stated.claim.claim_id
        for stated in memory.claims
        if stated.caused_at <= until
        and (not fact_ids or stated.claim.fact_id in fact_ids)
        and (not conversation or _place(stated) == conversation)
        and (not message_id or stated.message_id == message_id)
    ]


def _place(stated: StatedClaim) -> str | None:
    return None if stated.conversation_id is None else fingerprint(stated.conversation_id)
