"""What a request to forget covers of the messages that lie in streams and dead letters."""

from datetime import timedelta
from typing import Any

import pytest

from services.memory_writer.stream_eraser import _covered
from shared.contracts.events import ChatPrompted
from shared.contracts.memory import ForgetRequested
from shared.contracts.parts import Prompt, Receipt, ReceiptFact, ReceiptPassage
from tests.support.samples import NOON, turn_ref

PROMPTED = ChatPrompted(
    turn=turn_ref(user="u", conversation="today"),
    question="Which operation did my dog have?",
    prompt=Prompt(text="…"),
    receipt=Receipt(
        facts=(ReceiptFact(id="f", text="Has a dog", message_id="m-fact"),),
        recalled=(
            ReceiptPassage(
                message_id="m-said", conversation_id="old", text="It was", time=NOON, score=1
            ),
        ),
    ),
    model="m",
)


def request(**what: Any) -> ForgetRequested:
    scope = "message" if "message_id" in what else "conversation"
    return ForgetRequested(
        **{"user_id": "u", "scope": scope, "at": NOON + timedelta(seconds=60), **what}
    )


@pytest.mark.parametrize(
    ("what", "covered"),
    [
        ({"conversation_id": "old", "message_id": "m-said"}, True),
        ({"conversation_id": "old", "message_id": "m-fact"}, True),
        ({"conversation_id": "old", "message_id": "m-other"}, False),
        ({"conversation_id": "old"}, True),
        ({"conversation_id": "today"}, True),
        ({"conversation_id": "other"}, False),
        ({"conversation_id": "old", "user_id": "another"}, False),
        ({"conversation_id": "old", "at": NOON - timedelta(seconds=60)}, False),
    ],
)
def test_a_prompt_that_tells_what_is_forgotten_goes_with_it(
    what: dict[str, Any], covered: bool
) -> None:
    assert _covered(request(**what), PROMPTED.model_dump_json().encode()) is covered
