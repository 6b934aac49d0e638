"""Working memory: conversations and preferences in Redis, a projection of the MEMORY stream.

A message is one field of a hash and one member of a sorted set, so that appending to a
conversation of 5,000 messages costs what it costs at 10. Applying an event twice, or in another
order, gives the same state: messages have ids of their own and sort by (order, sequence).
"""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.contracts.events import (
    Message,
    MessageAdded,
    Outcome,
    PreferencesChanged,
    TurnClosed,
    TurnRef,
)
from shared.memory import keys
from shared.memory.connection import Argument, RedisConnection
from shared.memory.messages import known_outcome, turn_messages
from shared.memory.models import (
    ConversationMemory,
    Preferences,
    Statistics,
    TurnContext,
    UserMemory,
)
from shared.settings import Settings


class WorkingMemory:
    """Redis as working memory. Methods raise DependencyDownError where Redis does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = RedisConnection(settings)

    # --- writing: memory_writer only -------------------------------------------------------

    async def apply_turn(self, event: TurnClosed, *, sequence: int) -> int:
        """Keep what was said in a turn and let the next turn start; returns what was new."""
        messages = (
            []
            if event.question is None
            else turn_messages(event.turn, event.outcome, event.question)
        )
        return await self._append(event.turn, event.at, messages, sequence=sequence, closed=event)

    async def apply_message(self, event: MessageAdded, *, sequence: int) -> int:
        """Keep a message that came from outside a turn; returns 1 where it was new."""
        where = (event.user_id, event.conversation_id)
        return await self._append(where, event.at, [event.message], sequence=sequence)

    async def _append(
        self,
        where: TurnRef | tuple[str, str],
        recorded_at: datetime,
        messages: Sequence[Message],
        *,
        sequence: int,
        closed: TurnClosed | None = None,
    ) -> int:
        turn_id = where.turn_id if isinstance(where, TurnRef) else ""
        user, conversation = (
            (where.user_id, where.conversation_id) if isinstance(where, TurnRef) else where
        )
        rows = [field for message in messages for field in _row(message, sequence)]
        added: int = await self._redis.run(
            "append",
            [
                keys.open_turns(user, conversation),
                keys.conversation(user, conversation),
                keys.messages(user, conversation),
                keys.order(user, conversation),
                keys.LIVE_CONVERSATIONS,
                keys.LIVE_MESSAGES,
                keys.TOTALS,
                keys.user(user),
                keys.user_conversations(user),
                keys.preferences(user),
                keys.LIVE_USERS,
                keys.branches(user, conversation),
                keys.LIVE_TURNS,
                keys.user_turns(user),
                keys.turn(turn_id),
            ],
            [
                turn_id,
                keys.member(user, conversation),
                conversation,
                user,
                _now_ms(),
                _ms(recorded_at),
                self._settings.conversation_ttl_s * 1000,
                self._settings.user_ttl_s * 1000,
                self._settings.conversation_max_messages,
                *_ending(closed),
                *rows,
            ],
        )
        return added

    async def apply_preferences(self, event: PreferencesChanged, *, sequence: int) -> None:
        """Set or remove preferences; for each key the latest change wins."""
        changes = event.changes.items()
        pairs = [field for key, value in changes for field in (key, json.dumps(value))]
        await self._redis.run(
            "prefer",
            [keys.preferences(event.user_id), keys.user(event.user_id), keys.LIVE_USERS],
            [
                _us(event.at),
                sequence,
                _now_ms(),
                self._settings.user_ttl_s * 1000,
                event.user_id,
                *pairs,
            ],
        )

    # --- reading ---------------------------------------------------------------------------

    async def load(self, turn: TurnRef, *, limit: int) -> TurnContext:
        """Return what a turn's prompt needs: one round trip, of which the order is part."""
        user, conversation = turn.user_id, turn.conversation_id
        ahead, outcome, cancelled, withdrawn, messages, preferences = await self._redis.run(
            "load",
            [
                keys.open_turns(user, conversation),
                keys.turn(turn.turn_id),
                keys.order(user, conversation),
                keys.messages(user, conversation),
                keys.preferences(user),
                keys.ephemeral(user, conversation),
            ],
            [
                *(turn.turn_id, limit, keys.TURN_PREFIX, _now_ms(), turn.memory),
                *(turn.order, "" if turn.branch_from is None else turn.branch_from),
            ],
        )
        newest = sorted(_live(messages), key=lambda message: message.order)
        return TurnContext(
            ahead=ahead or None,
            outcome=Outcome.model_validate_json(outcome) if outcome else None,
            cancelled=bool(cancelled),
            withdrawn=bool(withdrawn),
            messages=tuple(newest[-limit:]) if limit else (),
            preferences=_preferences(_pairs(preferences)),
        )

    async def conversation(
        self, user_id: str, conversation_id: str, *, limit: int, before: str = ""
    ) -> tuple[ConversationMemory | None, str | None]:
        """Return a page of a conversation, and the id of a turn that ended but is not in it yet.

        `before` is a message id; the page ends with the message before it. None where there is
        no such conversation of this user.
        """
        fields, messages, ended = await self._redis.run(
            "conversation",
            [
                keys.conversation(user_id, conversation_id),
                keys.order(user_id, conversation_id),
                keys.messages(user_id, conversation_id),
                keys.open_turns(user_id, conversation_id),
            ],
            [limit, before, keys.TURN_PREFIX],
        )
        meta = _pairs(fields)
        if "messages" not in meta:
            return None, ended or None
        memory = _conversation(user_id, conversation_id, meta, _live(messages))
        return memory, ended or None

    async def conversations(
        self, user_id: str, *, limit: int, offset: int
    ) -> tuple[list[ConversationMemory], int | None]:
        """Return a user's conversations, newest first, and the offset of the next page if any."""
        ids = await self._redis.members(keys.user_conversations(user_id), offset, offset + limit)
        found = await self._redis.hashes([keys.conversation(user_id, i) for i in ids[:limit]])
        rows = [
            _conversation(user_id, conversation_id, meta, ())
            for conversation_id, meta in zip(ids, found, strict=False)
            if "messages" in meta
        ]
        return rows, offset + limit if len(ids) > limit else None

    async def user(self, user_id: str) -> UserMemory | None:
        """Return what is known of a user, or None where nothing is."""
        meta, preferences = await self._redis.hashes(
            [keys.user(user_id), keys.preferences(user_id)]
        )
        if not meta:
            return None
        conversation_ids = await self._redis.members(keys.user_conversations(user_id), 0, 999)
        return UserMemory(
            user_id=user_id,
            preferences=_preferences(preferences),
            conversation_ids=tuple(conversation_ids),
            created_at=_time(meta["created_ms"]),
            last_active=_time(meta["active_ms"]),
        )

    async def statistics(self) -> Statistics:
        """Count what lives in Redis, without looking at any conversation."""
        conversations, users, messages = await self._redis.run(
            "stats",
            [keys.LIVE_CONVERSATIONS, keys.LIVE_MESSAGES, keys.TOTALS, keys.LIVE_USERS],
            [_now_ms()],
        )
        return Statistics(
            conversations=conversations,
            users=users,
            messages=messages,
            redis_memory_bytes=await self._redis.memory_bytes(),
        )

    async def ping(self) -> None:
        """Return when Redis answers."""
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()


