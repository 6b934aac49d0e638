"""The facts while the claims are being folded, and what is done to them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from shared.contracts.memory import FactClaim
from shared.memory.fact_entry import Entry
from shared.memory.fact_index import FactIndex
from shared.memory.predicates import group_of, is_single, sentence
from shared.memory.sameness import Key, Relation, relation

Closed: TypeAlias = Literal["superseded", "retracted"]

_ALSO_ENDED = {"likes": ("likes", "favorite")}
"""What is ended with a predicate: who does not like it any more has no favourite in it."""


class FactLedger:
    """All entries in the order of their first claims, by id and by value.

    `every` has those that hold no longer as well, if some claim `looks_back` at them.
    """

    def __init__(self, rarity: Mapping[str, int], *, looks_back: bool) -> None:
        self.entries: dict[Entry, None] = {}
        self.by_id: dict[str, Entry] = {}
        self.active = FactIndex(rarity)
        self.proposed = FactIndex(rarity)
        self.every = FactIndex(rarity, used=looks_back)

    def begin(self, entry: Entry) -> None:
        """Take in a new entry, active or proposed."""
        self.entries[entry] = None
        self.every.add(entry)
        (self.active if entry.status == "active" else self.proposed).add(entry)

    def discard(self, entry: Entry) -> None:
        """Leave out a proposal that another entry says already."""
        del self.entries[entry]
        self.every.remove(entry)
        self.proposed.remove(entry)

    def holding(self, entries: Iterable[Entry], at: datetime) -> list[Entry]:
        """Return those of some active entries that still hold at a time; close the others."""
        found = []
        for entry in entries:
            if entry.expired(at):
                self.active.remove(entry)
            elif entry.lapsed(at):
                self.close(entry, "superseded", entry.valid_until or at)
            else:
                found.append(entry)
        return found

    def close(
        self,
        entry: Entry,
        status: Closed,
        at: datetime,
        *,
        until: datetime | None = None,
        by: str | None = None,
    ) -> None:
        """Let an entry hold no longer, superseded since `until` (else `at`), or wrong."""
        self.active.remove(entry)
        self.proposed.remove(entry)
        entry.close(status, at, until=until, by=by)

    def reopen(self, entry: Entry) -> None:
        """Let an entry hold again."""
        self.proposed.remove(entry)
        entry.status = "active"
        entry.superseded_by = None
        self.active.add(entry)

    def rename(self, entry: Entry, key: Key, value: str, text: str | None) -> None:
        """Give an entry another value; `text` None: the sentence of the predicate."""
        indexes = [self.every]
        if entry.status in {"active", "proposed"}:
            indexes.append(self.active if entry.status == "active" else self.proposed)
        for index in indexes:
            index.remove(entry)
        entry.key = key
        entry.value = value
        entry.text = sentence(entry.predicate, value, entry.lang) if text is None else text
        for index in indexes:
            index.add(entry)

    def equals(self, predicate: str, key: Key, at: datetime) -> list[Entry]:
        """Return the active entries of a predicate that have just this key."""
        return [
            entry
            for entry in self.holding(self.active.alike(predicate, key), at)
            if entry.predicate == predicate and entry.key == key
        ]

    def rivals(self, entry: Entry, at: datetime) -> list[Entry]:
        """Return the active entries that cannot hold beside an entry."""
        predicate = entry.predicate
        alike = self.holding(self.active.alike(predicate, entry.key), at)
        found = {other: None for other in alike if _excludes(entry, other)}
        if is_single(predicate) or entry.by_hand:
            found.update(dict.fromkeys(self.holding(self.active.of_predicate(predicate), at)))
        found.pop(entry, None)
        return list(found)

    def meant(self, claim: FactClaim, key: Key | None, index: FactIndex) -> list[Entry]:
        """Return the entries that a claim speaks of by a value; None: by the predicate alone.

        Those of just this value, else those which it is a part of, or which are a part of it.
        """
        predicates = _ALSO_ENDED.get(claim.predicate, (claim.predicate,))
        if key is None:
            return [entry for name in predicates for entry in index.of_predicate(name)]
        exact = [
            entry
            for entry in index.alike(claim.predicate, key)
            if entry.predicate in predicates and entry.key == key
        ]
        return exact or [
            entry
            for name in predicates
            for entry in index.nested(name, key)
            if related(entry, key, claim.value or "") is not None
        ]


def related(entry: Entry, key: Key, value: str) -> Relation | None:
    """Return how a value stands to that of an entry; None where it is another one."""
    longer = entry.value if len(entry.key) >= len(key) else value
    return relation(entry.predicate, key, entry.key, fuller_value=longer)


def _excludes(entry: Entry, other: Entry) -> bool:
    """Tell whether a fact ends another one whose words are the same but for negations."""
    if entry.predicate == other.predicate:
        return entry.key != other.key or other.by_hand
    if entry.key != other.key:
        return False
    if group_of(entry.predicate) == "skill":
        return other.predicate == "learning"
    return "dislikes" in {entry.predicate, other.predicate}
