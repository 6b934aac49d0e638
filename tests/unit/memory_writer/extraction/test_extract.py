"""What a whole message says: what guards it, what limits it, and that nothing ever fails."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.memory_writer.extraction.extract import LONGEST_TEXT, MOST_FACTS, extract
from shared.memory.predicates import PREDICATES

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def values(text: str) -> list[tuple[str, str | None]]:
    return [(one.predicate, one.value) for one in extract(text, said_at=NOW).found]


@pytest.mark.parametrize(
    "text",
    [
        "Translate to French: 'I have two children and I work at the bank.'",
        "Rewrite in a formal tone:\nHey, I'm Jake and I work at Target.",
        "Proofread this: My name is Olga. I live in Minsk.",
        "Переведи на английский: Меня зовут Ольга, я живу в Минске.",
        "Write a story. I am a sailor from Genoa. I love rum.",
        "Напиши рассказ от первого лица. Я рыбак, живу у моря.",
        "Let's roleplay: I'm a detective in Chicago and you are my partner.",
        "Imagine I'm vegan. I live in Rome. What would you cook?",
        "Представь, что я врач. Я живу в Риме.",
        "Pretend I'm a lawyer and I have two kids",
        "I need an email that says: I live in Rome and need a quote.",
        "For the demo, name: Tom Tester, I live in Ohio",
        "The article says 'I am a vegan because of my cat'",
    ],
)
def test_a_task_s_text_fiction_and_roles_are_no_account_of_the_author(text: str) -> None:
    assert values(text) == []


def test_what_stands_beside_a_quoted_text_is_the_author_s() -> None:
    text = 'Translate "guten Tag" into English. I live in Porto.'

    assert ("lives_in", "Porto") in values(text)


def test_what_is_asked_to_be_written_hides_only_its_own_sentence() -> None:
    assert ("lives_in", "Leeds") in values("I live in Leeds. Write an email to my bank, please.")


def test_the_same_fact_twice_is_one_and_counted() -> None:
    found = extract("I live in Leeds. As I said, I live in Leeds.", said_at=NOW)

    assert [one.value for one in found.found] == ["Leeds"]
    assert found.dropped == {"duplicate": 1}


def test_a_message_of_too_many_facts_is_cut_and_counted() -> None:
    names = [f"{first}{second}" for first in "bcdfghklmn" for second in ("oo", "ee", "ay", "ur")]
    found = extract(" ".join(f"I love {name}tok." for name in names), said_at=NOW)

    assert len(found.found) == MOST_FACTS
    assert found.dropped["too_many_facts"] == len(names) - MOST_FACTS


def test_only_the_beginning_of_a_long_message_is_looked_at() -> None:
    text = "I live in Leeds. " + "bla bla. " * LONGEST_TEXT + "I work at Lidl."
    found = extract(text, said_at=NOW)

    assert [one.predicate for one in found.found] == ["lives_in"]
    assert found.dropped["text_too_long"] == 1


def test_the_facts_stand_in_the_order_of_the_text() -> None:
    found = values("I live in Leeds. I work at Lidl. I love tea.")

    assert [predicate for predicate, _ in found] == ["lives_in", "employer", "likes"]


_PIECES = st.sampled_from(
    [
        *("I ", "i'm ", "my ", "live in ", "Leeds", ", ", ". ", "and ", "not ", "no longer ", "a "),
        *("love ", "cat ", "forget that ", "keep it ", "short ", "?", "\n", "’", "İ", "я ", '"'),
        *("from ", "to ", "as ", "call me ", "14 ", "May", "turn ", "(", "— ", "use ", "живу в "),
        *("\u2028", "ǅ", "name is ", "work at ", "born ", "with ", "no ", "been ", "than "),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_nothing_is_raised_and_every_quote_is_a_part_of_the_message(text: str) -> None:
    for one in extract(text, said_at=NOW).found:
        assert one.quote in text
        assert one.quote
        assert one.predicate in PREDICATES
        assert one.value is None or one.value.strip() == one.value != ""


@pytest.mark.parametrize(
    "unit",
    [
        "i love a and b, ",
        "my cat ",
        "i ",
        "as a ",
        "i use Arch, ",
        "no pork, ",
        "Me And I ",
        "и я ",
    ],
)
def test_a_megabyte_of_patterns_comes_to_an_end(unit: str) -> None:
    found = extract(unit * (1_000_000 // len(unit)), said_at=NOW)

    assert len(found.found) <= MOST_FACTS
    assert found.dropped["text_too_long"] == 1