def _ending(closed: TurnClosed | None) -> list[Argument]:
    """Return outcome, status, place, and the place from which the turn supersedes messages."""
    if closed is None:
        return ["", "", "", ""]
    turn, outcome = closed.turn, known_outcome(closed)
    branch = turn.branch_from if outcome.status in {"completed", "cancelled"} else None
    return [
        outcome.model_dump_json(),
        outcome.status,
        turn.order,
        "" if branch is None or closed.question is None else branch,
    ]


def _row(message: Message, sequence: int) -> list[Argument]:
    return [
        message.message_id,
        f"{sequence:016x}:{message.message_id}",
        message.order,
        message.tokens or 0,
        _ms(message.time),
        message.model_dump_json(exclude_defaults=True),
    ]


def _live(raw: Sequence[str]) -> tuple[Message, ...]:
    now = datetime.now(UTC)
    messages = (Message.model_validate_json(text) for text in raw)
    return tuple(m for m in messages if m.expires_at is None or m.expires_at > now)


def _conversation(
    user_id: str, conversation_id: str, meta: Mapping[str, str], messages: tuple[Message, ...]
) -> ConversationMemory:
    return ConversationMemory(
        conversation_id=conversation_id,
        user_id=user_id,
        messages=messages,
        message_count=int(meta["messages"]),
        total_tokens=int(meta["tokens"]),
        created_at=_time(meta["created_ms"]),
        updated_at=_time(meta["updated_ms"]),
        expires_at=_time(meta["expires_ms"]),
    )


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _preferences(raw: Mapping[str, str]) -> Preferences:
    decoded = {key: json.loads(stored.split(" ", 2)[2]) for key, stored in sorted(raw.items())}
    return {key: value for key, value in decoded.items() if value is not None}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _ms(moment: datetime) -> int:
    return _us(moment) // 1000


def _time(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
