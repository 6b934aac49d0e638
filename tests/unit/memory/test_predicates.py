"""The predicate table: sentences, question words, and its page in the documentation."""

from pathlib import Path

import pytest

from shared.contracts.parts import Language
from shared.memory.predicate_sentences import SENTENCES
from shared.memory.predicate_table import markdown
from shared.memory.predicate_words import QUESTION_WORDS
from shared.memory.predicates import (
    PREDICATES,
    group_of,
    is_single,
    question_words,
    sentence,
    type_of,
)

PAGE = Path(__file__).parents[3] / "docs" / "architecture" / "facts.md"


@pytest.mark.parametrize(
    ("predicate", "value", "lang", "expected"),
    [
        ("lives_in", "Казань", "ru", "Живёт в Казани"),
        ("lives_in", "Владивосток", "ru", "Живёт во Владивостоке"),
        ("lives_in", "Франция", "ru", "Живёт во Франции"),
        ("lives_in", "Крым", "ru", "Живёт в Крыму"),
        ("lives_in", "Камчатка", "ru", "Живёт на Камчатке"),
        ("lives_in", "Ростов-на-Дону", "ru", "Живёт в Ростове-на-Дону"),
        ("lives_in", "Berlin", "ru", "Живёт в Berlin"),
        ("lives_in", "Казань", "en", "Lives in Казань"),
        ("origin", "Омск", "ru", "Родом из Омска"),
        ("employer", "Яндекс", "ru", "Работает в Яндексе"),
        ("employer", "РЖД", "ru", "Работает в РЖД"),
        ("employer", "завод", "ru", "Работает на заводе"),
        ("employer", "IKEA", "en", "Works at IKEA"),
        ("likes", "большие собаки", "ru", "Любит больших собак"),
        ("likes", "кофе без сахара", "ru", "Любит кофе без сахара"),
        ("dislikes", "варёный лук", "ru", "Не любит варёный лук"),
        ("uses", "айфон", "ru", "Пользуется айфоном"),
        ("allergy", "пыльца", "ru", "Аллергия на пыльцу"),
        ("speaks", "французский", "ru", "Говорит на французском"),
        ("shoe_size", "43", "ru", "Shoe size: 43"),
        ("shoe_size", "{value}", "en", "Shoe size: {value}"),
        ("name", "{value}", "en", "Is called {value}"),
    ],
)
def test_a_value_is_put_into_its_sentence(
    predicate: str, value: str, lang: Language, expected: str
) -> None:
    assert sentence(predicate, value, lang) == expected


@pytest.mark.parametrize("predicate", PREDICATES)
def test_every_predicate_is_asked_for_and_told_in_both_languages(predicate: str) -> None:
    words = question_words(predicate)
    assert any(word.isascii() for word in words)
    assert any(not word.isascii() for word in words)
    russian, english = SENTENCES[predicate]
    assert "{" in russian
    assert "{value}" in english
    for lang in ("ru", "en"):
        assert "Xiaomi" in sentence(predicate, "Xiaomi", lang)


def test_nothing_is_told_of_a_predicate_that_is_not_there() -> None:
    assert set(SENTENCES) == set(QUESTION_WORDS) == set(PREDICATES)


def test_a_predicate_that_is_not_in_the_table_has_several_values() -> None:
    assert (type_of("shoe_size"), is_single("shoe_size"), group_of("shoe_size")) == (
        "other",
        False,
        "shoe_size",
    )
    assert question_words("shoe_size") == ("shoe", "size")


def test_the_documentation_has_the_table_as_it_is() -> None:
    _, table = PAGE.read_text(encoding="utf-8").split("predicate_table -->\n")
    assert table == markdown(), "run python -m shared.memory.predicate_table"
