"""The state of what is known of a user: a pure fold of the claims, in whatever order they came."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.contracts.events import Scalar
from shared.memory.models import Fact, SetPreference, StatedClaim


def fold(
    claims: Iterable[StatedClaim],
    *,
    at: datetime,
    preferences: Sequence[SetPreference] = (),
) -> list[Fact]:
    """Return all facts, of every status, newest first."""
    raise NotImplementedError


def active(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that hold, without the preferences that were set by hand."""
    return [fact for fact in facts if fact.status == "active" and not fact.by_hand]


def find(facts: Iterable[Fact], fact_id: str) -> Fact | None:
    """Return the fact that an id names, be it that of a claim that was merged into it."""
    return next((fact for fact in facts if fact_id == fact.id or fact_id in fact.ids), None)


def preferences_of(
    facts: Iterable[Fact], preferences: Sequence[SetPreference]
) -> dict[str, Scalar]:
    """Return the preferences: by key the latest of what was set by hand and what was said."""
    raise NotImplementedError
