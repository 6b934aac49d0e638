"""Turn records on a real server: order, one outcome, cancellation."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.contracts.ids import new_id, reply_message_id, user_message_id
from shared.contracts.parts import Outcome, Prompt, Receipt, TurnRef, utcnow
from shared.memory import keys
from shared.memory.barrier import fingerprint
from shared.memory.turns import (
    Idempotency,
    NewTurn,
    NoSuchMessageError,
    Opened,
    OtherBodyError,
    TooLongWaitError,
    TooManyTurnsError,
    TurnGoneError,
    TurnRecords,
)
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.settings import Settings
from tests.support.samples import message_added, turn_closed
from tests.support.servers import Running

PROMPT, RECEIPT = Prompt(text="P"), Receipt(preferences={"language": "ru"})


def new(user: str, conversation: str | None = "c", **more: Any) -> NewTurn:
    return NewTurn(user_id=user, gateway_id="g", question="Q", conversation_id=conversation, **more)


async def open_turn(records: TurnRecords, one: NewTurn, *, idle_s: float = 60) -> TurnRef:
    return (await records.open(one, idle_s=idle_s, max_turns=16)).ref


async def test_a_turn_is_found_again_as_it_was_opened(records: TurnRecords) -> None:
    ref = await open_turn(records, new(new_id()))
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.ref == ref
    assert (record.status, record.question) == ("queued", "Q")
    assert await records.get("no-such-turn") is None


async def test_turns_of_a_conversation_wait_for_each_other(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    refs = [await open_turn(records, new(user)) for _ in range(3)]
    assert refs[0].order + 2 <= refs[1].order
    assert refs[1].order + 2 <= refs[2].order
    assert (await memory.load(refs[0], limit=6)).ahead is None
    assert (await memory.load(refs[1], limit=6)).ahead == refs[0].turn_id
    closed = turn_closed(user=user).model_copy(update={"turn": refs[0]})
    await memory.apply_turn(closed, sequence=1)
    context = await memory.load(refs[1], limit=6)
    assert context.ahead is None
    assert [m.content for m in context.messages] == ["Q", "A"]
    assert (await memory.load(refs[2], limit=6)).ahead == refs[1].turn_id


async def test_a_turn_whose_deadline_passed_blocks_nobody(
    memory: WorkingMemory, settings: Settings
) -> None:
    hasty = TurnRecords(
        settings.model_copy(update={"queue_max_wait_s": 0.05, "turn_hard_cap_s": 0.05})
    )
    user = new_id()
    await open_turn(hasty, new(user))
    second = await open_turn(hasty, new(user))
    assert (await memory.load(second, limit=6)).ahead is not None
    await asyncio.sleep(0.12)
    assert (await memory.load(second, limit=6)).ahead is None
    await hasty.close()


async def test_without_an_id_the_latest_conversation_goes_on(records: TurnRecords) -> None:
    user = new_id()
    first = await open_turn(records, new(user, None), idle_s=0.1)
    assert (
        await open_turn(records, new(user, None), idle_s=0.1)
    ).conversation_id == first.conversation_id
    named = await open_turn(records, new(user, "mine"), idle_s=0.1)
    assert named.conversation_id == "mine"
    assert (await open_turn(records, new(user, None), idle_s=0.1)).conversation_id == "mine"
    await asyncio.sleep(0.15)
    later = await open_turn(records, new(user, None), idle_s=0.1)
    assert later.conversation_id not in {"mine", first.conversation_id}


async def test_incognito_turns_have_a_latest_conversation_of_their_own(
    records: TurnRecords,
) -> None:
    user = new_id()
    known = await open_turn(records, new(user, None))
    secret = await open_turn(records, new(user, None, memory="off"))
    assert secret.conversation_id != known.conversation_id
    again = await open_turn(records, new(user, None, memory="read"))
    assert again.conversation_id == secret.conversation_id
    assert (await open_turn(records, new(user, None))).conversation_id == known.conversation_id


async def test_the_first_outcome_stays(records: TurnRecords) -> None:
    ref = await open_turn(records, new(new_id()))
    first = Outcome(status="completed", content="first", model="m")
    second = Outcome(status="failed", model="m")
    stored = await asyncio.gather(
        *(records.finish(ref, o, question="Q") for o in [first, second, second])
    )
    assert {outcome.content for outcome in stored} == {"first"}
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.status == "completed"
    begun = await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=2)
    assert begun.outcome == first
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.prompt is None


async def test_begin_keeps_the_prompt_as_sent(records: TurnRecords) -> None:
    ref = await open_turn(records, new(new_id()))
    begun = await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=2)
    assert (begun.outcome, begun.cancelled) == (None, False)
    record = await records.get(ref.turn_id)
    assert record is not None
    assert (record.prompt, record.receipt) == (PROMPT, RECEIPT)
    assert (record.status, record.attempt) == ("running", 2)


async def test_a_cancelled_turn_does_not_begin(records: TurnRecords, memory: WorkingMemory) -> None:
    ref = await open_turn(records, new(new_id()))
    await records.cancel(ref.turn_id)
    await records.cancel("no-such-turn")
    assert await records.get("no-such-turn") is None
    assert (await memory.load(ref, limit=6)).cancelled
    assert (await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=1)).cancelled
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.status == "queued"


async def test_a_withdrawn_turn_holds_up_nobody(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = await open_turn(records, new(user))
    second = await open_turn(records, new(user))
    await records.withdraw(first)
    assert (await memory.load(second, limit=6)).ahead is None
    assert (await memory.load(first, limit=6)).withdrawn


DONE = Outcome(status="completed", content="A", model="m")


async def test_a_key_stands_for_one_turn(records: TurnRecords) -> None:
    user, key = new_id(), Idempotency("key", "body")
    one = new(user, idempotency=key)
    both = await asyncio.gather(*(records.open(one, idle_s=60, max_turns=16) for _ in range(2)))
    first, second = sorted(both, key=lambda opened: opened.before is not None)
    assert first.before is None
    assert second.before is not None
    assert second.ref == first.ref
    assert second.before.status == "queued"
    with pytest.raises(OtherBodyError):
        await open_turn(records, new(user, idempotency=Idempotency("key", "other")))
    stranger = await open_turn(records, new(new_id(), idempotency=key))
    assert stranger.turn_id != first.ref.turn_id
    await records.finish(first.ref, DONE, question="Q")
    ended = await records.open(one, idle_s=60, max_turns=16)
    assert ended.before is not None
    assert ended.before.outcome == DONE


async def test_a_withdrawn_turn_frees_its_key(records: TurnRecords) -> None:
    user, key = new_id(), Idempotency("key", "body")
    first = await open_turn(records, new(user, idempotency=key))
    await records.withdraw(first)
    again = await records.open(new(user, idempotency=key), idle_s=60, max_turns=16)
    assert again.before is None
    # A late withdrawal of the first one leaves the second one's key alone.
    await records.withdraw(first)
    assert (await records.open(new(user, idempotency=key), idle_s=60, max_turns=16)).before


async def test_the_key_of_a_turn_that_was_lost_stands_for_a_new_one(records: TurnRecords) -> None:
    one = new(new_id(), idempotency=Idempotency("key", "body"))
    lost = await open_turn(records, one)
    await records.free_key(lost.turn_id)
    again = await records.open(one, idle_s=60, max_turns=16)
    assert again.before is None
    await records.free_key(lost.turn_id)
    assert (await records.open(one, idle_s=60, max_turns=16)).ref == again.ref


async def test_a_turn_that_a_second_client_counts_on_is_not_taken_back(
    records: TurnRecords,
) -> None:
    one = new(new_id(), idempotency=Idempotency("key", "body"))
    ref = await open_turn(records, one)
    assert (await records.open(one, idle_s=60, max_turns=16)).before
    assert not await records.withdraw(ref)
    assert (await records.open(one, idle_s=60, max_turns=16)).ref == ref


async def test_a_key_outlives_its_incognito_turn(records: TurnRecords) -> None:
    one = new(new_id(), idempotency=Idempotency("key", "body"), memory="off")
    ref = await open_turn(records, one)
    await records._redis._redis.delete(keys.turn(ref.turn_id))
    with pytest.raises(TurnGoneError):
        await open_turn(records, one)


async def test_a_turn_is_either_taken_back_or_worked_on(records: TurnRecords) -> None:
    for _ in range(20):
        ref = await open_turn(records, new(new_id()))
        taken_back, begun = await asyncio.gather(
            records.withdraw(ref),
            records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=1),
        )
        assert taken_back == begun.withdrawn
    ended = await open_turn(records, new(new_id()))
    await records.finish(ended, DONE, question="Q")
    assert not await records.withdraw(ended)
    assert await records.withdraw(records.open_unordered(new(new_id())))


async def test_a_user_has_so_many_open_turns_at_once(records: TurnRecords) -> None:
    user = new_id()
    opened = await asyncio.gather(
        *(records.open(new(user, f"c-{i}"), idle_s=60, max_turns=3) for i in range(6)),
        return_exceptions=True,
    )
    accepted = [one.ref for one in opened if isinstance(one, Opened)]
    refused = [one for one in opened if isinstance(one, TooManyTurnsError)]
    assert (len(accepted), len(refused)) == (3, 3)
    assert all(one.retry_after_s >= 1 for one in refused)
    await records.finish(accepted[0], DONE, question="Q")
    await records.withdraw(accepted[1])
    for _ in range(2):
        await records.open(new(user), idle_s=60, max_turns=3)
    with pytest.raises(TooManyTurnsError):
        await records.open(new(user), idle_s=60, max_turns=3)


@pytest.fixture
async def own(own_redis: Running) -> AsyncIterator[TurnRecords]:
    store = TurnRecords(Settings(redis_url=own_redis.url, queue_max_wait_s=0.2, llm_slots=2))
    yield store
    await store.close()


async def test_a_turn_is_refused_when_the_model_will_be_busy_for_too_long(
    own: TurnRecords,
) -> None:
    slow = await open_turn(own, new(new_id()))
    await own.begin(slow, prompt=PROMPT, receipt=RECEIPT, deliveries=1)
    await asyncio.sleep(0.15)
    await own.finish(slow, DONE, question="Q")
    # Each takes 0.15 s of one of two slots: the fourth would wait longer than 0.2 s.
    refs = [await open_turn(own, new(new_id())) for _ in range(3)]
    with pytest.raises(TooLongWaitError) as refused:
        await open_turn(own, new(new_id()))
    assert 0.2 < refused.value.expected_s < 0.5
    assert refused.value.retry_after_s == 1
    assert list(await own.live()) == [ref.turn_id for ref in refs]
    await own.finish(refs[0], DONE, question="Q")
    await open_turn(own, new(new_id()))


async def test_open_turns_are_listed_from_the_oldest_on(own: TurnRecords) -> None:
    refs = [await open_turn(own, new(new_id())) for _ in range(3)]
    assert list(await own.live(limit=2)) == [ref.turn_id for ref in refs[:2]]
    assert await own.live(before=refs[0].accepted_at) == {}
    found = await own.live(before=refs[0].deadline + timedelta(milliseconds=1))
    record = found[refs[0].turn_id]
    assert record is not None
    assert record.ref == refs[0]
    await own._redis._redis.delete(keys.turn(refs[0].turn_id))
    assert (await own.live())[refs[0].turn_id] is None
    await own.forget_live(refs[0].turn_id)
    assert list(await own.live()) == [ref.turn_id for ref in refs[1:]]


async def test_each_beginning_is_another_attempt(records: TurnRecords) -> None:
    ref = await open_turn(records, new(new_id()))
    attempts = [
        (await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=n)).attempt
        for n in (1, 1, 2, 5)
    ]
    assert attempts == [1, 2, 3, 5]


@pytest.mark.parametrize("forgotten", ["user", "conversation", "question", "reply"])
async def test_the_record_of_a_forgotten_turn_does_not_come_back(
    records: TurnRecords, settings: Settings, forgotten: str
) -> None:
    eraser, ref = WorkingEraser(settings, records), await open_turn(records, new(new_id()))
    place, message = {
        "user": ("", ""),
        "conversation": (fingerprint("c"), ""),
        "question": (fingerprint("c"), user_message_id(ref.turn_id)),
        "reply": (fingerprint("c"), reply_message_id(ref.turn_id)),
    }[forgotten]
    await eraser.raise_barrier(ref.user_id, place, message, utcnow())
    record = await records.get(ref.turn_id)
    assert record is not None
    await eraser.forget_turn(record)
    # A worker that slept meanwhile, or its successor.
    begun = await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=2)
    assert begun.withdrawn
    outcome = Outcome(status="completed", content="A", model="m")
    assert await records.finish(ref, outcome, question="Q") == outcome
    assert await records.get(ref.turn_id) is None
    await eraser.close()


async def test_a_turn_without_a_record_gets_none_that_nobody_would_find(
    records: TurnRecords, settings: Settings
) -> None:
    ref = records.open_unordered(new(new_id()))
    begun = [await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, deliveries=n) for n in (1, 2)]
    assert [one.attempt for one in begun] == [1, 2]
    outcome = Outcome(status="completed", content="A", model="m")
    assert await records.finish(ref, outcome, question="Q") == outcome
    redis = Redis.from_url(settings.redis_url)
    assert not await redis.exists(keys.turn(ref.turn_id))
    await redis.aclose()


async def test_what_counts_replaces_what_was_stored(records: TurnRecords) -> None:
    ref = await open_turn(records, new(new_id()))
    await records.finish(ref, Outcome(status="expired", model="m"), question="Q")
    assert await records.finish(ref, DONE, question="Q", replace=True) == DONE
    record = await records.get(ref.turn_id)
    assert record is not None
    assert (record.status, record.outcome) == ("completed", DONE)


async def test_the_writer_completes_a_record_that_missed_its_end(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    ref = await open_turn(records, new(new_id()))
    closed = turn_closed().model_copy(update={"turn": ref, "outcome": DONE})
    await memory.apply_turn(closed, sequence=1)
    record = await records.get(ref.turn_id)
    assert record is not None
    assert (record.status, record.outcome) == ("completed", DONE)
    assert ref.turn_id not in await records.live(limit=10_000)
    # The record's own version may hold more than the event; another outcome makes way for it.
    for stored, status in ((DONE.model_copy(update={"receipt": RECEIPT}), "completed"), (DONE, "")):
        ref = await open_turn(records, new(new_id()))
        failed = Outcome(status="failed", model="m")
        await records.finish(ref, stored if status else failed, question="Q")
        closed = turn_closed().model_copy(update={"turn": ref, "outcome": DONE})
        await memory.apply_turn(closed, sequence=1)
        record = await records.get(ref.turn_id)
        assert record is not None
        assert (record.status, record.outcome) == ("completed", stored)


async def said(memory: WorkingMemory, ref: TurnRef) -> list[str]:
    return [message.content for message in (await memory.load(ref, limit=6)).messages]


async def test_incognito_turns_know_what_was_said_and_leave_nothing(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    kept = turn_closed(user=user, question="kept", content="reply")
    await memory.apply_turn(kept, sequence=1)
    first = await open_turn(records, new(user, memory="off"))
    assert await said(memory, first) == []
    await records.finish(first, DONE, question="secret")
    failed = await open_turn(records, new(user, memory="off"))
    await records.finish(failed, Outcome(status="failed", model="m"), question="lost")
    for ref in (first, failed):
        closed = turn_closed(question=None, content="").model_copy(update={"turn": ref})
        await memory.apply_turn(closed, sequence=2)
    off = await open_turn(records, new(user, memory="off"))
    assert await said(memory, off) == ["secret", "A"]
    await records.withdraw(off)
    read = await open_turn(records, new(user, memory="read"))
    assert await said(memory, read) == ["kept", "reply", "secret", "A"]
    await records.withdraw(read)
    full = await open_turn(records, new(user))
    assert await said(memory, full) == ["kept", "reply"]
    ttl = await records._redis._redis.ttl(keys.ephemeral(user, "c"))
    assert 7_100 < ttl <= 7_200
    elsewhere = await open_turn(records, new(new_id(), memory="off"))
    assert await said(memory, elsewhere) == []


async def answered(
    records: TurnRecords, memory: WorkingMemory, ref: TurnRef, question: str, **more: Any
) -> None:
    outcome = DONE.model_copy(update={"content": f"re {question}", **more})
    await records.finish(ref, outcome, question=question)
    closed = turn_closed(question=question if ref.memory == "full" else None)
    await memory.apply_turn(
        closed.model_copy(update={"turn": ref, "outcome": outcome, "at": utcnow()}), sequence=1
    )


async def contents(memory: WorkingMemory, user: str) -> list[str]:
    found, _ = await memory.conversation(user, "c", limit=100)
    assert found is not None
    assert found.message_count == len(found.messages)
    return [message.content for message in found.messages]


@pytest.mark.parametrize("suffix", ["u", "a"])
async def test_a_turn_replaces_a_message_and_all_after_it(
    records: TurnRecords, memory: WorkingMemory, suffix: str
) -> None:
    user, refs = new_id(), []
    for question in ("one", "two", "three"):
        refs.append(await open_turn(records, new(user)))
        await answered(records, memory, refs[-1], question)
    edit = await open_turn(records, new(user, replaces=f"{refs[1].turn_id}-{suffix}"))
    assert edit.branch_from == refs[1].order
    record = await records.get(edit.turn_id)
    assert record is not None
    assert record.ref == edit
    assert await said(memory, edit) == ["one", "re one"]
    assert len(await contents(memory, user)) == 6
    await answered(records, memory, edit, "edited")
    assert await contents(memory, user) == ["one", "re one", "edited", "re edited"]
    after = await open_turn(records, new(user))
    assert await said(memory, after) == ["one", "re one", "edited", "re edited"]


async def test_a_prompt_holds_nothing_of_a_later_turn(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    await answered(records, memory, await open_turn(records, new(user)), "before")
    turn = await open_turn(records, new(user))
    later = await open_turn(records, new(user))
    # The later one is stopped while it waits; a message comes from outside at the same time.
    await answered(records, memory, later, "later", status="cancelled", content="")
    added = message_added(60, "from outside", user=user)
    await memory.apply_message(added, sequence=9)
    assert await said(memory, turn) == ["before", "re before", "from outside"]
    after = await open_turn(records, new(user))
    await answered(records, memory, turn, "asked")
    assert "later" in await said(memory, after)


async def test_asking_anew_again_and_again_leaves_nothing_behind(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = last = await open_turn(records, new(user))
    await answered(records, memory, first, "one")
    for _ in range(20):
        last = await open_turn(records, new(user, replaces=f"{last.turn_id}-a"))
        await answered(records, memory, last, "one")
    assert await contents(memory, user) == ["one", "re one"]
    redis = records._redis._redis
    assert await redis.hlen(keys.messages(user, "c")) == 2
    assert await redis.hlen(keys.branches(user, "c")) == 1
    # What comes again of a superseded turn stays superseded.
    await answered(records, memory, first, "one")
    assert await contents(memory, user) == ["one", "re one"]


async def test_an_incognito_answer_that_nobody_kept_is_not_an_empty_one(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    ref = await open_turn(records, new(new_id(), memory="off"))
    # Redis was away when it ended: the closing event is all there is, and holds no content.
    closed = turn_closed(question=None, content="").model_copy(update={"turn": ref})
    await memory.apply_turn(closed, sequence=1)
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.outcome is not None
    assert record.outcome.problem is not None
    assert (record.status, record.outcome.problem.status) == ("failed", 410)


async def test_a_replacing_turn_that_fails_supersedes_nothing(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = await open_turn(records, new(user))
    await answered(records, memory, first, "one")
    edit = await open_turn(records, new(user, replaces=f"{first.turn_id}-u"))
    await answered(records, memory, edit, "edited", status="failed", content="")
    assert await contents(memory, user) == ["one", "re one", "edited"]


async def test_incognito_messages_can_be_replaced_too(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = await open_turn(records, new(user, memory="off"))
    await answered(records, memory, first, "one")
    edit = await open_turn(records, new(user, memory="off", replaces=f"{first.turn_id}-a"))
    assert await said(memory, edit) == []
    await answered(records, memory, edit, "edited")
    assert await said(memory, await open_turn(records, new(user, memory="off"))) == [
        "edited",
        "re edited",
    ]


async def test_only_a_message_of_the_conversation_can_be_replaced(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = await open_turn(records, new(user))
    await answered(records, memory, first, "one")
    for one in (
        new(user, replaces="no-such"),
        new(user, "other", replaces=f"{first.turn_id}-u"),
        new(new_id(), replaces=f"{first.turn_id}-u"),
        new(user, memory="off", replaces=f"{first.turn_id}-u"),
    ):
        with pytest.raises(NoSuchMessageError):
            await open_turn(records, one)
    # A refused turn leaves nothing that another one would wait for.
    after = await open_turn(records, new(user))
    assert (await memory.load(after, limit=6)).ahead is None
