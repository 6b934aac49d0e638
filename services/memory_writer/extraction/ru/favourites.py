"""What somebody likes best, and chooses of two."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    pick,
)
from services.memory_writer.extraction.ru.objects import (
    kept,
    stated,
)
from services.memory_writer.extraction.ru.phrases import (
    phrase,
    phrases,
)
from services.memory_writer.extraction.ru.subjects import past, sarcastic
from services.memory_writer.extraction.ru.words import words

_FAVOURITE = re.compile(r"\b(?:любим(?:ый|ая|ое|ые|ейший)|обожаем(?:ый|ая))\b")
_CHOOSE = re.compile(r"\b(?:выберу|выбираю|выбрал бы|выбрала бы|предпочту|предпочитаю|за)\b")
_BETWEEN = re.compile(r"\bмежду\b")
_MORE = re.compile(r"\b(?:больше нравится|больше нравятся|больше люблю|ближе|мне милее|приятнее)\b")
_BETTER = re.compile(r"\b(?:по мне|для меня|мне)\b[^,.]{0,12}\bлучше\b")
_OTHERS = frozenset({"его", "ее", "их", "твой", "твоя", "твое"})
_MINE = frozenset({"мой", "моя", "мое", "мои", "—", "-"})
_LOVED_ONES = frozenset({"муж", "жена", "человек", "сын", "дочь", "мама", "человека"})
_BESIDE = words("у меня всех времен — - – : это для цвет группа однозначно конечно пожалуй сейчас")
_PAIR = 2


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author likes best, and would rather have."""
    if sarcastic(line):
        return
    yield from _favourites(line)
    yield from _choices(line)


def _favourites(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_FAVOURITE):
        if not stated(line, first) or line.negated(first) or past(line, first):
            continue
        kind = phrase(line, after, NOMINATIVE, linked=False)
        if kind is None or line.word(first - 1) in _OTHERS or line.word(after) in _LOVED_ONES:
            continue
        title = next(filter(None, (line.title(j) for j in range(after, after + 6))), None)
        for value in [title] if title else _favoured(line, first, after):
            yield line.found("favorite", value, first)


def _favoured(line: Line, first: int, after: int) -> list[str]:
    """Return what is liked best, which stands after its kind or before "мой любимый"."""
    k = after + 1
    while (
        pick(line.word(k), cases=GENITIVE)
        and not line.tokens[k].capital
        and line.word(k + 1) in {"у", "—", "-", "–", "это", ":"}
    ):
        k += 1
    while line.word(k) in _BESIDE:
        k += 1
    items = [item for item in phrases(line, k, NOMINATIVE) if kept(line, item)]
    if items:
        return [item.value for item in items]
    start, _ = line.clause(first)
    stop = first - 1 if line.word(first - 1) in _MINE else first
    if start > 0 and (stop == start or not line.tokens[start].is_word):
        start, stop = line.clause(start - 1)[0], start
    named = phrase(line, start, NOMINATIVE)
    if named and kept(line, named) and named.after in {stop, stop - 1, first - 1, first}:
        return [named.value]
    return []


def _choices(line: Line) -> Iterator[Found]:
    yield from _between(line)
    yield from _chosen(line)
    yield from _better(line)
    yield from _more(line)


def _between(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BETWEEN):
        if not stated(line, first):
            continue
        pair = phrases(line, after, INSTRUMENTAL, linked=False)
        for _, at, beyond in line.find(_CHOOSE):
            chosen = phrase(line, beyond, ACCUSATIVE, linked=False)
            if len(pair) == _PAIR and chosen and at > first:
                yield line.found("likes", chosen.value, at)
                for each in pair:
                    if each.head and chosen.head and each.head.normal != chosen.head.normal:
                        yield line.found("dislikes", each.value, at, confidence=0.5)


def _chosen(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_CHOOSE):
        if match[0] == "за" or not stated(line, first) or match[0] == "предпочитаю":
            continue
        if not re.search(r"\b(?:всегда|обычно|а не|вместо)\b", line.low) or _BETWEEN.search(
            line.low
        ):
            continue
        chosen = phrase(line, after, ACCUSATIVE, linked=False)
        if chosen and kept(line, chosen):
            yield line.found("likes", chosen.value, first)


def _better(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BETTER):
        item = phrase(line, after, NOMINATIVE)
        if (
            item
            and stated(line, first)
            and re.match(r"\W*(?:чем|а не)\b", line.low[line.tokens[item.after - 1].end :])
        ):
            yield line.found("likes", item.value, first)


def _more(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MORE):
        del after
        start, _ = line.clause(first)
        if stated(line, first) and not line.negated(first) and "мне" in line.clause_text(first):
            item = phrase(line, start, NOMINATIVE, linked=False)
            if item and item.after <= first and kept(line, item):
                yield line.found("likes", item.value, first)
