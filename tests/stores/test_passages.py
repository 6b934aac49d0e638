"""What recall searches in the record: passages are made, found, hidden and gone with messages."""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from shared.contracts.ids import new_id
from shared.embedding import Vectors
from shared.lexemes import lemma
from shared.memory import pool_sql
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.indexing import Indexing
from shared.memory.passages import Filters, Passage, Period, Pool, Wanted, term
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from tests.support.samples import at, message_added, turn_closed

DIMENSION = 8


def terms(*words: str) -> tuple[int, ...]:
    return tuple(term(lemma(word)) for word in words)


def unit(*values: float) -> tuple[float, ...]:
    padded = [*values, *[0.0] * (DIMENSION - len(values))]
    norm = math.hypot(*padded)
    return tuple(value / norm for value in padded)


def contents(pool: Pool, *, candidates: bool = True) -> list[str]:
    return [p.message.content for p in pool.passages if p.candidate or not candidates]


def one(pool: Pool, content: str) -> Passage:
    return next(p for p in pool.passages if p.message.content == content)


@pytest.fixture
def user() -> str:
    return new_id()


async def record(database: Database, *events: Any, index: bool = True) -> None:
    await Recorder(database).apply([Entry(event, n) for n, event in enumerate(events, 1)])
    if index:
        await index_all(database)


async def index_all(database: Database) -> None:
    while await Indexing(database).index(limit=50):
        pass


async def embed(
    database: Database, vectors: Mapping[str, Sequence[float]], model: str = "m"
) -> None:
    """Give passages their vectors by a word that stands in their text."""
    indexing = Indexing(database)
    await indexing.put_model(Vectors(model, (unit(1, 1, 1), unit(0, 0.5))))
    for passage in await indexing.unembedded(model, limit=1_000):
        for word, vector in vectors.items():
            if word in passage.text:
                await indexing.put_vectors([passage.passage_id], Vectors(model, (tuple(vector),)))


async def rows_left(database: Database, user: str) -> dict[str, int]:
    """Count what is left of a user in every table of recall."""
    counts = {}
    async with database.system_session() as connection:
        for table in ("passages", "embeddings", "passage_totals", "unindexed"):
            statement = text(f"SELECT count(*) FROM {table} WHERE user_id = :user")
            counts[table] = (await connection.execute(statement, {"user": user})).scalar_one()
        statement = text("SELECT count(*) FROM postings WHERE owner = hashtextextended(:user, 0)")
        counts["postings"] = (await connection.execute(statement, {"user": user})).scalar_one()
    return counts


async def totals_are_right(database: Database) -> None:
    async with database.system_session() as connection:
        kept = (await connection.execute(text("SELECT * FROM passage_totals ORDER BY 1"))).all()
        counted = """SELECT user_id, count(*), sum(length) FROM passages GROUP BY 1 ORDER BY 1"""
        assert kept == (await connection.execute(text(counted))).all()
        lost = """SELECT count(*) FROM postings AS o WHERE NOT EXISTS (
            SELECT 1 FROM passages AS p WHERE p.passage_id = o.passage_id
                AND hashtextextended(p.user_id, 0) = o.owner AND o.term = ANY(p.terms))"""
        assert (await connection.execute(text(lost))).scalar_one() == 0
        postings = (await connection.execute(text("SELECT count(*) FROM postings"))).scalar_one()
        wanted = text("SELECT coalesce(sum(cardinality(terms)), 0) FROM passages")
        assert postings == (await connection.execute(wanted)).scalar_one()


async def test_words_are_found_with_what_stands_around_them(database: Database, user: str) -> None:
    said = ["один", "два", "Моя собака любит сыр и сыр", "четыре", "пять", "шесть"]
    await record(database, *(message_added(n, s, user=user) for n, s in enumerate(said)))
    asked = terms("собаку", "сыром", "кошка")
    pool = await Archive(database).passages.pool(user, Wanted(terms=asked))
    assert contents(pool, candidates=False) == said[:5]
    found = one(pool, said[2])
    assert found.terms == {asked[0]: 1, asked[1]: 2}
    assert pool.holders == {asked[0]: 1, asked[1]: 1, asked[2]: 0}
    assert pool.count == 6
    assert pool.mean_length == pytest.approx(sum(p.length for p in pool.passages) / 5, abs=1)
    assert pool.total == 1
    assert found.similarity is None
    assert found.message.order == round(at(2).timestamp() * 1_000_000)
    alone = await Archive(database).passages.pool(user, Wanted(terms=asked, around=0))
    assert contents(alone) == [said[2]]


