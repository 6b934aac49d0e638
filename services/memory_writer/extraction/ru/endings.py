"""What somebody has no longer: "у меня больше нет собаки", "аллергия на арахис прошла"."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import ANIMALS, ILLNESSES, plain
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import GENITIVE, OBJECT
from services.memory_writer.extraction.ru.phrases import phrase, phrases
from services.memory_writer.extraction.ru.subjects import of_others, unreal

_NO_MORE = re.compile(r"\bу (?:меня|нас) (?:(?:теперь )?(?:больше|уже) нет|нет больше)\b")
_ALLERGY = re.compile(r"\bаллергия\b")
_GONE = re.compile(r"\b(?:прошла|исчезла|пропала|отступила)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author has no longer."""
    for _, first, after in line.find(_NO_MORE):
        if not line.asked(first) and not unreal(line, first):
            yield from _lost(line, first, after)
    for _, first, after in line.find(_ALLERGY):
        said = not (line.asked(first) or unreal(line, first) or of_others(line, first))
        if said and line.word(after) == "на" and _GONE.search(line.clause_text(first)):
            for each in phrases(line, after + 1, OBJECT):
                yield line.found("allergy", each.value, first, op="end")


def _lost(line: Line, first: int, after: int) -> Iterator[Found]:
    if line.word(after).startswith("аллерги"):
        listed = phrases(line, after + 2, OBJECT) if line.word(after + 1) == "на" else []
        for each in listed:
            yield line.found("allergy", each.value, first, op="end")
        if not listed:
            yield line.found("allergy", None, first, op="end")
        return
    thing = phrase(line, after, GENITIVE)
    if thing is None or thing.head is None:
        return
    kind = plain(thing.head.normal)
    if kind in ANIMALS:
        yield line.found("has_pet", thing.head.normal, first, op="end")
    elif kind in ILLNESSES:
        yield line.found("condition", thing.value, first, op="end")
    else:
        yield line.found("uses", thing.value, first, op="end")
