"""Finds the facts that a value may concern without comparing it with every one of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from shared.memory.fact_entry import Entry
from shared.memory.predicates import group_of
from shared.memory.sameness import Key, bare, may_grow

_Entries: TypeAlias = dict[Entry, None]


class FactIndex:
    """Entries by predicate and by the words of their values, in the order in which they came.

    `rarity` counts how many claims have a lemma: an entry is looked up by its rarest one, so that
    the cost of a claim does not grow with the facts that share only common words with it. One that
    is not `used` stays empty, since nobody is going to ask it.
    """

    def __init__(self, rarity: Mapping[str, int], *, used: bool = True) -> None:
        self._rarity = rarity
        self._used = used
        self._by_predicate: defaultdict[str, _Entries] = defaultdict(dict)
        self._by_bare: defaultdict[tuple[str, Key], _Entries] = defaultdict(dict)
        self._by_rarest: defaultdict[tuple[str, str], _Entries] = defaultdict(dict)
        self._by_lemma: defaultdict[tuple[str, str], _Entries] = defaultdict(dict)

    def add(self, entry: Entry) -> None:
        """Take in an entry under its present key."""
        for shelf in self._shelves(entry):
            shelf[entry] = None

    def remove(self, entry: Entry) -> None:
        """Leave out an entry; its key must be the one that it was added with."""
        for shelf in self._shelves(entry):
            shelf.pop(entry, None)

    def of_predicate(self, predicate: str) -> list[Entry]:
        """Return the entries of a predicate."""
        return list(self._by_predicate.get(predicate, ()))

    def alike(self, predicate: str, key: Key) -> list[Entry]:
        """Return the entries of the predicate's group whose key differs by negations at most."""
        return list(self._by_bare.get((group_of(predicate), bare(key)), ()))

    def nested(self, predicate: str, key: Key) -> list[Entry]:
        """Return the entries of a predicate whose key is a proper part of this one, or holds it."""
        if not key or not may_grow(predicate):
            return []
        wanted = set(key)
        found = dict.fromkeys(self._holding(predicate, key, wanted))
        for lemma in key:
            for entry in self._by_rarest.get((predicate, lemma), ()):
                if wanted > set(entry.key):
                    found[entry] = None
        return list(found)

    def _holding(self, predicate: str, key: Key, wanted: set[str]) -> Iterator[Entry]:
        """Yield the entries that have all lemmas of a key and more."""
        for entry in self._by_lemma.get((predicate, self._rarest(key)), ()):
            if wanted < set(entry.key):
                yield entry

    def _rarest(self, key: Key) -> str:
        """Return the lemma of a key that the fewest claims have."""
        return min(key, key=lambda lemma: (self._rarity.get(lemma, 0), lemma))

    def _shelves(self, entry: Entry) -> Iterator[_Entries]:
        """Yield all that an entry is looked up by."""
        if not self._used:
            return
        predicate = entry.predicate
        yield self._by_predicate[predicate]
        yield self._by_bare[group_of(predicate), bare(entry.key)]
        if entry.key and may_grow(predicate):
            yield self._by_rarest[predicate, self._rarest(entry.key)]
            for lemma in entry.key:
                yield self._by_lemma[predicate, lemma]
