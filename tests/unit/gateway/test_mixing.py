"""Messages and facts in one order: what answers a question comes first, whatever its kind."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.facts_schemas import FactBody
from services.gateway.query_schemas import QueryBody, QueryResult
from services.gateway.said import recall_query
from services.gateway.searching import Known, answered
from services.gateway.statements import statement
from shared.contracts.parts import Message
from shared.memory.models import StatedClaim, StatedMemory
from shared.memory.recall import Recalled
from tests.support.pools import NOW, pool_of, ranked, said

FACTS = (
    "Works at IKEA",
    "Likes tea",
    "Likes running",
    "Has a pet: dog Rusty",
    "Name: Ivan",
    "Работает: бухгалтер",
    "Любит шахматы",
    "Живёт в Казани",
)

SAID = (
    "I work a lot these days and I am tired",
    "My dentist is called Petrov and he is very careful",
    "Our beagle Rusty had an operation on his leg",
    "My dog likes cheese more than anything",
    "I like a quiet breakfast with porridge",
    "Somebody at work brought a dog, it was fun",
    "People who live in Porto told me that it rains a lot",
    "We drank tea and talked about the weather",
    "I bought a kilo of green tea at the market",
    "I was in Kazan in May and saw the Kremlin",
    "Мой стоматолог Петров переехал в новый кабинет",
    "В шахматы сегодня не играли, шёл дождь",
    "Шахматный турнир я проиграл соседу Игорю",
    "Бабушка подарила мне синий велосипед",
    "На работе опять отключили свет",
    "Живу как на вулкане, ничего не успеваю",
    "Пароль от домашней сети записан на холодильнике",
    "В Казани мы ели чак-чак у моста",
)


def facts(texts: Sequence[str], *, days_ago: float = 30) -> StatedMemory:
    """Return facts as a user states them, one by one."""
    claims = []
    for number, text in enumerate(texts):
        event = statement("u", FactBody(text=text))
        when = NOW - timedelta(days=days_ago) + timedelta(minutes=number)
        claims += [
            StatedClaim(
                claim=claim, said_at=when, sequence=number, recorded_at=when, caused_at=when
            )
            for claim in event.claims
        ]
    return StatedMemory(claims)


def asked(
    question: str | None,
    *,
    stated: Sequence[str] = FACTS,
    messages: Sequence[str | Message] = SAID,
    vectors: bool = False,
    superseded: Sequence[str] = (),
    **more: Any,
) -> list[QueryResult]:
    """Return what a query finds among facts and messages, best first."""
    placed = [
        said(one, minute=number * 60) if isinstance(one, str) else one
        for number, one in enumerate(messages)
    ]
    text = question or ""
    pool = pool_of(text, placed, vectors=vectors, superseded=superseded)
    body = QueryBody(query=question, as_of=NOW, **more)
    found = ranked(text, pool, limit=recall_query(body, at=NOW).limit)
    recalled = Recalled(passages=found.passages, total=found.eligible)
    return answered("u", Known(facts(stated), [], recalled), body).results


CASES = [
    ("Where do I work?", "fact", "Works at IKEA"),
    ("Who is my employer?", "fact", "Works at IKEA"),
    ("Where do I live?", "fact", "Живёт в Казани"),
    ("What is my name?", "fact", "Name: Ivan"),
    ("What is my dog called?", "fact", "Has a pet: dog Rusty"),
    ("How do I feel about running?", "fact", "Likes running"),
    ("Tell me whether I like tea", "fact", "Likes tea"),
    ("Do you remember my pet?", "fact", "Has a pet: dog Rusty"),
    ("Люблю ли я шахматы?", "fact", "Любит шахматы"),
    ("Кем я работаю?", "fact", "Работает: бухгалтер"),
    ("Где я живу?", "fact", "Живёт в Казани"),
    ("What is my dentist's name?", "message", SAID[1]),
    ("Which operation did my beagle Rusty have?", "message", SAID[2]),
    ("What does my dog like?", "message", SAID[3]),
    ("What do I like for breakfast?", "message", SAID[4]),
    ("What tea did I buy at the market?", "message", SAID[8]),
    ("What did I see in Kazan?", "message", SAID[9]),
    ("Кто мой стоматолог?", "message", SAID[10]),
    ("Кому я проиграл шахматный турнир?", "message", SAID[12]),
    ("Какой велосипед подарила бабушка?", "message", SAID[13]),
    ("Где записан пароль от сети?", "message", SAID[16]),
    ("Что мы ели в Казани?", "message", SAID[17]),
    ("Что отключили на работе?", "message", SAID[14]),
]


@pytest.mark.parametrize("vectors", [False, True], ids=["words", "vectors"])
@pytest.mark.parametrize(("question", "kind", "text"), CASES)
def test_what_answers_comes_first(question: str, kind: str, text: str, *, vectors: bool) -> None:
    best = asked(question, vectors=vectors)[0]
    assert (best.kind, best.text) == (kind, text)


@pytest.mark.parametrize("question", [question for question, _, _ in CASES])
def test_each_kind_keeps_its_own_order(question: str) -> None:
    together = asked(question)
    scores = [one.score for one in together]
    assert scores == sorted(scores, reverse=True)
    for alone in (asked(question, messages=()), asked(question, stated=())):
        texts = [one.text for one in alone]
        assert [one.text for one in together if one.text in texts] == texts
    assert together


def test_what_was_said_in_the_time_that_is_spoken_of_comes_before_other_facts() -> None:
    question = "What did I plant in March?"
    march = said("I planted tomatoes on the balcony", when=NOW.replace(month=3))
    later = said("I planted a birch at the gate", when=NOW.replace(month=9))
    found = asked(question, stated=["Likes planting"], messages=[later, march])
    assert found[0].text == march.content
    # Without a time the fact says as much.
    found = asked("What do I plant?", stated=["Likes planting"], messages=[later, march])
    assert found[0].text == "Likes planting"


@pytest.mark.parametrize("query", [None, "", "  "])
def test_without_a_query_the_newest_come_first_whatever_their_kind(query: str | None) -> None:
    messages = [said("long ago", when=NOW - timedelta(days=90)), said("now", when=NOW)]
    found = asked(query, stated=["Likes tea", "Likes running"], messages=messages)
    assert [one.text for one in found] == ["now", "Likes running", "Likes tea", "long ago"]
    assert [one.score for one in found] == [1, 0.75, 0.5, 0.25]
    assert [one.signals for one in found] == [{"recency": one.score} for one in found]


def test_what_was_superseded_comes_after_all_that_holds() -> None:
    question, old = "Where did we plan to go by train?", "We plan to go to Rome by train"
    found = asked(question, stated=["Likes trains"], messages=[old], superseded=[old])
    assert [(one.kind, one.status) for one in found] == [
        ("fact", "active"),
        ("message", "superseded"),
    ]
    assert found[0].score > found[1].score > 0


def test_a_budget_is_filled_by_shorter_ones_behind_a_long_one() -> None:
    long, short = "The cactus " + "blooms " * 40, "Another cactus"
    found = asked("cactus", stated=(), messages=[long, short, "My cactus"])
    assert {one.text for one in found} == {long, short, "My cactus"}
    few = asked("cactus", stated=(), messages=[long, short, "My cactus"], max_tokens=10)
    assert {one.text for one in few} == {short, "My cactus"}
    assert len(asked("cactus", stated=(), messages=[short, "My cactus"], max_tokens=5)) == 1
    assert len(asked("cactus", messages=[short, "My cactus"], limit=1, max_tokens=500)) == 1


def test_the_best_is_the_best_however_many_are_asked_for() -> None:
    for question, _, _ in CASES:
        few, many = asked(question, limit=3), asked(question, limit=50)
        assert [one.text for one in few] == [one.text for one in many[:3]]


def test_a_message_comes_with_all_that_is_known_of_it() -> None:
    message = said("The cactus blooms", role="assistant", name="Ann", tags=("a",), priority="high")
    [one] = asked("cactus", stated=(), messages=[message], memory_type="conversation")
    assert one.model_dump(exclude={"signals", "score"}) == {
        "kind": "message",
        "id": message.message_id,
        "message_id": message.message_id,
        "conversation_id": message.message_id,
        "user_id": "u",
        "role": "assistant",
        "name": "Ann",
        "text": message.content,
        "time": message.time,
        "status": None,
        "tags": ["a"],
        "priority": "high",
    }
    assert one.signals
