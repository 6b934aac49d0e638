"""What a turn adds to its conversation."""

from shared.contracts.events import Message, Outcome, Problem, TurnClosed, TurnRef
from shared.contracts.ids import reply_message_id, user_message_id


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
