"""Which facts of a user are told, in which order and in which words."""

from collections.abc import Iterable
from functools import lru_cache

from services.context.language import Language
from shared.contracts.parts import FactType, Priority, ReceiptFact
from shared.memory.models import ToldFact
from shared.memory.predicates import PREDICATES, sentence

_PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
# Whoever is asked anything is helped most by these.
_FOREMOST: frozenset[FactType] = frozenset({"identity", "location", "work", "health"})


def told(facts: Iterable[ToldFact], language: Language) -> list[ReceiptFact]:
    """Return the facts in a prompt's language, best first.

    Pinned ones, then by priority, then who the user is, lives, works and how they are, then the
    latest. The same facts always come in the same order, so that a prompt's beginning stays what it
    was. How to answer is told as preferences, and not here.
    """
    best_first = sorted((fact for fact in facts if fact.type != "answer_style"), key=_place)
    return [
        ReceiptFact(
            id=fact.id,
            text=_in_language(fact.predicate, fact.value, fact.text, fact.lang, language),
            message_id=fact.message_id,
            time=fact.time,
        )
        for fact in best_first
    ]


@lru_cache(maxsize=4_096)
def _in_language(
    predicate: str, value: str, text: str, said_in: Language, language: Language
) -> str:
    """Return a fact's sentence in a language, where its text was made of its value.

    What somebody wrote by hand stays as it is.
    """
    if language == said_in or predicate not in PREDICATES:
        return text
    made_of_value = text == sentence(predicate, value, said_in)
    return sentence(predicate, value, language) if made_of_value else text


def _place(fact: ToldFact) -> tuple[bool, int, bool, float, str]:
    return (
        not fact.pinned,
        _PRIORITIES.index(fact.priority),
        fact.type not in _FOREMOST,
        -fact.time.timestamp(),
        fact.id,
    )
