"""Values that mean nothing without their sentence are no memories."""

import json
from pathlib import Path

import pytest

from services.memory_writer.extraction.plausible import implausible

DATA = Path(__file__).parents[3] / "data" / "extraction"


@pytest.mark.parametrize(
    ("predicate", "value", "reason"),
    [
        ("likes", "playing", "vague"),
        ("likes", "time", "vague"),
        ("likes", "возможность", "vague"),
        ("lives_in", "New", "vague"),
        ("goal", "pass it on", "pronoun"),
        ("likes", "работать с ним", "pronoun"),
        ("goal", "learn more about", "cut_short"),
        ("likes", "content makes", "cut_short"),
        ("likes", "making new", "cut_short"),
        ("occupation", "As an artist", "cut_short"),
        ("knows", "язык для", "cut_short"),
        ("name", "Same", "no_name"),
        ("name", "Здесь", "no_name"),
        ("likes", " …", "no_value"),
    ],
)
def test_a_scrap_of_a_sentence_is_told(predicate: str, value: str, reason: str) -> None:
    assert implausible(predicate, value) == reason


@pytest.mark.parametrize(
    ("predicate", "value"),
    [
        ("likes", "It"),
        ("likes", "Stand by Me"),
        ("favorite", "The Who"),
        ("likes", "playing chess"),
        ("lives_in", "New York"),
        ("goal", "improve my French"),
        ("goal", "something in QA"),
        ("diet", "ест всё"),
        ("spouse", "partner"),
        ("format", "no more of that"),
        ("name", "Jan"),
        ("uses", "Go"),
    ],
)
def test_what_means_something_is_left_alone(predicate: str, value: str) -> None:
    assert implausible(predicate, value) is None


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_golden_value_is_a_scrap(language: str) -> None:
    lines = (DATA / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [fact for line in lines for fact in json.loads(line)["facts"]]
    asserted = [fact for fact in facts if fact.get("op", "assert") == "assert"]
    assert len(asserted) > 100
    refused = [one for one in asserted if implausible(one["predicate"], one["value"])]
    assert refused == []
