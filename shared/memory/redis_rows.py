"""What Redis stores, to and from the project's own values."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Message, Scalar
from shared.memory.connection import Argument
from shared.memory.messages import known_outcome
from shared.memory.models import ConversationMemory, Preferences, SetPreference
from shared.memory.topics import topics_of, weight_at


def ending(closed: TurnClosed | None) -> list[Argument]:
    """Return outcome and status of a turn's end."""
    if closed is None:
        return ["", ""]
    outcome = known_outcome(closed)
    return [outcome.model_dump_json(), outcome.status]


def message_row(message: Message, sequence: int, caused_us: int) -> list[Argument]:
    """Return a message as `append.lua` takes it."""
    return [
        message.message_id,
        f"{sequence:016x}:{message.message_id}",
        message.order,
        message.tokens or 0,
        ms(message.time),
        caused_us,
        "" if message.expires_at is None else ms(message.expires_at),
        _stored(message),
    ]


def _stored(message: Message) -> str:
    """Return a message as it is stored: with its topics in the end, where there are any."""
    told = message.model_dump_json(exclude_defaults=True)
    topics = topics_of(message)
    if not topics:
        return told
    more = json.dumps(
        {"topics": topics, "weight": weight_at(message.time)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return f"{told[:-1]},{more[1:]}"


def preference_row(row: SetPreference) -> list[Argument]:
    """Return a preference as `prefer.lua` takes it."""
    return [us(row.set_at), row.sequence, us(row.caused_at), row.key, json.dumps(row.value)]


def live_messages(raw: Sequence[str]) -> tuple[Message, ...]:
    """Return messages as they are stored, without those that have expired."""
    now = datetime.now(UTC)
    messages = (Message.model_validate_json(text) for text in raw)
    return tuple(m for m in messages if m.expires_at is None or m.expires_at > now)


def conversation_of(
    user_id: str, conversation_id: str, meta: Mapping[str, str], messages: tuple[Message, ...]
) -> ConversationMemory:
    """Return a conversation from its hash."""
    return ConversationMemory(
        conversation_id=conversation_id,
        user_id=user_id,
        messages=messages,
        message_count=int(meta["messages"]),
        total_tokens=int(meta["tokens"]),
        created_at=moment(meta["created_ms"]),
        updated_at=moment(meta["updated_ms"]),
        expires_at=moment(meta["expires_ms"]),
        complete="partial" not in meta and "trimmed" not in meta,
    )


def pairs(flat: Sequence[str]) -> dict[str, str]:
    """Return what HGETALL says in a script."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def preferences_of(raw: Mapping[str, str]) -> Preferences:
    """Return preferences as they are stored, without the removed ones."""
    decoded = {key: preference_of(stored)[0] for key, stored in sorted(raw.items())}
    return {key: value for key, value in decoded.items() if value is not None}


def preference_of(stored: str) -> tuple[Scalar | None, int]:
    """Return a preference as it is stored, and when it was set, in microseconds since 1970."""
    set_us, _, value = stored.split(" ", 2)
    return json.loads(value), int(set_us)


def now_ms() -> int:
    """Return the present moment in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def us(when: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return round(when.timestamp() * 1_000_000)


def ms(when: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return us(when) // 1000


def moment(milliseconds: str) -> datetime:
    """Return a moment from milliseconds since 1970."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
