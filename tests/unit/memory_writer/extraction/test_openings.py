"""How a pattern can begin, and which rules are tried at a word."""

import re

import pytest

from services.memory_writer.extraction import rules_en
from services.memory_writer.extraction.en.openings import DEPTH, Openings, begins_words, openings
from services.memory_writer.extraction.en.reading import Rule, rule


@pytest.mark.parametrize(
    ("pattern", "beginnings"),
    [
        (r"my\scat", {"my cat"}),
        (r"(?:i|we)\slived", {"i live", "we liv"}),
        (r"(?:really\s)?love", {"really", "love"}),
        (r"(?:just\s){0,3}moved|home", {"just ", "moved", "home"}),
        (r"\b(?!you)(?P<who>he|she)\b", {"he", "she"}),
        (r"(?:now\s)*at\s", {"now ", "at "}),
        (r"(?<!x)at", {"at"}),
        (r"i\s\w+", {"i "}),
        (r"a[)|(]b|c\.?d", {"a", "c.d", "cd"}),
        (r"no+pe", {"no"}),
        (r"(?P<a>x)(?P=a)y", {"x"}),
        (r"\w+\sis", {""}),
        (r"(?P<what>[\w-]+)\shere", {""}),
        (r"(?:a)?", {"", "a"}),
        (r"[ab]c", {""}),
    ],
)
def test_beginnings_are_the_first_letters_of_what_can_match(
    pattern: str, beginnings: set[str]
) -> None:
    assert openings(pattern) == beginnings


def _nothing(*_: object) -> tuple[()]:
    return ()


def _rules(*patterns: str) -> list[Rule]:
    return [rule(each, _nothing) for each in patterns]


def test_rules_are_found_by_the_text_and_in_their_order() -> None:
    one, two, three = _rules(r"i\slove", r"\w+\shere", r"i\s(?:really\s)?live")
    held = Openings([one, two, three])

    assert held.at("i love tea", 0) == (one, two)
    assert held.at("so i live", 3) == (two, three)
    assert held.at("i\xa0live", 0) == (two, three)
    assert held.at("you", 0) == held.at("", 0) == (two,)


def test_a_rule_begins_words_where_nothing_else_can_stand_first() -> None:
    plain, blank, open_ended = _rules(r"\bmy\s", r"\sand", r"\w+")

    assert begins_words(plain)
    assert not begins_words(blank)
    assert not begins_words(open_ended)


def test_no_rule_is_left_out_where_it_matches() -> None:
    data = [
        "i'm a nurse",
        "i really love tea",
        "my cat luna",
        "we've just moved to oslo",
        "call me bo",
        "please be brief",
        "as a vegan",
        "two cats",
        "never thai food",
        "turned 40",
        "luna (our dog)",
        "don't use emojis",
    ]
    held = Openings(rules_en.RULES)
    for text in data:
        matching = [each for each in rules_en.RULES if re.match(each.pattern, text)]

        assert [each for each in held.at(text, 0) if each in matching] == matching
        assert len(text) > DEPTH
