"""What may be found by a query: facts, preferences, and memories of the system."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.gateway.query_schemas import QueryBody
from shared.contracts.parts import SYSTEM_USER, utcnow
from shared.memory.fact_rows import as_of as recorded_by
from shared.memory.facts import fold, preferences_of
from shared.memory.models import Fact, StatedClaim, StatedMemory, SystemMemory
from shared.memory.predicates import question_words
from shared.memory.search import Item, fact_item


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be found: how it is searched for, and what is told of it."""

    item: Item
    user_id: str
    text: str
    tags: tuple[str, ...] = ()
    conversations: frozenset[str] = frozenset()
    conversation_id: str | None = None
    message_id: str | None = None


def of_user(user_id: str, stated: StatedMemory, asked: QueryBody) -> list[Candidate]:
    """Return facts and preferences of a user, as far as kinds, states and `as_of` are asked for."""
    known = stated if asked.as_of is None else recorded_by(stated, asked.as_of)
    at = asked.as_of or utcnow()
    facts = fold(known.claims, at=at, preferences=known.preferences)
    found: list[Candidate] = []
    if asked.memory_type in {None, "fact"}:
        shown = [*facts, *_expired(known, facts, at)] if asked.include_expired else facts
        found += [_fact(user_id, fact) for fact in shown if _wanted(fact, asked)]
    if asked.memory_type in {None, "user"}:
        # What was said is a fact: where facts are told as well, it is not told twice.
        found += _preferences(user_id, facts, known, spoken=asked.memory_type == "user")
    return found


def of_system(memories: Iterable[SystemMemory], asked: QueryBody) -> list[Candidate]:
    """Return the system's memories that had been set by `as_of`."""
    return [_system(one) for one in memories if asked.as_of is None or one.set_at <= asked.as_of]


def passes(one: Candidate, asked: QueryBody) -> bool:
    """Tell whether something passes the filters of a query."""
    time = one.item.time
    return (
        set(asked.tags) <= set(one.tags)
        and asked.priority in {None, one.item.priority}
        and (asked.conversation_id is None or asked.conversation_id in one.conversations)
        and (asked.since is None or (time is not None and time >= asked.since))
        and (asked.until is None or (time is not None and time <= asked.until))
    )


def _wanted(fact: Fact, asked: QueryBody) -> bool:
    if fact.by_hand or fact.status == "proposed":
        return False
    return fact.status == "active" or asked.include_superseded


def _expired(known: StatedMemory, facts: Iterable[Fact], at: datetime) -> list[Fact]:
    """Return the facts that would be there if none ever expired."""
    there = {one for fact in facts for one in fact.ids}
    lasting = fold([_without_end(one) for one in known.claims], at=at)
    return [fact for fact in lasting if fact.id not in there]


def _without_end(stated: StatedClaim) -> StatedClaim:
    claim = stated.claim
    changes = claim.amendment and claim.amendment.model_copy(update={"expires_at": None})
    lasting = claim.model_copy(update={"expires_at": None, "amendment": changes})
    return stated.model_copy(update={"claim": lasting})


def _fact(user_id: str, fact: Fact) -> Candidate:
    sources = (fact.source, *fact.sources)
    return Candidate(
        # As a message has the time at which it was said, however late it was recorded.
        item=replace(fact_item(fact), time=fact.valid_from or fact.recorded_at),
        user_id=user_id,
        text=fact.text,
        tags=fact.tags,
        conversations=frozenset(s.conversation_id for s in sources if s.conversation_id),
        conversation_id=fact.source.conversation_id,
        message_id=fact.source.message_id,
    )


def _preferences(
    user_id: str, facts: Iterable[Fact], known: StatedMemory, *, spoken: bool
) -> list[Candidate]:
    said = [f for f in facts if f.status == "active" and f.type == "answer_style"]
    times = {one.key: one.set_at for one in known.preferences if one.value is not None}
    told = {fact.predicate for fact in said if not fact.by_hand}
    times |= {fact.predicate: fact.recorded_at for fact in said if fact.predicate in told}
    return [
        _preference(user_id, key, f"{key}: {value}", times.get(key))
        for key, value in preferences_of(facts, known.preferences).items()
        if spoken or key not in told
    ]


def _preference(user_id: str, key: str, text: str, time: datetime | None) -> Candidate:
    item = Item(kind="user", id=key, text=text, words=question_words(key), time=time)
    return Candidate(item=item, user_id=user_id, text=text)


def _system(memory: SystemMemory) -> Candidate:
    value = memory.value
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = f"{memory.key}: {told}"
    item = Item(
        kind="system",
        id=memory.key,
        text=text,
        words=memory.tags,
        time=memory.set_at,
        priority=memory.priority,
    )
    return Candidate(item=item, user_id=SYSTEM_USER, text=text, tags=memory.tags)
