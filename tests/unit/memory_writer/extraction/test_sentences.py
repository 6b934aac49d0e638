"""What is speech in a message, and where its sentences begin and end."""

import pytest

from services.memory_writer.extraction.sentences import LONGEST_SENTENCE, sentences


def spoken(text: str) -> list[str]:
    return [" ".join(one.speech.split()) for one in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I live in Leeds. I work at St. Mary's.", ["I live in Leeds.", "I work at St. Mary's."]),
        ("Живу в Казани, на ул. Баумана. Работаю!", None),
        ("ok got it\nnext one", ["ok got it", "next one"]),
        ("1. I like tea\n2. I like cake", ["1. I like tea", "2. I like cake"]),
        ("i'm from the U.S. and i love it... ok?", None),
        ("I'm J. Smith. Hi!", ["I'm J. Smith.", "Hi!"]),
    ],
)
def test_sentences_end_at_marks_but_not_at_abbreviations(
    text: str, expected: list[str] | None
) -> None:
    found = spoken(text)

    assert found == expected if expected is not None else len(found) == 2


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('He told me: "I\'m moving to Chicago".', "Chicago"),
        ("He told me: “I'm moving to Chicago”.", "Chicago"),
        ("Он сказал: «Я переезжаю в Казань».", "Казань"),
        ("Он сказал: „Я переезжаю в Казань“.", "Казань"),
        ("Translate: 'I have two children and I don't work'", "children"),
        ("look\n> I live in Rome\nwhat does he mean", "Rome"),
        ("why?\n```python\ncity = 'Paris'\n```\nthanks", "Paris"),
        ("unclosed\n```\ncity = 'Paris'", "Paris"),
        ("I set `city = Paris` there", "Paris"),
        ("const city = 'Oslo';\nwhy", "Oslo"),
        ("SELECT name FROM users WHERE city = Oslo", "Oslo"),
        ("see https://example.org/Oslo/a or me@oslo.example", "oslo"),
    ],
)
def test_code_quotations_and_addresses_are_no_speech(text: str, hidden: str) -> None:
    speech = " ".join(one.speech for one in sentences(text))

    assert hidden.lower() not in speech.lower()


@pytest.mark.parametrize(
    "text", ["I don't think the dogs' bed isn't mine", "it's rock 'n' roll, isn't it", "ok ;)"]
)
def test_an_apostrophe_begins_no_quotation(text: str) -> None:
    assert "isn't" in spoken(text)[0] or text == spoken(text)[0]


def test_offsets_and_text_are_those_of_the_message() -> None:
    text = 'Привет! I live in "Leeds". \n\n Люблю `код` и чай…  Ок?\n```\nx\n```\nend'

    for one in sentences(text):
        assert text[one.start : one.start + len(one.text)] == one.text
        assert len(one.speech) == len(one.text)
    assert '"Leeds"' in sentences(text)[1].text


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Я использую Arch Linux, neovim, Docker и Postgres", "ru"),
        ("I live in Москва now", "en"),
        ("Мой стек: Python, Django, React", "ru"),
        ("42!", None),
    ],
)
def test_the_language_is_told_by_script(text: str, lang: str | None) -> None:
    assert [one.lang for one in sentences(text)] == [lang or "en"]


@pytest.mark.parametrize(
    "text",
    [
        "Do nurses get paid more in Canada",
        "what's it like living in Oslo?",
        "so how do i fix it",
        "any ideas for dinner",
        "можно ли есть овёс",
        "сколько стоит кофе",
        "Живёшь в Казани?",
    ],
)
def test_a_question_is_known_by_its_mark_or_its_words(text: str) -> None:
    assert sentences(text)[0].question


@pytest.mark.parametrize(
    "text",
    [
        "What a day!",
        "What I love is tea.",
        "As a vegan I eat rice",
        "Как раз живу в Казани",
        "Can.",
    ],
)
def test_a_statement_is_no_question(text: str) -> None:
    assert not sentences(text)[0].question


def test_a_sentence_without_end_is_cut_at_a_blank() -> None:
    found = sentences("word " * 1000)

    assert max(len(one.text) for one in found) <= LONGEST_SENTENCE
    assert sum(one.text.count("word") for one in found) == 1000


@pytest.mark.parametrize(
    "unit", ['"', "'a ", "«", "`", "```", "> ", "a@", "a.", "1. ", "x='", "for a", "“", "\n", "‘"]
)
def test_a_long_row_of_marks_comes_to_an_end(unit: str) -> None:
    found = sentences(unit * (100_000 // len(unit)))

    assert all(len(one.text) <= LONGEST_SENTENCE for one in found)
