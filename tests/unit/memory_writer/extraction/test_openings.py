"""With which letters a pattern can begin."""

import re
import string

import pytest

from services.memory_writer.extraction import rules_en
from services.memory_writer.extraction.en.openings import first_letters


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        (r"my\scat", "m"),
        (r"(?:i|we)\slive", "iw"),
        (r"(?:really\s)?love", "rl"),
        (r"(?:just\s){0,3}moved|home", "jmh"),
        (r"\b(?!you)(?P<who>he|she)\b", "hs"),
        (r"(?:now\s)*at\s", "na"),
        (r"(?<!x)at", "a"),
        (r"a[)|(]b|c", "ac"),
    ],
)
def test_letters_are_those_of_the_first_words(pattern: str, letters: str) -> None:
    assert first_letters(pattern) == frozenset(letters)


@pytest.mark.parametrize("pattern", [r"\w+\sis", r"(?P<what>[\w-]+)\shere", r"(?:a)?", r"[ab]c"])
def test_what_may_begin_with_anything_is_not_limited(pattern: str) -> None:
    assert first_letters(pattern) is None


def test_no_rule_is_left_out_at_a_letter_that_it_can_match() -> None:
    data = string.ascii_lowercase
    for rule in rules_en.RULES:
        letters = first_letters(rule.pattern.pattern)
        for letter in set(data) - (letters or set(data)):
            assert re.compile(rule.pattern.pattern).match(f"{letter} ") is None
