"""The record on a real PostgreSQL: the same state as Redis has, doors, totals, forgetting."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.contracts.ids import new_id
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.facts import fold
from shared.memory.models import Figures
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.working import WorkingMemory
from tests.support.recorded import HOLDS, RECORDED, SAID, apply, of_user
from tests.support.samples import (
    at,
    message_added,
    preferences_changed,
    turn_closed,
    turn_ref,
)
from tests.support.servers import Record


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database)


@pytest.fixture
def eraser(database: Database) -> RecordEraser:
    return RecordEraser(database)


async def contents(archive: Archive, user: str, conversation: str = "c") -> list[str]:
    found = await archive.conversation(user, conversation, limit=1000)
    return [message.content for message in found.messages] if found else []


def entries(*events: Any, first: int = 1) -> list[Entry]:
    return [Entry(event, sequence) for sequence, event in enumerate(events, first)]


async def state(store: Archive | WorkingMemory, user: str) -> Any:
    """All that a store tells of the recorded conversation, but for what is Redis' own."""
    if isinstance(store, Archive):
        conversation = await store.conversation(user, "c", limit=1000)
    else:
        conversation, _ = await store.conversation(user, "c", limit=1000)
    known = await store.user(user)
    assert conversation is not None
    assert known is not None
    if isinstance(store, Archive):
        stated = await store.stated(user)
    else:
        stated = (await store.facts.stated(user)).memory
    return (
        fold(stated.claims, at=at(60), preferences=stated.preferences),
        conversation.model_dump(exclude={"user_id", "expires_at"}),
        known.model_dump(exclude={"user_id", "decided"}),
    )


async def counted(database: Database) -> dict[str, int]:
    """Count the rows, as the totals must have it."""
    async with database.system_session() as connection:
        row = await connection.execute(
            text(
                "SELECT (SELECT count(*) FROM users) AS users, "
                "(SELECT count(*) FROM conversations) AS conversations, "
                "(SELECT count(*) FROM messages WHERE NOT superseded) AS messages, "
                "(SELECT coalesce(sum(tokens), 0) FROM messages WHERE NOT superseded) AS tokens, "
                "(SELECT count(*) FROM facts WHERE status = 'active') AS facts"
            )
        )
        return dict(row.one()._mapping)


async def totals(database: Database) -> dict[str, int]:
    async with database.system_session() as connection:
        row = await connection.execute(
            text("SELECT users, conversations, messages, tokens, facts FROM totals")
        )
        return dict(row.one()._mapping)


async def fact_rows(database: Database, user: str) -> set[str]:
    async with database.session(user) as connection:
        rows = await connection.execute(text("SELECT value FROM facts WHERE status = 'active'"))
        return set(rows.scalars())


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_any_order_duplication_and_batching_gives_the_state_that_redis_has(
    memory: WorkingMemory, database: Database, data: st.DataObject
) -> None:
    archive, recorder = Archive(database), Recorder(database)
    numbered = list(enumerate(RECORDED, 1))
    in_redis, shuffled = new_id(), new_id()
    for sequence, event in numbered:
        await apply(memory, of_user(event, in_redis), sequence)
    order = data.draw(st.permutations(numbered))
    again = data.draw(st.lists(st.sampled_from(numbered), max_size=10))
    batch = [
        Entry(of_user(event, shuffled), sequence)
        for sequence, event in itertools.chain(order, again)
    ]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(batch)), max_size=4)))
    for start, end in itertools.pairwise([0, *cuts, len(batch)]):
        if batch[start:end]:
            assert all(await recorder.apply(batch[start:end]))
    assert await state(archive, shuffled) == await state(memory, in_redis)
    assert await contents(archive, shuffled) == SAID
    assert await totals(database) == await counted(database)
    assert await fact_rows(database, shuffled) == HOLDS


async def test_many_writers_at_once_lose_and_double_nothing(
    database: Database, record: Record
) -> None:
    user = new_id()
    events: list[Any] = [message_added(n, f"m{n}", user=user, tokens=1) for n in range(200)]
    events += [turn_closed(n, user=user, conversation=f"c{n % 3}") for n in range(60)]
    others = [Database(record.settings, timeout_s=20) for _ in range(3)]
    writers = [Recorder(one) for one in (database, *others)]
    work = [
        writers[number % 4].apply(entries(*events[start : start + 20], first=start))
        # Each batch twice, by different writers.
        for number, start in enumerate([*range(0, 260, 20), *range(0, 260, 20)])
    ]
    await asyncio.gather(*work)
    found = await Archive(database).conversation(user, "c", limit=1000)
    assert found is not None
    assert [m.content for m in found.messages] == [f"m{n}" for n in range(200)]
    assert (found.message_count, found.total_tokens) == (200, 200)
    assert await totals(database) == await counted(database)
    for one in others:
        await one.close()


