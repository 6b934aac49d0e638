"""Titles made of what was said first."""

import pytest

from shared.memory.titles import LONGEST, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Как сварить борщ?", "Как сварить борщ?"),
        ("Как сварить борщ? Хочу к обеду.", "Как сварить борщ?"),
        ("Hello there. I am new", "I am new"),
        ("Привет! Как сварить борщ? Срочно", "Как сварить борщ?"),
        ("Добрый день.\nПодскажи рецепт", "Подскажи рецепт"),
        ("Hello!", "Hello!"),
        ("Привет, как дела?", "Привет, как дела?"),
        ("What's 2.5 times 3.1? ok", "What's 2.5 times 3.1?"),
        ("Dr. Smith said hello. Yes", "Dr. Smith said hello"),
        ("## Docker: *how* do I **start** `it`?", "Docker: how do I start it?"),
        ("- [ ] first\n- second", "[ ] first"),
        ("1. first\n2. second", "first"),
        ("> quoted\nmine", "quoted"),
        ("[a link](http://example.com/x) here", "a link here"),
        ("<b>bold</b> move", "bold move"),
        ("```python\nprint(1)\n```\nWhy does this fail?", "Why does this fail?"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("two\nlines", "two"),
        ("  spaces \t everywhere  ", "spaces everywhere"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("🦊", None),
        ("...", None),
        ("", None),
    ],
)
def test_a_title_is_the_first_sentence_without_its_marks(text: str, title: str | None) -> None:
    assert title_of(text) == title


def test_a_long_one_is_cut_at_a_word() -> None:
    title = title_of("Расскажи мне, пожалуйста, очень подробно о том, как устроена память машины")
    assert title == "Расскажи мне, пожалуйста, очень подробно о том, как…"
    assert len(title) <= LONGEST
    assert title_of("x" * 100) == "x" * (LONGEST - 1) + "…"
    assert title_of("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize("piece", ["`", "#", "> ", "*_", "a.", "<a", "[a](", "г. "])
def test_any_text_has_a_short_title_or_none(piece: str) -> None:
    title = title_of(piece * 500_000)
    assert title is None or len(title) <= LONGEST
