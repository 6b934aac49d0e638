"""Working memory on a real server: what is kept, in which order, for whom, and at what cost."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.ids import new_id
from shared.contracts.memory import PreferencesChanged
from shared.memory.facts import fold
from shared.memory.messages import turn_messages
from shared.memory.working import WorkingMemory
from tests.support.recorded import HOLDS, RECORDED, SAID, apply, of_user
from tests.support.samples import (
    at,
    message_added,
    preferences_changed,
    turn_closed,
    turn_ref,
)


async def contents(memory: WorkingMemory, user: str, conversation: str = "c") -> list[str]:
    found, _ = await memory.conversation(user, conversation, limit=1000)
    return [message.content for message in found.messages] if found else []


async def test_a_turn_is_kept_as_question_and_reply(memory: WorkingMemory) -> None:
    user = new_id()
    await memory.apply_turn(turn_closed(user=user, question="Q", content="A"), sequence=1)
    found, ended = await memory.conversation(user, "c", limit=10)
    assert found is not None
    assert [(m.role, m.content, m.status) for m in found.messages] == [
        ("user", "Q", "complete"),
        ("assistant", "A", "complete"),
    ]
    assert (found.message_count, found.total_tokens) == (2, 3)
    assert (found.created_at, found.updated_at) == (at(0), at(1))
    assert found.expires_at == at(1) + timedelta(days=7)
    assert ended is None


@pytest.mark.parametrize(
    ("status", "content", "kept"),
    [
        ("failed", "", [("user", "failed")]),
        ("expired", "", [("user", "failed")]),
        ("failed", "half an answer", [("user", "failed")]),
        ("cancelled", "half", [("user", "complete"), ("assistant", "cancelled")]),
        ("cancelled", "", [("user", "complete")]),
    ],
)
async def test_what_is_kept_of_a_turn_that_did_not_complete(
    memory: WorkingMemory, status: str, content: str, kept: list[tuple[str, str]]
) -> None:
    user = new_id()
    event = turn_closed(user=user, status=status, content=content)
    await memory.apply_turn(event, sequence=1)
    found, _ = await memory.conversation(user, "c", limit=10)
    assert found is not None
    assert [(m.role, m.status) for m in found.messages] == kept


async def test_an_incognito_turn_leaves_nothing(memory: WorkingMemory) -> None:
    user = new_id()
    await memory.apply_turn(turn_closed(user=user, question=None, memory="off"), sequence=1)
    assert await memory.conversation(user, "c", limit=10) == (None, None)
    assert await memory.user(user) is None


async def test_questions_asked_at_once_stay_with_their_answers(memory: WorkingMemory) -> None:
    user = new_id()
    # Both were accepted before the first was answered.
    first = turn_closed(0, user=user, question="Q1", content="A1")
    second = turn_closed(0.5, user=user, question="Q2", content="A2")
    await memory.apply_turn(second, sequence=2)
    await memory.apply_turn(first, sequence=1)
    assert await contents(memory, user) == ["Q1", "A1", "Q2", "A2"]


async def test_messages_of_one_moment_sort_by_sequence(memory: WorkingMemory) -> None:
    user = new_id()
    events = [message_added(5, f"m{n}", user=user) for n in range(20)]
    for sequence, event in sorted(enumerate(events, 1), key=lambda _: random.random()):
        await memory.apply_message(event, sequence=sequence)
    assert await contents(memory, user) == [f"m{n}" for n in range(20)]


async def state(memory: WorkingMemory, user: str) -> Any:
    conversation, _ = await memory.conversation(user, "c", limit=1000)
    known = await memory.user(user)
    assert conversation is not None
    assert known is not None
    context = await memory.load(turn_ref(60, user=user), limit=0)
    stated = (await memory.facts.stated(user)).memory
    return (
        conversation.model_dump(exclude={"user_id"}),
        known.model_dump(exclude={"user_id"}),
        fold(stated.claims, at=at(60), preferences=stated.preferences),
        (context.facts, context.preferences),
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_any_order_and_any_duplication_gives_the_same_state(
    memory: WorkingMemory, data: st.DataObject
) -> None:
    numbered = list(enumerate(RECORDED, 1))
    reference, shuffled = new_id(), new_id()
    for sequence, event in numbered:
        await apply(memory, of_user(event, reference), sequence)
    order = data.draw(st.permutations(numbered))
    again = data.draw(st.lists(st.sampled_from(numbered), max_size=10))
    for sequence, event in itertools.chain(order, again):
        await apply(memory, of_user(event, shuffled), sequence)
    assert await state(memory, shuffled) == await state(memory, reference)
    assert await contents(memory, reference) == SAID
    context = await memory.load(turn_ref(60, user=shuffled), limit=0)
    assert {fact.value for fact in context.facts} == HOLDS - {context.preferences["length"]}


async def test_preferences_of_the_same_moment_are_decided_by_the_sequence(
    memory: WorkingMemory,
) -> None:
    user = new_id()
    late = PreferencesChanged(user_id=user, changes={"language": None}, at=at(1))
    early = PreferencesChanged(user_id=user, changes={"language": "ru", "n": 1.5}, at=at(1))
    await memory.apply_preferences(late, sequence=8)
    await memory.apply_preferences(early, sequence=7)
    known = await memory.user(user)
    assert known is not None
    assert known.preferences == {"n": 1.5}


async def test_two_users_with_the_same_conversation_id_do_not_meet(memory: WorkingMemory) -> None:
    ann, bob = new_id(), new_id()
    await memory.apply_message(message_added(user=ann, content="Ann's"), sequence=1)
    assert await memory.conversation(bob, "c", limit=10) == (None, None)
    await memory.apply_message(message_added(user=bob, content="Bob's"), sequence=2)
    assert await contents(memory, ann) == ["Ann's"]
    assert await contents(memory, bob) == ["Bob's"]


@pytest.mark.parametrize(
    "conversation", ["a/b", "*", "it's", "🦊", "x:messages", "a:b", " ", "c" * 200]
)
async def test_a_conversation_id_may_be_anything(memory: WorkingMemory, conversation: str) -> None:
    user = new_id()
    event = message_added(user=user, conversation=conversation)
    await memory.apply_message(event, sequence=1)
    assert await contents(memory, user, conversation) == ["hello"]
    assert await contents(memory, user, "x") == []


async def test_pages_go_back_from_a_message(memory: WorkingMemory) -> None:
    user = new_id()
    for n in range(10):
        await memory.apply_message(message_added(n, f"m{n}", user=user), sequence=n + 1)
    page, _ = await memory.conversation(user, "c", limit=3)
    assert page is not None
    assert [m.content for m in page.messages] == ["m7", "m8", "m9"]
    page, _ = await memory.conversation(user, "c", limit=3, before=page.messages[0].message_id)
    assert page is not None
    assert [m.content for m in page.messages] == ["m4", "m5", "m6"]
    page, _ = await memory.conversation(user, "c", limit=3, before="no such message")
    assert page is not None
    assert page.messages == ()


async def test_conversations_are_listed_newest_first(memory: WorkingMemory) -> None:
    user = new_id()
    for n in range(5):
        event = message_added(n, user=user, conversation=f"c{n}")
        await memory.apply_message(event, sequence=n + 1)
    first = await memory.conversations(user, limit=3)
    assert [c.conversation_id for c in first] == ["c4", "c3", "c2"]
    rest = await memory.conversations(user, limit=3, after=first[-1].place)
    assert [c.conversation_id for c in rest] == ["c1", "c0"]


async def test_conversations_of_one_moment_are_listed_once_each(memory: WorkingMemory) -> None:
    user = new_id()
    for n in range(9):
        await memory.apply_message(message_added(user=user, conversation=f"c{n}"), sequence=n + 1)
    listed: list[str] = []
    after = None
    while page := await memory.conversations(user, limit=2, after=after):
        listed += [one.conversation_id for one in page]
        after = page[-1].place
    assert listed == [f"c{n}" for n in reversed(range(9))]


async def test_a_message_with_a_lifetime_vanishes(memory: WorkingMemory) -> None:
    user = new_id()
    gone = message_added(user=user, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    kept = message_added(1, "kept", user=user, expires_at=datetime.now(UTC) + timedelta(hours=1))
    await memory.apply_message(gone, sequence=1)
    await memory.apply_message(kept, sequence=2)
    assert await contents(memory, user) == ["kept"]


async def test_an_event_older_than_its_keeping_is_not_brought_back(memory: WorkingMemory) -> None:
    user = new_id()
    old = message_added(-8 * 86_400, user=user)
    assert (await memory.apply_message(old, sequence=1)).added == -1
    assert await memory.user(user) is None


async def test_statistics_follow_inserts_redelivery_and_expiry(memory: WorkingMemory) -> None:
    before = await memory.statistics()
    user = new_id()
    event = message_added(user=user)
    for _ in range(3):
        await memory.apply_message(event, sequence=1)
    # One that was recorded almost seven days ago expires in a moment.
    almost = message_added(user=user, conversation="old")
    recorded = datetime.now(UTC) - timedelta(days=7) + timedelta(milliseconds=150)
    await memory.apply_message(almost.model_copy(update={"at": recorded}), sequence=2)
    after = await memory.statistics()
    assert after.conversations - before.conversations == 2
    assert after.messages - before.messages == 2
    assert after.users - before.users == 1
    while (await memory.statistics()).conversations - before.conversations != 1:
        pass
    assert (await memory.statistics()).messages - before.messages == 1


async def test_load_brings_the_last_messages_and_the_preferences(memory: WorkingMemory) -> None:
    user = new_id()
    for n in range(10):
        await memory.apply_message(message_added(n, f"m{n}", user=user), sequence=n + 1)
    await memory.apply_preferences(preferences_changed(user=user, language="ru"), sequence=11)
    context = await memory.load(turn_ref(20, user=user), limit=4)
    assert [m.content for m in context.messages] == ["m6", "m7", "m8", "m9"]
    assert context.preferences == {"language": "ru"}
    assert context.ahead is None


def test_a_reply_takes_the_place_after_its_question() -> None:
    event = turn_closed(question="Q", content="A")
    question, reply = turn_messages(event.turn, event.outcome, "Q")
    assert reply.order == question.order + 1
    assert reply.time > question.time
