"""The rules of Russian: what a sentence says of its author."""

import re
from dataclasses import replace

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru import (
    bare,
    diets,
    doubts,
    endings,
    family,
    favourites,
    forgetting,
    health,
    identity,
    pastimes,
    pets,
    places,
    plans,
    skills,
    studies,
    style,
    tastes,
    tools,
    work,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.sentences import Context, Sentence
from shared.memory.predicates import type_of

_BARE = frozenset({"муж", "жена"})
"""Said by the way, "мы с женой", and not worth a fact beside one."""

_TITLE = 100
"""A longer quotation is no title, in letters."""

_GREETING = 20
"""What is shorter is no more than "Добрый день!", in letters."""

_TITLE_AFTER = re.compile(r"[ \t]{0,3}(?:«[^«»\n]+»|\"[^\"\n]+\"|“[^”\n]+”|„[^“\n]+“)[ \t.!]*")
_TITLE_BEFORE = re.compile(r"(?:«[^«»\n]+»|\"[^\"\n]+\"|“[^”\n]+”|„[^“\n]+“)[ \t]{0,3}$")
_TASK = re.compile(
    r"\W*(?:придумай|сочини|сгенерируй|переведи|напиши|составь|представься|исправь|проверь|набросай"
    r"|перескажи|перепиши|озвучь|разыграй|сыграй)[а-я]*\b[^:]{0,80}(?::|\bкак\b"
    r"|\bот лица\b|\bот имени\b)"
)
_REPORTED = re.compile(
    r"(?<!бы )\b(?:сказал[аи]?|говорит|говорят|говорил[аи]?|пишет|пишут|написал[аи]?|ответил[аи]?"
    r"|отвечает|заявил[аи]?|заявляет|хвастает(?:ся)?|хвастал(?:ся|ась)|признал(?:ся|ась)|признается"
    r"|крикнул[аи]?|шепнул[аи]?|повторяет|твердит|утверждает|рассказал[аи]?|рассказывает"
    r"|объявил[аи]?|поет|реферат|доклад|сочинение|биография|цитата|пословица|песня|загадка"
    r"|анекдот|надпись)\b[^:.!?]{0,40}:(?=\s)"
)
_BY_MYSELF = re.compile(r"\b(?:я|мы)\b")
_KINDS = (
    identity,
    places,
    work,
    studies,
    family,
    health,
    endings,
    diets,
    style,
    tastes,
    favourites,
    pastimes,
    skills,
    plans,
    tools,
    bare,
)


def facts(sentence: Sentence, context: Context) -> list[Found]:
    """Return what a Russian sentence says of its author, in the order of the text."""
    line = Line(_with_titles(sentence, context.text), opens=_opens(context))
    if not line.tokens or _TASK.match(line.low):
        return []
    found = [each for kind in _KINDS for each in kind.find(line)]
    found.extend(pets.find(line, context.before))
    found = doubts.without_doubtful(line, found)
    agreed = _agreed(sorted(_own_words(line, found), key=line.place_of))
    to_forget = forgetting.wish(line)
    return forgetting.retracted(line, agreed, to_forget) if to_forget else agreed


def _with_titles(sentence: Sentence, text: str) -> Sentence:
    """Return a sentence with the quotations right around it: titles of books, «вы»."""
    start, end = sentence.start, sentence.start + len(sentence.text)
    before = _TITLE_BEFORE.search(text, max(start - _TITLE, 0), start)
    after = _TITLE_AFTER.match(text, end, end + _TITLE)
    if before is None and after is None:
        return sentence
    start, stop = before.start() if before else start, after.end() if after else end
    speech = " " * (sentence.start - start) + sentence.speech + " " * (stop - end)
    return replace(sentence, text=text[start:stop], speech=speech, start=start)


def _opens(context: Context) -> bool:
    """Whether nothing but a greeting was said before."""
    return sum(len(each.text) for each in context.before) < _GREETING


def _own_words(line: Line, found: list[Found]) -> list[Found]:
    """Leave out what somebody else said, a bare wife beside better, the reasons of a request."""
    reported = _REPORTED.search(line.low)
    if reported and not _BY_MYSELF.search(line.low, 0, reported.end()):
        end = line.after(reported.end())
        found = [each for each in found if line.place_of(each) < end]
    if len(found) > 1 and any(each.value not in _BARE for each in found):
        found = [each for each in found if each.value not in _BARE or each.predicate != "spouse"]
    if any(type_of(each.predicate) == "answer_style" for each in found):
        found = [each for each in found if each.predicate not in {"likes", "dislikes"}]
    return found


def _agreed(found: list[Found]) -> list[Found]:
    """Leave out what was found twice, and what another finding contradicts."""
    kept: dict[tuple[str, str, str | None], Found] = {}
    ended = {(each.predicate, each.value) for each in found if each.op == "end"}
    for each in found:
        if each.op == "assert" and (each.predicate, each.value) in ended:
            continue
        kept.setdefault((each.op, each.predicate, each.value and each.value.casefold()), each)
    return list(kept.values())
