"""Events with sensible values, for tests that care about one field at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.ids import new_id
from shared.contracts.memory import (
    ConversationChanged,
    ConversationChanges,
    FactClaim,
    FactsStated,
    MessageAdded,
    PreferencesChanged,
    SystemMemoryChanged,
    TurnClosed,
)
from shared.contracts.parts import Message, Outcome, TurnRef, Usage
from shared.memory.claims import assertion

NOON = datetime.now(UTC).replace(microsecond=0)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def turn_ref(
    second: float = 0, *, user: str = "u-1", conversation: str = "c", **more: Any
) -> TurnRef:
    moment = at(second)
    values = {
        "turn_id": new_id(),
        "user_id": user,
        "conversation_id": conversation,
        "gateway_id": "g",
        "accepted_at": moment,
        "deadline": moment + timedelta(seconds=720),
        "order": round(moment.timestamp() * 1_000_000),
    }
    return TurnRef(**{**values, **more})


def turn_closed(
    second: float = 0, *, question: str | None = "Q", content: str = "A", **more: Any
) -> TurnClosed:
    status = more.pop("status", "completed")
    ref = turn_ref(second, **more)
    outcome = Outcome(
        status=status,
        content=content,
        model="m",
        ended_at=at(second + 1),
        usage=Usage(prompt_tokens=10, completion_tokens=3),
    )
    return TurnClosed(turn=ref, question=question, outcome=outcome, at=at(second + 1))


def message_added(
    second: float = 0,
    content: str = "hello",
    *,
    user: str = "u-1",
    conversation: str = "c",
    **more: Any,
) -> MessageAdded:
    moment = at(second)
    message = Message(
        message_id=new_id(),
        role=more.pop("role", "user"),
        content=content,
        time=moment,
        order=round(moment.timestamp() * 1_000_000),
        **more,
    )
    return MessageAdded(user_id=user, conversation_id=conversation, message=message, at=moment)


def facts_stated(
    second: float = 0,
    *claims: FactClaim,
    user: str = "u-1",
    message: str | None = None,
    conversation: str | None = "c",
    **more: Any,
) -> FactsStated:
    moment = at(second)
    return FactsStated(
        **{
            "user_id": user,
            "claims": claims,
            "conversation_id": conversation,
            "message_id": message,
            "said_at": moment,
            "caused_at": moment,
            "at": moment,
            **more,
        }
    )


def says(predicate: str, value: str, *, message: str = "m", **more: Any) -> FactClaim:
    return assertion(
        **{
            "source": message,
            "predicate": predicate,
            "value": value,
            "lang": "en",
            "extractor": "rules/1",
            "quote": f"quote of {value}",
            **more,
        }
    )


def preferences_changed(
    second: float = 0, *, user: str = "u-1", **changes: Any
) -> PreferencesChanged:
    return PreferencesChanged(user_id=user, changes=changes, at=at(second))


def conversation_changed(
    second: float = 0, *, user: str = "u-1", conversation: str = "c", **changes: Any
) -> ConversationChanged:
    return ConversationChanged(
        user_id=user,
        conversation_id=conversation,
        conversation_changes=ConversationChanges(**changes),
        at=at(second),
    )


def system_changed(second: float = 0, *, key: str, **more: Any) -> SystemMemoryChanged:
    return SystemMemoryChanged(system_key=key, at=at(second), **more)
