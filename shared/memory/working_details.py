"""Conversations in Redis but for their messages: what was set by hand, titles, topics."""

from collections.abc import Sequence
from datetime import datetime

from shared.contracts.memory import ConversationChanged
from shared.memory import keys
from shared.memory.barrier import fingerprint
from shared.memory.changes import fields_of, has_ended, redis_row, stored_values, with_changes
from shared.memory.connection import RedisConnection
from shared.memory.models import Appended, ConversationMemory, SetField
from shared.memory.redis_rows import conversation_of, ms, now_ms, pairs
from shared.memory.titles import READ, title_of
from shared.memory.topics import heaviest
from shared.settings import Settings

_BYTES = 2 * READ
"""A letter has two bytes at most, in the languages that titles are cut in."""

_ENDED_AT_ONCE = 100


class WorkingDetails:
    """What belongs to a conversation. Methods raise DependencyDownError."""

    def __init__(self, redis: RedisConnection, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._has_record = int(bool(settings.database_url))

    async def change(self, event: ConversationChanged, *, sequence: int) -> Appended:
        """Set what was changed by hand; for each field the latest change wins."""
        return await self.put_changes(
            event.user_id,
            event.conversation_id,
            fields_of(event, sequence),
            recorded_at=event.imported_at or event.at,
        )

    async def put_changes(
        self,
        user_id: str,
        conversation_id: str,
        fields: Sequence[SetField],
        *,
        recorded_at: datetime,
    ) -> Appended:
        """Set fields of a conversation, what was forgotten since it was caused left out."""
        left_out, partial = await self._redis.run(
            "change",
            [
                keys.changes(user_id, conversation_id),
                keys.conversation(user_id, conversation_id),
                keys.messages(user_id, conversation_id),
                keys.order(user_id, conversation_id),
                keys.branches(user_id, conversation_id),
                keys.topics(user_id, conversation_id),
                keys.LIVE_CONVERSATIONS,
                keys.barrier(user_id),
                keys.ENDS,
            ],
            [
                *(keys.member(user_id, conversation_id), fingerprint(conversation_id)),
                *(ms(recorded_at), now_ms(), self._settings.conversation_ttl_s * 1000),
                self._has_record,
                *(argument for field in fields for argument in redis_row(field)),
            ],
        )
        return Appended(0, left_out, partial, 0)

    async def ended(self) -> list[tuple[str, str, datetime]]:
        """Return user, conversation and end of conversations whose end, set by hand, is over."""
        members = await self._redis.members_until(keys.ENDS, now_ms(), _ENDED_AT_ONCE)
        places = [(user, conversation) for user, _, conversation in map(_parted, members)]
        found = await self._redis.hashes([keys.changes(*place) for place in places])
        over = []
        for member, place, raw in zip(members, places, found, strict=True):
            ends = stored_values(raw).get("expires_at")
            moment = None if ends is None else datetime.fromisoformat(ends)
            if moment is None:
                # It has left Redis by itself.
                await self._redis.remove(keys.ENDS, member)
            elif ms(moment) <= now_ms():
                over.append((*place, moment))
        return over


async def summaries(
    redis: RedisConnection, user_id: str, conversation_ids: Sequence[str]
) -> list[ConversationMemory]:
    """Return those of some conversations that live in Redis, without their messages."""
    if not conversation_ids:
        return []
    names = (keys.conversation, keys.order, keys.messages, keys.changes, keys.topics)
    found = await redis.run(
        "summaries",
        [keys.EXPIRING, *(name(user_id, one) for one in conversation_ids for name in names)],
        [now_ms(), _BYTES, *(keys.member(user_id, one) for one in conversation_ids)],
    )
    told = [
        _summary(user_id, conversation_id, *parts)
        for conversation_id, parts in zip(conversation_ids, found, strict=True)
        if "messages" in parts[0][::2]
    ]
    # What has ended is forgotten within seconds.
    return [memory for memory in told if not has_ended(memory)]


def _summary(
    user_id: str,
    conversation_id: str,
    fields: Sequence[str],
    changes: Sequence[str],
    topics: Sequence[str],
    first_said: str,
) -> ConversationMemory:
    counts = {topic: int(told.split(" ")[0]) for topic, told in pairs(topics).items()}
    memory = conversation_of(user_id, conversation_id, pairs(fields), ()).model_copy(
        update={
            "title": title_of(first_said),
            "topics": heaviest(counts),
            "summary": pairs(fields).get("summary"),
        }
    )
    return with_changes(memory, stored_values(pairs(changes)))


def _parted(member: str) -> tuple[str, str, str]:
    return member.partition(":")
