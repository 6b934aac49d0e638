"""A recorded stream of one conversation with branches, failures and preferences."""

from typing import Any

from shared.contracts.events import (
    ConversationChanged,
    MessageAdded,
    SystemMemoryChanged,
    TurnClosed,
)
from shared.memory.working import WorkingMemory
from tests.support.samples import (
    at,
    conversation_changed,
    message_added,
    preferences_changed,
    turn_closed,
)

RECORDED = [
    *((turn_closed(n, question=f"q{n}", content=f"a{n}")) for n in range(4)),
    turn_closed(2.5, status="failed"),
    # Two branches, one inside the other, and one whose turn failed.
    turn_closed(3.2, question="edited", branch_from=round(at(3).timestamp() * 1_000_000)),
    turn_closed(4, question="again", branch_from=round(at(1.4).timestamp() * 1_000_000)),
    turn_closed(
        4.5, status="failed", branch_from=round(at(0).timestamp() * 1_000_000), conversation="c"
    ),
    *(message_added(n / 2, f"m{n}") for n in range(4)),
    preferences_changed(1, language="ru", length="short"),
    preferences_changed(2, language="en"),
    preferences_changed(2, language=None, units="metric"),
    preferences_changed(3, length=None),
    # Topics that one branch takes out and another brings, and a word in both languages.
    message_added(2.2, "Как настроить докер на сервере?"),
    message_added(0.7, "Docker containers, please"),
    message_added(1.3, "Docker and Redis", role="assistant"),
    conversation_changed(1, title="First", tags=("a",), priority="high"),
    conversation_changed(3, title="Last"),
    conversation_changed(2, title="Between", tags=("b", "c")),
    conversation_changed(3, title="Last of the same moment"),
]


def of_user(event: Any, user: str) -> Any:
    if isinstance(event, TurnClosed):
        return event.model_copy(update={"turn": event.turn.model_copy(update={"user_id": user})})
    return event.model_copy(update={"user_id": user})


SAID = [
    *("q0", "m0", "a0", "m1", "Docker containers, please", "q1", "m2", "a1"),
    *("Docker and Redis", "again", "A", "Q"),
]
"""What of it is left in the end, in order."""


async def apply(memory: WorkingMemory, event: Any, sequence: int) -> None:
    if isinstance(event, TurnClosed):
        await memory.apply_turn(event, sequence=sequence)
    elif isinstance(event, MessageAdded):
        await memory.apply_message(event, sequence=sequence)
    elif isinstance(event, ConversationChanged):
        await memory.details.change(event, sequence=sequence)
    elif isinstance(event, SystemMemoryChanged):
        await memory.system.apply(event, sequence=sequence)
    else:
        await memory.apply_preferences(event, sequence=sequence)
