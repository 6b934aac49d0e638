"""Preferences that were set through the API, as claims: they and what was said are one history."""

from collections.abc import Iterable

from shared.lexemes import language_of
from shared.memory.claims import assertion, ending
from shared.memory.folding import PREFERENCE
from shared.memory.models import SetPreference, StatedClaim
from shared.memory.predicates import type_of


def latest(preferences: Iterable[SetPreference]) -> list[SetPreference]:
    """Return the change of each key that wins: the one that was made last."""
    winners: dict[str, SetPreference] = {}
    for one in sorted(preferences, key=lambda one: (one.set_at, one.sequence, repr(one.value))):
        winners[one.key] = one
    return list(winners.values())


def preference_claims(preferences: Iterable[SetPreference]) -> list[StatedClaim]:
    """Return the claims that stand for preferences which can be said as well.

    A value supersedes all that was said of its key before; a removal ends it.
    """
    return [_claim(one) for one in latest(preferences) if type_of(one.key) == "answer_style"]


def _claim(one: SetPreference) -> StatedClaim:
    """Return the claim of one preference."""
    source = f"preference:{one.sequence}:{one.set_at.isoformat()}"
    text = str(one.value)
    if one.value is None:
        claim = ending(
            source=source, predicate=one.key, value=None, lang="en", extractor=PREFERENCE
        )
    else:
        claim = assertion(
            source=source,
            predicate=one.key,
            value=text,
            lang=language_of(text),
            extractor=PREFERENCE,
        )
    return StatedClaim(
        claim=claim,
        said_at=one.set_at,
        sequence=one.sequence,
        recorded_at=one.set_at,
        caused_at=one.caused_at,
    )
