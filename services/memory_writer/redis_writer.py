"""Applies memory events to the working memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.contracts.memory import (
    ConversationChanged,
    FactNoticed,
    FactsStated,
    MessageAdded,
    PreferencesChanged,
    TurnClosed,
)
from shared.memory.barrier import MemoryEvent, user_of
from shared.memory.messages import said_in
from shared.memory.working import WorkingMemory


@dataclass(frozen=True, slots=True)
class Applied:
    """The id under which others wait for an event, and whether anything of it was kept.

    Nothing is where it was forgotten before it came. `noticed` are the facts whose state it
    changed, for whoever listens. `instead` is what the stream may keep of an event of which a part
    was forgotten.
    """

    event_id: str
    kept: bool = True
    noticed: tuple[FactNoticed, ...] = ()
    instead: FactsStated | None = None


class RedisWriter:
    """Keeps Redis in step with the MEMORY stream, in whatever order and number events come.

    `lacking` is called with a user and a conversation (None: the user's own memory) of which the
    record may hold more than Redis does now; `grown` with those in which something was said.
    """

    def __init__(
        self,
        memory: WorkingMemory,
        *,
        lacking: Callable[[str, str | None], None],
        grown: Callable[[str, str], None] | None = None,
    ) -> None:
        self._memory = memory
        self._lacking = lacking
        self._grown = grown

    async def apply(self, event: MemoryEvent, *, sequence: int) -> Applied:
        """Apply one event.

        `sequence` is the event's first stream sequence. Raises DependencyDownError.
        """
        conversation: str | None = None
        brought = 1
        if isinstance(event, TurnClosed | MessageAdded):
            conversation, messages = said_in(event)
            brought = len(messages)
        if isinstance(event, TurnClosed):
            found = await self._memory.apply_turn(event, sequence=sequence)
        elif isinstance(event, MessageAdded):
            found = await self._memory.apply_message(event, sequence=sequence)
        elif isinstance(event, PreferencesChanged):
            found = await self._memory.apply_preferences(event, sequence=sequence)
        elif isinstance(event, FactsStated):
            brought = len(event.claims)
            found = await self._memory.apply_facts(event, sequence=sequence)
        elif isinstance(event, ConversationChanged):
            conversation = event.conversation_id
            brought = len(event.conversation_changes.model_dump(exclude_none=True))
            found = await self._memory.details.change(event, sequence=sequence)
        else:
            await self._memory.system.apply(event, sequence=sequence)
            return Applied(event.event_id)
        user = user_of(event)
        if self._grown is not None and conversation is not None:
            self._grown(user, conversation)
        if found.user_partial:
            self._lacking(user, None)
        if found.partial and conversation is not None:
            self._lacking(user, conversation)
        event_id = event.turn.turn_id if isinstance(event, TurnClosed) else event.event_id
        kept = found.forgotten == 0 or found.forgotten < brought
        return Applied(event_id, kept, found.noticed, _without(event, found.left_out))


def _without(event: MemoryEvent, left_out: Sequence[str]) -> FactsStated | None:
    """Return an event without the claims that were left out; None where it is all or nothing."""
    if not isinstance(event, FactsStated):
        return None
    claims = tuple(claim for claim in event.claims if claim.claim_id not in left_out)
    if not left_out or not claims:
        return None
    # Named by what is left, so that no earlier rest of it stands in for this one.
    event_id = f"{event.event_id.partition('-kept')[0]}-kept-{len(claims)}"
    return event.model_copy(update={"claims": claims, "event_id": event_id})