async def test_a_user_sees_its_own_rows_alone_and_changes_none(
    database: Database, recorder: Recorder
) -> None:
    ann, bob = new_id(), new_id()
    events: list[Any] = [message_added(user=user, content=user) for user in (ann, bob)]
    events += [preferences_changed(user=user, name=user) for user in (ann, bob)]
    await recorder.apply(entries(*events))
    async with database.session(ann) as connection:
        for table in ("users", "conversations", "messages", "preferences"):
            rows = await connection.execute(text(f"SELECT user_id FROM {table}"))
            assert set(rows.scalars()) == {ann}
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text("UPDATE messages SET content = 'x'"))
        await connection.rollback()
    async with database.session("") as connection:
        rows = await connection.execute(text("SELECT count(*) FROM messages"))
        assert rows.scalar() == 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text("SELECT * FROM totals"))
        await connection.rollback()


async def test_the_login_itself_may_do_nothing(database: Database) -> None:
    async with database._engine.connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text("SELECT * FROM messages"))


async def test_pages_go_back_from_a_message(archive: Archive, recorder: Recorder) -> None:
    user = new_id()
    await recorder.apply(entries(*(message_added(0, f"m{n}", user=user) for n in range(10))))
    page = await archive.conversation(user, "c", limit=3)
    assert page is not None
    assert [m.content for m in page.messages] == ["m7", "m8", "m9"]
    page = await archive.conversation(user, "c", limit=3, before=page.messages[0].message_id)
    assert page is not None
    assert [m.content for m in page.messages] == ["m4", "m5", "m6"]
    page = await archive.conversation(user, "c", limit=3, before="no such message")
    assert page is not None
    assert page.messages == ()


@pytest.mark.parametrize(
    "conversation", ["a/b", "*", "it's", 'say "x"', "🦊", "%_", ";--", "c" * 200]
)
async def test_an_id_may_be_anything(
    archive: Archive, recorder: Recorder, eraser: RecordEraser, conversation: str
) -> None:
    user = new_id()
    await recorder.apply(
        entries(
            message_added(user=user, conversation=conversation, content="hello"),
            message_added(user=user, conversation="other"),
        )
    )
    assert await contents(archive, user, conversation) == ["hello"]
    await eraser.forget(Watermark(user, fingerprint(conversation), "", at(9), new_id()))
    assert await contents(archive, user, conversation) == []
    assert await contents(archive, user, "other") == ["hello"]


async def test_what_no_database_can_hold_is_left_out(archive: Archive, recorder: Recorder) -> None:
    user = new_id()
    await recorder.apply(
        entries(message_added(user=user, content="a\0b \\u0000", metadata={"k": ["\0x"]}))
    )
    found = await archive.conversation(user, "c", limit=1)
    assert found is not None
    assert found.messages[0].content == "ab \\u0000"
    assert found.messages[0].metadata == {"k": ["x"]}


async def test_the_history_of_a_turn_is_what_redis_would_give(
    memory: WorkingMemory, archive: Archive, recorder: Recorder
) -> None:
    user = new_id()
    events: list[Any] = [
        turn_closed(n, user=user, question=f"q{n}", content=f"a{n}") for n in range(5)
    ]
    # A later turn that was stopped while it waited; and a message of another clock.
    events += [turn_closed(30, user=user, question="later", content="", status="cancelled")]
    events += [message_added(40, "outside", user=user)]
    for sequence, event in enumerate(events, 1):
        await apply(memory, event, sequence)
    await recorder.apply(entries(*events))
    branch = round(at(2).timestamp() * 1_000_000)
    for turn in (turn_ref(20, user=user), turn_ref(20, user=user, branch_from=branch)):
        context = await memory.load(turn, limit=6)
        messages, *_ = await archive.history(turn, limit=6)
        assert [m.content for m in messages] == [m.content for m in context.messages]
    assert [m.content for m in messages] == ["q0", "a0", "q1", "a1"]


