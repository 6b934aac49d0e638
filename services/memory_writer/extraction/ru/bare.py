"""Introductions in a list: "Коротко о себе: Вадим, 41 год, фрезеровщик, разведён"."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.identity import OLDEST, YOUNGEST
from services.memory_writer.extraction.ru.lexicon import GENDERS, RETIRED, SUFFERERS, listed, plain
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    GENITIVE,
    LIKELY,
    LOCATIVE,
    NOMINATIVE,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.names import person, place
from services.memory_writer.extraction.ru.numbers import number
from services.memory_writer.extraction.ru.professions import occupation
from services.memory_writer.extraction.ru.subjects import unreal

_ABOUT_ME = re.compile(
    r"\b(?:о себе|обо мне|про себя|о нас|представлюсь|знакомимся|анкета моя|моя анкета|мой профиль"
    r"|вводные|кто я)\b"
    r"|^\W*(?:коротко|вкратце|кратко|в двух словах|пару слов|справка|факты)(?=\s?:)"
)
_SELF = re.compile(
    r"\bя\b(?! же| не)|\bмне \d|\bменя зовут\b|\b(?:живу|сижу с|уволил\w*|работаю|служу|учусь"
    r"|люблю|увлекаюсь)\b"
)
_COMMA_AGE = re.compile(r"\s?,\s?(?:мне )?\d{1,2}(?: лет| год| года)?\s?,")
_LONGEST_ITEM = 6


def find(line: Line) -> Iterator[Found]:
    """Yield the items of an introduction that have no verb."""
    about = _ABOUT_ME.search(line.low)
    introduced = about is not None or _names_itself(line)
    told = _SELF.search(line.low)
    if not (introduced or told) or not line.tokens or unreal(line, 0):
        return
    if line.sentence.question and not introduced:
        return
    for first, after in _clauses(line):
        if after - first > _LONGEST_ITEM or line.asked(first):
            continue
        if about and line.tokens[first].start < about.end():
            continue
        yield from _item(line, first, after, introduced=introduced)


def _names_itself(line: Line) -> bool:
    """Whether a message begins like "Андрей, 29, Воронеж, логист"."""
    job = occupation(line, 0, NOMINATIVE) if line.opens and line.token(0) else None
    if job and _COMMA_AGE.match(line.low, line.tokens[job[1] - 1].end):
        return True
    if job and line.word(job[1]) == "из" and (spot := place(line, job[1] + 1, GENITIVE)):
        return line.word(spot.after) == ","
    named = person(line, 0, NOMINATIVE) if line.opens else None
    if named is None or not pick(line.word(0), cases=NOMINATIVE, having="Name"):
        return False
    return _COMMA_AGE.match(line.low, line.tokens[named.after - 1].end) is not None


def _clauses(line: Line) -> Iterator[tuple[int, int]]:
    i = 0
    while i < len(line.tokens):
        first, after = line.clause(i)
        start = first
        while start < after and (
            not line.tokens[start].is_word or line.word(start) in {"и", "а", "теперь"}
        ):
            start += 1
        if start < after:
            yield start, after
        i = max(after, i + 1)


def _item(line: Line, first: int, after: int, *, introduced: bool) -> Iterator[Found]:
    if any(_is_verb(line.word(k)) for k in range(first, after)):
        return
    job = occupation(line, first, NOMINATIVE)
    if job and (job[1] == after or line.word(job[1]) in {"в", "из", "на", "по", "с"}):
        yield from _job(line, first, job)
        return
    years = number(line.word(first), line.word(first + 1))
    if years:
        yield from _age(line, first, after, years, introduced=introduced)
    elif introduced:
        yield from _word(line, first, after)


def _job(line: Line, first: int, job: tuple[str, int]) -> Iterator[Found]:
    """Yield a profession, and the place in "студентка из Пензы"."""
    if first > 0 or _names_itself(line):
        yield line.found("occupation", "пенсионер" if job[0] in RETIRED else job[0], first)
    spot = place(line, job[1] + 1, GENITIVE) if line.word(job[1]) == "из" else None
    if spot:
        yield line.found("lives_in", spot.value, first, confidence=0.7)


def _age(
    line: Line, first: int, after: int, years: tuple[int, int], *, introduced: bool
) -> Iterator[Found]:
    """Yield an age: "41 год", or a bare number in what is called an introduction."""
    end = first + years[1]
    counted = line.word(end) in {"лет", "год", "года"}
    if YOUNGEST <= years[0] <= OLDEST and end + counted == after and (counted or introduced):
        yield line.found("age", str(years[0]), first)


def _word(line: Line, first: int, after: int) -> Iterator[Found]:
    """Yield what the first word of an item says: gender, illness, name or place."""
    word = line.word(first)
    gender = listed(word, frozenset(GENDERS), NOMINATIVE)
    sufferer = next((plain(r.normal) for r in readings(word) if plain(r.normal) in SUFFERERS), None)
    if gender and first + 1 == after:
        yield line.found("gender", GENDERS[gender], first)
    elif sufferer:
        yield line.found("condition", SUFFERERS[sufferer], first)
    else:
        yield from _proper(line, first, after)


def _proper(line: Line, first: int, after: int) -> Iterator[Found]:
    """Yield a name or a place that is a whole item."""
    if pick(line.word(first), cases=NOMINATIVE, having="Name"):
        named = person(line, first, NOMINATIVE)
        if named and named.after == after:
            yield line.found("name", named.value, first)
            return
    start = first
    cases = NOMINATIVE
    if line.word(first) in {"город", "г", "из", "в"}:
        start, cases = first + 1, {"из": GENITIVE, "в": LOCATIVE}.get(line.word(first), NOMINATIVE)
    if line.word(start) == ".":
        start += 1
    spot = place(line, start, cases)
    if spot and spot.after == after:
        yield line.found("lives_in", spot.value, first, confidence=0.8)


def _is_verb(word: str) -> bool:
    best = top(word)
    return bool(best and best.pos in {"VERB", "INFN"} and best.score > LIKELY)
