"""Summaries of long conversations: what was said most about, word for word."""

from datetime import timedelta

import pytest

from shared.contracts.parts import Message, Role
from shared.memory.summary import LONG, summarize
from tests.support.samples import at


def said(*contents: str, role: Role = "user") -> list[Message]:
    return [
        Message(message_id=f"m{n}", role=role, content=one, time=at(n), order=n)
        for n, one in enumerate(contents)
    ]


@pytest.mark.parametrize(
    ("talk", "told"),
    [
        (
            [
                "Мы переносим базу данных с сервера на новый сервер в пятницу.",
                "Docker на новом сервере уже настроен, остались миграции базы.",
            ],
            ["базу данных", "Docker"],
        ),
        (
            [
                "We are moving the database to a new server on Friday evening.",
                "Docker runs on the server, the database migrations are left.",
            ],
            ["database", "Docker"],
        ),
    ],
)
def test_it_repeats_what_was_most_talked_about(talk: list[str], told: list[str]) -> None:
    chatter = ["ok", "Да, понятно, спасибо.", "Thanks, that is really helpful!"] * 15
    messages = said(talk[0], *chatter, talk[1], talk[1])
    summary = summarize(messages)
    assert summary is not None
    for words in told:
        assert words in summary
    assert "спасибо" not in summary
    # Word for word, in the order of saying it.
    assert summary.index(told[0]) < summary.index(told[1])


def test_a_short_conversation_and_one_about_nothing_have_none() -> None:
    assert summarize(said(*["We are moving the database to a new server."] * LONG)) is None
    assert summarize(said(*["ok, thanks, that is really helpful"] * 99)) is None
    assert summarize([]) is None


def test_it_is_short_whatever_was_said() -> None:
    words = [f"word{n} server{n % 9} database{n % 5} docker{n % 3}" for n in range(999)]
    summary = summarize(said(*(" ".join(words[n : n + 40]) + "." for n in range(0, 900, 2))))
    assert summary is None or len(summary) <= 600


def test_code_system_messages_and_failed_questions_are_left_out() -> None:
    line = "The database server stores all of the database backups."
    for messages in (
        said(*[f"```\n{line}\n```"] * 50),
        said(*[line] * 50, role="system"),
        [m.model_copy(update={"status": "failed"}) for m in said(*[line] * 50)],
    ):
        assert summarize(messages) is None
    later = [m.model_copy(update={"time": m.time + timedelta(days=1)}) for m in said(*[line] * 50)]
    assert summarize(later) == line
