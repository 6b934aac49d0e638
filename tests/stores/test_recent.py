"""What a turn learns of other conversations in its one round trip."""

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.contracts.ids import new_id
from shared.contracts.parts import MemoryMode
from shared.memory.models import TurnContext
from shared.memory.working import WorkingMemory
from shared.settings import Settings
from tests.support.samples import message_added, turn_ref
from tests.support.servers import Running

LONG_AGO = -3_600


@pytest.fixture
async def beside(redis_server: Running) -> AsyncIterator[WorkingMemory]:
    """Working memory with a record beside it: what begins here may have begun there before."""
    store = WorkingMemory(Settings(redis_url=redis_server.url, database_url="postgresql://x/x"))
    yield store
    await store.close()


async def say(memory: WorkingMemory, user: str, said: Sequence[tuple[str, float, str]]) -> None:
    for sequence, (conversation, second, content) in enumerate(said, 1):
        event = message_added(second, content, user=user, conversation=conversation)
        await memory.apply_message(event, sequence=sequence)


async def load(memory: WorkingMemory, user: str, mode: MemoryMode = "full") -> TurnContext:
    return await memory.load(turn_ref(60, user=user, memory=mode), limit=4)


async def test_what_was_just_said_in_other_conversations_comes_latest_first(
    beside: WorkingMemory,
) -> None:
    user, other = new_id(), new_id()
    await say(beside, user, [("a", 1, "one"), ("c", 2, "own"), ("b", 3, "two"), ("a", 4, "three")])
    await say(beside, other, [("a", 5, "of somebody else")])
    recent = (await load(beside, user)).recent
    assert [conversation for conversation, _ in recent].count("c") == 0
    assert sorted((conversation, message.content) for conversation, message in recent) == [
        ("a", "one"),
        ("a", "three"),
        ("b", "two"),
    ]


async def test_what_is_told_of_long_ago_has_just_arrived_all_the_same(
    beside: WorkingMemory,
) -> None:
    user = new_id()
    await say(beside, user, [("a", LONG_AGO, "old"), ("b", 1, "new")])
    context = await load(beside, user)
    assert {message.content for _, message in context.recent} == {"old", "new"}
    assert context.elsewhere


async def test_they_are_a_few(beside: WorkingMemory) -> None:
    user = new_id()
    await say(beside, user, [(f"c{n}", float(m), f"{n} {m}") for n in range(8) for m in range(25)])
    assert len((await load(beside, user)).recent) == 100


async def test_where_redis_is_all_there_is_nothing_need_be_brought(memory: WorkingMemory) -> None:
    user = new_id()
    await say(memory, user, [("a", 1, "one")])
    context = await load(memory, user)
    assert context.recent == ()
    assert context.elsewhere


async def test_an_incognito_turn_learns_nothing_of_them(beside: WorkingMemory) -> None:
    user = new_id()
    await say(beside, user, [("a", 1, "one")])
    context = await load(beside, user, "off")
    assert context.recent == ()
    assert not context.elsewhere
    assert (await load(beside, user, "read")).recent


async def test_whoever_has_but_this_conversation_has_nothing_elsewhere(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    await say(memory, user, [("c", 1, "one")])
    assert not (await load(memory, user)).elsewhere
    await say(memory, user, [("d", 2, "two")])
    assert (await load(memory, user)).elsewhere


async def test_where_the_record_may_know_more_there_may_be_something_elsewhere(
    beside: WorkingMemory,
) -> None:
    user = new_id()
    assert (await load(beside, user)).elsewhere
    await say(beside, user, [("c", 1, "one")])
    assert (await load(beside, user)).elsewhere
