"""What is set of a conversation by hand, in both stores: the latest wins in any order."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.ids import new_id
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.models import ConversationMemory
from shared.memory.record_source import RecordSource, Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.summarizer import Summarizer
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.settings import Settings
from tests.support.recorded import apply, of_user
from tests.support.samples import at, conversation_changed, message_added, turn_closed


async def told(
    memory: WorkingMemory, database: Database, numbered: list[tuple[int, Any]]
) -> ConversationMemory | None:
    """Apply events to both stores, which must agree; returns the conversation."""
    user = new_id()
    for sequence, event in numbered:
        await apply(memory, of_user(event, user), sequence)
        await Recorder(database).apply([Entry(of_user(event, user), sequence)])
    live, _ = await memory.conversation(user, "c", limit=10)
    recorded = await Archive(database).conversation(user, "c", limit=10)
    if live is None or recorded is None:
        assert live == recorded
        return None
    own = {"user_id", "expires_at"}
    assert live.model_dump(exclude=own) == recorded.model_dump(exclude=own)
    if "expires_at" in live.by_hand:
        assert live.expires_at == recorded.expires_at
    return live


async def test_field_by_field_the_latest_wins_in_any_order(
    memory: WorkingMemory, database: Database
) -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    numbered = list(
        enumerate(
            [
                conversation_changed(1, title="one", tags=("a",), expires_at=end),
                message_added(2),
                conversation_changed(3, title="three", priority="high"),
                conversation_changed(3, title="of the same moment"),
            ],
            1,
        )
    )
    for order in itertools.permutations(numbered):
        found = await told(memory, database, [*order, order[0]])
        assert found is not None
        assert (found.title, found.tags, found.priority) == ("of the same moment", ("a",), "high")
        assert found.expires_at == end


async def test_a_change_makes_no_conversation(memory: WorkingMemory, database: Database) -> None:
    assert await told(memory, database, [(1, conversation_changed(title="x"))]) is None


async def test_a_conversation_is_named_by_the_first_that_its_user_said(
    memory: WorkingMemory, database: Database
) -> None:
    events = [
        message_added(3, "Third"),
        message_added(2, "Second"),
        message_added(1, "An answer", role="assistant"),
        message_added(0, "Over", expires_at=datetime.now(UTC) - timedelta(seconds=1)),
    ]
    for order in itertools.permutations(list(enumerate(events, 1))):
        found = await told(memory, database, list(order))
        assert found is not None
        assert found.title == "Second"


async def test_lists_have_the_same_titles_in_one_statement(
    memory: WorkingMemory, database: Database
) -> None:
    user = new_id()
    for n in range(5):
        events: list[Any] = [
            message_added(n, f"Question {n} about docker", user=user, conversation=f"c{n}"),
            conversation_changed(n, user=user, conversation=f"c{n}", tags=(f"t{n}",)),
        ]
        for sequence, event in enumerate(events, 10 * n + 1):
            await apply(memory, event, sequence)
            await Recorder(database).apply([Entry(event, sequence)])
    for store in (memory, Archive(database)):
        listed = await store.conversations(user, limit=10)
        assert [one.title for one in listed] == [
            f"Question {n} about docker" for n in reversed(range(5))
        ]
        assert [one.topics for one in listed] == [("docker",)] * 5
        assert [one.tags for one in listed] == [(f"t{n}",) for n in reversed(range(5))]


@pytest.mark.parametrize("conversation", [fingerprint("c"), ""])
async def test_what_was_forgotten_does_not_come_back(
    memory: WorkingMemory,
    database: Database,
    settings: Settings,
    records: TurnRecords,
    conversation: str,
) -> None:
    user = new_id()
    events: list[Any] = [message_added(0, user=user), conversation_changed(1, user=user, title="x")]
    recorder, eraser = Recorder(database), WorkingEraser(settings, records)
    for sequence, event in enumerate(events, 1):
        await apply(memory, event, sequence)
    await recorder.apply([Entry(event, n) for n, event in enumerate(events, 1)])
    mark = Watermark(user, conversation, "", at(5), new_id())
    assert await RecordEraser(database).forget(mark) > 0
    await eraser.raise_barrier(user, conversation, "", at(5))
    await eraser.forget_conversation(user, "c")
    assert await recorder.apply([Entry(events[1], 2)]) == [False]
    assert (await memory.details.change(events[1], sequence=2)).forgotten == 1
    later = message_added(6, "anew", user=user)
    await apply(memory, later, 3)
    await recorder.apply([Entry(later, 3)])
    live, _ = await memory.conversation(user, "c", limit=10)
    recorded = await Archive(database).conversation(user, "c", limit=10)
    assert live is not None
    assert recorded is not None
    assert live.title == recorded.title == "anew"
    assert await RecordSource(database).changes(user, "c") == []
    await eraser.close()


async def test_what_has_ended_is_found_and_not_shown(
    memory: WorkingMemory, database: Database
) -> None:
    user, end = new_id(), datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    events: list[Any] = [
        message_added(user=user),
        conversation_changed(user=user, expires_at=end),
    ]
    for sequence, event in enumerate(events, 1):
        await apply(memory, event, sequence)
        await Recorder(database).apply([Entry(event, sequence)])
    for store in (memory, Archive(database)):
        assert await store.conversations(user, limit=10) == []
    assert await Archive(database).conversation(user, "c", limit=1) is None
    assert (await memory.conversation(user, "c", limit=1))[0] is None
    for keeper in (memory.details, RecordEraser(database)):
        assert (user, "c", end) in await keeper.ended()
    # It was given a longer life since.
    longer = conversation_changed(9, user=user, expires_at=end + timedelta(hours=1))
    await apply(memory, longer, 3)
    await Recorder(database).apply([Entry(longer, 3)])
    for keeper in (memory.details, RecordEraser(database)):
        assert (user, "c", end) not in await keeper.ended()
    assert (await memory.conversation(user, "c", limit=1))[0] is not None


async def test_a_long_conversation_is_summarised_until_it_is_forgotten(
    memory: WorkingMemory, database: Database
) -> None:
    user, recorder, archive = new_id(), Recorder(database), Archive(database)
    line = "The database server stores all of the database backups."
    events = [turn_closed(n, user=user, question=f"{line} {n}") for n in range(30)]
    await recorder.apply([Entry(event, n) for n, event in enumerate(events, 1)])
    summarizer = Summarizer(database, memory.summarized)
    while await summarizer.summarize_due():
        pass
    found = await archive.summary(user, "c")
    assert found is not None
    assert line in found
    listed = await archive.conversations(user, limit=1)
    assert listed[0].summary == found
    # Nobody knows which of the messages it repeats.
    mark = Watermark(user, fingerprint("c"), f"{events[3].turn.turn_id}-u", at(99), new_id())
    await RecordEraser(database).forget(mark)
    assert await archive.summary(user, "c") is None
    while await summarizer.summarize_due():
        pass
    assert await archive.summary(user, "c") is not None
