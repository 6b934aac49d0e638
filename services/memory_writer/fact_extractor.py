"""Finds facts in what users say, and states them as claims.

Only a user's own words are looked at, as they were said: never a prompt, never what was recalled
for one, never an answer. What a model repeats of a memory is no second source for it.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.memory_writer.extraction.extract import extract
from services.memory_writer.extraction.found import Extraction, Found
from services.memory_writer.extraction.plausible import implausible
from shared.contracts.ids import user_message_id
from shared.contracts.memory import FactClaim, FactsStated, MessageAdded, TurnClosed
from shared.contracts.parts import CLAIMS_AT_ONCE
from shared.memory.barrier import caused_at, user_of
from shared.memory.claims import assertion, ending, retraction
from shared.memory.policy import Policy
from shared.memory.predicates import PREDICATES
from shared.telemetry import Telemetry

EXTRACTOR = "rules/1"
"""Who found a fact, with the version of its rules: it stands with every claim."""

LONG_MESSAGE = 2_000
"""Characters from which on a message is read in a thread, so that the others need not wait."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a user said in an event, `text` letter by letter; what it tells ends at `expires_at`."""

    conversation_id: str
    message_id: str
    text: str
    said_at: datetime
    expires_at: datetime | None = None


class Policies(Protocol):
    """Who allows what to be learnt."""

    async def of(self, user_id: str) -> Policy:
        """Return what a user allows; raises DependencyDownError."""
        ...


class Marks(Protocol):
    """How far facts were sought."""

    async def mark_extracted(self, user_id: str, sequence: int) -> None:
        """Note that what a user said up to here was looked at; raises DependencyDownError."""
        ...


class FactExtractor:
    """Reads every user message once it is in the stream.

    Finding the same again states the same claims: an event may come as often as it likes.
    """

    def __init__(self, *, policies: Policies, marks: Marks, telemetry: Telemetry) -> None:
        self._policies = policies
        self._marks = marks
        self._telemetry = telemetry

    async def extract(
        self, event: TurnClosed | MessageAdded, *, sequence: int
    ) -> FactsStated | None:
        """Return what an event's message says of its author, or None where there is nothing.

        `sequence` is the event's first stream sequence. What a FactsStated says is marked as
        extracted by whoever applies it. Raises DependencyDownError.
        """
        said = said_by_user(event)
        claims = await self._claims(event, said) if said is not None else []
        if said is not None and claims:
            return stated(event, said, claims, sequence=sequence)
        if not _incognito(event):
            await self._marks.mark_extracted(user_of(event), sequence)
        return None

    async def _claims(self, event: TurnClosed | MessageAdded, said: Said) -> list[FactClaim]:
        policy = await self._policies.of(user_of(event))
        if policy == "off":
            return []
        found = await _read(said)
        claims, dropped = claims_of(
            found.found,
            source=said.message_id,
            proposed=policy == "ask",
            expires_at=said.expires_at,
        )
        self._tell(claims, Counter(found.dropped) + dropped)
        return claims

    def _tell(self, claims: Sequence[FactClaim], dropped: Counter[str]) -> None:
        if claims or dropped:
            found = Counter(f"found.{claim.predicate}" for claim in claims)
            lost = {f"dropped.{reason}": float(number) for reason, number in dropped.items()}
            self._telemetry.metric("facts-extracted", values={**found, **lost})


def said_by_user(event: TurnClosed | MessageAdded) -> Said | None:
    """Return what an event's user said that may be learnt from, or None.

    Of a turn the question, whatever came of it, unless it was incognito. Of messages from outside
    those of the user alone: a named speaker may be anybody, and what an import brings back has its
    facts with it.
    """
    if isinstance(event, TurnClosed):
        turn = event.turn
        if _incognito(event) or event.question is None:
            return None
        message_id = user_message_id(turn.turn_id)
        return Said(turn.conversation_id, message_id, event.question, turn.accepted_at)
    message = event.message
    if message.role != "user" or message.name is not None or event.imported_at is not None:
        return None
    # Nobody has said yet what is dated tomorrow, and nothing said later would count against it.
    said_at = min(message.time, event.at)
    return Said(
        event.conversation_id, message.message_id, message.content, said_at, message.expires_at
    )


def claims_of(
    found: Sequence[Found],
    *,
    source: str,
    extractor: str = EXTRACTOR,
    proposed: bool = False,
    expires_at: datetime | None = None,
) -> tuple[list[FactClaim], Counter[str]]:
    """Make claims of what was found in the message `source`; count what is left out by reason.

    `proposed`: they wait to be accepted. `expires_at` is when the message is deleted by itself.
    """
    claims: dict[str, FactClaim] = {}
    dropped: Counter[str] = Counter()
    for one in found:
        reason = _unusable(one)
        if reason is not None:
            dropped[reason] += 1
            continue
        claim = _claim(one, source=source, extractor=extractor)
        if claim.op == "assert":
            claim = claim.model_copy(update={"proposed": proposed, "expires_at": expires_at})
        if claim.claim_id in claims:
            dropped["twice"] += 1
        elif len(claims) == CLAIMS_AT_ONCE:
            dropped["too_many"] += 1
        else:
            claims[claim.claim_id] = claim
    return list(claims.values()), dropped


def stated(
    event: TurnClosed | MessageAdded, said: Said, claims: Sequence[FactClaim], *, sequence: int
) -> FactsStated:
    """Return the event that states claims; the same for the same event, whenever it is made."""
    return FactsStated(
        event_id=hashlib.sha256(publish_id(said.message_id).encode()).hexdigest()[:28],
        at=event.at,
        user_id=user_of(event),
        claims=tuple(claims),
        conversation_id=said.conversation_id,
        message_id=said.message_id,
        said_at=said.said_at,
        source_sequence=sequence,
        caused_at=caused_at(event),
    )


def publish_id(message_id: str) -> str:
    """Return the id under which the facts of a message are published: once."""
    return f"{message_id}:facts"


async def _read(said: Said) -> Extraction:
    if len(said.text) < LONG_MESSAGE:
        return extract(said.text, said_at=said.said_at)
    return await asyncio.to_thread(extract, said.text, said_at=said.said_at)


def _incognito(event: TurnClosed | MessageAdded) -> bool:
    return isinstance(event, TurnClosed) and event.turn.memory != "full"


def _unusable(found: Found) -> str | None:
    if found.predicate not in PREDICATES:
        return "unknown_predicate"
    return implausible(found.predicate, found.value or "") if found.op == "assert" else None


def _claim(found: Found, *, source: str, extractor: str) -> FactClaim:
    if found.op == "assert":
        return assertion(
            source=source,
            predicate=found.predicate,
            value=found.value or "",
            lang=found.lang,
            extractor=extractor,
            quote=found.quote,
            confidence=found.confidence,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
            corrects=found.corrects,
            instead_of=found.instead_of,
        )
    if found.op == "retract":
        return retraction(
            source=source,
            predicate=found.predicate,
            value=found.value,
            lang=found.lang,
            extractor=extractor,
            quote=found.quote,
            confidence=found.confidence,
        )
    return ending(
        source=source,
        predicate=found.predicate,
        value=found.value,
        lang=found.lang,
        extractor=extractor,
        quote=found.quote,
        confidence=found.confidence,
        valid_until=found.valid_until,
    )
