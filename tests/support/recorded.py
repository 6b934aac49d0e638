"""A recorded stream of one conversation with branches, failures and preferences."""

from typing import Any

from shared.contracts.events import MessageAdded, TurnClosed
from shared.memory.working import WorkingMemory
from tests.support.samples import at, message_added, preferences_changed, turn_closed

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
]


def of_user(event: Any, user: str) -> Any:
    if isinstance(event, TurnClosed):
        return event.model_copy(update={"turn": event.turn.model_copy(update={"user_id": user})})
    return event.model_copy(update={"user_id": user})


SAID = ["q0", "m0", "a0", "m1", "q1", "m2", "a1", "again", "A", "Q"]
"""What of it is left in the end, in order."""


async def apply(memory: WorkingMemory, event: Any, sequence: int) -> None:
    if isinstance(event, TurnClosed):
        await memory.apply_turn(event, sequence=sequence)
    elif isinstance(event, MessageAdded):
        await memory.apply_message(event, sequence=sequence)
    else:
        await memory.apply_preferences(event, sequence=sequence)