async def test_the_best_by_rare_words_come_first(database: Database, user: str) -> None:
    said = [f"кошка {n}" for n in range(6)] + ["кошка и черепаха"]
    await record(
        database,
        *(message_added(n, s, user=user, conversation=str(n)) for n, s in enumerate(said)),
    )
    asked = Wanted(terms=terms("кошка", "черепаха"), at_most=1)
    pool = await Archive(database).passages.pool(user, asked)
    assert contents(pool) == ["кошка и черепаха"]
    assert pool.total == 7


async def test_the_nearest_come_by_their_vectors(database: Database, user: str) -> None:
    said = {"about cats": unit(1, 0), "about dogs": unit(0.6, 0.8), "about tea": unit(0, 0, 1)}
    await record(
        database,
        *(message_added(n, s, user=user, conversation=str(n)) for n, s in enumerate(said)),
    )
    await embed(database, said)
    asked = Wanted(vector=unit(1, 0), model="m", at_most=2)
    pool = await Archive(database).passages.pool(user, asked)
    assert sorted(contents(pool)) == ["about cats", "about dogs"]
    assert one(pool, "about cats").similarity == pytest.approx(1, abs=0.001)
    assert one(pool, "about dogs").similarity == pytest.approx(0.6, abs=0.001)
    # Vectors of another model say nothing, and what has none is found by its words.
    other = Wanted(vector=unit(1, 0, 0, 1), model="other", terms=terms("dogs"))
    pool = await Archive(database).passages.pool(user, other)
    assert [(p.message.content, p.similarity) for p in pool.passages] == [("about dogs", None)]


