"""Makes claims: the ids that name them and their facts, the same however often they are made."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from shared.contracts.memory import FactAmendment, FactClaim, FactsStated
from shared.contracts.parts import FactType, Language, Priority
from shared.lexemes import key as key_of
from shared.memory.barrier import caused_at
from shared.memory.models import StatedClaim
from shared.memory.predicates import sentence, type_of

BY_HAND = "hand"
"""The extractor of what a user stated or changed through the API."""


def fact_id(source: str, predicate: str, key: Sequence[str]) -> str:
    """Return the id of the fact that a source (message or event id) states."""
    return f"fact_{_hash(source, predicate, *key)}"


def assertion(
    *,
    source: str,
    predicate: str,
    value: str,
    lang: Language,
    extractor: str,
    text: str | None = None,
    fact_type: FactType | None = None,
    quote: str | None = None,
    confidence: float = 1.0,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    expires_at: datetime | None = None,
    corrects: bool = False,
    instead_of: str | None = None,
    proposed: bool = False,
    pinned: bool = False,
    tags: tuple[str, ...] = (),
    priority: Priority = "medium",
) -> FactClaim:
    """Return the claim that a predicate holds with a value; `text` None: the table's sentence."""
    key = key_of(value)
    return FactClaim(
        claim_id=_claim_id(source, extractor, "assert", predicate, key),
        op="assert",
        predicate=predicate,
        type=fact_type or type_of(predicate),
        fact_id=fact_id(source, predicate, key),
        value=value,
        key=key,
        text=sentence(predicate, value, lang) if text is None else text,
        lang=lang,
        quote=quote,
        confidence=confidence,
        extractor=extractor,
        valid_from=valid_from,
        valid_until=valid_until,
        expires_at=expires_at,
        corrects=corrects,
        instead_of=None if instead_of is None else key_of(instead_of),
        proposed=proposed,
        pinned=pinned,
        tags=tags,
        priority=priority,
    )


def ending(
    *,
    source: str,
    predicate: str,
    value: str | None,
    lang: Language,
    extractor: str,
    quote: str | None = None,
    confidence: float = 1.0,
    valid_until: datetime | None = None,
) -> FactClaim:
    """Return the claim that something holds no longer; `value` None: whatever there is."""
    return _negative(
        "end", source, predicate, value, lang, extractor, quote, confidence, valid_until
    )


def retraction(
    *,
    source: str,
    predicate: str,
    value: str | None,
    lang: Language,
    extractor: str,
    quote: str | None = None,
    confidence: float = 1.0,
) -> FactClaim:
    """Return the claim that something shall not be known; `value` as in `ending`."""
    return _negative("retract", source, predicate, value, lang, extractor, quote, confidence, None)


def amendment(
    *, event_id: str, fact_id: str, predicate: str, amendment: FactAmendment
) -> FactClaim:
    """Return the claim that a user changed a fact by hand; a new value brings its key.

    Of a fact with several `ids` there should be one for each: the change then outlives the
    forgetting of one of its messages.
    """
    if amendment.value is not None:
        amendment = amendment.model_copy(update={"key": key_of(amendment.value)})
    return FactClaim(
        claim_id=_claim_id(event_id, BY_HAND, "amend", predicate, (fact_id,)),
        op="amend",
        predicate=predicate,
        type=type_of(predicate),
        fact_id=fact_id,
        extractor=BY_HAND,
        amendment=amendment,
    )


def stated(event: FactsStated, sequence: int) -> list[StatedClaim]:
    """Return the claims of an event, placed; `sequence` is the event's own in the stream.

    An event that gives its source's sequence places its claims there.
    """
    place = sequence if event.source_sequence is None else event.source_sequence
    return [
        StatedClaim(
            claim=claim,
            conversation_id=event.conversation_id,
            message_id=event.message_id,
            said_at=event.said_at,
            sequence=place,
            index=index,
            recorded_at=event.at,
            caused_at=caused_at(event),
        )
        for index, claim in enumerate(event.claims)
    ]


def extractor_name(extractor: str) -> str:
    """Return an extractor without its version: what stands before the first slash."""
    return extractor.partition("/")[0]


def _negative(
    op: Literal["end", "retract"],
    source: str,
    predicate: str,
    value: str | None,
    lang: Language,
    extractor: str,
    quote: str | None,
    confidence: float,
    valid_until: datetime | None,
) -> FactClaim:
    """Return a claim that closes facts."""
    key = None if value is None else key_of(value)
    return FactClaim(
        claim_id=_claim_id(source, extractor, op, predicate, key or ()),
        op=op,
        predicate=predicate,
        type=type_of(predicate),
        value=value,
        key=key,
        lang=lang,
        quote=quote,
        confidence=confidence,
        extractor=extractor,
        valid_until=valid_until,
    )


def _claim_id(source: str, extractor: str, op: str, predicate: str, key: Sequence[str]) -> str:
    """Return a claim's id; a new version of an extractor claims the same again."""
    return f"claim_{_hash(source, extractor_name(extractor), op, predicate, *key)}"


def _hash(*parts: str) -> str:
    """Return a short hash of some strings; their lengths keep apart what only joins alike."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:24]
