"""Words of both languages, whatever their form."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lexemes import inflect, key, language_of, lemmas, nominative
from shared.memory.predicates import sentence

FORMS = [
    "Казань Казани Казанью",
    "докер докера докере Docker",
    "Кеша Кеши Кеше Кешу",
    "Барсик Барсика Барсиком Барсике",
    "Королёв Королёва Королёве",
    "столовая столовой столовую",
    "мёд меда мёдом",
    "Сааб Сааба Саабе Саабом Saab",
    "Икея Икеи Икее Икею IKEA",
    "самсунг самсунга самсунгом Samsung",
    "английский английского английском English",
    "cat cats cat's",
    "running run runs",
    "paediatric pediatric",
]


@pytest.mark.parametrize("forms", FORMS)
def test_all_forms_of_a_word_have_one_lemma(forms: str) -> None:
    assert len({key(form) for form in forms.split()}) == 1


def test_content_words_come_in_order_and_numbers_as_digits() -> None:
    assert lemmas("У меня есть две кошки, и двадцать пять рыбок") == [
        "2",
        "кошка",
        "25",
        "рыбка",
    ]
    assert lemmas("How old are the three dogs of mine?") == ["old", "3", "dog"]


def test_a_negation_is_part_of_the_key_and_of_no_lemma() -> None:
    assert key("кофе без сахара") == ("-сахар", "кофе")
    assert key("no emojis") == key("without emojis") == ("-emoji",)
    assert lemmas("кофе без сахара") == ["кофе", "сахар"]


@pytest.mark.parametrize("value", ["the", "IT", "🙂", "не", "!?", "что", "'", "C++"])
def test_no_value_has_an_empty_key(value: str) -> None:
    assert key(value)
    assert all(key(value))


@given(st.text(max_size=60) | st.text(alphabet="не без'-+#1,. nocЁ\u0301٣²", max_size=30))
def test_any_text_has_a_key_and_a_sentence(text: str) -> None:
    assert bool(key(text)) == bool(text.split())
    assert all(key(text)) or not text.split()
    assert isinstance(inflect(text, "loct") + nominative(text), str)
    assert all(lemmas(text))
    for lang in ("ru", "en"):
        assert text in sentence("language", text, lang)
        assert sentence("lives_in", text, lang)


def test_only_an_empty_value_has_an_empty_key() -> None:
    assert key("") == key(" \n") == ()


def test_what_is_unlike_stays_unlike() -> None:
    values = [
        "C",
        "C++",
        "C#",
        "i3",
        "B1",
        "3",
        "1",
        "Go",
        "Google",
        "Java",
        "JavaScript",
        "Rust",
        "Rusty",
    ]
    assert len({key(value) for value in values}) == len(values)


def test_a_very_long_value_has_a_bounded_key() -> None:
    assert len(key(" ".join(f"word{number}" for number in range(100_000)))) < 1000
    assert len(key("x" * 1_000_000)[0]) < 100


@pytest.mark.parametrize(
    ("phrase", "case", "expected"),
    [
        ("Казань", "loct", "Казани"),
        ("Нижний Новгород", "loct", "Нижнем Новгороде"),
        ("Ростов-на-Дону", "loct", "Ростове-на-Дону"),
        ("Крым", "loc2", "Крыму"),
        ("Пермь", "loc2", "Перми"),
        ("утренние пробежки", "accs", "утренние пробежки"),
        ("большие собаки", "accs", "больших собак"),
        ("старый айфон", "ablt", "старым айфоном"),
        ("машинист метро", "ablt", "машинистом метро"),
        ("США", "loct", "США"),
        ("Лада Веста", "ablt", "Ладой Вестой"),
        ("Хонор", "ablt", "Хонор"),
        ("Королёв", "loct", "Королёве"),
        ("СПб", "loct", "СПб"),
        ("Berlin", "loct", "Berlin"),
        ("смотреть хоккей", "accs", "смотреть хоккей"),
        ("", "loct", ""),
    ],
)
def test_a_noun_phrase_is_put_into_a_case(phrase: str, case: str, expected: str) -> None:
    assert inflect(phrase, case) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("нижнем новгороде", "нижний новгород"),
        ("Казани", "Казань"),
        ("программистом", "программист"),
        ("системным аналитиком", "системный аналитик"),
        ("утренним пробежкам", "утренние пробежки"),
        ("кошачьей шерсти", "кошачья шерсть"),
        ("Барсиком", "Барсик"),
        ("машинистом метро", "машинист метро"),
        ("утренние пробежки", "утренние пробежки"),
        ("IKEA", "IKEA"),
    ],
)
def test_a_noun_phrase_is_put_back_into_the_nominative(phrase: str, expected: str) -> None:
    assert nominative(phrase) == expected


def test_the_words_around_a_phrase_may_tell_its_case() -> None:
    assert nominative("Барсика") == "Барсика"
    assert nominative("Барсика", frozenset({"gent", "accs"})) == "Барсик"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Живу в Berlin", "ru"),
        ("I like борщ", "en"),
        ("", "en"),
        ("12 🙂", "en"),
        ("да ok", "ru"),
        ("My dog Рекс", "en"),
        ("Купил Xiaomi Redmi Note", "ru"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("unit", ["1.", "a'", "1a", "не ", "1,1", "C++", "а-"])
def test_no_text_takes_long(unit: str) -> None:
    # Quadratic work would run into the time limit of all tests.
    assert len(lemmas(unit * 200_000)) < 1_000_000


def test_threads_share_one_dictionary() -> None:
    words = ["собаки", "dogs", "кошками", "cats"] * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(key, words))
    assert found == [key(word) for word in words]
