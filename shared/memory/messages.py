"""What a turn, or a message from outside, adds to its conversation."""

from shared.contracts.ids import reply_message_id, user_message_id
from shared.contracts.memory import MessageAdded, TurnClosed
from shared.contracts.parts import Message, Outcome, Problem, TurnRef


def turn_messages(turn: TurnRef, outcome: Outcome, question: str) -> list[Message]:
    """Return what a closed turn adds to its conversation.

    The question is kept whatever came of it; the reply only where there is text. Both take their
    place from the turn's acceptance, so that questions asked at once do not part from their
    answers; `time` is when each was really said.
    """
    failed = outcome.status in {"failed", "expired"}
    cut_short = outcome.status == "cancelled"
    messages = [
        Message(
            message_id=user_message_id(turn.turn_id),
            role="user",
            content=question,
            time=turn.accepted_at,
            order=turn.order,
            status="failed" if failed else "complete",
        )
    ]
    if outcome.content and not failed:
        messages.append(
            Message(
                message_id=reply_message_id(turn.turn_id),
                role="assistant",
                content=outcome.content,
                time=outcome.ended_at,
                order=turn.order + 1,
                model=outcome.model,
                tokens=outcome.usage.completion_tokens,
                status="cancelled" if cut_short else "complete",
            )
        )
    return messages


def known_outcome(closed: TurnClosed) -> Outcome:
    """Return how a turn ended as far as its closing event knows, which has no incognito answer."""
    outcome = closed.outcome
    if closed.question is not None or outcome.status != "completed":
        return outcome
    problem = Problem(
        title="The answer was not kept",
        status=410,
        detail="It was incognito, and Redis was away when it ended: only who waited for it saw it.",
    )
    return outcome.model_copy(update={"status": "failed", "problem": problem})


def said_in(event: TurnClosed | MessageAdded) -> tuple[str, list[Message]]:
    """Return the conversation of an event, and what was said; nothing where nothing may stay."""
    if isinstance(event, MessageAdded):
        return event.conversation_id, [event.message]
    if event.question is None:
        return event.turn.conversation_id, []
    messages = turn_messages(event.turn, event.outcome, event.question)
    return event.turn.conversation_id, messages


def said_by_user(message: Message) -> bool:
    """Tell whether facts are sought in a message: in what the user says, and nobody else."""
    return message.role == "user" and message.name is None


def superseded_by(event: TurnClosed | MessageAdded) -> list[tuple[int, int]]:
    """Return the stretches of places [from, to) that an event supersedes: one, or none.

    A turn that was not answered supersedes nothing.
    """
    if isinstance(event, MessageAdded) or event.question is None:
        return []
    answered = known_outcome(event).status in {"completed", "cancelled"}
    turn = event.turn
    return [(turn.branch_from, turn.order)] if answered and turn.branch_from is not None else []
