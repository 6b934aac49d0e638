"""Facts in both stores: the same fold, what prompts get of it, time, forgetting, putting back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.contracts.ids import new_id
from shared.contracts.memory import FactNoticed, FactsStated, TurnClosed
from shared.contracts.parts import utcnow
from shared.memory import working_facts
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.claims import ending, retraction, stated
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.facts import active, fold
from shared.memory.models import Fact, TurnContext
from shared.memory.reading import Reading
from shared.memory.record_source import RecordSource, Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.restorable import RestorableMemory
from shared.memory.turns import NewTurn, TurnRecords
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.settings import Settings
from tests.support.samples import (
    at,
    facts_stated,
    message_added,
    preferences_changed,
    says,
    turn_closed,
    turn_ref,
)
from tests.support.servers import Running


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database)


@pytest.fixture
async def eraser(settings: Settings, records: TurnRecords) -> AsyncIterator[WorkingEraser]:
    store = WorkingEraser(settings, records)
    yield store
    await store.close()


@pytest.fixture
async def redis(redis_server: Running) -> AsyncIterator["Redis"]:
    connection: Redis = Redis.from_url(redis_server.url, decode_responses=True)
    yield connection
    await connection.aclose()


async def keep(memory: WorkingMemory, *events: FactsStated) -> list[FactNoticed]:
    """Apply events to Redis; returns what was noticed."""
    noticed: list[FactNoticed] = []
    for sequence, event in enumerate(events, 1):
        noticed += (await memory.apply_facts(event, sequence=sequence)).noticed
    return noticed


async def record(recorder: Recorder, *events: Any) -> list[bool]:
    return await recorder.apply([Entry(event, n) for n, event in enumerate(events, 1)])


async def load(memory: WorkingMemory, user: str) -> TurnContext:
    return await memory.load(turn_ref(20, user=user), limit=4)


async def values(store: WorkingMemory | Archive, user: str) -> list[str]:
    """Return what holds of a user."""
    return [fact.value for fact in active(await folded(store, user))]


async def folded(store: WorkingMemory | Archive, user: str) -> list[Fact]:
    if isinstance(store, Archive):
        found = await store.stated(user)
    else:
        found = (await store.facts.stated(user)).memory
    return fold(found.claims, at=utcnow(), preferences=found.preferences)


async def test_a_prompt_gets_the_facts_and_the_preferences_that_were_said(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    await keep(
        memory,
        facts_stated(0, says("lives_in", "Paris"), user=user, message="m-1"),
        facts_stated(1, says("lives_in", "Oslo", message="m-2"), user=user, message="m-2"),
        facts_stated(2, says("length", "short", message="m-3"), user=user, message="m-3"),
    )
    context = await load(memory, user)
    (fact,) = context.facts
    assert (fact.predicate, fact.value, fact.text) == ("lives_in", "Oslo", "Lives in Oslo")
    assert (fact.message_id, fact.type) == ("m-2", "location")
    assert context.preferences == {"length": "short"}
    # What is set by hand later counts, in the same home.
    await memory.apply_preferences(preferences_changed(3, user=user, length="long"), sequence=4)
    assert (await load(memory, user)).preferences == {"length": "long"}
    said = facts_stated(4, says("length", "one line", message="m-4"), user=user, message="m-4")
    await memory.apply_facts(said, sequence=5)
    assert (await load(memory, user)).preferences == {"length": "one line"}
    known = await memory.user(user)
    assert known is not None
    assert known.preferences == {"length": "one line"}


async def test_what_changes_is_noticed_once(memory: WorkingMemory) -> None:
    user = new_id()
    paris, oslo = says("lives_in", "Paris"), says("lives_in", "Oslo", message="m-2")
    first = facts_stated(0, paris, user=user)
    second = facts_stated(1, oslo, user=user, message="m-2")
    told = [(one.fact_id, one.status, one.text) for one in await keep(memory, first)]
    assert told == [(paris.fact_id, "active", "Lives in Paris")]
    told = [(one.fact_id, one.status, one.text) for one in await keep(memory, second)]
    assert told == [
        (oslo.fact_id, "active", "Lives in Oslo"),
        (paris.fact_id, "superseded", "Lives in Paris"),
    ]
    # Delivered again, nothing has changed.
    assert await keep(memory, second, first, second) == []


async def test_many_writers_at_once_end_in_one_fold(memory: WorkingMemory) -> None:
    user = new_id()
    events = [
        facts_stated(n, says("likes", f"thing{n}", message=f"m-{n}"), user=user, message=f"m-{n}")
        for n in range(40)
    ]
    others = [WorkingMemory(memory._settings) for _ in range(3)]
    writers = [memory, *others]
    found = await asyncio.gather(
        *(
            writers[(n + turn) % 4].apply_facts(event, sequence=n + 1)
            for turn in range(2)
            for n, event in enumerate(events)
        )
    )
    noticed = [one.fact_id for applied in found for one in applied.noticed]
    assert len(noticed) == len(set(noticed)) == 40
    told = {fact.value for fact in (await load(memory, user)).facts}
    assert told == {f"thing{n}" for n in range(40)}
    for other in others:
        await other.close()


async def test_a_writer_that_died_between_claims_and_fold_is_followed_by_a_redelivery(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    event = facts_stated(0, says("name", "Ann"), user=user)
    await memory.facts.put(user, stated(event, 1), active=event.at)
    context = await load(memory, user)
    assert context.facts == ()
    # Whoever asks meanwhile is told that something is not there yet.
    assert context.unextracted
    (noticed,) = await keep(memory, event)
    assert noticed.status == "active"
    context = await load(memory, user)
    assert [fact.value for fact in context.facts] == ["Ann"]
    assert not context.unextracted


async def test_a_fact_ends_by_itself_in_both_stores(
    memory: WorkingMemory, database: Database, archive: Archive, recorder: Recorder
) -> None:
    user, soon = new_id(), utcnow() + timedelta(milliseconds=400)
    before = (await archive.figures()).facts
    events = [
        facts_stated(-9, says("likes", "tea", expires_at=soon), user=user),
        facts_stated(-8, says("likes", "oak", message="m2", valid_until=soon), user=user),
        facts_stated(-7, says("likes", "rain", message="m3"), user=user),
    ]
    await keep(memory, *events)
    await record(recorder, *events)
    assert (await archive.figures()).facts - before == 3
    assert {f.value for f in (await load(memory, user)).facts} == {"tea", "oak", "rain"}
    await asyncio.sleep(0.45)
    # Before anybody has folded it again.
    assert [f.value for f in (await load(memory, user)).facts] == ["rain"]
    noticed = {(one.status, one.text) for one in await memory.facts.refold_due(limit=1000)}
    assert {("erased", ""), ("superseded", "Likes oak")} <= noticed
    assert [f.value for f in (await load(memory, user)).facts] == ["rain"]
    assert (await archive.figures()).facts - before <= 2
    while await RecordEraser(database).refold_due():
        pass
    assert (await archive.figures()).facts - before == 1
    assert await values(archive, user) == ["rain"]


@pytest.mark.parametrize("scope", ["user", "conversation", "message", "fact"])
async def test_what_was_forgotten_does_not_come_back(
    memory: WorkingMemory,
    database: Database,
    archive: Archive,
    recorder: Recorder,
    eraser: WorkingEraser,
    scope: str,
) -> None:
    user = new_id()
    before = (await archive.figures()).facts
    gone = says("lives_in", "Oslo", message="m-2")
    events = [
        facts_stated(0, says("lives_in", "Paris", message="m-1"), user=user, message="m-1"),
        facts_stated(1, gone, says("name", "Ann", message="m-2"), user=user, message="m-2"),
        facts_stated(
            2, says("likes", "tea", message="h"), user=user, conversation=None, message=None
        ),
    ]
    await keep(memory, *events)
    await record(recorder, *events)
    assert (await archive.figures()).facts - before == 3
    place, message, fact = {
        "user": ("", "", ""),
        "conversation": (fingerprint("c"), "", ""),
        "message": (fingerprint("c"), "m-2", ""),
        "fact": ("", "", gone.fact_id or ""),
    }[scope]
    mark = Watermark(user, place, message, at(5), new_id(), fact)
    await eraser.raise_barrier(user, place, message, at(5), fact_id=fact)
    removed, noticed = await eraser.facts.forget(
        user, conversation=place, message_id=message, fact_id=fact, until=at(5)
    )
    expected = {"user": 4, "conversation": 3, "message": 2, "fact": 1}[scope]
    rows = await RecordEraser(database).forget(mark)
    assert removed == expected
    assert rows == expected + (scope == "user")
    assert await RecordEraser(database).forget(mark) == rows
    assert await RecordEraser(database).left(mark) == 0
    assert (gone.fact_id, "erased") in {(one.fact_id, one.status) for one in noticed}
    left = {
        "user": [],
        "conversation": ["tea"],
        # What was superseded by it alone holds again.
        "message": ["tea", "Paris"],
        "fact": ["tea", "Ann", "Paris"],
    }[scope]
    kept_in_redis = [await memory.apply_facts(one, sequence=9) for one in reversed(events)]
    assert sum(one.forgotten for one in kept_in_redis) == expected
    kept = await record(recorder, *events)
    assert (
        kept
        == {
            "user": [False, False, False],
            "conversation": [False, False, True],
            "message": [True, False, True],
            "fact": [True, True, True],
        }[scope]
    )
    for store in (memory, archive):
        assert await values(store, user) == left
    assert (await archive.figures()).facts - before == len(left)
    assert {f.value for f in (await load(memory, user)).facts} == set(left)
    # Said anew, it is known again.
    again = facts_stated(6, says("name", "Eve", message="m-6"), user=user, message="m-6")
    await keep(memory, again)
    await record(recorder, again)
    for store in (memory, archive):
        assert (await values(store, user))[0] == "Eve"


async def test_an_import_after_forgetting_is_a_new_cause(
    memory: WorkingMemory,
    archive: Archive,
    recorder: Recorder,
    database: Database,
    eraser: WorkingEraser,
) -> None:
    user = new_id()
    event = facts_stated(0, says("name", "Ann"), user=user)
    await eraser.raise_barrier(user, "", "", at(5))
    await RecordEraser(database).forget(Watermark(user, "", "", at(5), new_id()))
    imported = event.model_copy(update={"imported_at": at(6)})
    for one in (event, imported):
        await keep(memory, one)
        await record(recorder, one)
    assert await values(memory, user) == await values(archive, user) == ["Ann"]
    # And it comes back from the record, however often that is read.
    source = await RecordSource(database).user(user)
    assert source is not None
    assert [claim.caused_at for claim in source.claims] == [at(6)]


async def test_what_redis_lost_comes_back_from_the_record(
    redis_server: Running,
    database: Database,
    archive: Archive,
    recorder: Recorder,
    redis: "Redis",
) -> None:
    known = Settings(redis_url=redis_server.url, database_url="postgresql://somewhere")
    memory, user = RestorableMemory(known), new_id()
    events = [
        facts_stated(0, says("lives_in", "Paris"), user=user),
        facts_stated(1, says("lives_in", "Oslo", message="m-2"), user=user),
        facts_stated(2, says("length", "short", message="m-3"), user=user),
        preferences_changed(3, user=user, units="metric"),
    ]
    await record(recorder, *events)
    # One arrives before the rest is back.
    late = facts_stated(4, says("name", "Ann", message="m-4"), user=user)
    assert (await memory.apply_facts(late, sequence=9)).user_partial == 1
    reading = Reading(working=memory, archive=archive)
    # Both stores are read meanwhile.
    assert [f.value for f in active(await reading.facts(user))] == ["Ann", "short", "Oslo"]
    context, degraded = await reading.context(turn_ref(20, user=user), limit=4)
    assert {f.value for f in context.facts} == {"Ann", "Oslo"}
    assert context.preferences == {"length": "short", "units": "metric"}
    assert degraded == ()
    found = await RecordSource(database).user(user)
    assert found is not None
    await memory.restore_user(
        found.user,
        caused_at=found.caused_at,
        preferences=found.preferences,
        conversations=found.conversations,
        claims=found.claims,
    )
    assert (await memory.facts.stated(user)).whole
    context = await load(memory, user)
    assert {f.value for f in context.facts} == {"Ann", "Oslo"}
    assert context.preferences == {"length": "short", "units": "metric"}
    # All that Redis has of a user ends together.
    ends = [await redis.pexpiretime(f"{name}:{user}") for name in ("user", "claims", "facts")]
    assert len(set(ends)) == 1
    await memory.close()


async def test_as_of_is_what_was_recorded_by_then(
    memory: WorkingMemory, archive: Archive, recorder: Recorder
) -> None:
    user = new_id()
    first = facts_stated(-100, says("lives_in", "Paris"), user=user)
    late = facts_stated(-200, says("lives_in", "Oslo", message="m-2"), user=user, at=at(-50))
    await keep(memory, first, late)
    await record(recorder, first, late)
    for reading in (
        Reading(working=memory, archive=None),
        Reading(working=memory, archive=archive),
    ):
        then = await reading.facts(user, as_of=at(-60))
        assert [(f.value, f.status) for f in then] == [("Paris", "active")]
        now = await reading.facts(user)
        assert [(f.value, f.status) for f in now] == [("Paris", "active"), ("Oslo", "superseded")]
        assert await reading.facts(user, as_of=at(-150)) == []


async def test_claims_are_bound_and_the_longest_superseded_go_first(
    memory: WorkingMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_facts, "MAX_CLAIMS", 5)
    user = new_id()
    cities = [
        facts_stated(n, says("lives_in", f"City{n}", message=f"m{n}"), user=user) for n in range(8)
    ]
    await keep(memory, facts_stated(-9, says("name", "Ann"), user=user), *cities)
    known = await memory.facts.stated(user)
    assert not known.whole
    found = [(f.value, f.status) for f in await folded(memory, user)]
    assert found == [
        ("City7", "active"),
        ("City6", "superseded"),
        ("City5", "superseded"),
        ("City4", "superseded"),
        ("Ann", "active"),
    ]


async def test_a_retraction_stays_when_claims_are_bound(
    memory: WorkingMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_facts, "MAX_CLAIMS", 3)
    user = new_id()
    forget = retraction(source="m9", predicate="likes", value="tea", lang="en", extractor="rules/1")
    stop = ending(source="m9", predicate="likes", value="jazz", lang="en", extractor="rules/1")
    liked = [
        facts_stated(n, says("likes", what, message=f"m{n}"), user=user)
        for n, what in enumerate(("tea", "jazz", "oak", "rain"))
    ]
    await keep(memory, *liked, facts_stated(9, forget, stop, user=user, message="m9"))
    assert "tea" not in await values(memory, user)
    # The first of them is delivered again.
    await keep(memory, *liked[:2])
    assert not {"tea", "jazz"} & set(await values(memory, user))


async def test_what_was_said_a_moment_ago_is_unextracted_until_facts_were_sought(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    await memory.apply_message(message_added(0, "I live in Oslo", user=user), sequence=5)
    assert (await load(memory, user)).unextracted
    await memory.mark_extracted(user, 4)
    assert (await load(memory, user)).unextracted
    await memory.mark_extracted(user, 5)
    await memory.mark_extracted(user, 3)
    assert not (await load(memory, user)).unextracted
    # Nobody seeks facts in an answer, nor in what another person said.
    answer = message_added(1, "Oslo!", user=user, role="assistant")
    await memory.apply_message(answer, sequence=6)
    await memory.apply_message(message_added(2, "I am Bob", user=user, name="Bob"), sequence=7)
    assert not (await load(memory, user)).unextracted
    await memory.apply_message(message_added(3, "I am Ann", user=user), sequence=8)
    assert (await load(memory, user)).unextracted
    found = facts_stated(3, says("name", "Ann"), user=user, source_sequence=8)
    await memory.apply_facts(found, sequence=9)
    context = await load(memory, user)
    assert not context.unextracted
    assert [fact.value for fact in context.facts] == ["Ann"]


async def test_a_turn_that_has_ended_and_is_not_applied_is_unextracted(
    memory: WorkingMemory, records: TurnRecords
) -> None:
    user = new_id()
    opened = await records.open(
        NewTurn(user_id=user, gateway_id="g", question="Q", conversation_id="c"),
        idle_s=60,
        max_turns=16,
    )
    # Of another conversation of the same user, while the first is being answered.
    assert not (await memory.load(turn_ref(9, user=user, conversation="d"), limit=4)).unextracted
    outcome = turn_closed(content="A").outcome
    await records.finish(opened.ref, outcome, question="I live in Oslo")
    other = turn_ref(9, user=user, conversation="d")
    assert (await memory.load(other, limit=4)).unextracted
    closed = TurnClosed(turn=opened.ref, question="I live in Oslo", outcome=outcome, at=at(1))
    await memory.apply_turn(closed, sequence=3)
    assert (await memory.load(other, limit=4)).unextracted
    await memory.mark_extracted(user, 3)
    assert not (await memory.load(other, limit=4)).unextracted
    # Without memory there is nothing to wait for.
    await records.finish(opened.ref, outcome, question="I live in Oslo", replace=True)
    off = turn_ref(9, user=user, conversation="d", memory="off")
    assert not (await memory.load(off, limit=4)).unextracted


async def test_facts_of_two_users_do_not_meet(
    memory: WorkingMemory, archive: Archive, recorder: Recorder
) -> None:
    ann, bob = new_id(), new_id()
    events = [facts_stated(0, says("name", user), user=user) for user in (ann, bob)]
    await keep(memory, *events)
    await record(recorder, *events)
    for user in (ann, bob):
        assert [fact.value for fact in (await load(memory, user)).facts] == [user]
        assert await values(archive, user) == [user]
