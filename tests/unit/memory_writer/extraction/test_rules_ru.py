import json
import re
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.facts.matching import forbidden, same_fact
from services.memory_writer.extraction.extract import extract
from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru import line
from services.memory_writer.extraction.ru.openings import PATTERNS, openings
from services.memory_writer.extraction.sentences import sentences
from shared.memory.predicates import PREDICATES

DATA = Path(__file__).parents[3] / "data" / "extraction" / "ru.jsonl"
CASES: list[dict[str, Any]] = [json.loads(each) for each in DATA.read_text("utf-8").splitlines()]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
UNREAD = {
    "Ждём двойню!",
    "Джаз обожаю, попсу не переношу",
    "пишу тебе из Владивостока, я тут живу",
    "разлюбила кофе, перешла на матчу",
    "владею сетью автомоек",
    "комп мой на Linux Mint",
    "кличут Саньком",
    "Я сибирячка, из Омска",
    "Пользуюсь Яндекс Музыкой",
}
"""What no rule reads yet."""


def found_in(text: str) -> tuple[Found, ...]:
    return extract(text, said_at=NOW).found


def told(found: tuple[Found, ...]) -> list[dict[str, Any]]:
    return [
        {"type": PREDICATES[each.predicate].type, "predicate": each.predicate, "value": each.value}
        for each in found
        if each.op == "assert"
    ]


def said(text: str) -> set[tuple[str, str, str | None]]:
    return {(each.op, each.predicate, each.value) for each in found_in(text)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_an_utterance_says_of_its_author_what_it_says_and_no_more(case: dict[str, Any]) -> None:
    found = found_in(case["text"])
    facts = told(found)
    gold = [fact for fact in case["facts"] if fact.get("op", "assert") == "assert"]
    missed = [
        fact
        for fact in gold
        if not fact.get("optional") and not any(same_fact(each, fact) for each in facts)
    ]
    invented = [each for each in facts if not any(same_fact(each, fact) for fact in gold)]
    traps = [trap for trap in case["must_not"] if any(forbidden(each, trap) for each in facts)]

    assert (invented, traps) == ([], [])
    assert not missed or case["text"] in UNREAD
    assert all(each.quote and each.quote in case["text"] for each in found)


def test_the_data_has_all_that_is_wanted() -> None:
    assert len(CASES) > 1000
    assert sum(not case["facts"] for case in CASES) > 230


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (
            "Больше не живу в Рязани, перебрались с семьёй в Тулу.",
            {("end", "lives_in", "Рязань"), ("assert", "lives_in", "Тула")},
        ),
        (
            "мы переехали из Воронежа в Питер",
            {("end", "lives_in", "Воронеж"), ("assert", "lives_in", "Питер")},
        ),
        (
            "уволился из Газпрома, теперь в Лукойле",
            {("end", "employer", "Газпром"), ("assert", "employer", "Лукойл")},
        ),
        ("Я больше не веган", {("end", "diet", None)}),
        ("больше не работаю официантом", {("end", "occupation", "официант")}),
        (
            "Бросил курить месяц назад",
            {("assert", "condition", "не курит"), ("end", "condition", "курит")},
        ),
        ("вчера не стало нашего кота", {("end", "has_pet", "кот")}),
        ("Граф умер.", {("end", "has_pet", "Граф")}),
        (
            "Вернулся из Берлина в Москву",
            {("end", "lives_in", "Берлин"), ("assert", "lives_in", "Москва")},
        ),
        (
            "Живу не в Перми, а в Уфе",
            {("end", "lives_in", "Пермь"), ("assert", "lives_in", "Уфа")},
        ),
        ("разлюбил рыбалку", {("end", "likes", "рыбалка")}),
        ("забудь, что я живу в Твери", {("retract", "lives_in", "Тверь")}),
        (
            "Забудь, что у меня аллергия на мёд, это не подтвердилось",
            {("retract", "allergy", "мёд")},
        ),
    ],
)
def test_what_is_no_longer_so_ends_and_what_shall_be_forgotten_is_retracted(
    text: str, claims: set[tuple[str, str, str | None]]
) -> None:
    assert said(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Вернулся в Telegram после перерыва",
        "вернулась в Магнит за хлебом",
        "Открыла кафе на карте, а там пусто",
        "Телефон умер.",
        "Кот Васька слушает да ест",
        "Он сказал: я работаю в Сбере",
        "да-да, обожаю пробки",
        "без интернета не могу зайти в банк",
        "опять в Сбере очередь",
    ],
)
def test_what_only_sounds_like_it_says_nothing(text: str) -> None:
    assert said(text) == set()


