"""What the rules of English find in a thousand messages, and what they must not find."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.memory_writer.extraction.extract import extract
from services.memory_writer.extraction.found import Found

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "data" / "extraction" / "en.jsonl"
ITEMS: list[dict[str, Any]] = [
    json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()
]
SMALL = {"a", "an", "the", "my", "our", "is", "of", "in", "to", "for"}


def words(value: str | None) -> set[str]:
    return {word.strip(".,'") for word in (value or "").lower().split()} - SMALL


def matches(found: Found, gold: dict[str, Any]) -> bool:
    """A value is right that holds the gold's words, and hardly more."""
    if found.predicate != gold["predicate"]:
        return False
    said = words(found.value)
    wanted = [words(value) for value in (gold["value"], *gold.get("accept", ()))]
    return any(one <= said and len(said) <= len(one) + 4 for one in wanted)


def found_in(item: dict[str, Any]) -> tuple[Found, ...]:
    return extract(item["text"], said_at=NOW).found


def test_there_are_messages_of_every_kind() -> None:
    kinds = {item["category"] for item in ITEMS}

    assert len(ITEMS) > 1000
    assert {"answer_style", "birthday", "family", "health", "job", "location", "name"} <= kinds
    assert {"pet", "plan", "preference", "skill", "tool", "update", "multi"} <= kinds
    assert len({item["text"] for item in ITEMS}) == len(ITEMS)


def test_most_of_what_is_said_is_found_and_hardly_anything_else() -> None:
    right = missed = wrong = 0
    for item in ITEMS:
        golds = [one for one in item["facts"] if one.get("op", "assert") == "assert"]
        asserted = [one for one in found_in(item) if one.op == "assert"]
        wanted = [one for one in golds if not one.get("optional")]
        hits = sum(any(matches(found, gold) for found in asserted) for gold in wanted)
        right += hits
        missed += len(wanted) - hits
        wrong += sum(not any(matches(found, gold) for gold in golds) for found in asserted)

    assert right / (right + missed) > 0.94
    assert right / (right + wrong) > 0.97


NOTHING = [item for item in ITEMS if item["category"].startswith("neg_")]


@pytest.mark.parametrize("item", NOTHING, ids=lambda item: item["id"])
def test_nothing_is_found_where_nothing_is_said(item: dict[str, Any]) -> None:
    unexpected = [
        found for found in found_in(item) if not any(matches(found, gold) for gold in item["facts"])
    ]

    assert unexpected == []


def test_nothing_is_found_that_must_not_be() -> None:
    violations = [
        (item["id"], found.predicate, found.value)
        for item in ITEMS
        for found in found_in(item)
        for trap in item["must_not"]
        if found.op == "assert" and matches(found, trap)
    ]

    assert violations == []


def test_every_quote_is_a_part_of_its_message() -> None:
    for item in ITEMS:
        for found in found_in(item):
            assert found.quote in item["text"]


@pytest.mark.parametrize(
    ("text", "predicate", "value"),
    [
        ("I quit my job at Tesco", "employer", "Tesco"),
        ("We moved from Oslo to Bergen", "lives_in", "Oslo"),
        ("i stopped smoking in january", "condition", "smoker"),
        ("I'm not a vegetarian anymore", "diet", "vegetarian"),
        ("I sold my Vespa", "uses", "Vespa"),
        ("Sadly our cat Mia died last week", "has_pet", "cat Mia"),
        ("Rusty passed away on Friday.", "has_pet", "Rusty"),
        ("I no longer like jazz", "likes", "jazz"),
        ("I've lost my job", "employer", None),
        ("Ditched Windows for Fedora last week", "uses", "Windows"),
        ("I've moved on from Notion to Obsidian", "uses", "Notion"),
        ("we divorced last spring", "spouse", None),
        ("Sad news, we had to put Bandit to sleep.", "has_pet", "Bandit"),
    ],
)
def test_what_holds_no_longer_has_ended(text: str, predicate: str, value: str | None) -> None:
    found = extract(text, said_at=NOW).found

    assert ("end", predicate, value) in [(one.op, one.predicate, one.value) for one in found]


@pytest.mark.parametrize(
    ("text", "predicate", "value"),
    [
        ("forget that I said I like jazz", "likes", "jazz"),
        ("please forget that I live in Leeds", "lives_in", "Leeds"),
        ("don't remember that my name is Bob", "name", "Bob"),
        ("forget where I live", "lives_in", None),
        ("please forget my birthday", "birthday", None),
    ],
)
def test_what_shall_be_forgotten_is_retracted(text: str, predicate: str, value: str | None) -> None:
    found = extract(text, said_at=NOW).found

    assert [(one.op, one.predicate, one.value) for one in found] == [("retract", predicate, value)]


@pytest.mark.parametrize(
    ("text", "predicate", "value", "wrong"),
    [
        ("Actually my name is Rob, not Bob", "name", "Rob", "Bob"),
        ("Correction: I'm 43, not 42.", "age", "43", "42"),
        ("The allergist says it was never nuts — it's dust", "allergy", "dust", "nuts"),
        ("I live in Cork, not Dublin", "lives_in", "Cork", "Dublin"),
        ("Sorry, it's spelled Jan, not Jon.", "name", "Jan", "Jon"),
        ("not Jon, it's Jan", "name", "Jan", "Jon"),
        ("you keep calling me Greg, it's Craig", "name", "Craig", "Greg"),
    ],
)
def test_a_correction_names_what_was_never_so(
    text: str, predicate: str, value: str, wrong: str
) -> None:
    found = extract(text, said_at=NOW).found

    assert [(one.predicate, one.value, one.corrects, one.instead_of) for one in found] == [
        (predicate, value, True, wrong)
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I was born on July 17, 1988", "17 July"),
        ("my birthday is on 3rd of May", "3 May"),
        ("my bday is tomorrow", "25 November"),
        ("I turn 52 on Valentine's Day", "14 February"),
        ("my birthday is 31.12.", "31 December"),
        ("my birthday is 07/17/1988", "17 July"),
    ],
)
def test_birthdays_are_days_of_the_year(text: str, value: str) -> None:
    found = extract(text, said_at=NOW).found

    assert ("birthday", value) in [(one.predicate, one.value) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "sure, love paperwork",
        "oh yes, I adore traffic jams",
        "he said: I work in a bank",
        "My boss wrote:\nI live in Bonn and I love golf",
        "The note said - my name is Ruth",
        "my two guinea pigs, Salt and Pepper, hate the vacuum",
        "be more detailed in general, I like depth",
        "My flatmate eats only fish and is allergic to soy",
        "her brother was vegan, allergic to nuts",
        "The new intern is vegan, allergic to nuts, loves cats",
        "Started with Anna on the project",
        "I look after three dogs for a neighbour",
    ],
)
def test_irony_others_words_and_reasons_are_no_tastes_of_the_author(text: str) -> None:
    found = extract(text, said_at=NOW).found

    assert {one.predicate for one in found} <= {"has_pet", "length"}


def test_a_quoted_name_of_one_s_own_is_read() -> None:
    found = extract('I have a cat called "Moss"', said_at=NOW).found

    assert [(one.predicate, one.value) for one in found] == [("has_pet", "cat Moss")]