async def test_totals_follow_inserts_redelivery_expiry_and_forgetting(
    database: Database, archive: Archive, recorder: Recorder, eraser: RecordEraser
) -> None:
    before = await archive.figures()
    user, soon = new_id(), datetime.now(UTC) + timedelta(milliseconds=200)
    events = [
        message_added(user=user),
        message_added(user=user, expires_at=soon),
        message_added(user=user, conversation="d"),
        # It expired on its way.
        message_added(user=user, expires_at=datetime.now(UTC) - timedelta(seconds=1)),
    ]
    for _ in range(3):
        await recorder.apply(entries(*events))
    await _grew(archive, before, users=1, conversations=2, messages=3)
    await asyncio.sleep(0.25)
    await _grew(archive, before, users=1, conversations=2, messages=2)
    while await eraser.expire():
        pass
    await _grew(archive, before, users=1, conversations=2, messages=2)
    assert await totals(database) == await counted(database)
    await eraser.forget(Watermark(user, fingerprint("d"), "", at(9), new_id()))
    await _grew(archive, before, users=1, conversations=1, messages=1)
    await eraser.forget(Watermark(user, "", "", at(9), new_id()))
    await _grew(archive, before, users=0, conversations=0, messages=0)
    assert await totals(database) == await counted(database)


async def _grew(archive: Archive, before: Figures, **by: int) -> None:
    after = await archive.figures()
    assert {name: getattr(after, name) - getattr(before, name) for name in by} == by


@pytest.mark.parametrize("scope", ["user", "conversation", "message"])
async def test_what_was_forgotten_does_not_come_back(
    database: Database, archive: Archive, recorder: Recorder, eraser: RecordEraser, scope: str
) -> None:
    user = new_id()
    events: list[Any] = [turn_closed(n, user=user, question=f"q{n}") for n in range(3)]
    events += [message_added(3, "kept" if scope == "message" else "gone", user=user)]
    events += [preferences_changed(4, user=user, language="ru")]
    await recorder.apply(entries(*events))
    gone = f"{events[1].turn.turn_id}-u"
    place, message = {
        "user": ("", ""),
        "conversation": (fingerprint("c"), ""),
        "message": (fingerprint("c"), gone),
    }[scope]
    mark = Watermark(user, place, message, at(5), new_id())
    rows = await eraser.forget(mark)
    # Done once more, it says the same, and there is nothing more to delete.
    assert await eraser.forget(mark) == rows
    assert rows == {"user": 10, "conversation": 8, "message": 1}[scope]
    assert await eraser.left(mark) == 0
    left = await contents(archive, user)
    assert left == (["q0", "A", "A", "q2", "A", "kept"] if scope == "message" else [])
    kept = await recorder.apply(entries(*events))
    if scope == "user":
        assert kept == [False] * 5
        assert await archive.user(user) is None
    elif scope == "conversation":
        assert kept == [False] * 4 + [True]
    assert await contents(archive, user) == left
    # A later word in the same place is a new one.
    await recorder.apply(entries(turn_closed(6, user=user, question="new")))
    assert await contents(archive, user) == [*left, "new", "A"]
    assert await totals(database) == await counted(database)


async def test_an_import_after_forgetting_is_a_new_cause(
    archive: Archive, recorder: Recorder, eraser: RecordEraser
) -> None:
    user = new_id()
    event = message_added(user=user)
    await eraser.forget(Watermark(user, "", "", at(5), new_id()))
    assert await recorder.apply(entries(event)) == [False]
    imported = event.model_copy(update={"imported_at": at(6)})
    assert await recorder.apply(entries(imported)) == [True]
    assert await contents(archive, user) == ["hello"]


async def test_writers_at_work_bring_nothing_back_behind_a_watermark(
    archive: Archive, recorder: Recorder, eraser: RecordEraser, database: Database
) -> None:
    user = new_id()
    events = [turn_closed(n / 100, user=user, question=f"q{n}") for n in range(400)]
    mark = Watermark(user, "", "", at(60), new_id())

    async def write() -> None:
        for start in range(0, 400, 10):
            await recorder.apply(entries(*events[start : start + 10], first=start))

    async def forget() -> None:
        await asyncio.sleep(0.03)
        await eraser.forget(mark)

    await asyncio.gather(write(), forget(), write())
    assert await archive.conversation(user, "c", limit=10) is None
    assert await eraser.left(mark) == 0
    assert await totals(database) == await counted(database)


async def test_postgres_away_is_told_and_comes_back(own_record: Record) -> None:
    database = Database(own_record.settings)
    archive, recorder = Archive(database), Recorder(database)
    await recorder.apply(entries(message_added(user="u")))
    own_record.server.kill()
    for _ in range(2):
        with pytest.raises(DependencyDownError, match="postgres"):
            await archive.conversation("u", "c", limit=1)
    with pytest.raises(DependencyDownError):
        await recorder.apply(entries(message_added(1, user="u")))
    own_record.server.start()
    assert await contents(archive, "u") == ["hello"]
    await recorder.apply(entries(message_added(1, user="u")))
    await database.close()