async def test_among_very_many_the_nearest_come_by_their_sketches(
    database: Database, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    vectors = [unit(1, *(rng.gauss(0, 1) for _ in range(DIMENSION - 1))) for _ in range(80)]
    said = {f"word{n}x": vector for n, vector in enumerate(vectors)}
    await record(
        database,
        *(message_added(n, s, user=user, conversation=str(n)) for n, s in enumerate(said)),
    )
    await embed(database, said, "sketched")
    asked = Wanted(vector=vectors[5], model="sketched", at_most=10)
    passages = Archive(database).passages
    exact = contents(await passages.pool(user, asked))
    monkeypatch.setattr(pool_sql, "EXACT", 10)
    monkeypatch.setattr(pool_sql, "CLOSE", 40)
    pool_sql.statement.cache_clear()
    try:
        found = contents(await passages.pool(user, asked))
    finally:
        pool_sql.statement.cache_clear()
    assert len(found) == 10
    assert list(said)[5] in found
    assert len({*found} & {*exact}) >= 7


async def test_a_pool_takes_two_statements(database: Database, user: str) -> None:
    await record(database, message_added(0, "tea", user=user))
    told: list[str] = []

    def tell(*details: Any) -> None:
        told.append(details[2])

    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", tell)
    await Archive(database).passages.pool(
        user, Wanted(terms=terms("tea"), vector=unit(1), model="m", periods=(Period(at(0), at(9)),))
    )
    event.remove(engine, "before_cursor_execute", tell)
    assert len(told) == 2


async def test_without_anything_asked_the_latest_come(database: Database, user: str) -> None:
    await record(
        database, *(message_added(n, f"n {n}", user=user, conversation=str(n)) for n in range(9))
    )
    pool = await Archive(database).passages.pool(user, Wanted(at_most=3))
    assert sorted(contents(pool)) == ["n 6", "n 7", "n 8"]
    assert pool.total == 9


async def test_periods_bring_what_was_said_in_them(database: Database, user: str) -> None:
    await record(
        database,
        *(message_added(n * 60, f"n {n}", user=user, conversation=str(n)) for n in range(9)),
    )
    periods = (Period(at(60), at(180)), Period(at(400), at(420)), Period(at(420), at(10_000)))
    pool = await Archive(database).passages.pool(user, Wanted(periods=periods, at_most=1))
    assert sorted(contents(pool)) == ["n 2", "n 8"]
    pool = await Archive(database).passages.pool(user, Wanted(periods=periods[:1]))
    assert sorted(contents(pool)) == ["n 1", "n 2"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), ["tea 0", "tea 1", "tea 2", "tea 3"]),
        (Filters(conversation_id="c1"), ["tea 1"]),
        (Filters(tags=("a",)), ["tea 1", "tea 2"]),
        (Filters(tags=("a", "b")), ["tea 2"]),
        (Filters(priority="high"), ["tea 3"]),
        (Filters(since=at(2)), ["tea 2", "tea 3"]),
        (Filters(until=at(1)), ["tea 0", "tea 1"]),
        (Filters(as_of=at(2)), ["tea 0", "tea 1", "tea 2"]),
        (Filters(tags=("a",), since=at(2), priority="medium"), ["tea 2"]),
        (Filters(conversation_id="' OR true --"), []),
    ],
)
async def test_filters_bound_what_may_be_found(
    database: Database, user: str, filters: Filters, found: list[str]
) -> None:
    more: list[dict[str, Any]] = [
        {},
        {"tags": ("a",)},
        {"tags": ("b", "a")},
        {"priority": "high"},
    ]
    await record(
        database,
        *(
            message_added(n, f"tea {n}", user=user, conversation=f"c{n}", **kind)
            for n, kind in enumerate(more)
        ),
    )
    await embed(database, {"tea": unit(1, 1)})
    for wanted in (
        Wanted(filters=filters),
        Wanted(filters=filters, terms=terms("tea")),
        Wanted(filters=filters, vector=unit(1, 0), model="m"),
        Wanted(filters=filters, periods=(Period(at(-1), at(9)),)),
    ):
        pool = await Archive(database).passages.pool(user, wanted)
        assert sorted(contents(pool)) == found


async def test_neighbours_need_not_pass_the_filters(database: Database, user: str) -> None:
    await record(
        database,
        message_added(0, "How do you take it?", user=user, role="assistant"),
        message_added(1, "tea with milk", user=user, tags=("a",)),
    )
    pool = await Archive(database).passages.pool(
        user, Wanted(terms=terms("tea"), filters=Filters(tags=("a",)))
    )
    assert [p.candidate for p in pool.passages] == [False, True]


async def test_what_is_superseded_is_found_only_when_asked_for(
    database: Database, user: str
) -> None:
    first = turn_closed(0, question="tea first", content="old", user=user)
    await record(database, first)
    branch = turn_closed(
        5, question="tea again", content="new", user=user, branch_from=first.turn.order
    )
    await record(database, branch)
    passages = Archive(database).passages
    for wanted in (Wanted(terms=terms("tea")), Wanted(), Wanted(filters=Filters(since=at(-9)))):
        assert contents(await passages.pool(user, wanted), candidates=False) == [
            "tea again",
            "new",
        ]
    everything = Filters(include_superseded=True)
    pool = await passages.pool(user, Wanted(terms=terms("tea"), filters=everything))
    assert [(p.message.content, p.superseded) for p in pool.passages] == [
        ("tea first", True),
        ("old", True),
        ("tea again", False),
        ("new", False),
    ]


