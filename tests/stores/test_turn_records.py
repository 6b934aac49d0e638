"""Turn records on a real server: order, one outcome, cancellation."""

import asyncio
from typing import Any

from shared.contracts.events import Outcome, Prompt, Receipt
from shared.contracts.ids import new_id
from shared.memory.turns import NewTurn, TurnRecords
from shared.memory.working import WorkingMemory
from shared.settings import Settings
from tests.support.samples import turn_closed

PROMPT, RECEIPT = Prompt(text="P"), Receipt(preferences={"language": "ru"})


def new(user: str, conversation: str | None = "c", **more: Any) -> NewTurn:
    return NewTurn(user_id=user, gateway_id="g", question="Q", conversation_id=conversation, **more)


async def test_a_turn_is_found_again_as_it_was_opened(records: TurnRecords) -> None:
    ref = await records.open(new(new_id()), idle_s=60)
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.ref == ref
    assert (record.status, record.question) == ("queued", "Q")
    assert await records.get("no-such-turn") is None


async def test_turns_of_a_conversation_wait_for_each_other(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    refs = [await records.open(new(user), idle_s=60) for _ in range(3)]
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
    await hasty.open(new(user), idle_s=60)
    second = await hasty.open(new(user), idle_s=60)
    assert (await memory.load(second, limit=6)).ahead is not None
    await asyncio.sleep(0.12)
    assert (await memory.load(second, limit=6)).ahead is None
    await hasty.close()


async def test_without_an_id_the_latest_conversation_goes_on(records: TurnRecords) -> None:
    user = new_id()
    first = await records.open(new(user, None), idle_s=0.1)
    assert (
        await records.open(new(user, None), idle_s=0.1)
    ).conversation_id == first.conversation_id
    named = await records.open(new(user, "mine"), idle_s=0.1)
    assert named.conversation_id == "mine"
    assert (await records.open(new(user, None), idle_s=0.1)).conversation_id == "mine"
    await asyncio.sleep(0.15)
    later = await records.open(new(user, None), idle_s=0.1)
    assert later.conversation_id not in {"mine", first.conversation_id}


async def test_an_incognito_turn_is_no_conversation_to_go_on_with(records: TurnRecords) -> None:
    user = new_id()
    known = await records.open(new(user, None), idle_s=60)
    secret = await records.open(new(user, None, memory="off"), idle_s=60)
    assert secret.conversation_id != known.conversation_id
    assert (await records.open(new(user, None), idle_s=60)).conversation_id == known.conversation_id


async def test_the_first_outcome_stays(records: TurnRecords) -> None:
    ref = await records.open(new(new_id()), idle_s=60)
    first = Outcome(status="completed", content="first", model="m")
    second = Outcome(status="failed", model="m")
    stored = await asyncio.gather(*(records.finish(ref, o) for o in [first, second, second]))
    assert {outcome.content for outcome in stored} == {"first"}
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.status == "completed"
    begun = await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, attempt=2)
    assert begun.outcome == first
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.prompt is None


async def test_begin_keeps_the_prompt_as_sent(records: TurnRecords) -> None:
    ref = await records.open(new(new_id()), idle_s=60)
    begun = await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, attempt=2)
    assert (begun.outcome, begun.cancelled) == (None, False)
    record = await records.get(ref.turn_id)
    assert record is not None
    assert (record.prompt, record.receipt) == (PROMPT, RECEIPT)
    assert (record.status, record.attempt) == ("running", 2)


async def test_a_cancelled_turn_does_not_begin(records: TurnRecords, memory: WorkingMemory) -> None:
    ref = await records.open(new(new_id()), idle_s=60)
    await records.cancel(ref.turn_id)
    await records.cancel("no-such-turn")
    assert await records.get("no-such-turn") is None
    assert (await memory.load(ref, limit=6)).cancelled
    assert (await records.begin(ref, prompt=PROMPT, receipt=RECEIPT, attempt=1)).cancelled
    record = await records.get(ref.turn_id)
    assert record is not None
    assert record.status == "queued"


async def test_a_withdrawn_turn_holds_up_nobody(
    records: TurnRecords, memory: WorkingMemory
) -> None:
    user = new_id()
    first = await records.open(new(user), idle_s=60)
    second = await records.open(new(user), idle_s=60)
    await records.withdraw(first)
    assert (await memory.load(second, limit=6)).ahead is None
    assert (await memory.load(first, limit=6)).cancelled
