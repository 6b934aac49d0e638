"""Which language the frame of a prompt is in."""

import pytest

from services.context.language import Language, choose_language
from shared.contracts.parts import Scalar


@pytest.mark.parametrize(
    ("preference", "question", "history", "expected"),
    [
        ("ru", "What is Docker?", (), "ru"),
        ("en", "Что такое Docker?", (), "en"),
        (" Русский ", "Hello", (), "ru"),
        ("Russian", "Hello", (), "ru"),
        ("английский", "Привет", (), "en"),
        ("ru_RU", "Hello", (), "ru"),
        ("en-GB", "Привет", (), "en"),
        ("deutsch", "Привет", (), "ru"),
        ("deutsch", "Wie geht es dir?", (), "en"),
        (True, "Привет", (), "ru"),
        (None, "Привет", ("Hello",), "ru"),
        (None, "Hello", ("Привет",), "en"),
        (None, "2 + 2 = ?", ("Привет",), "ru"),
        (None, "?", ("Hello",), "en"),
        (None, "你好", (), "en"),
        (None, "", (), "en"),
        (None, "Как настроить nginx reverse proxy?", (), "ru"),
        (None, "Что делает `def main(): return run(app, port, host)`?", (), "ru"),
        (None, "Почему падает?\n```\nimport os, sys, json\nprint(os.environ)", (), "ru"),
        (None, "Открой https://example.com/a/b/c/d/e/f", (), "ru"),
        (None, "How do I say привет to a friend of mine?", (), "en"),
    ],
)
def test_the_frame_follows_preference_then_question_then_history(
    preference: Scalar | None, question: str, history: tuple[str, ...], expected: Language
) -> None:
    assert choose_language(preference=preference, question=question, history=history) == expected
