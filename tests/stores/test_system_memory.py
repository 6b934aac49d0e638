"""The system's own memory in both stores: the latest wins, in any order and after any loss."""

import itertools
from datetime import UTC, datetime, timedelta

from shared.contracts.ids import new_id
from shared.contracts.memory import SystemMemoryChanged
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.reading import Reading
from shared.memory.record_source import RecordSource
from shared.memory.recorder import Entry, Recorder
from shared.memory.working import WorkingMemory
from tests.support.samples import system_changed


async def test_the_latest_wins_in_any_order(memory: WorkingMemory, database: Database) -> None:
    def events(key: str) -> list[tuple[int, SystemMemoryChanged]]:
        return [
            (1, system_changed(1, key=key, value=1, tags=("a",))),
            (2, system_changed(2, key=key, removed=True)),
            (3, system_changed(3, key=key, value={"k": [None, 1.5]}, kind="knowledge")),
            (4, system_changed(3, key=key, value="last", priority="high")),
        ]

    for order in itertools.permutations(range(4)):
        key = new_id()
        numbered = [events(key)[n] for n in (*order, order[0])]
        for sequence, event in numbered:
            await memory.system.apply(event, sequence=sequence)
        assert all(await Recorder(database).apply([Entry(e, n) for n, e in numbered]))
        live, recorded = await memory.system.get(key), await Archive(database).system(key)
        assert live == recorded
        assert live is not None
        assert (live.value, live.kind, live.tags) == ("last", "system_facts", ())


async def test_a_removed_one_is_not_brought_back_by_an_older_change(
    memory: WorkingMemory, database: Database
) -> None:
    key = new_id()
    reading = Reading(working=memory, archive=Archive(database))
    old, removed = system_changed(1, key=key, value=1), system_changed(2, key=key, removed=True)
    await Recorder(database).apply([Entry(old, 1)])
    assert (await reading.system(key)) is not None
    # Redis knows better than a record that lags.
    await memory.system.apply(removed, sequence=2)
    await memory.system.apply(old, sequence=1)
    assert await reading.system(key) is None
    assert key not in {one.key for one in await reading.system_memories()}
    await Recorder(database).apply([Entry(removed, 2), Entry(old, 1)])
    found = await Archive(database).system(key)
    assert found is not None
    assert (found.removed, found.value) == (True, None)


async def test_it_is_read_from_the_record_and_put_back_when_redis_lost_it(
    memory: WorkingMemory, database: Database
) -> None:
    key = new_id()
    reading = Reading(working=memory, archive=Archive(database))
    await Recorder(database).apply([Entry(system_changed(1, key=key, value=["x"]), 1)])
    assert await memory.system.get(key) is None
    found = await reading.system(key)
    assert found is not None
    assert found.value == ["x"]
    await memory.system.put(await RecordSource(database).system_memories())
    assert await memory.system.get(key) == found


async def test_totals_follow_changes_removal_and_expiry(
    memory: WorkingMemory, database: Database
) -> None:
    archive, recorder = Archive(database), Recorder(database)
    live = (await memory.statistics()).system_memories
    recorded = (await archive.figures()).system_memories
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    keys = [new_id() for _ in range(3)]
    events = [system_changed(1, key=key, value="x") for key in keys[:2]]
    events += [system_changed(1, key=keys[2], value="secret", expires_at=soon)]

    async def grew(by: int) -> None:
        assert (await memory.statistics()).system_memories - live == by
        assert (await archive.figures()).system_memories - recorded == by

    for _ in range(2):
        for sequence, event in enumerate(events, 1):
            await memory.system.apply(event, sequence=sequence)
        await recorder.apply([Entry(event, n) for n, event in enumerate(events, 1)])
    await grew(3)
    while datetime.now(UTC) <= soon + timedelta(milliseconds=2):
        pass
    await grew(2)
    # Its value goes, and an older change does not bring it back.
    await memory.system.expire()
    await RecordEraser(database).tidy()
    await memory.system.apply(events[2], sequence=3)
    await recorder.apply([Entry(events[2], 3)])
    for found in (await memory.system.get(keys[2]), await archive.system(keys[2])):
        assert found is not None
        assert (found.removed, found.value) == (True, None)
    gone = system_changed(2, key=keys[0], removed=True)
    await memory.system.apply(gone, sequence=9)
    await recorder.apply([Entry(gone, 9)])
    await grew(1)
