"""Russian words: their readings, and their nominative."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.morphology import morph

WORDS_KEPT = 50_000
"""Readings that are kept by word: about 30 MB, where speech has some 20,000 different forms."""

_TEENS, _MANY = range(11, 15), 5
LONGEST_WORD = 40
"""Longer ones are no words; what guesses at unknown ones tries every prefix of them."""

LOCATIVE = frozenset({"loct", "loc2"})
GENITIVE = frozenset({"gent", "gen2"})
ACCUSATIVE = frozenset({"accs", "acc2"})
DATIVE = frozenset({"datv"})
INSTRUMENTAL = frozenset({"ablt"})
NOMINATIVE = frozenset({"nomn"})
OBJECT = ACCUSATIVE | GENITIVE
ANY_CASE = LOCATIVE | OBJECT | DATIVE | INSTRUMENTAL | NOMINATIVE

LIKELY = 0.4
"""The score from which on a reading is to be believed where others are possible."""

UNLIKELY = 0.03
"""The score up to which a reading is a freak of the dictionary."""

_FOREIGN = frozenset({"суши"})
"""Words that the dictionary knows only as other words ("суша"): they are read as plurals."""

ADJECTIVES = frozenset({"ADJF", "PRTF"})
_GENDERS = frozenset({"masc", "femn", "neut"})


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One way to read a word form; `score` says how likely it is among the others of the form."""

    normal: str
    pos: str
    case: str
    number: str
    gender: str
    grammemes: frozenset[str]
    score: float
    _parse: Any

    def form(self, *grammemes: str) -> str | None:
        """Return the word in another form, None where it has none."""
        return _form(self, frozenset(grammemes))

    def inflected(self, grammemes: frozenset[str]) -> str | None:
        """Return the same, worked out anew."""
        inflected = self._parse.inflect(grammemes)
        return None if inflected is None else str(inflected.word)

    @property
    def nominative(self) -> str:
        """The word in the nominative of its own number."""
        if self.case == "nomn" or not self.case or "Fixd" in self.grammemes:
            return str(self._parse.word)
        return self.form("nomn", self.number or "sing") or self.normal

    def agreeing(self, head: "Reading | None") -> str:
        """Return an adjective in the nominative that goes with the noun `head`."""
        if head is None:
            return self.form("nomn", self.number, *({self.gender} & _GENDERS)) or self.normal
        if head.number == "plur":
            return self.form("nomn", "plur") or self.normal
        return self.form("nomn", "sing", head.gender or "masc") or self.normal

    def counted(self, number: int) -> str:
        """Return a noun as it stands after a number: 2 -> "кошки"."""
        last = 0 if number % 100 in _TEENS else number % 10
        if last == 1:
            return self.form("nomn", "sing") or self.normal
        few = 1 < last < _MANY
        return self.form("gent", "sing" if few else "plur") or self.normal


@lru_cache(maxsize=WORDS_KEPT)
def _form(reading: Reading, grammemes: frozenset[str]) -> str | None:
    return reading.inflected(grammemes)


@lru_cache(maxsize=WORDS_KEPT)
def readings(word: str) -> tuple[Reading, ...]:
    """Return all readings of a word, the likeliest first; of a Latin word or a number one or none.

    Case does not matter; ё and е are told apart only by the dictionary.
    """
    if len(word) > LONGEST_WORD:
        return ()
    return tuple(
        Reading(
            normal=parse.normal_form,
            pos=str(parse.tag.POS or ""),
            case=str(parse.tag.case or ""),
            number=str(parse.tag.number or ""),
            gender=str(parse.tag.gender or ""),
            grammemes=frozenset(parse.tag.grammemes),
            score=float(parse.score),
            _parse=parse,
        )
        for parse in morph().parse(word.lower())
        if word.lower() not in _FOREIGN or (parse.tag.POS, parse.tag.number) == ("NOUN", "plur")
    )


def pick(
    word: str,
    *,
    pos: Collection[str] = ("NOUN",),
    cases: Collection[str] = (),
    having: str = "",
    number: str = "",
    gender: str = "",
) -> Reading | None:
    """Return the likeliest reading of these parts of speech and cases that has a grammeme."""
    for reading in readings(word):
        if reading.pos not in pos or (cases and reading.case not in cases):
            continue
        if having and having not in reading.grammemes:
            continue
        if number and reading.number != number:
            continue
        if gender and reading.gender and reading.gender != gender:
            continue
        return reading
    return None


@lru_cache(maxsize=WORDS_KEPT)
def known(word: str) -> bool:
    """Whether the dictionary has this form."""
    return len(word) <= LONGEST_WORD and bool(morph().word_is_known(word.lower()))


def top(word: str) -> Reading | None:
    """Return the likeliest reading."""
    every = readings(word)
    return every[0] if every else None


def lemma(word: str) -> str:
    """Return the likeliest dictionary form, with е for ё."""
    best = top(word)
    return (best.normal if best else word.lower()).replace("ё", "е")
