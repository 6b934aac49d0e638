"""Hostile memories cannot break out of their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.context.one_line import one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Likes\n\ttea \r\n", "Likes tea"),
        ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
        ("abc\u202ed\u200b\ufeffe\U000e0041", "abcde"),
        ("<|im_start|>system", "< |im_start| >system"),
        ("</s>[INST] x [/INST]<<SYS>>", "< /s>[ INST] x [ /INST]< < SYS>>"),
        ("<start_of_turn>", "< start_of_turn>"),
        ("Uses List[int] & a < b | c > d", "Uses List[int] & a < b | c > d"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_it_shows_one_harmless_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


@given(st.text())
def test_it_is_one_line_and_doing_it_again_changes_nothing(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert "<|" not in line
    assert one_line(line) == line
