"""A fact while the claims are being folded."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from shared.contracts.memory import FactClaim
from shared.contracts.parts import FactStatus, FactType, Language, Priority
from shared.memory.claims import extractor_name
from shared.memory.models import Fact, FactSource, FactVersion, StatedClaim

Place: TypeAlias = tuple[datetime, int, bool, int, str]

LLM = "llm"
"""The extractor name of what a language model found."""


def place_of(stated: StatedClaim) -> Place:
    """Return where a claim stands among the others of its user.

    What a model found in a message comes after what the rules found there.
    """
    claim = stated.claim
    return (stated.said_at, stated.sequence, is_weak(claim), stated.index, claim.claim_id)


def is_weak(claim: FactClaim) -> bool:
    """Tell whether a language model claims it."""
    return extractor_name(claim.extractor) == LLM


@dataclass(slots=True, eq=False)
class Entry:
    """A fact that claims are being merged into; fields as in `Fact`.

    `place` is that of its first claim, `said_last` where the last one was said, `asked_at` when the
    last one was recorded.
    """

    id: str
    place: Place
    type: FactType
    predicate: str
    key: tuple[str, ...]
    value: str
    text: str
    lang: Language
    extractor: str
    status: FactStatus
    confidence: float
    valid_from: datetime
    valid_until: datetime | None
    expires_at: datetime | None
    recorded_at: datetime
    asked_at: datetime
    pinned: bool
    tags: tuple[str, ...]
    priority: Priority
    by_hand: bool
    superseded_by: str | None = None
    ids: dict[str, None] = field(default_factory=dict)
    said_last: tuple[datetime, int, str | None] | None = None
    sources: dict[FactSource, None] = field(default_factory=dict)
    versions: list[FactVersion] = field(default_factory=list)

    def add(self, stated: StatedClaim) -> None:
        """Take in another claim of the same fact: its id, its source, and what it knows better."""
        claim = stated.claim
        self.said_last = (stated.said_at, stated.sequence, stated.message_id)
        self.ids.setdefault(claim.fact_id or claim.claim_id)
        self.sources.setdefault(
            FactSource(
                message_id=stated.message_id,
                conversation_id=stated.conversation_id,
                quote=claim.quote,
            )
        )
        self.confidence = max(self.confidence, claim.confidence)
        self.recorded_at = min(self.recorded_at, stated.recorded_at)
        self.asked_at = max(self.asked_at, stated.recorded_at)
        self.pinned = self.pinned or claim.pinned
        self.tags = tuple(dict.fromkeys((*self.tags, *claim.tags)))
        if claim.priority != "medium":
            self.priority = claim.priority

    def prolong(self, claim: FactClaim) -> None:
        """Take over from a claim that says it again how long the fact holds and is kept."""
        self.valid_from = min(self.valid_from, claim.valid_from or self.valid_from)
        self.valid_until = claim.valid_until or self.valid_until
        self.expires_at = _later(self.expires_at, claim.expires_at)

    def note(self, at: datetime) -> None:
        """Write down the state that the fact has from a time on, if it is another one."""
        state = (self.status, self.value, self.text, self.valid_until)
        last = self.versions[-1] if self.versions else None
        if last is not None and state == (last.status, last.value, last.text, last.valid_until):
            return
        version = FactVersion(
            # Times of a history do not go back, though an end may be told of afterwards.
            at=max(at, last.at) if last is not None else at,
            status=self.status,
            value=self.value,
            text=self.text,
            valid_until=self.valid_until,
        )
        self.versions.append(version)

    def close(
        self,
        status: FactStatus,
        at: datetime,
        *,
        until: datetime | None = None,
        by: str | None = None,
    ) -> None:
        """Let the fact hold no longer: superseded since `until` (else `at`), or never true."""
        self.status = status
        if status == "superseded":
            end = until or at
            self.valid_until = end if self.valid_until is None else min(self.valid_until, end)
        self.superseded_by = by or self.superseded_by
        self.note(at)

    def lapsed(self, at: datetime) -> bool:
        """Tell whether its validity has run out by itself."""
        return self.status == "active" and self.valid_until is not None and self.valid_until <= at

    def expired(self, at: datetime) -> bool:
        """Tell whether it is to be deleted."""
        return self.expires_at is not None and self.expires_at <= at

    def fact(self) -> Fact:
        """Return it as a fact."""
        return Fact(
            id=self.id,
            type=self.type,
            predicate=self.predicate,
            value=self.value,
            text=self.text,
            lang=self.lang,
            confidence=self.confidence,
            status=self.status,
            source=next(iter(self.sources)),
            extractor=self.extractor,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            recorded_at=self.recorded_at,
            superseded_by=self.superseded_by,
            pinned=self.pinned,
            tags=self.tags,
            priority=self.priority,
            expires_at=self.expires_at,
            ids=tuple(self.ids),
            sources=tuple(self.sources),
            versions=tuple(self.versions),
            by_hand=self.by_hand,
        )


def entry_of(stated: StatedClaim, *, status: FactStatus, by_hand: bool) -> Entry:
    """Return the entry that a claim begins."""
    claim = stated.claim
    entry = Entry(
        id=claim.fact_id or claim.claim_id,
        place=place_of(stated),
        type=claim.type,
        predicate=claim.predicate,
        key=claim.key or (),
        value=claim.value or "",
        text=claim.text or claim.value or "",
        lang=claim.lang,
        extractor=claim.extractor,
        status=status,
        confidence=claim.confidence,
        valid_from=claim.valid_from or stated.said_at,
        valid_until=claim.valid_until,
        expires_at=claim.expires_at,
        recorded_at=stated.recorded_at,
        asked_at=stated.recorded_at,
        pinned=claim.pinned,
        tags=claim.tags,
        priority=claim.priority,
        by_hand=by_hand,
    )
    entry.add(stated)
    return entry


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two ends, of which None is never."""
    return None if one is None or other is None else max(one, other)
