"""The state of what is known of a user: a pure fold of the claims, in whatever order they came.

See `docs/architecture/facts.md` for what supersedes what.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shared.contracts.parts import Scalar
from shared.memory.fact_entry import place_of
from shared.memory.folding import Folding
from shared.memory.models import Fact, SetPreference, StatedClaim
from shared.memory.predicates import type_of
from shared.memory.preference_claims import latest, preference_claims
from shared.memory.settled import settled

PROPOSAL_KEPT = timedelta(days=1)
"""How long a proposed fact waits to be accepted before it is dropped."""


def fold(
    claims: Iterable[StatedClaim],
    *,
    at: datetime,
    preferences: Sequence[SetPreference] = (),
) -> list[Fact]:
    """Return all facts of every status as they are at a time, newest first.

    The same claims give the same facts in any order and however often each is given. Left out are
    facts that have expired, and proposals that nobody accepted within a day. For an earlier state
    give the claims and the preferences that had been recorded by then, and that time.
    """
    placed = sorted([*settled(claims), *preference_claims(preferences)], key=place_of)
    folding = Folding(placed)
    for stated in placed:
        folding.apply(stated)
    entries = sorted(folding.ledger.entries, key=lambda entry: entry.place, reverse=True)
    for entry in entries:
        if entry.lapsed(at):
            entry.close("superseded", entry.valid_until or at)
    return [
        entry.fact()
        for entry in entries
        if not entry.expired(at)
        and not (entry.status == "proposed" and at - entry.asked_at >= PROPOSAL_KEPT)
    ]


def active(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that hold, without the preferences that were set by hand."""
    return [fact for fact in facts if fact.status == "active" and not fact.by_hand]


def find(facts: Iterable[Fact], fact_id: str) -> Fact | None:
    """Return the fact that an id names, be it that of a claim that was merged into it."""
    return next((fact for fact in facts if fact_id in fact.ids), None)


def preferences_of(
    facts: Iterable[Fact], preferences: Sequence[SetPreference]
) -> dict[str, Scalar]:
    """Return the preferences: by key the latest of what was set by hand and what was said.

    `facts` are the fold with these `preferences`. Several values of one key are joined with "; ",
    the first said first.
    """
    by_hand = {one.key: one.value for one in latest(preferences) if one.value is not None}
    said: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in reversed(list(facts)):
        if fact.type == "answer_style" and fact.status == "active":
            said[fact.predicate].append(fact)
    found = {key: value for key, value in by_hand.items() if type_of(key) != "answer_style"}
    for key, values in said.items():
        alone = values[0]
        if len(values) == 1 and alone.by_hand and key in by_hand:
            found[key] = by_hand[key]
        else:
            found[key] = "; ".join(value.value for value in values)
    return dict(sorted(found.items()))