def test_a_correction_names_what_was_wrong() -> None:
    (name,) = found_in("не Иван, а Игорь")

    assert (name.predicate, name.value, name.corrects, name.instead_of) == (
        "name",
        "Игорь",
        True,
        "Иван",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("живу в казани", "Казань"),
        ("я в нижнем новгороде", "Нижний Новгород"),
        ("Живу в Ростове-на-Дону", "Ростов-на-Дону"),
        ("Ненавижу утренние пробежки", "утренние пробежки"),
        ("Терпеть не могу варёный лук", "варёный лук"),
        ("Работаю системным аналитиком", "системный аналитик"),
        ("Друзья зовут меня Кешей", "Кеша"),
        ("У меня диабет второго типа", "диабет второго типа"),
        ("Держу трёх гусей", "три гуся"),
    ],
)
def test_values_stand_in_the_nominative(text: str, value: str) -> None:
    assert [each.value for each in found_in(text)] == [value]


def test_the_kind_of_a_pet_may_have_been_told_before() -> None:
    assert said("Чем кормить ежа? Моего зовут Фыр.") == {("assert", "has_pet", "ёж Фыр")}


def test_a_long_sentence_is_quoted_by_its_clause() -> None:
    text = "я живу в Казани, " + "и ещё у нас тут постоянно что-нибудь происходит, " * 8

    (place,) = [each for each in found_in(text) if each.predicate == "lives_in"]

    assert place.quote == "я живу в Казани"


@pytest.mark.parametrize("word", ["я ", "не ", "у меня кот ", "люблю кофе и ", "мне 5 ", "« ", "а"])
def test_clauses_and_matches_are_bounded_whatever_is_repeated(word: str) -> None:
    (sentence, *_) = sentences(word * 2_000) or sentences("пусто")
    cut = line.Line(sentence)

    sizes = [after - first for first, after in map(cut.clause, range(len(cut.tokens)))]
    assert max(sizes, default=0) <= line.LONGEST_CLAUSE + 1
    assert len(list(cut.find(re.compile(r"\w+")))) <= line.MOST_MATCHES
    extract(word * 2_000, said_at=NOW)


def test_a_message_of_a_megabyte_of_patterns_gives_few_facts() -> None:
    found = extract("я живу в Казани и люблю кофе. " * 35_000, said_at=NOW)

    assert {(each.predicate, each.value) for each in found.found} == {
        ("lives_in", "Казань"),
        ("likes", "кофе"),
    }


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        (r"\b(?:живу|обитаю)\b", {"живу|", "обитаю|"}),
        (r"\b(?:я|мы с [а-я]+)\b", {"я|", "мы с "}),
        (r"\bу (?:меня|нас)\b|\bмой\b", {"у меня", "у нас", "мой|"}),
        (r"\b(?:не )?замужем\b", {"не замуж", "замужем|"}),
        (r"\b(?:дом|сад)\w*", {"дом", "сад"}),
        (r"\bмо[йя]\b", {"мой|", "моя|"}),
        (r"\b(?<!не )(?:ешьте|ешь?)\b", {"ешьте|", "ешь|", "еш|"}),
        (r"^да+\b|\bнет{2}|\b1\b", {"д", "не", "1|"}),
        (r"(?:да)*нет", {""}),
        (r"\w+", {""}),
    ],
)
def test_a_pattern_is_skipped_only_where_its_first_letters_are_certain(
    pattern: str, letters: set[str]
) -> None:
    assert openings(re.compile(pattern)) == letters


def test_no_pattern_is_skipped_where_it_matches() -> None:
    found_in("я живу в Казани")  # All patterns are known once a sentence was read.
    for text in [case["text"] for case in CASES if case["lang"] == "ru"]:
        for sentence in sentences(text):
            cut = line.Line(sentence)
            starts = {token.start for token in cut.tokens}
            for pattern in PATTERNS:
                every = islice(pattern.finditer(cut.low), line.MOST_MATCHES)
                spans = [match.span() for match in every if match.start() in starts]
                assert [match.span() for match, _, _ in cut.find(pattern)] == spans, pattern
