"""Whether a fact that was found is the one that should have been.

The same type and the same value after normalisation: case, articles, Russian endings, numbers in
words. What counts as a match must not be loosened here; `KINDS` may learn names.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

Fact: TypeAlias = Mapping[str, Any]
Level: TypeAlias = Literal["strict", "predicate", "value"]

KINDS: dict[str, str] = {
    **dict.fromkeys(("name", "age", "birthday", "birth_date", "gender", "nickname"), "identity"),
    **dict.fromkeys(("city", "home", "residence", "country", "origin", "lives_in"), "location"),
    **dict.fromkeys(("place", "timezone"), "location"),
    **dict.fromkeys(("job", "occupation", "profession", "employer", "company"), "work"),
    **dict.fromkeys(("studies", "university", "school"), "education"),
    **dict.fromkeys(("like", "likes", "dislike", "dislikes", "favorite", "hobby"), "preference"),
    **dict.fromkeys(("spouse", "child", "children", "parent", "sibling", "partner"), "family"),
    **dict.fromkeys(("pets", "has_pet", "animal"), "pet"),
    **dict.fromkeys(("allergy", "diet", "condition", "medical"), "health"),
    **dict.fromkeys(("language", "languages", "skills", "learning", "knows"), "skill"),
    **dict.fromkeys(("goal", "goals", "plans", "intention", "event"), "plan"),
    **dict.fromkeys(("style", "response_style", "response_language", "format"), "answer_style"),
    **dict.fromkeys(("device", "software", "uses", "tools", "possession"), "tool"),
}
"""Names of types and predicates by the type that they stand for."""

TYPES = frozenset(KINDS.values())

_STOP_WORDS = (
    "a an the my our his her their i am is are to of in at for on with and as we you it im's мой "
    "моя моё мои наш наша в и на с со по у к из от за для я мы"
)
_STOP = frozenset(_STOP_WORDS.split())
_ENDINGS = (
    "иями ями ами ием ией ого его ому ему ыми ими ая яя ое ее ый ий ой ей ую юю ым им ом ем ых их "
    "ов ев ам ям ах ях ию ью ия ие ья ье ть а я о е ы и у ю й ь"
)
_RUSSIAN_ENDINGS = sorted(_ENDINGS.split(), key=len, reverse=True)
_NUMBERS = {
    **dict.fromkeys(("two", "both", "две", "два", "двое"), "2"),
    **dict.fromkeys(("three", "трое", "три", "трёх", "трех"), "3"),
    **dict.fromkeys(("five", "пять", "пятеро"), "5"),
    "one": "1",
    "four": "4",
    "six": "6",
}
_NEGATIONS = {"no", "not", "никак", "не", "нет", "без", "without", "dont", "doesnt"}
_LIKED = re.compile(r"like|love|favou?rit|enjoy|positiv|interest|hobby|любит|prefer")
_DISLIKED = re.compile(r"dislik|hate|avoid|negativ|не_любит|нелюб")
_FROM = re.compile("origin|from|birth|hometown|native|former|past")
_MORE_WORDS = 4
_ENOUGH = 0.6
_PREFIX = 4


def words(text: object) -> list[str]:
    """Return the words of a value that count, normalised."""
    plain = unicodedata.normalize("NFKC", str(text)).lower().replace("ё", "е").replace("’", "'")
    plain = re.sub(r"'s\b", "s", plain)
    return [_stem(word) for word in re.sub(r"[^\w#]+", " ", plain).split() if word not in _STOP]


def _stem(word: str) -> str:
    if word in _NUMBERS:
        return _NUMBERS[word]
    if re.search("[а-я]", word):
        for ending in _RUSSIAN_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
        return word
    for ending in ("ies", "es", "s"):
        if len(word) > _PREFIX and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def same_value(value: object, golden: Iterable[object]) -> bool:
    """Tell whether a value is one of these, some words more or less allowed."""
    found = words(value)
    return bool(found) and any(_alike(found, words(one)) for one in golden)


def _alike(found: Sequence[str], gold: Sequence[str]) -> bool:
    if not gold:
        return False
    these, those = set(found), set(gold)
    if these == those:
        return True
    if bool(_NEGATIONS & these) == bool(_NEGATIONS & those):
        if those <= these and len(found) <= len(gold) + _MORE_WORDS:
            return True
        if len(gold) > 1 and these < those and len(these) / len(those) >= _ENOUGH:
            return True
    return len(found) == len(gold) and all(map(_inflected, found, gold))


def _inflected(one: str, other: str) -> bool:
    if one == other:
        return True
    alike = one.startswith(other) or other.startswith(one)
    return min(len(one), len(other)) >= _PREFIX and alike


def kind_of(fact: Fact) -> str:
    """Return the type of a fact, by its own name or by its predicate's."""
    for name in (fact.get("type"), fact.get("predicate")):
        key = (name or "").lower().strip().replace(" ", "_")
        for one in (key, key.split(".")[0]):
            if one in KINDS:
                return KINDS[one]
            if one in TYPES:
                return one
    return (fact.get("type") or "").lower()


def polarity(fact: Fact) -> str:
    """Return `+` for something liked, `-` for something disliked, else `?`."""
    name = f"{fact.get('type', '')} {fact.get('predicate', '')}".lower()
    if _DISLIKED.search(name):
        return "-"
    return "+" if _LIKED.search(name) else "?"


def same_fact(found: Fact, gold: Fact, level: Level = "strict") -> bool:
    """Tell whether a fact is the golden one: by type and value, by predicate too, or by value."""
    if not same_value(found.get("value", ""), values_of(gold)):
        return False
    if level == "value":
        return True
    kind = kind_of(found)
    if kind != gold["type"] and kind not in gold.get("alt_types", []):
        return False
    if gold["type"] == kind == "preference" and _opposed(found, gold):
        return False
    if gold["type"] == "location":
        name = (found.get("predicate") or found.get("type") or "").lower()
        if bool(_FROM.search(name)) != (gold["predicate"] == "origin"):
            return False
    same: bool = (found.get("predicate") or "").lower() == gold["predicate"]
    return level != "predicate" or same


def _opposed(found: Fact, gold: Fact) -> bool:
    return polarity(found) not in {"?", polarity(gold)}


def values_of(gold: Fact) -> list[str]:
    """Return every form in which a golden value may be told."""
    return [gold["value"], *gold.get("accept", [])]


def active(fact: Fact) -> bool:
    """Tell whether a fact is told as true now."""
    gone = str(fact.get("op", "assert")) in {"retract", "remove", "delete", "superseded"}
    return not gone and str(fact.get("status", "active")) in {"active", "current", ""}


def forbidden(found: Fact, trap: Fact) -> bool:
    """Tell whether a fact is what the utterance must not give."""
    if not same_value(found.get("value", ""), values_of(trap)) or kind_of(found) != trap["type"]:
        return False
    predicate, name = trap.get("predicate"), (found.get("predicate") or "").lower()
    if predicate and trap["type"] == "preference" and _opposed(found, trap):
        return False
    if predicate == "lives_in":
        return not re.search("origin|from|birth|hometown|former|past|plan|visit", name)
    return predicate != "knows" or not re.search("learn|no_|not|weak", name)
