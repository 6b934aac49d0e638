"""The rules of Russian: what a sentence says of its author."""

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru import (
    bare,
    family,
    health,
    identity,
    pets,
    places,
    plans,
    skills,
    style,
    tastes,
    tools,
    work,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.sentences import Context, Sentence

_KINDS = (identity, places, work, family, health, style, tastes, skills, plans, tools, bare)


def facts(sentence: Sentence, context: Context) -> list[Found]:
    """Return what a Russian sentence says of its author, in the order of the text."""
    line = Line(sentence)
    if not line.tokens:
        return []
    found = [each for kind in _KINDS for each in kind.find(line)]
    found.extend(pets.find(line, context.before))
    return _agreed(sorted(found, key=line.place_of))


def _agreed(found: list[Found]) -> list[Found]:
    """Leave out what was found twice, and what another finding contradicts."""
    kept: dict[tuple[str, str, str | None], Found] = {}
    ended = {(each.predicate, each.value) for each in found if each.op == "end"}
    for each in found:
        if each.op == "assert" and (each.predicate, each.value) in ended:
            continue
        kept.setdefault((each.op, each.predicate, each.value and each.value.casefold()), each)
    return list(kept.values())
