"""The predicate table: what can be known of a user, and how it behaves, reads and is asked for.

One row each; the sentences of facts and the words that ask for them are in `predicate_sentences.py`
and `predicate_words.py`. It drives the cardinality in the fold (`facts.py`), the search, and the
names that the extractors may use.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from shared.contracts.parts import FactType
from shared.memory.predicate_sentences import sentence
from shared.memory.predicate_words import QUESTION_WORDS

__all__ = [
    "PREDICATES",
    "Cardinality",
    "Predicate",
    "group_of",
    "is_single",
    "question_words",
    "sentence",
    "type_of",
]

Cardinality: TypeAlias = Literal["single", "multi"]


@dataclass(frozen=True, slots=True)
class Predicate:
    """One thing that can be known of a user.

    The predicates of type answer_style are the keys of preferences.
    `single`: a new value supersedes the one before. `values` tells extractors what a value is.
    `group`: predicates of one group are folded together; the same value under another predicate of
    the group supersedes (dislikes after likes, knows after learning).
    """

    name: str
    type: FactType
    cardinality: Cardinality
    values: str
    group: str = ""


_ROWS = (
    Predicate("name", "identity", "single", "the name that the user wants to be called by"),
    Predicate("full_name", "identity", "single", "the whole or official name, where both are told"),
    Predicate("age", "identity", "single", "a number of years, digits only"),
    Predicate("birthday", "identity", "single", "day and month, e.g. 17 July, 17 июля"),
    Predicate("gender", "identity", "single", "woman, man …"),
    Predicate("nationality", "identity", "single", "e.g. Dutch, казах"),
    Predicate("lives_in", "location", "single", "a place, in the nominative"),
    Predicate("origin", "location", "single", "where the user was born or grew up"),
    Predicate("timezone", "location", "single", "e.g. EAT, UTC+3"),
    Predicate("occupation", "work", "single", "a profession in the nominative; retired, student …"),
    Predicate("employer", "work", "single", "a company or an institution"),
    Predicate("studies_at", "education", "single", "a school or a university"),
    Predicate("field_of_study", "education", "multi", "a subject or a degree"),
    Predicate("likes", "preference", "multi", "a thing or an activity", group="taste"),
    Predicate("dislikes", "preference", "multi", "a thing or an activity", group="taste"),
    Predicate("favorite", "preference", "multi", "the thing that is liked best", group="taste"),
    Predicate("spouse", "family", "single", "the name, else what is known: husband, a sailor …"),
    Predicate("child", "family", "multi", "the name, else e.g. twins, a daughter"),
    Predicate("parent", "family", "multi", "the name, else mother, father …"),
    Predicate("sibling", "family", "multi", "the name, else e.g. two brothers, only child"),
    Predicate("grandchild", "family", "multi", "the name, else granddaughter …"),
    Predicate("relative", "family", "multi", "any other relative: kind and name"),
    Predicate("status", "family", "single", "married, divorced, single, widowed …"),
    Predicate("has_pet", "pet", "multi", "kind and name: cat Luna, two goats, ёж Фыр"),
    Predicate("allergy", "health", "multi", "what the user is allergic to"),
    Predicate("diet", "health", "single", "vegan, kosher, без соли …"),
    Predicate("condition", "health", "multi", "an illness, an aid, a habit such as smoking"),
    Predicate("speaks", "skill", "multi", "a language that the user speaks", group="skill"),
    Predicate("knows", "skill", "multi", "what the user is able to do", group="skill"),
    Predicate("learning", "skill", "multi", "what the user is learning", group="skill"),
    Predicate("goal", "plan", "multi", "what the user means to do: an infinitive or a thing"),
    Predicate("uses", "tool", "multi", "a device, a vehicle, a program, in the nominative"),
    Predicate("language", "answer_style", "single", "the language to answer in"),
    Predicate("answer_style", "answer_style", "multi", "how to answer, where no other one fits"),
    Predicate("length", "answer_style", "single", "short, detailed; кратко, подробно"),
    Predicate("format", "answer_style", "multi", "no emojis, bullet points …"),
    Predicate("units", "answer_style", "single", "metric, imperial; метрические …"),
    Predicate("tone", "answer_style", "single", "formal, friendly, no jargon …"),
    Predicate("address", "answer_style", "single", "ты, вы, a form of address"),
    Predicate("model", "answer_style", "single", "the model that shall answer"),
)

PREDICATES: dict[str, Predicate] = {row.name: row for row in _ROWS}
"""By name. Facts that were stated by hand may have others: those are multi-valued."""


def type_of(predicate: str) -> FactType:
    """Return the type of a predicate's facts; other for one that is not in the table."""
    row = PREDICATES.get(predicate)
    return row.type if row else "other"


def is_single(predicate: str) -> bool:
    """Tell whether a new value supersedes the one before."""
    row = PREDICATES.get(predicate)
    return row is not None and row.cardinality == "single"


def group_of(predicate: str) -> str:
    """Return what a predicate is folded with: its group, or itself alone."""
    row = PREDICATES.get(predicate)
    return (row.group if row else "") or predicate


def question_words(predicate: str) -> tuple[str, ...]:
    """Return the words in both languages that ask for a predicate; its name, if it has none."""
    return QUESTION_WORDS.get(predicate) or tuple(predicate.split("_"))
