"""The rules of English: what a sentence says of its author."""

import re
from collections.abc import Iterator
from dataclasses import replace

from services.memory_writer.extraction.en import (
    careers,
    corrections,
    employers,
    endings,
    family,
    health,
    homes,
    household,
    identity,
    illness,
    instruments,
    leanings,
    location,
    manner,
    naming,
    pastimes,
    pets,
    plans,
    praise,
    skills,
    studies,
    style,
    taste,
    tools,
    trades,
    updates,
    work,
)
from services.memory_writer.extraction.en.forgetting import Wish, wish
from services.memory_writer.extraction.en.guarding import (
    is_ironic,
    is_quoted,
    is_supposed,
    reported_from,
)
from services.memory_writer.extraction.en.openings import Openings, begins_words
from services.memory_writer.extraction.en.reading import Clause, Reading, Rule, clauses, read
from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.sentences import Context, Sentence
from shared.memory.predicates import PREDICATES

_MODULES = (
    style,
    manner,
    updates,
    corrections,
    endings,
    naming,
    identity,
    location,
    homes,
    careers,
    work,
    trades,
    employers,
    studies,
    family,
    household,
    pets,
    health,
    illness,
    taste,
    leanings,
    pastimes,
    praise,
    skills,
    instruments,
    tools,
    plans,
)
RULES: tuple[Rule, ...] = tuple(each for module in _MODULES for each in module.RULES)


_AT_CLAUSE = Openings([each for each in RULES if each.where == "clause"])
_AT_REQUEST = Openings([each for each in RULES if each.where == "request"])
_ANYWHERE = [each for each in RULES if each.where == "anywhere"]
_AT_WORD = Openings([each for each in _ANYWHERE if begins_words(each)])
_ALL_OVER = tuple(each for each in _ANYWHERE if not begins_words(each))
_WORD_START = re.compile(r"\b\w")


def facts(sentence: Sentence, context: Context) -> list[Found]:
    """Return what an English sentence says of its author, in the order of the text."""
    reading = read(sentence, context)
    low = reading.low
    if is_ironic(low):
        return []
    to_forget = wish(low)
    retracted = _retracted(reading, to_forget) if to_forget else []
    start = to_forget.end if to_forget and (retracted or to_forget.plain) else 0
    end = 0 if is_quoted(sentence, context) else reported_from(low)
    placed: list[tuple[int, Found]] = []
    if end and start < len(low):
        placed.extend(_requests(reading, start))
        if not is_supposed(low):
            placed.extend(_statements(reading, start, end))
            placed.extend(_presupposed(reading, start, end))
    said = _settled([found for _, found in sorted(placed, key=lambda each: each[0])])
    return [*retracted, *said]


def _requests(reading: Reading, start: int) -> Iterator[tuple[int, Found]]:
    for clause in reading.clauses or (Clause(0, ""),):
        if clause.start < start:
            continue
        for rule in _AT_REQUEST.at(reading.low, clause.start):
            match = rule.pattern.match(reading.low, clause.start)
            if match:
                for found in rule.read(match, reading):
                    yield match.start(), found


def _statements(reading: Reading, start: int, end: int) -> Iterator[tuple[int, Found]]:
    for clause in reading.clauses:
        if clause.asks or not start <= clause.start < end:
            continue
        for rule in _AT_CLAUSE.at(reading.low, clause.start):
            match = rule.pattern.match(reading.low, clause.start)
            if match and match.end() > clause.start:
                for found in rule.read(match, reading):
                    yield match.start(), found


def _presupposed(reading: Reading, start: int, end: int) -> Iterator[tuple[int, Found]]:
    for rule in _ALL_OVER:
        for match in rule.pattern.finditer(reading.low, start, end):
            for found in rule.read(match, reading):
                yield match.start(), found
    done: dict[int, int] = {}
    for word in _WORD_START.finditer(reading.low, start, end):
        for rule in _AT_WORD.at(reading.low, word.start()):
            if word.start() < done.get(id(rule), 0):
                continue
            said = rule.pattern.match(reading.low, word.start(), end)
            if said:
                done[id(rule)] = said.end()
                for found in rule.read(said, reading):
                    yield said.start(), found


def _retracted(reading: Reading, to_forget: Wish) -> list[Found]:
    """Read what shall be forgotten as if it were stated."""
    start, end = to_forget.start, to_forget.end
    parts = clauses(reading.low[start:end], question=False)
    shifted = tuple(replace(each, start=each.start + start) for each in parts)
    only = replace(reading, clauses=shifted)
    stated = list(_statements(only, start, end))
    if to_forget.plain:
        stated.extend(_presupposed(only, start, end))
    kinds = [replace(each, quote=reading.sentence.text) for each in to_forget.kinds(reading)]
    said = _settled([found for _, found in stated if found.op == "assert"])
    return kinds or [replace(each, op="retract", quote=reading.sentence.text) for each in said]


_WORD = re.compile(r"\w+")


def _settled(found: list[Found]) -> list[Found]:
    """Drop what another rule said better: the same value twice, or a part of it."""
    kept: list[Found] = []
    for each in found:
        same = [one for one in kept if one.predicate == each.predicate and one.op == each.op]
        if any(_within(each, one) or _said_in(each, one) for one in same):
            continue
        kept = [one for one in kept if one not in same or not _within(one, each)]
        kept.append(each)
    return _without_contradictions(kept)


def _within(part: Found, whole: Found) -> bool:
    words = set(_WORD.findall((part.value or "").lower()))
    return words <= set(_WORD.findall((whole.value or "").lower()))


def _said_in(part: Found, whole: Found) -> bool:
    """Tell whether a part of the words that gave a single value gave another: "long, thorough"."""
    single = PREDICATES[part.predicate].cardinality == "single"
    return single and part.op == "assert" and part.quote in whole.quote


def _without_contradictions(found: list[Found]) -> list[Found]:
    """Leave out what is asserted of what has ended in the same sentence, or in the same words."""
    over = [one for one in found if one.op == "end"]
    return [
        one for one in found if one.op != "assert" or not any(_ends(each, one) for each in over)
    ]


def _ends(ended: Found, asserted: Found) -> bool:
    if ended.predicate != asserted.predicate:
        return False
    if ended.value is None:
        return asserted.quote in ended.quote
    return ended.value.lower() == (asserted.value or "").lower()
