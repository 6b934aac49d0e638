"""What somebody eats, and what not."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import (
    DIETS,
    MEAT,
    plain,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    ANY_CASE,
    OBJECT,
    readings,
)
from services.memory_writer.extraction.ru.phrases import phrase, phrases
from services.memory_writer.extraction.ru.subjects import (
    alien,
    of_others,
    own_kind,
    past,
    said,
    unreal,
)

_NO_MORE_DIET = re.compile(
    r"\b(?:бросил[аи]?|завязал[аи]? с|отказал(?:ся|ась) от|перестал[аи]? быть|закончил[аи]? с)\s"
    r"(вегетариан\w+|веган\w+|кето\w*|сыроедени\w+|диет\w+|пескетариан\w+)\b"
)
_EATS_AGAIN = re.compile(
    r"\b(?:снова|опять|теперь|вновь|начал[аи]?|стал[аи]?) (?:ем|едим|есть|кушаю|ели)\b"
)
_ALL = re.compile(r"\bем (?:все|всё)\b")
_NOT_EAT = re.compile(r"\bне (?:ем|едим|кушаю|употребляю)\b")
_MAY_NOT_AFTER = re.compile(r"\bмне (?:категорически |совсем |вообще )?нельзя\b")
_DIET = re.compile(r"\b(?:диете|диету|диеты|диета)\b")
_ON_DIET = re.compile(
    r"\b(?:на|соблюдаю|придерживаюсь|держу|только) (кето|палео|халяль|кашрут|кошер\w*|пост)\b"
    r"|\bем только (халяль\w*|кошер\w*)\b"
)
_FASTS = re.compile(r"\b(?:пощусь|постимся|соблюдаю (?:великий )?пост|держу пост)\b")
_KEEPS = re.compile(r"\b(?:я|мы|сижу|ем|соблюдаю|придерживаюсь|держу)\b")
_KOSHER = {"халял": "халяль", "кошер": "кошер"}
_ONLY_ON = frozenset({"халяль", "кашрут", "кошер", "палео", "кето"})
"""Diets that one is on: no words for those who eat so."""
_DIET_STARTS = frozenset(word[:3] for word in DIETS)


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author eats and does not eat."""
    yield from _diets(line)
    yield from _foods(line)


def _diets(line: Line) -> Iterator[Found]:
    ended = list(_given_up(line))
    yield from ended or _eaters(line)
    for match, first, _after in line.find(_ON_DIET):
        if said(line, first) and not alien(line, first) and _KEEPS.search(line.low):
            word = match[1] or match[2]
            yield line.found("diet", _KOSHER.get(word[:5], word), first)
    for _, first, _after in line.find(_FASTS):
        if said(line, first):
            yield line.found("diet", "пост", first)
    for _, first, _after in line.find(_DIET):
        yield from _named_diet(line, first)


def _given_up(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_NO_MORE_DIET):
        if said(line, first) and not alien(line, first):
            yield line.found("diet", None, first, op="end")


def _eaters(line: Line) -> Iterator[Found]:
    """Yield the diets of "я веган", and the end of one of "я больше не веган"."""
    for k, token in enumerate(line.tokens):
        word = _eater(token.low)
        if word is None or unreal(line, k) or line.asked(k) or past(line, k):
            continue
        if word in _ONLY_ON or not own_kind(line, k):
            continue
        if re.search(r"\bбольше не\b|\bуже не\b", line.clause_text(k)):
            yield line.found("diet", None, k, op="end")
        elif not re.search(r"\bне\b", line.clause_text(k)):
            yield line.found("diet", DIETS[word], k)


def _eater(word: str) -> str | None:
    """Return the dictionary form of a word that says how one eats."""
    if word in DIETS:
        return word
    if word[:3] not in _DIET_STARTS:
        return None
    forms = (plain(r.normal) for r in readings(word) if r.case in {"nomn", "ablt", ""})
    return next((form for form in forms if form in DIETS), None)


def _named_diet(line: Line, i: int) -> Iterator[Found]:
    start, _ = line.clause(i)
    if line.asked(i) or unreal(line, i) or of_others(line, i) or line.negated(i):
        return
    own = re.search(
        r"\b(?:сижу|я|мы|у меня|соблюдаю|придерживаюсь|держу|прописал\w*|назначил\w*)\b",
        line.clause_text(i),
    )
    if own is None:
        return
    for k in range(start, i):
        named = phrase(line, k, ANY_CASE, linked=False)
        if named and named.after == i + 1 and named.first < i:
            yield line.found("diet", named.value, i)
            return


def _foods(line: Line) -> Iterator[Found]:
    yield from _eats(line)
    yield from _eats_not(line)
    yield from _may_not(line)


def _eats(line: Line) -> Iterator[Found]:
    for pattern in (_EATS_AGAIN, _ALL):
        for _, first, after in line.find(pattern):
            if line.asked(first) or unreal(line, first) or line.negated(first):
                continue
            item = phrase(line, after, ACCUSATIVE, linked=False)
            whole = pattern is _ALL or line.word(after) == "все"
            if whole and re.search(r"\b(?:веган|вегетариан\w*|диет\w*|снова|опять)\b", line.low):
                yield line.found("diet", "ест всё", first)
            elif item and item.head and plain(item.head.normal) in MEAT:
                yield line.found("diet", f"ест {item.head.form('accs') or item.value}", first)


def _eats_not(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_NOT_EAT):
        if (
            line.asked(first)
            or unreal(line, first)
            or alien(line, first)
            or (re.search(r"\b(?:сегодня|вчера|с утра|давно не|еще не|ничего|пока)\b", line.low))
        ):
            continue
        listed = phrases(line, after, OBJECT) or _objects_before(line, first)
        for value in listed:
            yield line.found(
                "diet",
                f"не ест {value}"
                if isinstance(value, str)
                else f"не ест {_as_written(line, value.first, value.after)}",
                first,
            )


def _may_not(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MAY_NOT_AFTER):
        if line.asked(first) or unreal(line, first):
            continue
        item = phrase(line, after, OBJECT, linked=False)
        if item is None:
            before = _objects_before(line, first)
            if before:
                yield line.found("diet", f"нельзя {before[0]}", first)
        elif item.head and (item.head.pos != "NOUN" or "inan" in item.head.grammemes):
            yield line.found("diet", f"нельзя {item.value}", first)


def _as_written(line: Line, first: int, after: int) -> str:
    return line.text[line.tokens[first].start : line.tokens[after - 1].end].lower()


def _objects_before(line: Line, i: int) -> list[str]:
    """Return the object that stands before its verb: "солёное мне нельзя"."""
    start, _ = line.clause(i)
    for k in range(start, i):
        item = phrase(line, k, OBJECT, linked=False)
        if item and item.after == i and line.word(k) not in {"я", "мы"}:
            return [_as_written(line, item.first, item.after)]
    return []
