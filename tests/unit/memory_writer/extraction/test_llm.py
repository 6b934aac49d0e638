"""What a model names counts only where the message says it of its author."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.llm import (
    ASKED,
    CONFIDENCE,
    LONGEST_ASKED,
    LONGEST_VALUE,
    accepted,
    telling,
)
from services.memory_writer.extraction.values import nominative
from shared.contracts.events import ExtractedFact
from shared.memory.predicates import PREDICATES
from tests.support.replies import RECORDED, WRITTEN, title


def candidates(*facts: tuple[str, ...]) -> list[ExtractedFact]:
    return [ExtractedFact(predicate=f[0], value=f[1], quote="".join(f[2:])) for f in facts]


def values(text: str, *facts: tuple[str, ...]) -> list[tuple[str, str | None]]:
    return [(one.predicate, one.value) for one in accepted(text, candidates(*facts)).found]


def lost(text: str, *facts: tuple[str, ...]) -> dict[str, int]:
    extraction = accepted(text, candidates(*facts))
    assert len(extraction.found) + sum(extraction.dropped.values()) == len(facts)
    return dict(extraction.dropped)


@pytest.mark.parametrize("reply", RECORDED, ids=title)
def test_of_what_the_demonstration_model_said(reply: dict[str, Any]) -> None:
    extraction = accepted(reply["text"], candidates(*map(tuple, reply["facts"])))
    assert [[one.predicate, one.value] for one in extraction.found] == reply["said"]
    assert extraction.dropped == reply["unsaid"]


@pytest.mark.parametrize("reply", WRITTEN, ids=title)
def test_whatever_was_read_is_held_against_the_message(reply: dict[str, Any]) -> None:
    for found in accepted(reply["text"], candidates(*map(tuple, reply["facts"]))).found:
        assert (found.predicate, found.value) in {
            *(("lives_in", "Kazan"), ("lives_in", "Казань"), ("occupation", "baker")),
            *(("occupation", "пекарь"), ("likes", "Kazan")),
        }


def test_a_find_is_in_the_words_of_the_message() -> None:
    text = "Hi! I moved to Rotterdam  last year, I am a nurse at Maasstad."
    found = accepted(text, candidates(("occupation", "Nurse.", "i am A NURSE"))).found
    assert found == (Found("assert", "occupation", "Nurse", "I am a nurse", "en", CONFIDENCE),)
    (sentence,) = accepted(text, candidates(("lives_in", "rotterdam", "lives in Rotterdam"))).found
    assert sentence.quote == "I moved to Rotterdam  last year, I am a nurse at Maasstad."
    assert sentence.quote in text


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Живу в Казани, работаю врачом.", [("lives_in", "Казань"), ("occupation", "врач")]),
        ("живу в казани, работаю врачом", [("lives_in", "казань"), ("occupation", "врач")]),
        ("мне 34", [("age", "34")]),
        ("У меня аллергия на арахис", [("allergy", "арахис")]),
        ("I am thirty-four years old", [("age", "34")]),
        ("My daughter is called Maya", [("child", "Maya")]),
        ("Моего кота зовут Барсик", [("has_pet", "кот Барсик")]),
        ("My name is Igor", [("name", "Igor")]),
        ("i'm Igor btw", [("name", "Igor")]),
        ("меня все зовут игорь", [("name", "Игорь")]),
        ("I was born in May, in Oslo", [("origin", "Oslo")]),
    ],
)
def test_what_is_said_in_other_forms_is_said(text: str, facts: list[tuple[str, str]]) -> None:
    found = values(text, *facts)
    assert [(predicate, (value or "").lower()) for predicate, value in found] == [
        (predicate, value.lower()) for predicate, value in facts
    ]


@pytest.mark.parametrize(
    ("reason", "text", "fact"),
    [
        ("unknown_predicate", "I live in Oslo", ("home", "Oslo")),
        ("unknown_predicate", "Answer in Spanish, I like that", ("language", "Spanish")),
        ("no_value", "I live in Oslo", ("lives_in", " '. ")),
        ("too_long", "I live in " + "Oslo " * 30, ("lives_in", "Oslo " * 30)),
        ("not_said", "I live in Oslo", ("lives_in", "Norway")),
        ("not_said", "Меня зовут Марат, живу в Казани", ("full_name", "Марат Казани")),
        ("not_said", "I like `numpy` a lot", ("likes", "numpy")),
        ("not_said", 'She said "I live in Oslo", I laughed', ("lives_in", "Oslo")),
        ("unlikely", "I have 2011 stamps", ("age", "2011")),
        ("unlikely", "I was born in a train", ("birthday", "train")),
        ("question", "Do I live in Oslo?", ("lives_in", "Oslo")),
        ("question", "Как испечь хлеб?", ("likes", "хлеб")),
        ("negation", "I don't live in Oslo", ("lives_in", "Oslo")),
        ("negation", "Я не курю трубку", ("likes", "трубка")),
        ("past", "I used to live in Oslo", ("lives_in", "Oslo")),
        ("past", "Раньше я жил в Омске", ("lives_in", "Омск")),
        ("hypothetical", "If I lived in Oslo I'd ski", ("lives_in", "Oslo")),
        ("hypothetical", "Я бы жил в Омске", ("lives_in", "Омск")),
        ("joke", "I am a wizard lol", ("occupation", "wizard")),
        ("no_first_person", "Paris is the capital of France", ("lives_in", "Paris")),
        ("no_first_person", "Столица Франции это Париж", ("lives_in", "Париж")),
        ("third_party", "My brother lives in Oslo", ("lives_in", "Oslo")),
        ("third_party", "Мой брат живёт в Омске", ("lives_in", "Омск")),
        ("third_party", "I think he is a doctor", ("occupation", "doctor")),
        ("no_cue", "I am a nurse at Maasstad", ("name", "Maasstad")),
        ("no_cue", "I'm a beekeeper", ("name", "beekeeper")),
        ("no_cue", "i'm tired", ("name", "tired")),
        ("no_cue", "I love Spanish", ("dislikes", "Spanish")),
        ("no_cue", "My daughter is called Maya", ("has_pet", "Maya")),
    ],
)
def test_what_is_not_said_is_dropped_by_reason(
    reason: str, text: str, fact: tuple[str, str]
) -> None:
    assert lost(text, fact) == {reason: 1}


def test_a_value_that_stands_for_everything_stands_for_nothing() -> None:
    facts = [("likes", "hiking"), ("knows", "hiking"), ("learning", "Spanish")]
    text = "I love hiking and I'm learning Spanish"
    assert values(text, *facts) == [("learning", "Spanish")]
    assert lost(text, *facts) == {"ambiguous": 2}


def test_two_values_where_there_can_be_one_are_none() -> None:
    facts = [("lives_in", "Oslo"), ("lives_in", "Bergen"), ("likes", "skiing")]
    text = "I live in Oslo and work in Bergen, I like skiing"
    assert values(text, *facts) == [("likes", "skiing")]
    assert lost(text, *facts) == {"ambiguous": 2}


def test_the_same_in_two_forms_is_found_once() -> None:
    facts = [("lives_in", "Казань"), ("lives_in", "Казани")]
    assert values("Я живу в Казани", *facts) == [("lives_in", "Казань")]
    assert lost("Я живу в Казани", *facts) == {"twice": 1}


def test_it_counts_where_another_sentence_says_it() -> None:
    text = "Do I live in Oslo? Yes, I live in Oslo."
    (found,) = accepted(text, candidates(("lives_in", "Oslo"))).found
    assert found.quote == "Yes, I live in Oslo."


def test_only_what_tells_of_the_author_is_shown_to_the_model() -> None:
    text = (
        "I live in Oslo. Where is the sea? I don't ski. Paris is nice. ```x = 1```\nI bake bread."
    )
    assert telling(text) == "I live in Oslo.\nI bake bread."
    assert telling("Translate this: I live in Oslo.") == ""
    assert telling("What is new?") == telling("```\nI live in Oslo\n```") == telling("") == ""
    long = "I live in Oslo and I bake bread.\n" * 200
    assert 0.9 * LONGEST_ASKED < len(telling(long)) <= LONGEST_ASKED
    assert telling("I bake " + "very " * 1000 + "well").startswith("I bake very")


def test_how_to_answer_is_no_matter_of_the_model() -> None:
    assert set(ASKED) == {n for n, row in PREDICATES.items() if row.type != "answer_style"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Казани", "Казань"),
        ("казани", "Казань"),
        ("программистом", "программист"),
        ("Ростове-на-Дону", "Ростов-на-Дону"),
        ("IKEA", "IKEA"),
        ("Нижнем Новгороде", "Нижнем Новгороде"),
        ("34", "34"),
    ],
)
def test_a_russian_noun_is_put_into_the_nominative(value: str, expected: str) -> None:
    assert nominative(value, "ru") == expected
    assert nominative(value, "en") == value


@given(st.text(max_size=200), st.text(max_size=LONGEST_VALUE + 1), st.sampled_from(ASKED))
def test_nothing_is_ever_raised(text: str, value: str, predicate: str) -> None:
    fact = ExtractedFact(predicate=predicate, value=value, quote=value)
    extraction = accepted(f"{text} I am {value}. Я {value}.", [fact, fact])
    for found in extraction.found:
        assert found.value
        assert found.quote
    telling(text + value)
