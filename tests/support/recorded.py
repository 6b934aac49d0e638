"""A recorded stream of one conversation with branches, failures and preferences."""

from typing import Any

from shared.contracts.memory import (
    ConversationChanged,
    FactsStated,
    MessageAdded,
    SystemMemoryChanged,
    TurnClosed,
)
from shared.memory.claims import ending
from shared.memory.working import WorkingMemory
from tests.support.samples import (
    at,
    conversation_changed,
    facts_stated,
    message_added,
    preferences_changed,
    says,
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
    # Facts that merge, supersede, end and correct each other, some found late.
    facts_stated(0, says("lives_in", "Paris", message="f0"), message="f0", source_sequence=1),
    facts_stated(
        1,
        says("lives_in", "Oslo", message="f1"),
        says("likes", "tea", message="f1"),
        message="f1",
        source_sequence=2,
    ),
    facts_stated(1, says("likes", "the tea", message="f1", extractor="llm/1"), message="f1"),
    facts_stated(2, says("lives_in", "Paris", message="f2"), message="f2"),
    facts_stated(
        3,
        ending(source="f3", predicate="likes", value="tea", lang="en", extractor="rules/1"),
        says("name", "Igor", message="f3", corrects=True, instead_of="Ivan"),
        message="f3",
    ),
    facts_stated(2.5, says("name", "Ivan", message="f4"), message="f4"),
    facts_stated(1.5, says("length", "brief", message="f5"), message="f5"),
    facts_stated(4, says("length", "long", message="f6"), message="f6"),
    facts_stated(2, says("goal", "sail", message="f7", proposed=True), message="f7"),
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


HOLDS = {"Paris", "Igor", "long"}
"""What holds of the user in the end."""


async def apply(memory: WorkingMemory, event: Any, sequence: int) -> None:
    if isinstance(event, TurnClosed):
        await memory.apply_turn(event, sequence=sequence)
    elif isinstance(event, MessageAdded):
        await memory.apply_message(event, sequence=sequence)
    elif isinstance(event, ConversationChanged):
        await memory.details.change(event, sequence=sequence)
    elif isinstance(event, FactsStated):
        await memory.apply_facts(event, sequence=sequence)
    elif isinstance(event, SystemMemoryChanged):
        await memory.system.apply(event, sequence=sequence)
    else:
        await memory.apply_preferences(event, sequence=sequence)
