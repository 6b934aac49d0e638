"""Puts Russian noun phrases into another case, and back into the nominative."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from shared.morphology import morph, stem_russian

Case: TypeAlias = Literal["nomn", "gent", "datv", "accs", "ablt", "loct", "loc2"]
"""As in pymorphy3; loc2 is the locative after в and на where it differs (в Крыму, в лесу)."""

_TOKEN = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
_BEFORE_HEAD = {"ADJF", "PRTF", "NUMR"}
_PHRASE_CHARACTERS = 200


def inflect(phrase: str, case: Case) -> str:
    """Return a nominative Russian noun phrase in a case: its adjectives and its head noun.

    What follows the head ("машинист метро") stays as it is, unless both are names ("Лада Веста").
    So do Latin letters, words that are no nouns, and capitals.
    """
    return _turned(phrase, frozenset({"nomn"}), case)


def nominative(phrase: str, cases: frozenset[str] = frozenset()) -> str:
    """Return a Russian noun phrase in the nominative, whatever its case; capitals stay.

    `cases` are those that it may be in, where the words around it tell ("в": loct, accs).
    """
    return _turned(phrase, cases, "nomn")


@lru_cache(maxsize=4096)
def _turned(phrase: str, cases: frozenset[str], to: Case) -> str:
    """Return the phrase with its agreeing words and its head turned from one case into another."""
    if len(phrase) > _PHRASE_CHARACTERS:
        return phrase
    words = [word for word in _TOKEN.finditer(phrase) if not word.group().endswith("фф")]
    found = _head(words, cases)
    if found is None:
        return phrase
    head, parse = found
    if to != "nomn" and parse.tag.case != "nomn":
        return phrase
    readings = [_agreeing(word.group(), parse) for word in words[:head]]
    readings += [parse, *_apposed(phrase, words[head:], parse)]
    result = phrase
    for word, reading in reversed(list(zip(words, readings, strict=False))):
        form = _form(reading, to, parse)
        if form is not None:
            result = result[: word.start()] + _cased(form, word.group()) + result[word.end() :]
    return result


def _apposed(phrase: str, words: list[re.Match[str]], head: Any) -> list[Any]:
    """Return the readings of the names right after a head that is one: Лада Веста, Анна Орлова."""
    found: list[Any] = []
    for before, word in pairwise(words):
        joined = phrase[before.end() : word.start()] == " "
        if not joined or not before.group()[0].isupper() or not word.group()[0].isupper():
            break
        fitting = [
            parse
            for parse in morph().parse(word.group())
            if parse.tag.POS == "NOUN" and parse.tag.case == head.tag.case
        ]
        if not fitting:
            break
        found.append(max(fitting, key=lambda parse: (parse.tag.number == "sing", parse.score)))
    return found


def _head(words: list[re.Match[str]], cases: frozenset[str]) -> tuple[int, Any] | None:
    """Return the place and the reading of the head noun; None where there is none."""
    for place, word in enumerate(words):
        parses = morph().parse(word.group())
        nouns = [parse for parse in parses if parse.tag.POS == "NOUN"]
        if nouns and not _is_adjective_here(parses, words, place):
            before = [other.group() for other in words[:place]]
            agreeing = [noun for noun in nouns if all(_agreeing(one, noun) for one in before)]
            return place, _likeliest(agreeing or nouns, cases, word.group())
        if not any(parse.tag.POS in _BEFORE_HEAD for parse in parses):
            return None
    if not words:
        return None
    # No noun: "русский", "третья".
    last = morph().parse(words[-1].group())
    adjectives = [parse for parse in last if parse.tag.POS in _BEFORE_HEAD]
    return len(words) - 1, _likeliest(adjectives, cases, words[-1].group())


def _is_adjective_here(parses: list[Any], words: list[re.Match[str]], place: int) -> bool:
    """Tell whether a word that may be a noun is an adjective of the next ("русский чай")."""
    if parses[0].tag.POS == "NOUN" or place + 1 == len(words):
        return False
    following = morph().parse(words[place + 1].group())
    return any(parse.tag.POS == "NOUN" for parse in following)


def _likeliest(parses: list[Any], cases: frozenset[str], word: str) -> Any:
    """Return the likeliest reading, of the given cases where there is one; places by capitals.

    Of a word that no dictionary has, a name that ends in a consonant is likelier than the others.
    """
    oblique = bool(cases) or word.endswith("ом")
    plain = word.lower()
    stem = stem_russian(plain) if oblique and not morph().word_is_known(plain) else ""

    def rank(parse: Any) -> tuple[bool, bool, bool, bool, float]:
        wanted = parse.tag.case in cases if cases else parse.tag.case == "nomn"
        proper = word[0].isupper() and ("Geox" in parse.tag or "Name" in parse.tag)
        single = parse.tag.number != "plur" or morph().word_is_known(plain)
        return parse.normal_form == stem != plain, wanted, proper, single, float(parse.score)

    return max(parses, key=rank)


def _agreeing(word: str, head: Any) -> Any | None:
    """Return the reading of an adjective that agrees with its noun in case and number."""
    for parse in morph().parse(word):
        tag = parse.tag
        if tag.POS not in _BEFORE_HEAD or tag.case != head.tag.case:
            continue
        if tag.number is None or (
            tag.number == head.tag.number and tag.gender in {None, head.tag.gender}
        ):
            return parse
    return None


def _form(parse: Any | None, to: Case, head: Any) -> str | None:
    """Return a word in a case, agreeing with its head; None where it has no such form."""
    if parse is None or parse.tag.case == to:
        return None
    if to == "loc2":
        turned = parse.inflect({to})
        return _form(parse, "loct", head) if turned is None else str(turned.word)
    wanted: set[str] = {to}
    if parse.tag.POS in _BEFORE_HEAD and parse.tag.gender:
        wanted.add(parse.tag.gender)
    if parse.tag.number:
        wanted.add(parse.tag.number)
    if to == "accs" and parse.tag.POS in _BEFORE_HEAD and parse.tag.gender in {None, "masc"}:
        wanted.add(head.tag.animacy or "inan")
    turned = parse.inflect(wanted)
    return None if turned is None else str(turned.word)


def _cased(form: str, like: str) -> str:
    """Return a form with the capitals of the word that it stands for, part by part."""
    if form == like.lower():
        return like
    if like.isupper() and len(like) > 1:
        return form.upper()
    parts = form.split("-")
    models = like.split("-")
    if len(parts) != len(models):
        models = [like] * len(parts)
    return "-".join(
        part[:1].upper() + part[1:] if model[:1].isupper() else part
        for part, model in zip(parts, models, strict=True)
    )
