"""What is looked for: the question, or with it what it leans on."""

import pytest

from services.context.follow_up import search_text
from tests.support.samples import NOON


def looked_for(question: str, *before: str) -> str | None:
    return search_text(question, before, at=NOON)


@pytest.mark.parametrize(
    "question",
    [
        "Как зовут мою собаку?",
        "Where did I say I would go in May?",
        "напиши функцию сортировки",
        "How do I sort a list of words by their length in Python?",
    ],
)
def test_a_question_is_looked_for_as_it_is(question: str) -> None:
    assert looked_for(question, "I have a cat") == question


@pytest.mark.parametrize(
    "question",
    [
        "а когда это было?",
        "А где?",
        "И сколько он стоил?",
        "Почему?",
        "Как его зовут?",
        "And when was that?",
        "What about her?",
        "What is it called?",
        "Why?",
        "but where?",
    ],
)
def test_one_that_leans_on_the_last_is_looked_for_with_it(question: str) -> None:
    assert looked_for(question, "Older", "I adopted a dog") == f"I adopted a dog\n{question}"


@pytest.mark.parametrize(
    "question",
    ["привет", "Спасибо!", "ладно", "thanks!", "Hello", "😀", "", "Yes, please."],
)
def test_small_talk_asks_for_nothing(question: str) -> None:
    assert looked_for(question) is None
    assert looked_for(question, "Как зовут мою собаку?") is None


def test_without_anything_to_lean_on_a_follow_up_asks_for_nothing() -> None:
    assert looked_for("а когда это было?") is None
    assert looked_for("Why?", "Hello!") is None


def test_a_megabyte_is_looked_for_in_time() -> None:
    assert looked_for("это " * 300_000) is None
    assert looked_for("собака " * 150_000) is not None
