"""What shall be forgotten and what is over in Russian: it is never learnt instead."""

from datetime import UTC, datetime

import pytest

from services.memory_writer.extraction.extract import extract

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Said = set[tuple[str, str, str | None]]


def said(text: str) -> Said:
    return {(one.op, one.predicate, one.value) for one in extract(text, said_at=NOW).found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("забудь моё имя", {("retract", "name", None)}),
        ("Забудь, как меня зовут", {("retract", "name", None)}),
        ("Забудь где я живу", {("retract", "lives_in", None)}),
        ("забудь мой возраст, пожалуйста", {("retract", "age", None)}),
        ("Забудь про мою аллергию", {("retract", "allergy", None)}),
        ("удали из памяти мой адрес", {("retract", "lives_in", None)}),
        ("Забудь о моей аллергии на орехи", {("retract", "allergy", "орехи")}),
        ("забудь всё про мою собаку", {("retract", "has_pet", "собака")}),
        ("Слушай, забудь, что я живу в Казани", {("retract", "lives_in", "Казань")}),
        (
            "Забудь, что я живу в Казани, я переехал в Москву",
            {("retract", "lives_in", "Казань"), ("assert", "lives_in", "Москва")},
        ),
    ],
)
def test_what_shall_be_forgotten_is_retracted(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Не забудь, что я живу в Казани", ("assert", "lives_in", "Казань")),
    ],
)
def test_what_shall_not_be_forgotten_is_learnt(text: str, expected: tuple[str, str, str]) -> None:
    assert said(text) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        "Забудь про это",
        "Я забыл, где живу",
        "Забудь моё предыдущее сообщение",
    ],
)
def test_other_forgetting_changes_nothing(text: str) -> None:
    assert said(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("у меня больше нет аллергии на арахис", {("end", "allergy", "арахис")}),
        ("Аллергия на арахис прошла", {("end", "allergy", "арахис")}),
        ("у меня больше нет собаки", {("end", "has_pet", "собака")}),
        ("у нас уже нет кота", {("end", "has_pet", "кот")}),
        ("у меня больше нет диабета", {("end", "condition", "диабет")}),
    ],
)
def test_what_is_over_ends(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("обожаю суши", {("assert", "likes", "суши")}),
        ("Люблю суши и роллы", {("assert", "likes", "суши"), ("assert", "likes", "роллы")}),
    ],
)
def test_a_value_is_nothing_but_the_thing_itself(text: str, expected: Said) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Все думают, что я юрист",
        "Я не говорил, что живу в Риме",
        "Я в Москве проездом",
        "Я в Питере на выходных",
        "Зови меня позже",
        "У меня аллергия на понедельники",
        "Пользователь: я живу в Риме",
    ],
)
def test_what_only_seems_to_be_so_is_no_fact(text: str) -> None:
    assert said(text) == set()


def test_what_is_so_beside_it_is_one() -> None:
    assert said("Все думают, что я юрист, но я врач") == {("assert", "occupation", "врач")}
