"""A question finds the fact that answers it, in either language, and nothing breaks it."""

from typing import Any

import pytest

from shared.memory.facts import fold
from shared.memory.search import Item, Scored, fact_item, rank
from tests.support.claims import day, say

KNOWN = [
    ("name", "Sam"),
    ("age", "34"),
    ("birthday", "17 июля"),
    ("occupation", "engineer"),
    ("employer", "IKEA"),
    ("lives_in", "Portland"),
    ("origin", "Accra"),
    ("studies_at", "МГУ"),
    ("likes", "running"),
    ("likes", "кофе с сахаром"),
    ("dislikes", "small talk"),
    ("favorite", "группа Кино"),
    ("has_pet", "puppy Pepper"),
    ("has_pet", "кот Барсик"),
    ("uses", "Samsung"),
    ("uses", "Saab"),
    ("uses", "neovim"),
    ("uses", "Arch Linux"),
    ("speaks", "французский"),
    ("knows", "Rust"),
    ("learning", "cello"),
    ("length", "brief"),
    ("language", "русский"),
    ("format", "no emojis"),
    ("spouse", "Elena"),
    ("child", "сын Платон"),
    ("sibling", "сестра Алия"),
    ("allergy", "dust mites"),
    ("diet", "пескетарианец"),
    ("goal", "Berlin marathon"),
    ("status", "married"),
    ("address", "вы"),
    ("timezone", "UTC+3"),
]
FACTS = fold([say(number, *one) for number, one in enumerate(KNOWN)], at=day(99))
ITEMS = [fact_item(fact) for fact in FACTS]
TEXTS = {fact.id: fact.text for fact in FACTS}

QUESTIONS = [
    ("Who is my employer?", "Works at IKEA"),
    ("Where do I work?", "Works at IKEA"),
    ("Где я работаю?", "Works at IKEA"),
    ("Кем я работаю?", "Occupation: engineer"),
    ("What's my dog called?", "Has a pet: puppy Pepper"),
    ("Как зовут моего кота?", "Питомец: кот Барсик"),
    ("Какой у меня телефон?", "Uses Samsung"),
    ("What car do I have?", "Uses Saab"),
    ("Which editor do I use?", "Uses neovim"),
    ("How do I feel about running?", "Likes running"),
    ("С сахаром ли я пью кофе?", "Любит кофе с сахаром"),
    ("Какие языки я знаю?", "Говорит на французском"),
    ("На каком языке отвечать?", "Язык ответов: русский"),
    ("How long should your answers be?", "Length of answers: brief"),
    ("May you use emojis?", "Format of answers: no emojis"),
    ("Where do I live now?", "Lives in Portland"),
    ("Which city is my home?", "Lives in Portland"),
    ("В каком городе я живу?", "Lives in Portland"),
    ("Where am I from?", "Comes from Accra"),
    ("Откуда я родом?", "Comes from Accra"),
    ("What am I allergic to?", "Allergic to dust mites"),
    ("На что у меня аллергия?", "Allergic to dust mites"),
    ("Сколько мне лет?", "Age: 34"),
    ("How old am I?", "Age: 34"),
    ("Когда у меня день рождения?", "День рождения: 17 июля"),
    ("Как меня зовут?", "Is called Sam"),
    ("Who is my wife?", "Супруг или супруга: Elena"),
    ("Do I have any siblings?", "Брат или сестра: сестра Алия"),
    ("Есть ли у меня дети?", "Ребёнок: сын Платон"),
    ("Какая у меня диета?", "Питание: пескетарианец"),
    ("Am I married?", "Family status: married"),
    ("Which university do I attend?", "Учится в МГУ"),
    ("Как ко мне обращаться?", "Обращение: вы"),
    ("What are my plans?", "Plans: Berlin marathon"),
    ("Which instrument am I learning?", "Is learning cello"),
]


def found(query: str, items: list[Item] = ITEMS, limit: int = 10) -> list[Scored]:
    return rank(query, items, limit=limit)


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_a_question_finds_its_answer_first(question: str, answer: str) -> None:
    texts = [TEXTS[one.item.id] for one in found(question)]
    # A name in Latin letters has an English sentence, whatever the language of the question.
    assert texts[:1] in ([answer], [answer.replace("Супруг или супруга", "Spouse")])


@pytest.mark.parametrize(
    "query", ["", " \n", "the of и в", "???", '"" AND () * ~', "🙂🙂", "не", "a:*"]
)
def test_a_query_without_content_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_operators_and_quotes_are_words_at_most() -> None:
    assert found('"IKEA" AND -Portland:*')[0].item.text in {"IKEA", "Portland"}


def test_a_megabyte_of_query_is_cut() -> None:
    assert found("x" * 1_000_000) == []
    assert found("IKEA " + "word " * 200_000)[0].item.text == "IKEA"
    assert found(" ".join(f"w{number}" for number in range(64)) + " IKEA") == []


def test_there_are_no_more_than_asked_for() -> None:
    assert len(found("use", limit=2)) == 2
    assert found("use", limit=0) == []
    assert found("IKEA", []) == []


def item(name: str, text: str = "green tea", **changes: Any) -> Item:
    return Item(kind="fact", id=name, text=text, **changes)


@pytest.mark.parametrize(
    "better",
    [
        {"pinned": True},
        {"priority": "high"},
        {"time": day(5)},
    ],
)
def test_pins_priority_and_recency_decide_between_equals(better: dict[str, Any]) -> None:
    items = [item("a", time=day(1)), item("b", **{"time": day(1), **better})]
    assert [one.item.id for one in found("tea", items)] == ["b", "a"]


def test_a_match_of_words_counts_for_more() -> None:
    items = [item("a", "coffee", pinned=True, time=day(9)), item("b", "green tea", time=day(1))]
    assert [one.item.id for one in found("green tea or coffee", items)] == ["b", "a"]


def test_what_holds_no_longer_comes_last() -> None:
    items = [item("old", "green tea tea", status="superseded"), item("new", "tea", status="active")]
    best, last = found("green tea", items)
    assert (best.item.id, last.item.id) == ("new", "old")
    assert best.score > last.score > 0


def test_what_is_asked_for_tells_more_than_the_word_that_asks() -> None:
    few = [say(0, "employer", "IKEA"), say(1, "occupation", "engineer"), say(2, "name", "Sam")]
    facts = fold(few, at=day(99))

    found = rank("Who is my employer?", map(fact_item, facts), limit=9)

    assert found[0].item.text == "IKEA"


def test_rare_words_tell_more_than_common_ones() -> None:
    items = [item(str(number), f"tea number{number}") for number in range(9)]
    assert found("tea number7", items)[0].item.id == "7"


def test_the_signals_add_up_to_a_reason() -> None:
    [one] = found("tea", [item("a", pinned=True, priority="critical", time=day(1))])
    assert one.signals == {
        "bm25": pytest.approx(0.2877, abs=0.1),
        "recency": 0.0,
        "priority": 0.2,
        "pinned": 1.0,
    }


def test_the_same_query_gives_the_same_order() -> None:
    assert found("use work", ITEMS) == found("use work", list(reversed(ITEMS)))
