"""Forgetting in Redis: watermarks, conversations, messages, turn records, and receipts."""

from datetime import datetime, timedelta

from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.memory.models import ForgetReceipt
from shared.memory.redis_rows import us
from shared.memory.turns import TurnRecord, TurnRecords
from shared.memory.working_facts import WorkingFacts
from shared.memory.working_summaries import WorkingSummaries
from shared.settings import Settings

BARRIER_TTL = timedelta(days=45)
"""Longer than any stream keeps an event that could bring something back (30 days)."""

RECEIPT_TTL_S = 24 * 3600


class WorkingEraser:
    """Deletes from Redis. Methods raise DependencyDownError. For memory_writer only."""

    def __init__(self, settings: Settings, records: TurnRecords) -> None:
        self._records = records
        self._redis = RedisConnection(settings)
        self.facts = WorkingFacts(self._redis, settings)
        self._summarized = WorkingSummaries(self._redis)
        self._has_record = bool(settings.database_url)

    async def raise_barrier(
        self,
        user_id: str,
        conversation: str,
        message_id: str,
        until: datetime,
        *,
        fact_id: str = "",
    ) -> None:
        """Drop from now on what was caused until then.

        `conversation` is a fingerprint; '' stands for all, as an empty `message_id` does. With a
        `fact_id` that fact alone is meant.
        """
        field = f"m:{conversation}:{message_id}" if message_id else f"c:{conversation}"
        if fact_id:
            field = f"f:{fact_id}"
        elif not conversation:
            field = "*"
        await self._redis.run(
            "raise_barrier",
            [keys.barrier(user_id)],
            [field, us(until), int(BARRIER_TTL.total_seconds())],
        )

    async def records(self, user_id: str) -> list[TurnRecord]:
        """Return the records of a user's turns."""
        ids = await self._redis.members(keys.turn_records(user_id), 0, -1)
        found = [await self._records.get(turn_id) for turn_id in ids]
        return [record for record in found if record is not None]

    async def conversation_ids(self, user_id: str) -> list[str]:
        """Return the conversations that Redis knows of a user."""
        return await self._redis.members(keys.user_conversations(user_id), 0, -1)

    async def forget_turn(self, record: TurnRecord) -> int:
        """Remove a turn's record; returns the number of keys."""
        turn = record.ref
        return int(
            await self._redis.run(
                "forget_turn",
                [
                    keys.turn(turn.turn_id),
                    keys.open_turns(turn.user_id, turn.conversation_id),
                    keys.LIVE_TURNS,
                    keys.user_turns(turn.user_id),
                    keys.turn_records(turn.user_id),
                ],
                [turn.turn_id],
            )
        )

    async def forget_prompt(self, record: TurnRecord) -> None:
        """Remove what a turn's model was told: it may repeat what was forgotten."""
        outcome = record.outcome
        told = outcome is not None and outcome.receipt is not None
        without = outcome.model_copy(update={"receipt": None}) if outcome and told else None
        await self._redis.run(
            "forget_prompt",
            [keys.turn(record.ref.turn_id)],
            [without.model_dump_json() if without else ""],
        )

    async def forget_conversation(self, user_id: str, conversation_id: str) -> int:
        """Remove a conversation; returns the number of keys."""
        return int(
            await self._redis.run(
                "forget_conversation",
                [
                    keys.conversation(user_id, conversation_id),
                    keys.messages(user_id, conversation_id),
                    keys.order(user_id, conversation_id),
                    keys.branches(user_id, conversation_id),
                    keys.ephemeral(user_id, conversation_id),
                    keys.LIVE_CONVERSATIONS,
                    keys.LIVE_MESSAGES,
                    keys.TOTALS,
                    keys.user_conversations(user_id),
                    keys.EXPIRING,
                    keys.latest(user_id),
                    keys.latest_incognito(user_id),
                    keys.changes(user_id, conversation_id),
                    keys.ENDS,
                    keys.topics(user_id, conversation_id),
                    keys.arrived(user_id),
                    *self._tallies(user_id),
                ],
                [keys.member(user_id, conversation_id), conversation_id],
            )
        )

    async def forget_message(self, user_id: str, conversation_id: str, message_id: str) -> int:
        """Remove one message; returns 1 where it was there."""
        return int(
            await self._redis.run(
                "forget_message",
                [
                    keys.conversation(user_id, conversation_id),
                    keys.messages(user_id, conversation_id),
                    keys.order(user_id, conversation_id),
                    keys.LIVE_MESSAGES,
                    keys.TOTALS,
                    keys.EXPIRING,
                    keys.topics(user_id, conversation_id),
                    keys.arrived(user_id),
                    *self._tallies(user_id),
                ],
                [keys.member(user_id, conversation_id), message_id, conversation_id],
            )
        )

    async def drop_summaries(self, user_id: str, conversation_id: str | None) -> None:
        """Take away what the record's summaries have brought since Redis forgot.

        None stands for all conversations of the user. The record must have forgotten by now.
        """
        all_of_them = conversation_id is None
        for one in await self.conversation_ids(user_id) if all_of_them else [conversation_id]:
            if one is not None:
                await self._summarized.drop(user_id, one)

    def _tallies(self, user_id: str) -> tuple[str, ...]:
        """Return where topics are counted, too, where Redis is all there is."""
        return () if self._has_record else keys.tallies(user_id)

    async def forget_user(self, user_id: str) -> int:
        """Remove what is a user's own beside conversations and turns; returns the keys."""
        await self._redis.remove(keys.LIVE_USERS, user_id)
        await self._redis.remove(keys.FOLDING, user_id)
        return await self._redis.delete(
            [
                keys.user(user_id),
                keys.preferences(user_id),
                keys.claims(user_id),
                keys.facts(user_id),
                keys.said(user_id),
                keys.user_conversations(user_id),
                keys.arrived(user_id),
                keys.latest(user_id),
                keys.latest_incognito(user_id),
            ]
        )

    async def keep_receipt(self, event_id: str, receipt: ForgetReceipt) -> None:
        """Keep what came of a request to forget, for a day."""
        await self._redis.put(
            keys.receipt(event_id), receipt.model_dump_json(), ttl_s=RECEIPT_TTL_S
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
