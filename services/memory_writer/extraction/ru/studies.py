"""Where somebody studies, and what."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.companies import capital
from services.memory_writer.extraction.ru.lexicon import (
    SCHOOLS,
    listed,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    LOCATIVE,
    NOMINATIVE,
)
from services.memory_writer.extraction.ru.phrases import phrase
from services.memory_writer.extraction.ru.professions import occupation, said_of_another
from services.memory_writer.extraction.ru.subjects import alien, past, unreal

_STUDY = re.compile(r"\b(?:учусь|учимся|обучаюсь|поступил[аи]?|студент(?:ка)?|аспирант(?:ка)?)\b")
_EDUCATION = re.compile(r"\bпо образованию\b")
_LONGEST_SHORT_NAME = 8
_UNIVERSITIES = frozenset({"мгу", "спбгу", "мфти", "мифи", "мгимо", "итмо"})


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says of its author's studies."""
    yield from _studies(line)


def _studies(line: Line) -> Iterator[Found]:
    yield from _studying(line)
    yield from _educated(line)


def _studying(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_STUDY):
        if line.asked(first) or unreal(line, first) or line.negated(first) or past(line, first):
            continue
        noun = match[0].startswith(("студ", "асп"))
        if (noun or match[0].startswith("поступ")) and (
            alien(line, first) or not (re.search(r"\b(?:я|мне|меня)\b", line.low) or not noun)
        ):
            continue
        _, end = line.clause(first)
        for k in range(after, end):
            cases = _cases_of_school(line.word(k - 1), beside=noun and k == after)
            school = _school(line, k, cases) if cases else None
            if school:
                yield line.found("studies_at", school, first)
            elif line.word(k - 1) == "на" and match[0] in {"учусь", "обучаюсь"}:
                job = occupation(line, k, ACCUSATIVE)
                if job:
                    yield line.found("field_of_study", job[0], first)
                    break


def _cases_of_school(before: str, *, beside: bool) -> frozenset[str] | None:
    """Return the cases of a school after a word, None where none stands; `beside` a student."""
    if beside or before in {"курсе", "факультете", "отделении", "кафедре"}:
        return GENITIVE
    return LOCATIVE | ACCUSATIVE if before in {"в", "во", "на"} else None


def _educated(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_EDUCATION):
        if line.asked(first) or unreal(line, first) or said_of_another(line, first):
            continue
        job = occupation(line, after, NOMINATIVE)
        if job:
            yield line.found("field_of_study", job[0], first, confidence=0.8)


def _school(line: Line, i: int, cases: frozenset[str]) -> str | None:
    token = line.token(i)
    if token is None or not token.is_word:
        return None
    if token.low in _UNIVERSITIES or (
        token.text.isupper() and 1 < len(token.text) <= _LONGEST_SHORT_NAME
    ):
        return token.text.upper()
    named = phrase(line, i, cases, linked=False)
    if named is None:
        return None
    if listed(token.low, SCHOOLS, cases):
        proper = token.low.startswith(("бауман", "вышк", "физтех"))
        return capital(named.value) if proper else named.value
    head = named.head.normal if named.head else ""
    return named.value if listed(head, SCHOOLS, frozenset()) else None