async def test_what_expires_is_not_found_even_before_it_is_gone(
    database: Database, user: str
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    await record(database, message_added(0, "tea", user=user, expires_at=soon))
    passages = Archive(database).passages
    assert contents(await passages.pool(user, Wanted(terms=terms("tea")))) == ["tea"]
    async with database.system_session() as connection:
        for table in ("messages", "passages"):
            await connection.execute(
                text(f"UPDATE {table} SET expires_at = now() WHERE user_id = :u"), {"u": user}
            )
    for wanted in (Wanted(terms=terms("tea")), Wanted()):
        assert (await passages.pool(user, wanted)).passages == []
    shown = Filters(include_expired=True)
    assert contents(await passages.pool(user, Wanted(filters=shown))) == ["tea"]
    assert await RecordEraser(database).expire() >= 1
    assert set((await rows_left(database, user)).values()) == {0}
    await totals_are_right(database)


async def test_what_is_not_indexed_yet_is_found_as_well(database: Database, user: str) -> None:
    await record(database, message_added(0, "one", user=user), message_added(1, "two", user=user))
    failed = turn_closed(3, question="tea failed", status="failed", content="", user=user)
    unindexed = message_added(2, "Tea, please", user=user)
    await record(database, unindexed, failed, index=False)
    asked = terms("tea", "coffee")
    passages = Archive(database).passages
    pool = await passages.pool(user, Wanted(terms=asked))
    assert contents(pool, candidates=False) == ["one", "two", "Tea, please"]
    found = pool.passages[-1]
    assert found.terms == {asked[0]: 1}
    assert found.similarity is None
    assert found.candidate
    nothing = Wanted(filters=Filters(conversation_id="other"))
    assert (await passages.pool(user, nothing)).passages == []
    await index_all(database)
    again = await passages.pool(user, Wanted(terms=asked))
    assert again.passages == pool.passages


async def test_a_user_sees_nobody_elses_passages(database: Database, user: str) -> None:
    other = new_id()
    await record(database, message_added(0, "secret tea", user=other))
    await embed(database, {"secret": unit(1)})
    await record(database, message_added(0, "more secret tea", user=other), index=False)
    for wanted in (
        Wanted(),
        Wanted(terms=terms("secret"), vector=unit(1), model="m"),
        Wanted(filters=Filters(conversation_id="c", include_superseded=True)),
        Wanted(periods=(Period(at(-10), at(10)),)),
    ):
        pool = await Archive(database).passages.pool(user, wanted)
        assert pool.passages == []
        assert pool.count == 0
        assert set(pool.holders.values()) <= {0}


@pytest.mark.parametrize("scope", ["user", "conversation", "message"])
async def test_what_is_forgotten_leaves_nothing(database: Database, user: str, scope: str) -> None:
    kept, gone = new_id(), message_added(0, "Мой код 1234", user=user)
    await record(database, gone, message_added(0, "tea", user=kept))
    await embed(database, {"1234": unit(1), "tea": unit(1)})
    await record(database, message_added(1, "мой код 4321", user=user), index=False)
    mark = Watermark(
        user,
        "" if scope == "user" else fingerprint("c"),
        gone.message.message_id if scope == "message" else "",
        datetime.now(UTC) + timedelta(minutes=1),
        new_id(),
    )
    await RecordEraser(database).forget(mark)
    left = await rows_left(database, user)
    if scope == "message":
        assert left.pop("unindexed") == 1
    assert set(left.values()) == {0}
    assert min((await rows_left(database, kept)).values()) == 0
    assert (await rows_left(database, kept))["embeddings"] == 1
    await totals_are_right(database)


async def test_a_change_of_model_begins_with_what_has_no_vector(
    database: Database, user: str
) -> None:
    await record(database, message_added(0, "old tea", user=user))
    await embed(database, {"old tea": unit(1)})
    await record(database, message_added(1, "new tea", user=user))
    indexing = Indexing(database)
    found = await indexing.unembedded("next", limit=1_000)
    waiting = [p for p in found if p.text.endswith(("old tea", "new tea"))]
    assert [p.text.rpartition(": ")[2] for p in waiting][:2] == ["new tea", "old tea"]
    await indexing.put_model(Vectors("next", (unit(1, 1),)))
    await indexing.put_vectors([waiting[0].passage_id], Vectors("next", (unit(0, 1),)))
    await indexing.give_up([waiting[1].passage_id], "next")
    again = await indexing.unembedded("next", limit=1_000)
    assert not {p.passage_id for p in again} & {p.passage_id for p in waiting[:2]}
    assert (await rows_left(database, user))["embeddings"] == 1
