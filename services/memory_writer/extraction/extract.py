"""Finds by rules what a message says of its author."""

from collections import Counter
from datetime import datetime

from services.memory_writer.extraction import rules_en, rules_ru
from services.memory_writer.extraction.found import Extraction, Found
from services.memory_writer.extraction.guards import own
from services.memory_writer.extraction.sentences import Context, sentences

LONGEST_TEXT = 20_000
"""Characters of a message that are looked at: a person writes no more about themselves at once."""

MOST_FACTS = 32
"""Facts of one message: more of them come out of a list that is no account of oneself."""

_RULES = {"en": rules_en.facts, "ru": rules_ru.facts}


def extract(text: str, *, said_at: datetime) -> Extraction:
    """Return what a message says of its author, in the order of the text.

    Nothing is ever raised for a text, however long or strange. `dropped` counts what was left out:
    `text_too_long` (once), `too_many_facts`, `duplicate`.
    """
    dropped: Counter[str] = Counter()
    if len(text) > LONGEST_TEXT:
        dropped["text_too_long"] += 1
        text = text[:LONGEST_TEXT]
    said = tuple(own(sentences(text)))
    found: dict[tuple[str, str, str | None], Found] = {}
    for index, sentence in enumerate(said):
        context = Context(said_at=said_at, text=text, sentences=said, index=index)
        for each in _RULES[sentence.lang](sentence, context):
            key = (each.op, each.predicate, each.value and each.value.casefold())
            if key in found:
                dropped["duplicate"] += 1
            elif len(found) >= MOST_FACTS:
                dropped["too_many_facts"] += 1
            else:
                found[key] = each
    return Extraction(tuple(found.values()), dict(dropped))
