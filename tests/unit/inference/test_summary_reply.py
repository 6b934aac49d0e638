"""What a model writes of a conversation is kept only where the conversation has it."""

import pytest

from services.inference.summary_reply import ABSURD, LONGEST, read_summary
from shared.contracts.parts import Language

ENGLISH = (
    "Conversation:\nUser: I moved our PostgreSQL database to a server in Kazan, 14 tables.\n"
    "Assistant: Did the migration with Olga go well? Version 17.2 needs new backups."
)
RUSSIAN = (
    "Разговор:\nПользователь: Я перенёс базу PostgreSQL на сервер в Казани, 14 таблиц.\n"
    "Ассистент: Миграция с Ольгой прошла хорошо? Версии 17.2 нужны новые копии."
)
SOURCE: dict[Language, str] = {"en": ENGLISH, "ru": RUSSIAN}
GOOD: dict[Language, str] = {
    "en": "The user moved a PostgreSQL database of 14 tables to Kazan. Backups are needed.",
    "ru": "Пользователь перенёс базу PostgreSQL на 14 таблиц в Казань. Нужны резервные копии.",
}


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Here is a summary of the conversation:\n\n{}",
        "Sure! Here's the summary: {}",
        "**Summary:** {}",
        "<think>The user wants… 99 things</think>\n{}",
        "Вот краткое содержание разговора:\n{}",
        "Конечно! Резюме: {}",
        "1. {}",
        "- {}\n```\nprint(99)\n```",
        "{} And this is cut off where the",
    ],
)
def test_what_stands_around_it_is_taken_away(lang: Language, around: str) -> None:
    if lang == "ru":
        around = around.replace("And this is cut off where the", "А это обрывается на")
    read = read_summary(around.format(GOOD[lang]), source=SOURCE[lang], lang=lang)
    assert (read.summary, read.why) == (GOOD[lang], "")


@pytest.mark.parametrize(
    ("lang", "answer", "why"),
    [
        ("en", "", "empty"),
        ("en", "  \n**\n", "empty"),
        ("en", "OK.", "empty"),
        ("en", "word " * ABSURD, "too_long"),
        # What the demonstration model makes of it.
        ("en", ENGLISH, "copied"),
        ("ru", RUSSIAN, "copied"),
        ("en", f"Before:\n{GOOD['en']}\n\n{ENGLISH}", "copied"),
        ("en", "This sentence goes on and on " * 30 + ".", "too_long"),
        ("en", GOOD["ru"], "other_language"),
        ("ru", GOOD["en"], "other_language"),
        ("en", "The user moved a database. 用户搬了数据库。", "other_language"),
        ("en", "The user moved a database. " * 8, "repeats"),
        ("en", "The user moved a database of 40 tables.", "unknown_number"),
        ("ru", "Пользователь перенёс 40 таблиц базы.", "unknown_number"),
        ("en", "The user moved a database with Boris to a server.", "unknown_name"),
        ("en", "The user moved a database to Moscow.", "unknown_name"),
        ("ru", "Пользователь перенёс базу в Москву.", "unknown_name"),
        ("ru", "Борис перенёс базу на сервер пользователя.", "unknown_name"),
        ("ru", "Пользователь перенёс базу mysql на сервер.", "unknown_name"),
    ],
)
def test_what_nobody_said_is_refused(lang: Language, answer: str, why: str) -> None:
    assert read_summary(answer, source=SOURCE[lang], lang=lang) == ("", why)


@pytest.mark.parametrize(
    ("lang", "answer"),
    [
        ("en", "Before, the user moved a database. Olga helped with the migration."),
        # Another case of a name, or another word for who speaks.
        ("ru", "Пользователь и Ольга говорили о Казани и о PostgreSQL 17.2."),
        ("ru", "Ольга помогла пользователю с миграцией базы."),
        ("en", "Olga and the User talked about Kazan's server, the AI asked about 17.2."),
    ],
)
def test_what_was_said_in_another_form_is_known(lang: Language, answer: str) -> None:
    assert read_summary(answer, source=SOURCE[lang], lang=lang).summary == answer


def test_a_long_one_is_cut_at_a_sentence() -> None:
    sentences = [f"The user moved table {n} of the database to another server." for n in range(30)]
    source = "Conversation:\nUser: " + " ".join(sentences)
    read = read_summary(" ".join(sentences), source=source, lang="en")
    kept = read.summary.split(". ")
    assert LONGEST - 70 < len(read.summary) <= LONGEST
    assert [one.rstrip(".") + "." for one in kept] == sentences[: len(kept)]
