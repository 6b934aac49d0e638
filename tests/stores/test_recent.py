"""What a turn learns of other conversations in its one round trip."""

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.contracts.ids import new_id
from shared.contracts.parts import MemoryMode, utcnow
from shared.memory.models import TurnContext
from shared.memory.working import RECENT_CONVERSATIONS, RECENT_MESSAGES, WorkingMemory
from shared.settings import Settings
from tests.support.samples import NOON, message_added, turn_ref
from tests.support.servers import Running

LONG_AGO = -3_600


@pytest.fixture
async def alone(redis_server: Running) -> AsyncIterator[WorkingMemory]:
    """Working memory with a record beside it: what begins here may have begun there before."""
    store = WorkingMemory(Settings(redis_url=redis_server.url, database_url="postgresql://x/x"))
    yield store
    await store.close()


async def say(memory: WorkingMemory, user: str, said: Sequence[tuple[str, float, str]]) -> None:
    for sequence, (conversation, second, content) in enumerate(said, 1):
        # Of now: the samples' clock stands still, and what is two minutes old is not told.
        event = message_added(_now(second), content, user=user, conversation=conversation)
        await memory.apply_message(event, sequence=sequence)


async def load(memory: WorkingMemory, user: str, mode: MemoryMode = "full") -> TurnContext:
    return await memory.load(turn_ref(_now(60), user=user, memory=mode), limit=4)


def _now(second: float) -> float:
    return (utcnow() - NOON).total_seconds() + second


async def test_what_was_just_said_in_other_conversations_comes_newest_first(
    memory: WorkingMemory,
) -> None:
    user, other = new_id(), new_id()
    await say(memory, user, [("a", 1, "one"), ("c", 2, "own"), ("b", 3, "two"), ("a", 4, "three")])
    await say(memory, other, [("a", 5, "of somebody else")])
    recent = (await load(memory, user)).recent
    assert [(conversation, message.content) for conversation, message in recent] == [
        ("a", "three"),
        ("a", "one"),
        ("b", "two"),
    ]


async def test_what_was_said_longer_ago_is_left_to_the_record(memory: WorkingMemory) -> None:
    user = new_id()
    await say(memory, user, [("a", LONG_AGO, "old"), ("b", LONG_AGO, "older"), ("b", 1, "new")])
    context = await load(memory, user)
    assert [message.content for _, message in context.recent] == ["new"]
    assert context.elsewhere


async def test_they_are_a_few_of_a_few(memory: WorkingMemory) -> None:
    user = new_id()
    said = [(f"c{n}", float(m), f"{n} {m}") for n in range(8) for m in range(25)]
    await say(memory, user, said)
    recent = (await load(memory, user)).recent
    assert len(recent) == RECENT_CONVERSATIONS * RECENT_MESSAGES
    assert len({conversation for conversation, _ in recent}) == RECENT_CONVERSATIONS


async def test_an_incognito_turn_learns_nothing_of_them(memory: WorkingMemory) -> None:
    user = new_id()
    await say(memory, user, [("a", 1, "one")])
    context = await load(memory, user, "off")
    assert context.recent == ()
    assert not context.elsewhere
    assert (await load(memory, user, "read")).recent


async def test_whoever_has_but_this_conversation_has_nothing_elsewhere(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    await say(memory, user, [("c", 1, "one")])
    assert not (await load(memory, user)).elsewhere
    await say(memory, user, [("d", 2, "two")])
    assert (await load(memory, user)).elsewhere


async def test_where_the_record_may_know_more_there_may_be_something_elsewhere(
    alone: WorkingMemory,
) -> None:
    user = new_id()
    assert (await load(alone, user)).elsewhere
    await say(alone, user, [("c", 1, "one")])
    assert (await load(alone, user)).elsewhere
