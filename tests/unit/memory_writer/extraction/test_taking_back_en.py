"""What shall be forgotten and what is over in English: it is never learnt instead."""

from datetime import UTC, datetime

import pytest

from services.memory_writer.extraction.extract import extract

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Said = set[tuple[str, str, str | None]]


def said(text: str) -> Said:
    return {(one.op, one.predicate, one.value) for one in extract(text, said_at=NOW).found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Forget everything about my dog", {("retract", "has_pet", "dog")}),
        ("forget my dog", {("retract", "has_pet", "dog")}),
        ("Forget about my allergy to peanuts", {("retract", "allergy", "peanuts")}),
        ("Forget my job at Google", {("retract", "employer", "Google")}),
        ("Please forget that I live in Leeds", {("retract", "lives_in", "Leeds")}),
        ("forget my birthday", {("retract", "birthday", None)}),
        ("I told you to forget that I live in Leeds", {("retract", "lives_in", "Leeds")}),
        (
            "Forget that I live in Leeds, I moved to York",
            {("retract", "lives_in", "Leeds"), ("assert", "lives_in", "York")},
        ),
        (
            "Forget my last message, I work at Shell",
            {("assert", "employer", "Shell")},
        ),
    ],
)
def test_what_shall_be_forgotten_is_retracted(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't forget that I live in Leeds", ("assert", "lives_in", "Leeds")),
        ("please do not forget that I live in Leeds", ("assert", "lives_in", "Leeds")),
        ("Never forget that I am vegan", ("assert", "diet", "vegan")),
    ],
)
def test_what_shall_not_be_forgotten_is_learnt(text: str, expected: tuple[str, str, str]) -> None:
    assert said(text) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        "I forget my password",
        "Forget it",
        "I always forget my keys",
        "Delete my account",
    ],
)
def test_other_forgetting_changes_nothing(text: str) -> None:
    assert said(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I no longer have a peanut allergy", {("end", "allergy", "peanut")}),
        ("I don't have an allergy to peanuts anymore", {("end", "allergy", "peanuts")}),
        ("I no longer have asthma", {("end", "condition", "asthma")}),
        ("I no longer have a dog", {("end", "has_pet", "dog")}),
        ("We don't have a cat anymore", {("end", "has_pet", "cat")}),
        ("I broke up with my girlfriend Anna", {("end", "spouse", None)}),
        ("My girlfriend and I broke up", {("end", "spouse", None)}),
        (
            "I divorced my husband",
            {("end", "spouse", None), ("assert", "status", "divorced")},
        ),
    ],
)
def test_what_is_over_ends(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As a teacher, I often need worksheets", {("assert", "occupation", "teacher")}),
        (
            "As an engineer at Tesla, I travel a lot",
            {("assert", "occupation", "engineer"), ("assert", "employer", "Tesla")},
        ),
    ],
)
def test_a_value_is_nothing_but_the_thing_itself(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "User: I live in Rome",
        "Q: Where do you live? A: I live in Rome",
        "The sentence is: I live in Rome.",
        "As a developer, I want to see logs so that I can debug",
    ],
)
def test_what_only_seems_to_be_so_is_no_fact(text: str) -> None:
    assert said(text) == set()
