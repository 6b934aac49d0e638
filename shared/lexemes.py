"""Words as they are compared and searched for: Russian and English lemmas, whatever their form.

Russian words go through pymorphy3, English ones through the Snowball stemmer; the script of a word
decides. A lemma is an opaque lower-case string: good for comparing, not for showing.
"""

import re
from functools import cache, lru_cache

from shared.contracts.parts import Language
from shared.inflection import Case, inflect, nominative
from shared.morphology import morph, stem, stem_russian
from shared.word_lists import CARRIERS, NEGATIONS, NUMBERS, SAME, STOP_WORDS, TENS

__all__ = ["Case", "inflect", "key", "language_of", "lemma", "lemmas", "nominative"]

# The repetition is bounded: after a long one that fails, all that it took would be tried anew.
_WORD = re.compile(r"\d+(?:[.,]\d+){0,4}(?![^\W_])|[^\W_]+(?:['’][^\W\d_]+){0,4}(?:\+\+|#)?")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_CYRILLIC_WORD = re.compile(r"\b[а-яё]+", re.IGNORECASE)
_LATIN_WORD = re.compile(r"\b(?:[a-z]+|I)\b")
_POSSESSIVE = re.compile(r"['’]s?$")
_NOT = re.compile(r"n['’]t$")
# Nobody says a value of more words; what is beyond would make comparing slow, and no better.
_KEY_CHARACTERS = 2000
_LONGEST_WORD = 64
_NOMINAL = frozenset({"NOUN", "ADJF", "NUMR"})
_LIKE_ADJECTIVES = ("ая", "яя", "ое", "ее", "ый", "ий", "ой")


def lemmas(text: str) -> list[str]:
    """Return the lemmas of the content words of a text, in their order, with repetitions.

    Numbers in words become digits; stop words of both languages and negations are left out.
    """
    return [lemma.removeprefix("-") for lemma in _signed(text)]


def key(value: str) -> tuple[str, ...]:
    """Return the sorted unique lemmas of a value, by which values are compared.

    A negation ("no", "without", "не", "без") is a minus before the lemma that it stands before:
    "кофе без сахара" is `("-сахар", "кофе")`. A value of stop words alone, or of no words, is its
    own key (case-folded), so that no value has an empty one but the empty value.
    """
    found = tuple(sorted(set(_signed(value[:_KEY_CHARACTERS]))))
    bare = " ".join(value.casefold().replace("ё", "е").split())[:_KEY_CHARACTERS]
    return found or ((bare,) if bare else ())


def language_of(text: str) -> Language:
    """Return the language of a text by its script: Russian where Cyrillic words prevail.

    Latin words with a capital do not count, being names in Russian sentences as well; where that
    leaves as many of both, the letters decide.
    """
    cyrillic = len(_CYRILLIC.findall(text))
    if not cyrillic:
        return "en"
    balance = len(_CYRILLIC_WORD.findall(text)) - len(_LATIN_WORD.findall(text))
    return "ru" if (balance, cyrillic - len(_LATIN.findall(text))) >= (0, 0) else "en"


def lemma(word: str) -> str:
    """Return the lemma of one word, a stop word's too."""
    plain = word.casefold()[:_LONGEST_WORD]
    return _lemma(_POSSESSIVE.sub("", plain) or plain)


def _signed(text: str) -> list[str]:
    """Return the lemmas of a text, with a minus before what is negated."""
    shouting = text.isupper()
    result: list[str] = []
    negated = False
    for token in _WORD.findall(text):
        plain = token.casefold().replace("ё", "е")
        if plain in NEGATIONS or _NOT.search(plain):
            negated = True
            continue
        acronym = len(token) > 1 and token.isupper() and not shouting
        if plain in STOP_WORDS and not acronym:
            continue
        found = lemma(token)
        if negated and found in CARRIERS:
            # "Don't use emojis" is "no emojis".
            continue
        if not negated and result and result[-1] in TENS and _is_unit(found):
            result[-1] = str(int(result[-1]) + int(found))
            continue
        result.append(f"-{found}" if negated else found)
        negated = False
    return result


def _is_unit(found: str) -> bool:
    """Tell whether a lemma is a number that may follow a multiple of ten in words."""
    return len(found) == 1 and found.isdecimal() and found != "0"


@lru_cache(maxsize=65_536)
def _lemma(plain: str) -> str:
    """Return the lemma of a lower-case word."""
    if plain[0].isdecimal():
        thousands = re.fullmatch(r"\d{1,3}(,\d{3})+", plain)
        return plain.replace(",", "" if thousands else ".")
    if plain.replace("ё", "е") in NUMBERS:
        return NUMBERS[plain.replace("ё", "е")]
    found = _russian(plain) if _CYRILLIC.search(plain) else stem(plain)
    found = found.replace("ё", "е")
    found = NUMBERS.get(found, found)
    return _same().get(found, found)


@cache
def _same() -> dict[str, str]:
    """Return the lemmas that another one stands for."""
    return {
        _russian(word).replace("ё", "е") if _CYRILLIC.search(word) else word: other
        for word, other in SAME.items()
    }


def _russian(plain: str) -> str:
    """Return a lemma that all forms of a word share.

    Names and brands that the dictionary has not are stemmed: its guesses differ from case to case.
    A form may belong to several words ("Кеша", of "Кеша" and of "кеш"). Their lemmas are followed
    until one is its own, so that it matters little which of them a form led to at first.
    """
    if not morph().word_is_known(plain):
        return stem_russian(plain)
    seen = [plain]
    while True:
        found = _once(seen[-1])
        if found == seen[-1]:
            return found
        if found in seen:
            return min(seen[seen.index(found) :])
        seen.append(found)


def _once(plain: str) -> str:
    """Return the likeliest normal form of a word, of a noun or an adjective where it may be one."""
    parses = morph().parse(plain)
    nominal = [parse for parse in parses if parse.tag.POS in _NOMINAL]
    if any(parse.tag.POS == "ADJF" for parse in nominal):
        # "Столовая" and "столовый" are one: some of their forms are read as the one or the other.
        nominal = [
            parse
            for parse in nominal
            if parse.tag.POS != "NOUN" or not parse.normal_form.endswith(_LIKE_ADJECTIVES)
        ]
    scores: dict[str, float] = {}
    for parse in nominal or parses:
        normal = str(parse.normal_form)
        scores[normal] = scores.get(normal, 0.0) + float(parse.score)
    return min(scores, key=lambda normal: (-scores[normal], normal)) if scores else plain
