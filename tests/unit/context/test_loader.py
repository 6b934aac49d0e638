"""Waiting for the turn before, where the wake-up and the store disagree."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.context.loader import Loader
from services.context.recollection import Recollection
from services.context.settings import ContextSettings
from services.context.tokens import estimate_tokens
from shared.contracts.events import ChatPrompted, ChatRequested
from shared.contracts.parts import Message, TurnRef
from shared.failures import NotYetError
from shared.memory.models import ToldFact, TurnContext
from shared.memory.reading import Reading
from shared.wakeups import Wakeups
from tests.support.passages import ScriptedRecall, recalled
from tests.support.samples import NOON, turn_ref


class StuckMemory:
    """A store that goes on naming a turn whose end was announced long ago."""

    def __init__(self) -> None:
        self.loads = 0

    async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
        assert limit
        self.loads += 1
        return TurnContext(ahead="t1")


def stuck_loader(
    memory: Any,
    *,
    max_waiting: int,
    wakeups: Wakeups | None = None,
    recall: ScriptedRecall | None = None,
) -> Loader:
    settings = ContextSettings()
    return Loader(
        settings=settings,
        memory=Reading(working=memory, archive=None),
        recollection=Recollection(settings=settings, recall=recall or ScriptedRecall()),
        wakeups=wakeups or Wakeups(),
        max_waiting=max_waiting,
    )


async def test_a_wakeup_that_the_store_does_not_confirm_is_no_busy_loop() -> None:
    wakeups = Wakeups()
    wakeups._on_applied("applied.t1", b"")
    memory: Any = StuckMemory()
    loader = stuck_loader(memory, max_waiting=1, wakeups=wakeups)
    preparing = asyncio.create_task(loader.prepare(ChatRequested(turn=turn_ref(), prompt="x")))
    await asyncio.sleep(0.2)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    assert memory.loads <= 2


async def test_who_waits_leaves_room_for_the_turn_ahead() -> None:
    loader = stuck_loader(StuckMemory(), max_waiting=2)
    event = ChatRequested(turn=turn_ref(), prompt="x")
    waiting = [asyncio.create_task(loader.prepare(event)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(NotYetError):
        await loader.prepare(event)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    # Their places are free again.
    again = asyncio.create_task(loader.prepare(event))
    await asyncio.sleep(0.01)
    assert not again.done()
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)


async def test_a_turn_that_was_refused_after_all_is_not_prepared() -> None:
    class Withdrawn:
        async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
            assert limit
            return TurnContext(withdrawn=True, cancelled=True)

    loader = stuck_loader(Withdrawn(), max_waiting=1)
    assert await loader.prepare(ChatRequested(turn=turn_ref(), prompt="x")) is None


class LaggingMemory:
    """A store in which what was just said is in the facts after some looks (None: never)."""

    def __init__(self, looks: int | None) -> None:
        self.loads = 0
        self._looks = looks

    async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
        assert limit
        self.loads += 1
        if self._looks is None or self.loads <= self._looks:
            return TurnContext(unextracted=True)
        return TurnContext(facts=(HOME,))


HOME = ToldFact(
    id="f",
    type="location",
    predicate="lives_in",
    value="Kazan",
    text="Lives in Kazan",
    message_id="m",
    time=NOON,
)


async def prepared(loader: Loader, **turn: Any) -> ChatPrompted:
    event = ChatRequested(turn=turn_ref(**turn), prompt="Where is my home?")
    found = await loader.prepare(event)
    assert isinstance(found, ChatPrompted)
    return found


async def test_what_was_just_said_is_waited_for() -> None:
    memory: Any = LaggingMemory(2)
    found = await prepared(stuck_loader(memory, max_waiting=1))
    assert [fact.text for fact in found.receipt.facts] == ["Lives in Kazan"]
    assert "Lives in Kazan" in str(found.prompt.messages)
    assert memory.loads == 3


async def test_extraction_that_lags_is_waited_for_once_and_not_by_every_turn() -> None:
    memory: Any = LaggingMemory(None)
    loader = stuck_loader(memory, max_waiting=1)
    assert (await prepared(loader)).receipt.facts == ()
    first = memory.loads
    assert first > 1
    assert (await prepared(loader)).receipt.facts == ()
    assert memory.loads == first + 1


async def test_an_ordinary_turn_loads_once() -> None:
    memory: Any = LaggingMemory(0)
    found = await prepared(stuck_loader(memory, max_waiting=1))
    assert memory.loads == 1
    assert len(found.receipt.facts) == 1


async def test_a_turn_without_memory_is_told_no_fact() -> None:
    memory: Any = LaggingMemory(0)
    loader = stuck_loader(memory, max_waiting=1)
    assert (await prepared(loader, memory="off")).receipt.facts == ()
    assert len((await prepared(loader, memory="read")).receipt.facts) == 1


async def test_facts_take_a_third_of_the_context_at_most() -> None:
    class Rich:
        async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
            assert limit
            facts = [
                HOME.model_copy(update={"id": f"f{n}", "text": f"Likes the tea of Number {n}"})
                for n in range(1_000)
            ]
            return TurnContext(facts=tuple(facts))

    found = await prepared(stuck_loader(Rich(), max_waiting=1))
    told = "; ".join(fact.text for fact in found.receipt.facts)
    third = ContextSettings().num_ctx // 3
    assert third * 0.8 < estimate_tokens(told) <= third
    assert found.receipt.cut.facts == 1_000 - len(found.receipt.facts)


async def test_what_was_recalled_is_told_and_stands_in_the_receipt() -> None:
    memory: Any = LaggingMemory(0)
    recall = ScriptedRecall(recalled("I moved to the river"), degraded=("embedder",))
    found = await prepared(stuck_loader(memory, max_waiting=1, recall=recall))
    assert "user: I moved to the river" in str(found.prompt.messages)
    assert [one.text for one in found.receipt.recalled] == ["I moved to the river"]
    assert "embedder" in found.degraded


async def test_the_day_is_that_of_whoever_asks() -> None:
    class AtHome:
        async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
            assert limit
            return TurnContext(preferences={"timezone": "UTC+14"})

    recall = ScriptedRecall()
    await prepared(stuck_loader(AtHome(), max_waiting=1, recall=recall))
    assert [query.at.utcoffset() for query in recall.asked] == [timedelta(hours=14)]


@pytest.mark.parametrize(("messages", "told"), [(7, True), (6, False), (2, False)])
async def test_a_summary_is_told_where_the_prompt_shows_less_than_was_said(
    messages: int, *, told: bool
) -> None:
    class LongTalk:
        async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
            assert limit >= messages
            said = [
                Message(message_id=f"m{n}", role="user", content="Hi", time=NOON, order=n)
                for n in range(messages)
            ]
            return TurnContext(messages=tuple(said), summary="We moved the server.")

    memory: Any = LongTalk()
    found = await prepared(stuck_loader(memory, max_waiting=1))
    (system, *_) = found.prompt.messages or ()
    assert ("Earlier in this conversation: We moved the server." in system.content) is told
