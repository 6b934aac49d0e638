"""Applies the claims of a user one after the other, in the order in which they were said."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from shared.contracts.events import FactAmendment, FactClaim
from shared.memory.fact_entry import Entry, entry_of
from shared.memory.fact_index import FactIndex
from shared.memory.models import StatedClaim
from shared.memory.predicates import group_of, is_single, sentence
from shared.memory.sameness import Key, relation

PREFERENCE = "preference"
"""The extractor of the claims that stand for preferences set through the API."""

_RETIRED = frozenset({"retir", "retire", "пенсионер", "пенсионерка", "пенсия", "unemploy"})
_SEVERAL = {"likes": ("likes", "favorite")}
"""What "I no longer like it" ends besides the predicate itself."""


class Folding:
    """The facts so far. `apply` must be called in the order of the claims."""

    def __init__(self, claims: Sequence[StatedClaim]) -> None:
        rarity = Counter(lemma for stated in claims for lemma in stated.claim.key or ())
        self._accepted = frozenset(
            stated.claim.fact_id
            for stated in claims
            if stated.claim.amendment is not None and stated.claim.amendment.status == "active"
        )
        self.entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._active = FactIndex(rarity)
        self._proposed = FactIndex(rarity)
        self._all = FactIndex(rarity)
        self._waiting: defaultdict[str, list[StatedClaim]] = defaultdict(list)
        self._pending_acceptance: set[str] = set()

    def apply(self, stated: StatedClaim) -> None:
        """Let one claim change the facts."""
        claim = stated.claim
        match claim.op:
            case "assert":
                self._assert(stated)
            case "end":
                self._end(stated)
            case "retract":
                for entry in self._meant(claim, self._all):
                    self._close(entry, "retracted", stated.said_at)
            case "amend":
                self._amend(stated)

    def _assert(self, stated: StatedClaim) -> None:
        """Merge a value into the fact that it says again, or begin a new one."""
        claim = stated.claim
        if claim.proposed and claim.fact_id not in self._accepted:
            self._propose(stated)
            return
        by_hand = claim.extractor == PREFERENCE
        wrong = self._never_true(claim, stated.said_at)
        twin = None if by_hand else self._twin(claim, stated.said_at, wrong)
        if twin is None:
            entry = entry_of(stated, status="active", by_hand=by_hand)
            self.entries.append(entry)
            self._all.add(entry)
            self._active.add(entry)
        else:
            entry = twin
            self._merge(entry, stated)
        self._supersede(entry, stated.said_at, wrong, corrects=claim.corrects)
        entry.note(stated.said_at)
        self._absorb_proposals(entry)
        if claim.proposed and claim.fact_id is not None:
            self._pending_acceptance.add(claim.fact_id)
        self._register(entry, claim)

    def _propose(self, stated: StatedClaim) -> None:
        """Let a claim wait to be accepted; what is known already needs no asking."""
        claim = stated.claim
        key = claim.key or ()
        known = [
            entry
            for index in (self._active, self._proposed)
            for entry in index.alike(claim.predicate, key)
            if entry.predicate == claim.predicate and entry.key == key and not entry.by_hand
        ]
        if known:
            entry = known[0]
            entry.add(stated)
        else:
            entry = entry_of(stated, status="proposed", by_hand=False)
            entry.note(stated.said_at)
            self.entries.append(entry)
            self._all.add(entry)
            self._proposed.add(entry)
        self._register(entry, claim)

    def _absorb_proposals(self, entry: Entry) -> None:
        """Take the ids of proposals of the same into a fact that holds now."""
        for proposal in self._proposed.alike(entry.predicate, entry.key):
            if proposal.predicate == entry.predicate and proposal.key == entry.key:
                self._proposed.remove(proposal)
                self._all.remove(proposal)
                self.entries.remove(proposal)
                entry.ids.update(proposal.ids)
                entry.sources.update(proposal.sources)
                self._by_id.update(dict.fromkeys(proposal.ids, entry))

    def _register(self, entry: Entry, claim: FactClaim) -> None:
        """Let a claim's id name the entry, and apply what was done to it before it was known."""
        if claim.fact_id is None:
            return
        self._by_id[claim.fact_id] = entry
        for stated in self._waiting.pop(claim.fact_id, ()):
            self._amend(stated)

    def _current(self, entries: Iterable[Entry], at: datetime) -> list[Entry]:
        """Return those of some active entries that still hold at a time, and end the others."""
        holding = []
        for entry in entries:
            if entry.expired(at):
                self._active.remove(entry)
            elif entry.lapsed(at):
                self._close(entry, "superseded", entry.valid_until or at)
            else:
                holding.append(entry)
        return holding

    def _twin(self, claim: FactClaim, at: datetime, wrong: Sequence[Entry]) -> Entry | None:
        """Return the active fact that a claim says again; the latest where there are several."""
        key = claim.key or ()
        same = [
            entry
            for entry in self._current(self._active.alike(claim.predicate, key), at)
            if entry.predicate == claim.predicate and entry.key == key
        ]
        nested = [
            entry
            for entry in self._current(self._active.nested(claim.predicate, key), at)
            if self._relation(claim, entry) is not None
        ]
        candidates = [e for e in same or nested if not e.by_hand and e not in wrong]
        return max(candidates, key=lambda entry: entry.place, default=None)

    def _relation(
        self, claim: FactClaim, entry: Entry
    ) -> Literal["same", "fuller", "vaguer"] | None:
        """Return how a claim's value stands to an entry's."""
        values = sorted((claim.value or "", entry.value), key=len)
        return relation(claim.predicate, claim.key or (), entry.key, fuller_value=values[-1])

    def _merge(self, entry: Entry, stated: StatedClaim) -> None:
        """Take a claim into an entry, and its value where that says more."""
        claim = stated.claim
        if self._relation(claim, entry) == "fuller":
            self._rename(entry, claim.key or (), claim.value or "", claim.text)
            entry.lang = claim.lang
        entry.prolong(claim)
        entry.add(stated)

    def _rename(self, entry: Entry, key: Key, value: str, text: str | None) -> None:
        """Give an entry another value."""
        indexes = [self._all]
        if entry.status in {"active", "proposed"}:
            indexes.append(self._active if entry.status == "active" else self._proposed)
        for index in indexes:
            index.remove(entry)
        entry.key = key
        entry.value = value
        entry.text = sentence(entry.predicate, value, entry.lang) if text is None else text
        for index in indexes:
            index.add(entry)

    def _never_true(self, claim: FactClaim, at: datetime) -> list[Entry]:
        """Return what a correction names as wrong, whether it still holds or not."""
        if not claim.corrects or claim.instead_of is None:
            return []
        named = claim.model_copy(update={"key": claim.instead_of, "value": None})
        self._current(self._active.of_predicate(claim.predicate), at)
        return [e for e in self._meant(named, self._all) if e.status in {"active", "superseded"}]

    def _supersede(
        self, entry: Entry, at: datetime, wrong: Sequence[Entry], *, corrects: bool
    ) -> None:
        """Close what cannot hold beside an entry."""
        until = max(entry.valid_from, at) if entry.valid_from > at else entry.valid_from
        for other in wrong:
            if other is not entry:
                self._close(other, "retracted", at, by=entry.id)
        status: Literal["retracted", "superseded"] = (
            "retracted" if corrects and not wrong else "superseded"
        )
        for other in self._rivals(entry, at):
            self._close(other, status, at, until=until, by=entry.id)
        if entry.predicate == "occupation" and _RETIRED & set(entry.key):
            for other in self._current(self._active.of_predicate("employer"), at):
                self._close(other, "superseded", at, until=until)

    def _rivals(self, entry: Entry, at: datetime) -> list[Entry]:
        """Return the active entries that an entry supersedes."""
        predicate = entry.predicate
        alike = self._current(self._active.alike(predicate, entry.key), at)
        rivals = {other: None for other in alike if _excludes(entry, other)}
        if is_single(predicate) or entry.by_hand:
            rivals.update(dict.fromkeys(self._current(self._active.of_predicate(predicate), at)))
        rivals.pop(entry, None)
        return list(rivals)

    def _meant(self, claim: FactClaim, index: FactIndex) -> list[Entry]:
        """Return the entries that an end or a retraction speaks of."""
        predicates = _SEVERAL.get(claim.predicate, (claim.predicate,))
        if claim.key is None:
            return [entry for name in predicates for entry in index.of_predicate(name)]
        exact = [
            entry
            for entry in index.alike(claim.predicate, claim.key)
            if entry.predicate in predicates and entry.key == claim.key
        ]
        return exact or [
            entry
            for name in predicates
            for entry in index.nested(name, claim.key)
            if self._relation(claim, entry) is not None
        ]

    def _end(self, stated: StatedClaim) -> None:
        """Close what a claim says to hold no longer."""
        claim = stated.claim
        at = stated.said_at
        for entry in self._current(self._meant(claim, self._active), at):
            said_here = stated.message_id is not None and entry.place[:2] == (at, stated.sequence)
            if claim.key is None and said_here:
                continue
            if claim.valid_until is not None and claim.valid_until > at:
                entry.valid_until = claim.valid_until
                entry.note(at)
            else:
                self._close(entry, "superseded", at, until=claim.valid_until)

    def _close(
        self,
        entry: Entry,
        status: Literal["superseded", "retracted"],
        at: datetime,
        *,
        until: datetime | None = None,
        by: str | None = None,
    ) -> None:
        """Close an entry, and look it up no more among those that hold."""
        self._active.remove(entry)
        self._proposed.remove(entry)
        entry.close(status, at, until=until, by=by or entry.superseded_by)

    def _amend(self, stated: StatedClaim) -> None:
        """Apply what was changed by hand; what is not known yet waits for its claim."""
        claim = stated.claim
        if claim.fact_id is None or claim.amendment is None:
            return
        entry = self._by_id.get(claim.fact_id)
        if entry is None:
            self._waiting[claim.fact_id].append(stated)
            return
        self._change(entry, claim.amendment)
        amendment = claim.amendment
        at = stated.said_at
        if amendment.status == "retracted":
            self._close(entry, "retracted", at)
        elif amendment.status == "active":
            self._activate(entry, claim.fact_id, at)
        elif amendment.value is not None and entry.status == "active":
            self._prevail(entry, at)
        entry.note(at)

    def _change(self, entry: Entry, amendment: FactAmendment) -> None:
        """Set the fields that an amendment names."""
        if amendment.value is not None:
            key = amendment.key or (amendment.value,)
            self._rename(entry, key, amendment.value, amendment.text)
        elif amendment.text is not None:
            entry.text = amendment.text
        if amendment.valid_until is not None:
            entry.valid_until = amendment.valid_until
        if amendment.expires_at is not None:
            entry.expires_at = amendment.expires_at
        if amendment.pinned is not None:
            entry.pinned = amendment.pinned
        if amendment.tags is not None:
            entry.tags = amendment.tags
        if amendment.priority is not None:
            entry.priority = amendment.priority

    def _activate(self, entry: Entry, fact_id: str, at: datetime) -> None:
        """Restore a fact. One that was only accepted now took its place when it was said."""
        accepted_now = fact_id in self._pending_acceptance
        self._pending_acceptance.discard(fact_id)
        if entry.lapsed(at):
            # Its time had run out: it holds anew.
            entry.valid_until = None
            self._prevail(entry, at)
        if entry.status == "active" or (accepted_now and entry.status == "superseded"):
            return
        self._proposed.remove(entry)
        entry.status = "active"
        entry.superseded_by = None
        if entry.valid_until is not None and entry.valid_until <= at:
            entry.valid_until = None
        self._active.add(entry)
        self._prevail(entry, at)

    def _prevail(self, entry: Entry, at: datetime) -> None:
        """Close what cannot hold beside a fact that was set by hand, others of the same too."""
        same = [
            other
            for other in self._current(self._active.alike(entry.predicate, entry.key), at)
            if other is not entry and other.predicate == entry.predicate and other.key == entry.key
        ]
        for other in dict.fromkeys((*same, *self._rivals(entry, at))):
            self._close(other, "superseded", at, by=entry.id)


def _excludes(entry: Entry, other: Entry) -> bool:
    """Tell whether a fact whose words are the same but for negations ends another one."""
    if entry.predicate == other.predicate:
        return entry.key != other.key or other.by_hand
    if entry.key != other.key:
        return False
    if group_of(entry.predicate) == "skill":
        return other.predicate == "learning"
    return "dislikes" in {entry.predicate, other.predicate}
