"""When two values of a predicate are one: the same words, or more of them about the same thing."""

from functools import lru_cache
from typing import Literal, TypeAlias

from shared.memory.predicates import PREDICATES
from shared.word_lists import words

Key: TypeAlias = tuple[str, ...]
Relation: TypeAlias = Literal["same", "fuller", "vaguer"]

# A fuller value of these names another thing as often as the same one (milk, oat milk; React, React
# Native), and merging the wrong way loses what was said: only the words below may be added.
_STRICT = frozenset({"likes", "dislikes", "favorite", "knows", "learning", "allergy"})
_EXACT = frozenset({"model", "timezone"})
_PLACES = frozenset({"lives_in", "origin"})
_LIGHT = words(
    """
    watch play drink eat read listen use write allergi music song movi book game team band group
    language a1 a2 b1 b2 c1 c2 fluent fluentli bit
    смотреть играть пить есть читать слушать писать аллергия музыка песня кино книга игра команда
    группа язык свободно немного хорошо
    """
)
# York and New York, cook and sous-chef: these words make another thing of what they stand before.
_OTHER = words(
    "new нью нижний великий верхний north south east west северный южный восточный западный "
    "ex former бывший экс"
)
_RANKS = words(
    "су sous вице vice assist deputi junior senior зам заместитель помощник ассистент младший "
    "старший шеф head chief lead главный traine intern стажер student студент"
)


@lru_cache(maxsize=16_384)
def bare(key: Key) -> Key:
    """Return a key without its negations: what is the same of "with sugar" and "without sugar"."""
    if not any(lemma.startswith("-") for lemma in key):
        return key
    return tuple(sorted({lemma.removeprefix("-") for lemma in key}))


def relation(predicate: str, said: Key, held: Key, *, fuller_value: str = "") -> Relation | None:
    """Return how a value that was said stands to one that is held; None where they are two.

    `fuller_value` is the longer value as written: a comma in it tells "Kazan, Russia" from "Nizhny
    Novgorod".
    """
    if said == held:
        return "same"
    if not may_grow(predicate):
        return None
    one, other = set(said), set(held)
    if one < other and _adds_detail(predicate, other - one, fuller_value):
        return "vaguer"
    if other < one and _adds_detail(predicate, one - other, fuller_value):
        return "fuller"
    return None


def may_grow(predicate: str) -> bool:
    """Tell whether any value of a predicate can be the fuller form of another.

    What a user wrote by hand under another name is not understood well enough for that.
    """
    return predicate in PREDICATES and predicate not in _EXACT


def _adds_detail(predicate: str, added: set[str], fuller_value: str) -> bool:
    """Tell whether words that a value has more than another leave it the same thing."""
    if predicate in _PLACES:
        return "," in fuller_value or "(" in fuller_value
    if predicate in _STRICT:
        return added <= _LIGHT or all(lemma[0].isdecimal() for lemma in added)
    if predicate == "occupation" and added & _RANKS:
        return False
    return not added & _OTHER
