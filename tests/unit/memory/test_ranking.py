"""What comes first of what was found, and why, in either language."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.parts import Message
from shared.memory.passages import Pool
from shared.memory.ranking import MOST
from tests.support.pools import NOW, pool_of, ranked, said, texts

FILLING = [
    "Сегодня шёл дождь весь день",
    "The weather was fine on the coast",
    "Читал книгу про историю кораблей",
    "We cooked soup and baked bread",
    "Вечером чинил полку на кухне",
    "The meeting about invoices was long",
]


def among(*messages: Message) -> list[Message]:
    return [said(text, minute=-60 - n) for n, text in enumerate(FILLING)] + list(messages)


def order(question: str, *messages: Message, vectors: bool = False, **more: object) -> list[str]:
    return texts(ranked(question, pool_of(question, among(*messages), vectors=vectors), **more))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Как зовут мою собаку?", "Собаку назвали Рексом"),
        ("What is my dog called?", "We named the dog Rex"),
        ("что я говорил про собак", "Собаку назвали Рексом"),
        ("tell me about the dogs", "We named the dog Rex"),
    ],
)
def test_what_has_the_words_comes_first(question: str, answer: str) -> None:
    answers = [said("Собаку назвали Рексом"), said("We named the dog Rex", minute=1)]
    found = ranked(question, pool_of(question, among(*answers)))
    assert texts(found) == [answer]
    assert found.passages[0].signals["bm25"] > 0


def test_words_that_only_ask_find_nothing_by_themselves() -> None:
    question = "расскажи, помнишь, что я говорил про велосипед?"
    pool = pool_of(question, [said("Я говорил, помнишь"), said("Велосипед стоит в гараже")])
    assert texts(ranked(question, pool)) == ["Велосипед стоит в гараже"]


def test_a_greeting_is_found_by_who_looks_for_one() -> None:
    pool = pool_of("привет", [said("Привет!"), said("Велосипед стоит в гараже")])
    found = ranked("привет", pool)
    assert texts(found) == ["Привет!"]
    assert found.passages[0].evidence == 0


def test_an_answer_is_found_by_the_question_before_it() -> None:
    talk = [
        ("c", said("What did you name the new puppy?", role="assistant", minute=1)),
        ("c", said("Biscuit, after long debates", minute=2)),
        ("d", said("Nothing of interest here", minute=3)),
    ]
    found = ranked("puppy name", pool_of("puppy name", [*among(), *talk]))
    assert set(texts(found)) == {"What did you name the new puppy?", "Biscuit, after long debates"}
    [answer] = [one for one in found.passages if one.message.role == "user"]
    assert answer.before is not None
    assert answer.before.content == "What did you name the new puppy?"
    assert answer.after is None


def test_who_is_named_is_asked_about() -> None:
    first = said("Бегаю по утрам в парке", name="Анна")
    second = said("Бегаю по утрам в парке, бывает", name="Борис", minute=1)
    assert order("Где бегает Анна по утрам?", first, second)[0] == first.content
    assert order("Где по утрам бегает Борис?", first, second)[0] == second.content


def test_what_the_assistant_said_is_found_by_who_asks_for_it() -> None:
    own = said("Мне нравится ресторан у реки")
    advice = said("Вам понравится ресторан у реки", role="assistant", minute=1)
    assert order("Какой ресторан мне нравится?", own, advice)[0] == own.content
    assert order("Какой ресторан ты мне посоветовал?", own, advice)[0] == advice.content


def test_who_only_asks_tells_less() -> None:
    asked, told = said("Где мой зонт?", minute=1), said("Мой зонт там")
    assert order("зонт", asked, told) == [told.content, asked.content]


def test_of_equals_the_newer_comes_first() -> None:
    old = said("I moved to Lisbon", when=NOW - timedelta(days=700))
    new = said("I moved to Porto", when=NOW - timedelta(days=3))
    assert order("Where have I moved?", old, new) == [new.content, old.content]
    assert order("Where have I moved?", new, old) == [new.content, old.content]


def test_of_equals_the_more_important_comes_first() -> None:
    plain = said("The code of the garage is 4411", minute=1)
    marked = said("The code of the shed is 2299", priority="critical")
    low = said("The code of the barn is 8813", priority="low", minute=2)
    assert order("code", plain, marked, low) == [marked.content, plain.content, low.content]


def test_what_was_said_twice_does_not_crowd_out_the_rest() -> None:
    twice = [said("My locker code is 4411", minute=n) for n in range(5)]
    other = said("The locker is green", minute=9)
    found = ranked("locker code", pool_of("locker code", among(*twice, other)))
    assert texts(found)[:2] == [twice[0].content, other.content]
    assert found.passages[0].message.time == twice[-1].time
    assert len(found.passages) == 6


def test_yes_answers_another_question_each_time() -> None:
    talk = []
    for n, what in enumerate(["Has the tooth stopped hurting?", "Is the roof repaired?"]):
        talk += [
            (f"c{n}", said(what, role="assistant", minute=n)),
            (f"c{n}", said("Yes", minute=n + 1)),
        ]
    found = ranked("roof", pool_of("roof", [*among(), *talk]))
    assert [one.conversation_id for one in found.passages] == ["c1", "c1"]


def test_what_was_superseded_comes_after_what_holds() -> None:
    question = "Which hotel did I book in Rome?"
    gone, holds = said("I booked the hotel Roma in Rome"), said("A hotel", minute=1)
    pool = pool_of(question, among(gone, holds), superseded=[gone.content])
    found = ranked(question, pool)
    assert texts(found) == [holds.content, gone.content]
    assert [one.superseded for one in found.passages] == [False, True]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Куда я ездил в марте?", "march"),
        ("Where did I travel in May?", "may"),
        ("что было в марте", "march"),
        ("what happened in May?", "may"),
        ("Куда я ездил на прошлой неделе?", "week"),
        ("where did I travel last week", "week"),
    ],
)
def test_the_time_that_is_asked_for_comes_first(question: str, first: str) -> None:
    days = {
        "march": datetime(2026, 3, 12, tzinfo=UTC),
        "may": datetime(2026, 5, 3, tzinfo=UTC),
        "week": datetime(2026, 11, 18, tzinfo=UTC),
    }
    trips = [said(f"Ездил на море, travelled by train: {n}", when=t) for n, t in days.items()]
    found = order(question, *trips)
    assert found[0].endswith(first)


def test_without_a_text_the_newest_comes_first() -> None:
    messages = among(said("old", minute=-900), said("new", minute=900))
    found = ranked("", pool_of("", messages), limit=3)
    assert texts(found) == ["new", FILLING[0], FILLING[1]]
    assert found.eligible == len(messages)


@pytest.mark.parametrize(("question", "answer"), [("my dog", "Моя собака"), ("врач", "A doctor")])
def test_vectors_find_what_shares_no_word(question: str, answer: str) -> None:
    messages = [said("Моя собака"), said("A doctor", minute=1)]
    assert order(question, *messages, vectors=True)[0] == answer
    assert order(question, *messages, vectors=True, mode="semantic")[0] == answer
    assert not order(question, *messages, vectors=True, mode="keyword")
    assert not order(question, *messages)


def test_a_passage_without_a_vector_is_found_by_its_words() -> None:
    fresh = said("The parrot speaks Russian")
    pool = pool_of("parrot", among(fresh), vectors=True)
    passages = [
        dataclasses.replace(p, similarity=None) if p.message == fresh else p for p in pool.passages
    ]
    found = ranked("parrot", dataclasses.replace(pool, passages=passages))
    assert texts(found)[0] == fresh.content


def test_what_has_no_vector_yet_does_not_fall_behind_what_is_merely_alike() -> None:
    question = "the secret dog lfslffbst"
    alike = [said(f"A secret puppy, number {n}", minute=n) for n in range(3)]
    answer = said("The secret is lfslffbst", minute=99)
    filling = [said(f"{text} {n}", minute=-200 - n) for n, text in enumerate(FILLING * 4)]
    pool = pool_of(question, [*filling, *alike, answer], vectors=True)
    passages = [
        dataclasses.replace(one, similarity=None) if one.message is answer else one
        for one in pool.passages
    ]
    found = ranked(question, dataclasses.replace(pool, passages=passages))
    assert texts(found)[0] == answer.content
    assert found.passages[0].signals["unembedded"] > 0


def test_evidence_tells_an_answer_from_small_talk() -> None:
    pool_texts = among(said("Собаку зовут Рекс, ей три года"), said("Спасибо большое!", minute=1))

    def best(question: str) -> float:
        found = ranked(question, pool_of(question, pool_texts)).passages
        return found[0].evidence if found else 0.0

    assert best("Как зовут мою собаку?") > 0.5
    assert best("Спасибо!") == 0
    assert best("напиши стихи про осень") == 0


def test_what_the_reader_sees_anyway_is_left_out() -> None:
    seen, other = said("The parrot speaks"), said("The parrot eats", minute=1)
    found = order("parrot", seen, other, left_out=frozenset({seen.message_id}))
    assert found == [other.content]


def test_the_number_of_results_is_bounded() -> None:
    messages = [said(f"parrot {n}", minute=n) for n in range(MOST + 5)]
    found = ranked("parrot", pool_of("parrot", messages), limit=10**9)
    assert len(found.passages) == MOST
    assert found.eligible == MOST + 5
    assert not ranked("parrot", pool_of("parrot", messages), limit=0).passages
    assert not ranked("parrot", Pool()).passages


WORDS = st.lists(
    st.sampled_from(["dog", "cat", "собака", "yes", "car", "rain", "the", "марте", "2024"]),
    min_size=1,
    max_size=6,
).map(" ".join)
QUESTION = st.one_of(
    WORDS,
    st.sampled_from(["", "🎉", "the of", "как зовут собаку?", "dog in May", '"dog" & !cat :*']),
    st.text(max_size=30),
)


@given(QUESTION, st.lists(WORDS, min_size=1, max_size=8), st.booleans(), st.randoms())
def test_the_order_of_the_pool_does_not_matter(
    question: str, contents: list[str], vectors: bool, chance: random.Random
) -> None:
    messages = [said(text, minute=n) for n, text in enumerate(contents)]
    pool = pool_of(question, messages, vectors=vectors)
    shuffled = list(pool.passages)
    chance.shuffle(shuffled)
    assert ranked(question, pool) == ranked(question, dataclasses.replace(pool, passages=shuffled))


@given(
    QUESTION,
    st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=8),
    st.sampled_from(["hybrid", "keyword", "semantic"]),
    st.integers(0, 12),
)
def test_only_candidates_are_found_each_once(
    question: str, contents: list[tuple[str, bool]], mode: str, limit: int
) -> None:
    messages = [("c", said(text, minute=n)) for n, (text, _) in enumerate(contents)]
    pool = pool_of(question, messages, vectors=True)
    passages = [
        dataclasses.replace(passage, candidate=candidate)
        for passage, (_, candidate) in zip(pool.passages, contents, strict=True)
    ]
    pool = dataclasses.replace(pool, passages=passages)
    found = ranked(question, pool, mode=mode, limit=limit)
    ids = [one.message.message_id for one in found.passages]
    assert len(ids) == len(set(ids)) <= limit
    assert set(ids) <= {p.message.message_id for p in passages if p.candidate}
    assert all(0 <= one.evidence <= 1 for one in found.passages)
    if question.strip():
        scores = [one.score for one in found.passages]
        assert scores == sorted(scores, reverse=True)


@given(st.lists(WORDS, min_size=1, max_size=6), st.integers(0, 5))
def test_a_word_more_of_the_question_never_ranks_lower(others: list[str], place: int) -> None:
    question = "parrot umbrella"
    less = said("the parrot beside a window", minute=1)
    more = said("the parrot beside a umbrella", minute=1, message_id="more")
    messages = [said(text, minute=0) for text in others]
    messages[place % len(others) : 0] = [less, more]
    found = texts(ranked(question, pool_of(question, messages)))
    assert found.index(more.content) < found.index(less.content)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("что я говорила летом?", "Купила лодку"),
        ("what did I say in spring?", "Planted the tulips"),
    ],
)
def test_a_season_alone_is_a_bound_however_roughly_it_is_named(question: str, first: str) -> None:
    times = {
        "Купила лодку": datetime(NOW.year, 7, 5, tzinfo=UTC),
        "Planted the tulips": datetime(NOW.year, 4, 5, tzinfo=UTC),
        "Лыжи сломались, говорила я": datetime(NOW.year, 1, 9, tzinfo=UTC),
        "I said that I would spring to my feet": datetime(NOW.year, 2, 9, tzinfo=UTC),
    }
    messages = [said(content, when=when) for content, when in times.items()]
    assert texts(ranked(question, pool_of(question, messages)))[0] == first
