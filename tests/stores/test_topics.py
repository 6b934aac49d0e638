"""Topics in both stores: they move with messages, exactly, in any order, at any size."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.contracts.ids import new_id
from shared.contracts.parts import Outcome, Timings, Usage
from shared.memory import keys
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.settings import Settings
from tests.support.recorded import RECORDED, apply, of_user
from tests.support.samples import at, message_added, turn_closed


async def rows(database: Database, user: str) -> list[Any]:
    async with database.system_session() as connection:
        statement = text("SELECT topic, count, weight FROM topics WHERE user_id = :user ORDER BY 1")
        return list((await connection.execute(statement, {"user": user})).all())


async def counted(database: Database) -> list[Any]:
    """Return what topics must be, by looking at every message."""
    statement = """
        SELECT whose, topic, count(*), sum(topic_weight) FROM messages, unnest(topics) AS topic,
            unnest(ARRAY['', user_id]) AS whose
        WHERE NOT superseded GROUP BY 1, 2 ORDER BY 1, 2
    """
    async with database.system_session() as connection:
        found = list((await connection.execute(text(statement))).all())
        kept = text("SELECT user_id, topic, count, weight FROM topics ORDER BY 1, 2")
        assert list((await connection.execute(kept)).all()) == found
        own = text("SELECT sum(count) FROM conversation_topics")
        assert (await connection.execute(own)).scalar() == sum(
            count for whose, _, count, _ in found if whose == ""
        )
        return found


async def test_any_order_gives_the_same_weights_in_both_stores(
    memory: WorkingMemory, database: Database
) -> None:
    numbered = list(enumerate(RECORDED, 1))
    seen = []
    for seed in range(6):
        rng = random.Random(seed)
        order = [*numbered, *rng.choices(numbered, k=6)]
        rng.shuffle(order)
        user = new_id()
        for sequence, event in order:
            await apply(memory, of_user(event, user), sequence)
        await Recorder(database).apply([Entry(of_user(e, user), n) for n, e in order])
        weights = await memory._redis.members_below(keys.topic_weights(user), "+inf", 99)
        recorded = await rows(database, user)
        assert dict(weights) == {topic: float(weight) for topic, _, weight in recorded}
        live = (await memory.statistics(user, topics=10)).topics
        found = (await Archive(database).figures(user, topics=10)).topics
        assert live == found
        seen.append(recorded)
    assert seen.count(seen[0]) == len(seen)
    assert seen[0][0][0] == "container"
    assert await counted(database)


async def test_they_go_with_messages_that_expire_and_are_forgotten(
    memory: WorkingMemory, database: Database, settings: Settings, records: TurnRecords
) -> None:
    user, soon = new_id(), datetime.now(UTC) + timedelta(milliseconds=300)
    events = [
        message_added(0, "docker in Kazan", user=user),
        message_added(1, "docker in Samara", user=user, expires_at=soon),
        message_added(2, "docker in Tver", user=user, conversation="d"),
    ]
    recorder, eraser = Recorder(database), RecordEraser(database)
    working = WorkingEraser(settings, records)
    for sequence, event in enumerate(events, 1):
        await apply(memory, event, sequence)
    await recorder.apply([Entry(event, n) for n, event in enumerate(events, 1)])

    async def both() -> dict[str, int]:
        live = (await memory.statistics(user, topics=10)).topics
        found = (await Archive(database).figures(user, topics=10)).topics
        assert live == found
        return {one.topic: one.count for one in found}

    assert await both() == {"docker": 3, "kazan": 1, "samara": 1, "tver": 1}
    while datetime.now(UTC) <= soon + timedelta(milliseconds=2):
        pass
    await memory.statistics()
    while await eraser.expire():
        pass
    assert await both() == {"docker": 2, "kazan": 1, "tver": 1}
    message = events[0].message.message_id
    await eraser.forget(Watermark(user, fingerprint("c"), message, at(9), new_id()))
    await working.forget_message(user, "c", message)
    assert await both() == {"docker": 1, "tver": 1}
    await eraser.forget(Watermark(user, "", "", at(9), new_id()))
    await working.forget_conversation(user, "d")
    await working.forget_conversation(user, "c")
    assert await both() == {}
    assert await rows(database, user) == []
    await counted(database)
    await working.close()


async def test_they_go_with_a_conversation_that_leaves_redis(memory: WorkingMemory) -> None:
    user = new_id()
    event = message_added(user=user, content="docker")
    recorded = datetime.now(UTC) - timedelta(days=7) + timedelta(milliseconds=200)
    await apply(memory, event.model_copy(update={"at": recorded}), 1)
    assert (await memory.statistics(user, topics=5)).topics
    while (await memory.conversation(user, "c", limit=1))[0] is not None:
        pass
    await memory.statistics()
    assert (await memory.statistics(user, topics=5)).topics == ()


async def test_a_user_sees_its_own_topics_alone(database: Database) -> None:
    ann, bob = new_id(), new_id()
    await Recorder(database).apply([Entry(message_added(user=ann, content="docker"), 1)])
    assert (await Archive(database).figures(bob, topics=5)).topics == ()
    async with database.session(bob) as connection:
        for table in ("topics", "conversation_topics", "conversation_changes", "counted_turns"):
            found = await connection.execute(text(f"SELECT * FROM {table}"))
            assert found.all() == []


async def test_what_is_old_weighs_less_than_what_is_new(database: Database) -> None:
    user = new_id()
    events = [message_added(-n, "borscht", user=user) for n in range(3)]
    old = [e.model_copy(update={"message": _ago(e.message, days=60)}) for e in events]
    new = message_added(0, "docker", user=user)
    await Recorder(database).apply([Entry(e, n) for n, e in enumerate([*old, new], 1)])
    found = (await Archive(database).figures(user, topics=5)).topics
    assert [(one.topic, one.count) for one in found] == [("docker", 1), ("borscht", 3)]


def _ago(message: Any, *, days: int) -> Any:
    return message.model_copy(update={"time": message.time - timedelta(days=days)})


async def test_asking_reads_no_more_rows_however_much_there_is(database: Database) -> None:
    user = new_id()
    async with database.system_session() as connection:
        await connection.execute(
            text(
                "INSERT INTO topics (user_id, topic, count, weight) "
                "SELECT :user, 't' || n, 1, n FROM generate_series(1, 20000) AS n"
            ),
            {"user": user},
        )
        await connection.execute(text("ANALYZE topics"))
        plan = await connection.execute(
            text(
                "EXPLAIN SELECT topic, count FROM topics WHERE user_id = :user "
                "ORDER BY weight DESC, topic LIMIT 10"
            ),
            {"user": user},
        )
        told = "\n".join(plan.scalars())
        await connection.execute(text("DELETE FROM topics WHERE user_id = :user"), {"user": user})
    assert "Index Scan using topics_heaviest" in told
    assert "Sort" not in told


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
async def test_a_turn_counts_once_for_its_model(
    memory: WorkingMemory, database: Database, status: Any
) -> None:
    model = new_id()
    event = turn_closed(user=new_id(), status=status)
    outcome = Outcome(
        status=status,
        content="A",
        model=model,
        usage=Usage(completion_tokens=100),
        timings=Timings(first_token_ms=500, total_ms=2500),
    )
    event = event.model_copy(update={"outcome": outcome})
    for _ in range(3):
        await memory.apply_turn(event, sequence=1)
        await Recorder(database).apply([Entry(event, 1), Entry(event, 1)])
    one = (await memory.statistics(topics=1)).models[model]
    assert (await Archive(database).figures()).models[model] == one
    assert (one.turns, one.failures, one.tokens) == (1, int(status == "failed"), 100)
    if status == "completed":
        assert one.p50_ms == one.p95_ms == pytest.approx(2500, rel=0.03)
        assert one.tokens_per_second == 50
    else:
        assert (one.p50_ms, one.tokens_per_second) == (None, None)


async def test_percentiles_are_right_to_a_few_percent(database: Database) -> None:
    model, entries = new_id(), []
    for n in range(1, 101):
        event = turn_closed(n, user="u-models")
        outcome = event.outcome.model_copy(
            update={"model": model, "timings": Timings(total_ms=100.0 * n)}
        )
        entries.append(Entry(event.model_copy(update={"outcome": outcome}), n))
    await Recorder(database).apply(entries)
    models = (await Archive(database).figures()).models
    assert models[model].turns == 100
    assert models[model].p50_ms == pytest.approx(5000, rel=0.03)
    assert models[model].p95_ms == pytest.approx(9500, rel=0.03)


async def test_forgetting_a_user_leaves_figures_that_name_nobody(database: Database) -> None:
    user, model = new_id(), new_id()
    event = turn_closed(user=user)
    event = event.model_copy(update={"outcome": event.outcome.model_copy(update={"model": model})})
    await Recorder(database).apply([Entry(event, 1)])
    await RecordEraser(database).forget(Watermark(user, "", "", at(9), new_id()))
    assert await Recorder(database).apply([Entry(event, 1)]) == [False]
    async with database.system_session() as connection:
        statement = text("SELECT count(*) FROM counted_turns WHERE user_id = :user")
        assert (await connection.execute(statement, {"user": user})).scalar() == 0
    models = (await Archive(database).figures()).models
    assert models[model].turns == 1
