"""Applies the claims of a user one after the other, in the order in which they were said."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from shared.memory.amending import amend
from shared.memory.claims import BY_HAND
from shared.memory.fact_entry import Entry, entry_of
from shared.memory.fact_ledger import Closed, FactLedger, related
from shared.memory.models import StatedClaim
from shared.word_lists import words

PREFERENCE = "preference"
"""The extractor of the claims that stand for preferences set through the API."""

_CONSEQUENCES = {
    "occupation": (
        words("retir retire unemploy пенсионер пенсионерка пенсия безработный безработная"),
        "employer",
    ),
    "status": (
        words("singl divorc widow widower развести развод холостой вдова вдовец -женатый -marri"),
        "spouse",
    ),
}
"""By predicate: values that end what another predicate holds."""


class Folding:
    """The facts so far, in `ledger`. `apply` must be called in the order of the claims."""

    def __init__(self, claims: Sequence[StatedClaim]) -> None:
        self.ledger = FactLedger(
            Counter(lemma for stated in claims for lemma in stated.claim.key or ()),
            looks_back=any(
                stated.claim.op == "retract" or stated.claim.corrects for stated in claims
            ),
        )
        changes = [(one.claim.fact_id, one.claim.amendment) for one in claims]
        self._accepted = {one for one, change in changes if change and change.status == "active"}
        self._to_accept: set[str] = set()
        self._waiting: defaultdict[str, list[StatedClaim]] = defaultdict(list)

    def apply(self, stated: StatedClaim) -> None:
        """Let one claim change the facts."""
        match stated.claim.op:
            case "assert":
                self._register(self._asserted(stated), stated)
            case "end":
                self._end(stated)
            case "retract":
                claim = stated.claim
                for entry in self.ledger.meant(claim, claim.key, self.ledger.every):
                    self.ledger.close(entry, "retracted", stated.said_at)
            case "amend":
                self._amend(stated)

    def _asserted(self, stated: StatedClaim) -> Entry:
        """Return the fact that a value was merged into, or that it began."""
        claim = stated.claim
        if claim.proposed and claim.fact_id not in self._accepted:
            return self._proposed(stated)
        by_hand = claim.extractor == PREFERENCE
        wrong = self._never_true(stated)
        entry = None if by_hand else self._twin(stated, wrong)
        if entry is None and (known := self._told_here(stated)) is not None:
            known.add(stated)
            return known
        if entry is None:
            entry = entry_of(stated, status="active", by_hand=by_hand)
            self.ledger.begin(entry)
        else:
            self._merge(entry, stated)
        self._supersede(entry, stated, wrong)
        entry.note(stated.said_at)
        if not by_hand:
            self._absorb_proposals(entry)
        if claim.proposed and claim.fact_id is not None:
            self._to_accept.add(claim.fact_id)
        return entry

    def _told_here(self, stated: StatedClaim) -> Entry | None:
        """Return the fact that the same message told already, in the very same words.

        It holds no longer: its time was over when it was said. What the rules knew of that, a model
        that tells it without its end does not.
        """
        known = self.ledger.by_id.get(stated.claim.fact_id or "")
        here = (stated.said_at, stated.sequence, stated.message_id)
        return known if known and stated.message_id and known.said_last == here else None

    def _proposed(self, stated: StatedClaim) -> Entry:
        """Let a claim wait to be accepted; what is known already needs no asking."""
        claim = stated.claim
        for index in (self.ledger.active, self.ledger.proposed):
            for entry in index.alike(claim.predicate, claim.key or ()):
                same = entry.predicate == claim.predicate and entry.key == claim.key
                if same and not entry.by_hand:
                    entry.add(stated)
                    return entry
        entry = entry_of(stated, status="proposed", by_hand=False)
        entry.note(stated.said_at)
        self.ledger.begin(entry)
        return entry

    def _absorb_proposals(self, entry: Entry) -> None:
        """Take the ids and sources of proposals of the same into a fact that holds now."""
        for proposal in self.ledger.proposed.alike(entry.predicate, entry.key):
            if proposal.predicate == entry.predicate and proposal.key == entry.key:
                self.ledger.discard(proposal)
                entry.ids.update(proposal.ids)
                entry.sources.update(proposal.sources)
                self.ledger.by_id.update(dict.fromkeys(proposal.ids, entry))

    def _register(self, entry: Entry, stated: StatedClaim) -> None:
        """Let a claim's id name its fact, and apply what was done to it before it was known."""
        fact_id = stated.claim.fact_id
        if fact_id is not None:
            self.ledger.by_id[fact_id] = entry
            for waiting in self._waiting.pop(fact_id, ()):
                self._amend(waiting)

    def _twin(self, stated: StatedClaim, wrong: Sequence[Entry]) -> Entry | None:
        """Return the active fact that a claim says again; the latest where there are several."""
        claim = stated.claim
        key = claim.key or ()
        candidates = self.ledger.equals(claim.predicate, key, stated.said_at)
        if not candidates:
            nested = self.ledger.active.nested(claim.predicate, key)
            candidates = [
                entry
                for entry in self.ledger.holding(nested, stated.said_at)
                if related(entry, key, claim.value or "") is not None
            ]
        fitting = [one for one in candidates if not one.by_hand and one not in wrong]
        return max(fitting, key=lambda entry: entry.place, default=None)

    def _merge(self, entry: Entry, stated: StatedClaim) -> None:
        """Take a claim into an entry: its value where that says more, its text if by hand."""
        claim = stated.claim
        if related(entry, claim.key or (), claim.value or "") == "fuller":
            entry.lang = claim.lang
            self.ledger.rename(entry, claim.key or (), claim.value or "", claim.text)
        elif claim.extractor == BY_HAND and claim.text:
            entry.lang = claim.lang
            entry.text = claim.text
        entry.prolong(claim)
        entry.add(stated)

    def _never_true(self, stated: StatedClaim) -> list[Entry]:
        """Return what a correction names as wrong, whether it still holds or not."""
        claim = stated.claim
        if not claim.corrects or claim.instead_of is None or claim.instead_of == claim.key:
            return []
        named = self.ledger.meant(claim, claim.instead_of, self.ledger.every)
        return [entry for entry in named if entry.status != "retracted" and not entry.by_hand]

    def _supersede(self, entry: Entry, stated: StatedClaim, wrong: Sequence[Entry]) -> None:
        """Close what cannot hold beside an entry, and what was never true."""
        at = stated.said_at
        since = stated.claim.valid_from or at
        for other in wrong:
            self.ledger.close(other, "retracted", at, by=entry.id)
        # A correction that does not say of what is one of what it supersedes.
        status: Closed = "retracted" if stated.claim.corrects and not wrong else "superseded"
        for other in self.ledger.rivals(entry, at):
            self.ledger.close(other, status, at, until=since, by=entry.id)
        values, ended = _CONSEQUENCES.get(entry.predicate, (frozenset(), ""))
        if values & set(entry.key):
            self._close_all(ended, at, since)

    def _close_all(self, predicate: str, at: datetime, until: datetime) -> None:
        """Close all that a predicate holds, by nothing that takes its place."""
        active = self.ledger.active.of_predicate(predicate)
        for entry in self.ledger.holding(active, at):
            self.ledger.close(entry, "superseded", at, until=until)

    def _end(self, stated: StatedClaim) -> None:
        """Close what a claim says to hold no longer."""
        claim = stated.claim
        at = stated.said_at
        for entry in self.ledger.meant(claim, claim.key, self.ledger.proposed):
            self.ledger.close(entry, "superseded", at)
        meant = self.ledger.meant(claim, claim.key, self.ledger.active)
        for entry in self.ledger.holding(meant, at):
            # "Sold my car, I drive a Vespa now" ends no Vespa.
            said_here = entry.said_last == (at, stated.sequence, stated.message_id)
            if claim.key is None and said_here and stated.message_id is not None:
                continue
            if claim.valid_until is not None and claim.valid_until > at:
                entry.valid_until = claim.valid_until
                entry.note(at)
            else:
                self.ledger.close(entry, "superseded", at, until=claim.valid_until)

    def _amend(self, stated: StatedClaim) -> None:
        """Apply what was changed by hand; what is not known yet waits for its claim."""
        fact_id, change = stated.claim.fact_id, stated.claim.amendment
        if fact_id is None or change is None:
            return
        entry = self.ledger.by_id.get(fact_id)
        if entry is None:
            self._waiting[fact_id].append(stated)
            return
        if change.status == "active" and fact_id in self._to_accept:
            self._to_accept.discard(fact_id)
            if entry.status == "superseded":
                # Accepted as having been said when it was: what was said since still counts.
                change = change.model_copy(update={"status": None})
        amend(self.ledger, entry, change, stated.said_at)
