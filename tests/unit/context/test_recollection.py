"""What of the user's memory belongs into a prompt."""

from datetime import timedelta
from typing import Any

import pytest

from services.context.recollection import Recollected, Recollection
from services.context.settings import ContextSettings
from shared.contracts.events import ChatRequested
from shared.contracts.ids import user_message_id
from shared.contracts.parts import Message
from shared.failures import DependencyDownError
from shared.memory.models import TurnContext
from shared.memory.recall import RecallQuery
from tests.support.passages import ScriptedRecall, message, recalled
from tests.support.samples import NOON, turn_ref

QUESTION = "What is my dog called?"
REX = recalled("My dog is called Rex")


async def find(
    recall: ScriptedRecall,
    *,
    question: str = QUESTION,
    context: TurnContext | None = None,
    shown: tuple[Message, ...] = (),
    turn: dict[str, Any] | None = None,
    **settings: Any,
) -> Recollected:
    recollection = Recollection(settings=ContextSettings(**settings), recall=recall)
    event = ChatRequested(turn=turn_ref(**(turn or {})), prompt=question)
    context = context or TurnContext(messages=shown)
    return await recollection.find(event, context, shown=shown, asked_at=NOON)


def asked(recall: ScriptedRecall) -> RecallQuery:
    (query,) = recall.asked
    return query


async def test_it_recalls_what_answers_the_question() -> None:
    recall = ScriptedRecall(REX)
    assert (await find(recall)).passages == [REX]
    assert asked(recall).text == QUESTION
    assert asked(recall).at == NOON


async def test_what_is_weak_evidence_is_not_told() -> None:
    weak = recalled("The river is called Neva", evidence=0.1)
    found = await find(ScriptedRecall(REX, weak), question="What is a dog called in French?")
    assert found.passages == [REX]


@pytest.mark.parametrize(
    "how",
    [
        {"turn": {"memory": "off"}},
        {"memory_tokens": 0},
        {"question": "Thanks!"},
        {"context": TurnContext(elsewhere=False)},
    ],
)
async def test_where_there_is_nothing_to_recall_nobody_is_asked(how: dict[str, Any]) -> None:
    recall = ScriptedRecall(REX)
    assert await find(recall, **how) == ((), ())
    assert recall.asked == []


async def test_memory_may_be_used_where_nothing_is_stored() -> None:
    assert (await find(ScriptedRecall(REX), turn={"memory": "read"})).passages == [REX]


async def test_what_the_prompt_shows_and_the_question_itself_are_left_out() -> None:
    recall = ScriptedRecall()
    shown = (message("Hi"), message("Hello", role="assistant"))
    ref = turn_ref()
    await find(recall, shown=shown, turn={"turn_id": ref.turn_id})
    ids = {one.message_id for one in shown}
    assert asked(recall).left_out == {*ids, user_message_id(ref.turn_id)}


async def test_what_the_record_may_not_have_yet_is_brought_along() -> None:
    recall = ScriptedRecall()
    new, older, last = ("d", message("Rex barks")), message("Rex"), message("Hi")
    context = TurnContext(messages=(older, last), recent=(new,), elsewhere=False)
    await find(recall, context=context, shown=(last,))
    assert asked(recall).recent == (new, ("c", older))
    # What is private is in the same list, and nobody may recall it.
    recall = ScriptedRecall()
    await find(recall, context=context, shown=(last,), turn={"memory": "read"})
    assert asked(recall).recent == (new,)


async def test_a_follow_up_is_looked_for_with_what_was_said_before_it() -> None:
    recall = ScriptedRecall()
    shown = (message("I adopted a dog"), message("Nice!", role="assistant"))
    await find(recall, question="А когда это было?", shown=shown)
    assert asked(recall).text == "I adopted a dog\nА когда это было?"


async def test_recall_that_is_down_or_slow_costs_no_answer() -> None:
    recall = ScriptedRecall(REX)
    recall.error = DependencyDownError("away", dependency="postgres")
    assert await find(recall) == ((), ("recall",))
    recall = ScriptedRecall(REX)
    recall.takes_s = 60
    assert await find(recall, RECALL_MAX_WAIT=0.01) == ((), ("recall",))


async def test_what_works_in_a_lesser_form_is_passed_on() -> None:
    degraded = ("embedder", "archive")
    assert (await find(ScriptedRecall(degraded=degraded))).degraded == degraded
    # Whoever wants no embedder does not lack it.
    found = await find(ScriptedRecall(degraded=degraded), embed_model="off")
    assert found.degraded == ("archive",)


async def test_what_a_turn_replaces_is_not_recalled() -> None:
    now = turn_ref()
    before, behind = (
        message(said, when=NOON + timedelta(seconds=seconds))
        for said, seconds in (("My dog is called Rex", -60), ("My dog is called Max", -20))
    )
    recall = ScriptedRecall(
        recalled(before, conversation="c", after=behind),
        recalled(behind, conversation="c", before=before),
        recalled(behind, conversation="elsewhere"),
    )
    branch = {"turn_id": now.turn_id, "branch_from": now.order - 30_000_000}
    found = (await find(recall, turn=branch)).passages
    assert [(one.conversation_id, one.message, one.after) for one in found] == [
        ("c", before, None),
        ("elsewhere", behind, None),
    ]
    assert len((await find(recall)).passages) == 3
