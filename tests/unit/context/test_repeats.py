"""What is not told again, and what says nothing."""

import pytest

from services.context.repeats import Repeats
from shared.contracts.parts import Message, ReceiptFact
from tests.support.samples import message_added


def said(content: str, role: str = "user") -> Message:
    return message_added(content=content, role=role).message


def repeats(*texts: str, facts: tuple[ReceiptFact, ...] = ()) -> Repeats:
    return Repeats(texts, facts)


def test_what_the_history_or_the_question_says_word_for_word_is_not_told_again() -> None:
    known = repeats("Как зовут мою собаку?")
    assert known.has(said("как зовут  мою собаку"))
    assert not known.has(said("Мою собаку зовут Рекс"))


def test_what_was_told_once_is_not_told_again() -> None:
    known = repeats()
    assert not known.has(said("My dog is called Rex"))
    known.add(said("My dog is called Rex!"))
    assert known.has(said("My dog is called Rex."))


@pytest.mark.parametrize("content", ["", " \n"])
def test_nothing_is_not_told(content: str) -> None:
    assert repeats().has(said(content))


def test_emoji_alone_are_something() -> None:
    known = repeats()
    known.add(said("😀"))
    assert known.has(said("😀"))
    assert not known.has(said("😢"))


@pytest.mark.parametrize(
    "answer",
    [
        "К сожалению, я не знаю, как зовут вашу собаку.",
        "Вы не упоминали об этом раньше.",
        "I don't have any information about your dog.",
        "You haven’t told me the name of your dog.",
        "As an AI, I cannot know that.",
    ],
)
def test_an_answer_that_was_none_is_not_told(answer: str) -> None:
    assert repeats().has(said(answer, "assistant"))
    # The user may well say that they do not know.
    assert not repeats().has(said(answer, "user"))


def test_an_answer_that_says_so_late_is_told() -> None:
    answer = "Docker runs containers. " * 20 + "I don't know more."
    assert not repeats().has(said(answer, "assistant"))


@pytest.mark.parametrize(
    ("content", "facts", "nothing_new"),
    [
        ("I live in Kazan", ["Lives in Kazan"], True),
        ("Я живу в Казани и работаю в Яндексе", ["Живёт в Казани", "Работает в Яндексе"], True),
        ("Я живу в Казани", ["Lives in Казань"], True),
        ("My dog Rex is allergic to chicken", ["Has a dog named Rex"], False),
        ("I live in Kazan, and on Friday I fly to Rome for a week", ["Lives in Kazan"], False),
    ],
)
def test_a_message_that_says_no_more_than_the_facts_that_rest_on_it(
    content: str, facts: list[str], nothing_new: bool
) -> None:
    message = said(content)
    told = tuple(
        ReceiptFact(id=f"f{n}", text=text, message_id=message.message_id)
        for n, text in enumerate(facts)
    )
    assert repeats(facts=told).has(message) is nothing_new
    # It is told where the facts rest on another message.
    assert not repeats(facts=tuple(f.model_copy(update={"message_id": "m"}) for f in told)).has(
        message
    )
