"""Claims as tests make them: one a day, each of a message of its own."""

from datetime import UTC, datetime, timedelta

from shared.contracts.memory import FactAmendment, FactClaim
from shared.contracts.parts import Scalar
from shared.lexemes import language_of
from shared.memory.claims import amendment, assertion, ending, retraction
from shared.memory.models import SetPreference, StatedClaim

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
RULES = "rules/1"
LLM = "llm/1"


def day(number: int) -> datetime:
    """Return the time of a day of the tests."""
    return BEGIN + timedelta(days=number)


def placed(
    number: int, claim: FactClaim, *, message: str | None = None, late: int = 0
) -> StatedClaim:
    """Return a claim said on a day, and recorded `late` days afterwards."""
    return StatedClaim(
        claim=claim,
        message_id=message,
        conversation_id=None if message is None else "chat",
        said_at=day(number),
        sequence=number,
        recorded_at=day(number + late),
        caused_at=day(number),
    )


def say(
    number: int,
    predicate: str,
    value: str,
    *,
    extractor: str = RULES,
    late: int = 0,
    corrects: bool = False,
    instead_of: str | None = None,
    proposed: bool = False,
    confidence: float = 0.9,
    valid_until: datetime | None = None,
    expires_at: datetime | None = None,
    pinned: bool = False,
) -> StatedClaim:
    """Return the claim that something holds."""
    claim = assertion(
        source=f"m{number}",
        predicate=predicate,
        value=value,
        lang=language_of(value),
        extractor=extractor,
        quote=value,
        corrects=corrects,
        instead_of=instead_of,
        proposed=proposed,
        confidence=confidence,
        valid_until=valid_until,
        expires_at=expires_at,
        pinned=pinned,
    )
    return placed(number, claim, message=f"m{number}", late=late)


def end(number: int, predicate: str, value: str | None, *, extractor: str = RULES) -> StatedClaim:
    """Return the claim that something holds no longer."""
    claim = ending(
        source=f"m{number}", predicate=predicate, value=value, lang="en", extractor=extractor
    )
    return placed(number, claim, message=f"m{number}")


def forget(number: int, predicate: str, value: str | None) -> StatedClaim:
    """Return the claim that something shall not be known."""
    claim = retraction(
        source=f"m{number}", predicate=predicate, value=value, lang="en", extractor=RULES
    )
    return placed(number, claim, message=f"m{number}")


def amend(number: int, of: StatedClaim, change: FactAmendment) -> StatedClaim:
    """Return what was changed by hand of the fact that a claim states."""
    claim = amendment(
        event_id=f"e{number}",
        fact_id=of.claim.fact_id or "",
        predicate=of.claim.predicate,
        amendment=change,
    )
    return placed(number, claim)


def setting(number: int, key: str, value: Scalar | None) -> SetPreference:
    """Return a preference that was set by hand."""
    return SetPreference(key, value, day(number), number, day(number))
