"""Makes claims of what a user states or changes of facts by hand."""

from datetime import timedelta
from functools import cache

from services.gateway.facts_schemas import FactBody, FactChanges
from shared.contracts.ids import new_id
from shared.contracts.memory import FactAmendment, FactClaim, FactsStated
from shared.contracts.parts import CLAIMS_AT_ONCE, Language, utcnow
from shared.inflection import nominative
from shared.lexemes import language_of
from shared.memory.claims import BY_HAND, amendment, assertion
from shared.memory.models import Fact
from shared.memory.predicates import PREDICATES, sentence, type_of

# No sentence holds it, and no letter of it is bent by a case.
_HOLE = "00000"
_SHORTEST_FRAME = 3


def statement(user_id: str, body: FactBody) -> FactsStated:
    """Return the event that states a fact by hand."""
    lang = language_of(body.text)
    read = _read(body.text, lang) if body.predicate is None and body.value is None else None
    if read is not None and body.type not in {None, type_of(read[0])}:
        read = None
    predicate, value = read or (body.predicate or body.type or "other", body.value or body.text)
    event_id = new_id()
    claim = assertion(
        source=event_id,
        predicate=predicate,
        value=value,
        lang=lang,
        extractor=BY_HAND,
        text=body.text,
        fact_type=body.type or type_of(predicate),
        expires_at=(body.ttl_seconds and utcnow() + timedelta(seconds=body.ttl_seconds)) or None,
        pinned=body.pinned,
        tags=tuple(dict.fromkeys(body.tags)),
        priority=body.priority,
    )
    return _event(user_id, event_id, [claim])


def change(user_id: str, fact: Fact, changes: FactChanges) -> FactsStated:
    """Return the event that changes a fact by hand, as far as `changes` says."""
    value, text = changes.value, changes.text
    if value is not None and text is None:
        text = sentence(fact.predicate, value, fact.lang)
    elif text is not None and value is None and fact.value == fact.text:
        # It was stated as a text alone: its value is the text.
        value = text
    lives = changes.ttl_seconds and utcnow() + timedelta(seconds=changes.ttl_seconds)
    return _amended(
        user_id,
        fact,
        FactAmendment(
            status=changes.status,
            value=value,
            text=text,
            valid_until=changes.valid_until,
            expires_at=lives or None,
            pinned=changes.pinned,
            tags=None if changes.tags is None else tuple(dict.fromkeys(changes.tags)),
            priority=changes.priority,
        ),
    )


def retracted(user_id: str, fact: Fact) -> FactsStated:
    """Return the event that says that a fact is wrong."""
    return _amended(user_id, fact, FactAmendment(status="retracted"))


def restored(user_id: str, fact: Fact) -> FactsStated:
    """Return the event that brings a fact back."""
    return _amended(user_id, fact, FactAmendment(status="active"))


def _amended(user_id: str, fact: Fact, changes: FactAmendment) -> FactsStated:
    event_id = new_id()
    # One for each claim that was merged: the change outlives the forgetting of one of them.
    ids = tuple(dict.fromkeys((fact.id, *fact.ids)))[:CLAIMS_AT_ONCE]
    claims = [
        amendment(event_id=event_id, fact_id=one, predicate=fact.predicate, amendment=changes)
        for one in ids
    ]
    return _event(user_id, event_id, claims)


def _event(user_id: str, event_id: str, claims: list[FactClaim]) -> FactsStated:
    now = utcnow()
    return FactsStated(
        event_id=event_id,
        user_id=user_id,
        claims=tuple(claims),
        said_at=now,
        caused_at=now,
        at=now,
    )


def _read(text: str, lang: Language) -> tuple[str, str] | None:
    """Return predicate and value of a sentence as the table makes it, or None for another one."""
    bare = text.strip().rstrip(".!")
    for before, after, predicate in _frames(lang):
        if (
            len(bare) > len(before) + len(after)
            and bare.casefold().startswith(before)
            and bare.casefold().endswith(after)
        ):
            written = bare[len(before) : len(bare) - len(after)].strip()
            # Russian puts the value into a case: "Живёт в Казани", Казань.
            for value in dict.fromkeys((nominative(written), written)):
                if value and sentence(predicate, value, lang).casefold() == bare.casefold():
                    return predicate, value
    return None


@cache
def _frames(lang: Language) -> list[tuple[str, str, str]]:
    """Return what stands before and after the value in each sentence, the longest first."""
    found = []
    for name in PREDICATES:
        before, hole, after = sentence(name, _HOLE, lang).casefold().partition(_HOLE)
        if hole and len(before) + len(after) >= _SHORTEST_FRAME:
            found.append((before, after, name))
    return sorted(found, key=lambda frame: -len(frame[0]) - len(frame[1]))
