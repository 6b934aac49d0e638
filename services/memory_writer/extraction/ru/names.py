"""Names of people, animals and places, as they read in the nominative."""

from collections.abc import Collection

from services.memory_writer.extraction.ru.line import Line, Token
from services.memory_writer.extraction.ru.morphology import (
    ADJECTIVES,
    ANY_CASE,
    GENITIVE,
    INSTRUMENTAL,
    Reading,
    known,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.phrases import Phrase
from services.memory_writer.extraction.ru.words import words

_PERSONAL = ("Name", "Surn", "Patr")
_NO_NAME_POS = frozenset({"PREP", "CONJ", "NPRO", "VERB", "ADVB", "PRCL", "INFN", "NUMR"})
_LIKELY_NAME = 0.2
_LIKELY_PLACE = 0.3
SHORTEST_NAME = 2
MOST_PARTS = 3
_SHORTEST_STEM = 2
_ENDINGS = (
    ("ablt", "ей", "я"),
    ("ablt", "ой", "а"),
    ("ablt", "ом", ""),
    ("ablt", "ем", ""),
    ("accs", "у", "а"),
    ("accs", "ю", "я"),
    ("datv", "у", ""),
    ("datv", "ю", ""),
    ("gent", "а", ""),
    ("gent", "я", ""),
)
"""The case, its ending and that of the nominative, of names that no dictionary has."""
_HISSING = "жшчщц"
_NO_NAMES = words(
    "так тут там это просто не никак все мой моя наш наша он она они ты вы меня тебя вас его ее их"
    " как кто дома здесь тоже уже нет да и а но по на в с у от за привет здравствуйте спасибо"
    " пока кстати потому ему ей им год лет бог господь"
)
SHORT_PLACES = {
    "питер": "Питер", "питере": "Питер", "питера": "Питер", "мск": "Москва",
    "спб": "Санкт-Петербург",
    "екб": "Екатеринбург", "екате": "Екатеринбург", "нск": "Новосибирск", "новосиб": "Новосибирск",
    "новосибе": "Новосибирск", "ростове": "Ростов", "сша": "США",
    "алматы": "Алматы", "оаэ": "ОАЭ", "рф": "Россия",
    "штатах": "США", "штаты": "США", "крыму": "Крым",
    "подмосковье": "Подмосковье", "челябе": "Челябинск", "мухосранске": "",
}  # fmt: skip
_COMPOUND = words(
    "нижний великий верхний новый старый набережный минеральный великие набережные минеральные"
    " сергиев старая новая красный белый советский южный северный западный восточный"
)
_CIVIC = words(
    "город городе города деревня деревне деревни село селе села поселок поселке поселка область"
    " области районе район пригород пригороде станица станице хуторе город-герой республике"
    " республика стране городок городке"
)


def _capital(form: str) -> str:
    parts = form.split("-")
    return "-".join(p if p in {"на", "ла", "де", "эль"} else p[:1].upper() + p[1:] for p in parts)


def person(
    line: Line, i: int, cases: Collection[str] = ANY_CASE, *, loose: bool = False
) -> Phrase | None:
    """Return the name that begins at a token, of at most three parts.

    `loose`: whatever word stands there is a name ("меня зовут Ыш"), also one in lower case.
    """
    words: list[str] = []
    gender = ""
    k = i
    while (token := line.token(k)) and len(words) < MOST_PARTS:
        part = _part(token, cases, first=not words, loose=loose, gender=gender)
        if part is None:
            break
        words.append(part[0])
        gender = gender or part[1]
        k += 1
    if not words:
        return None
    return Phrase(" ".join(words), i, k, None)


def _part(
    token: Token, cases: Collection[str], *, first: bool, loose: bool, gender: str
) -> tuple[str, str] | None:
    """Return one part of a name in the nominative, and its gender."""
    if not token.text[0].isalpha() or token.low in _NO_NAMES or len(token.low) < SHORTEST_NAME:
        return None
    if token.is_latin:
        return (token.text, "") if token.capital or (loose and first) else None
    for reading in readings(token.low):
        if _is_personal(reading, cases, gender) and (
            token.capital
            or (loose and first)
            or (reading.score > _LIKELY_NAME and (first or "Surn" not in reading.grammemes))
        ):
            return _capital(reading.nominative), reading.gender
    if not _may_be_name(token, first=first, loose=loose):
        return None
    return _capital(_unknown(token.low, cases)), ""


def _is_personal(reading: Reading, cases: Collection[str], gender: str) -> bool:
    """Whether a reading is a name of one person, of the gender of the part before it."""
    if reading.case not in cases or not reading.grammemes.intersection(_PERSONAL):
        return False
    if gender and reading.gender not in {gender, "", "ms-f"}:
        return False
    return not reading.grammemes.intersection({"plur", "Infr"})


def _may_be_name(token: Token, *, first: bool, loose: bool) -> bool:
    """Whether a word that is no name in the dictionary may be one here."""
    if not token.capital and not (loose and first):
        return False
    if known(token.low) and (not first or (token.start == 0 and not loose)):
        return False
    best = top(token.low)
    if best is None or best.pos not in _NO_NAME_POS:
        return True
    return token.capital and token.start > 0 and best.pos == "VERB"


def _unknown(word: str, cases: Collection[str]) -> str:
    """Return a name that no dictionary has, in the nominative: "кешей" -> "кеша"."""
    if "nomn" in cases and "ablt" not in cases:
        return word
    for case, end, nominative in _ENDINGS:
        if case in cases and word.endswith(end) and len(word) > len(end) + _SHORTEST_STEM:
            stem = word[: -len(end)]
            return stem + ("а" if end == "ей" and stem[-1] in _HISSING else nominative)
    return word


def place(line: Line, i: int, cases: Collection[str]) -> Phrase | None:
    """Return the place that begins at a token; words for kinds of places before it are skipped."""
    while line.word(i) in _CIVIC or line.word(i) in {
        "нашем",
        "родном",
        "родной",
        "родную",
        "свой",
        "свою",
        "славном",
        "самом",
        "г",
    }:
        i += 1
        if line.word(i) == ".":
            i += 1
    if line.word(i) in {"под", "около", "возле"} and line.word(i - 1) in _CIVIC:
        i, cases = i + 1, INSTRUMENTAL if line.word(i) == "под" else GENITIVE
    token = line.token(i)
    if token is None or not token.text[0].isalpha():
        return None
    short, two = SHORT_PLACES.get(token.low), _two_words(line, i, cases)
    if short or two or token.is_latin:
        return two or (Phrase(short, i, i + 1, None) if short else None)
    geo = pick(token.low, cases=cases, having="Geox")
    if geo and "Surn" not in geo.grammemes and _is_place(token, geo.score):
        return Phrase(_capital(geo.nominative), i, i + 1, geo)
    return _unlisted(line, i, cases)


def _two_words(line: Line, i: int, cases: Collection[str]) -> Phrase | None:
    """Return a place of an adjective and a noun: "нижнем новгороде"."""
    token, ahead = line.token(i), line.token(i + 1)
    if token is None or ahead is None or not ahead.is_word:
        return None
    adjective = pick(token.low, pos=ADJECTIVES, cases=cases)
    if adjective is None:
        return None
    noun = pick(ahead.low, cases=cases, having="Geox") or pick(ahead.low, cases=cases)
    listed = adjective.normal.replace("ё", "е") in _COMPOUND
    if noun is None or not (
        (listed and "Geox" in noun.grammemes)
        or (token.capital and ahead.capital)
        or (token.capital and i > 0 and ahead.low in {"области", "область", "крае", "край"})
    ):
        return None
    words = f"{_capital(adjective.agreeing(noun))} {noun.nominative}"
    if "Geox" in noun.grammemes or ahead.capital:
        words = f"{_capital(adjective.agreeing(noun))} {_capital(noun.nominative)}"
    return Phrase(words, i, i + 2, noun)


def _is_place(token: Token, score: float) -> bool:
    """Whether a word that may be a place is one here: lower case needs a likely reading."""
    return token.capital or score > _LIKELY_PLACE


def _unlisted(line: Line, i: int, cases: Collection[str]) -> Phrase | None:
    """Return a place that no dictionary has: a capital in the midst of a sentence."""
    token = line.tokens[i]
    if not token.capital or token.start == 0 or token.text.isupper():
        return None
    reading = pick(token.low, cases=cases)
    if reading is None or reading.grammemes.intersection({"Orgn", "anim", "Name", "Patr"}):
        return None
    if known(token.low):
        return None
    return Phrase(_capital(reading.nominative), i, i + 1, reading)
