"""The turn record: where a turn stands, what the model was sent, and how it ended.

One Redis hash a turn, kept for 24 hours. The first outcome that is stored is the turn's outcome,
so that two workers that both believe they finished agree on what the client is told.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.contracts.events import MemoryMode, Outcome, Prompt, Receipt, TurnRef
from shared.contracts.ids import new_id
from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.settings import Settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECORD_TTL_S = 24 * 3600
INCOGNITO_TTL_S = 2 * 3600


def ttl_s(memory: MemoryMode) -> int:
    """Return how long a turn's record is kept, in seconds: shorter where nothing may stay."""
    return RECORD_TTL_S if memory == "full" else INCOGNITO_TTL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """A turn to open. `conversation_id` None continues the user's latest conversation."""

    user_id: str
    gateway_id: str
    question: str
    conversation_id: str | None = None
    memory: MemoryMode = "full"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the record said when generation began: nothing, an outcome, or a cancellation."""

    outcome: Outcome | None = None
    cancelled: bool = False


class TurnRecord(BaseModel):
    """A turn as its record tells it; `status` is an outcome's, or queued or running."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ref: TurnRef
    question: str
    status: str
    prompt: Prompt | None = None
    receipt: Receipt | None = None
    outcome: Outcome | None = None
    attempt: int = 0


class TurnRecords:
    """The turn records in Redis. Every method is one round trip and raises DependencyDownError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = RedisConnection(settings)

    async def open(self, new: NewTurn, *, idle_s: float) -> TurnRef:
        """Accept a turn into its conversation and return where it stands.

        `idle_s` is how long a conversation stays the user's latest one after its last turn.
        """
        turn_id, fresh = new_id(), new_id()
        lifetime_s = self._settings.queue_max_wait_s + self._settings.turn_hard_cap_s
        conversation_id, order = await self._redis.run(
            "open_turn",
            [keys.latest(new.user_id), keys.turn(turn_id)],
            [
                turn_id,
                new.conversation_id or "",
                fresh,
                keys.open_prefix(new.user_id),
                round(idle_s * 1000) if new.memory == "full" else 0,
                round(lifetime_s * 1000),
                ttl_s(new.memory),
                *("user_id", new.user_id, "gateway_id", new.gateway_id),
                *("memory", new.memory, "question", new.question),
            ],
        )
        return self._ref(new, turn_id, conversation_id, int(order))

    def open_unordered(self, new: NewTurn) -> TurnRef:
        """Accept a turn while Redis is away: without a record, and without its order kept."""
        return self._ref(new, new_id(), new.conversation_id or new_id(), time.time_ns() // 1000)

    def _ref(self, new: NewTurn, turn_id: str, conversation_id: str, order: int) -> TurnRef:
        lifetime_s = self._settings.queue_max_wait_s + self._settings.turn_hard_cap_s
        return TurnRef(
            turn_id=turn_id,
            user_id=new.user_id,
            conversation_id=conversation_id,
            gateway_id=new.gateway_id,
            accepted_at=_microseconds(order),
            deadline=_microseconds((order // 1000 + round(lifetime_s * 1000)) * 1000),
            order=order,
            memory=new.memory,
        )

    async def begin(
        self, turn: TurnRef, *, prompt: Prompt, receipt: Receipt, attempt: int
    ) -> Begun:
        """Keep the prompt as it is sent, unless the turn has ended or was cancelled."""
        outcome, cancelled = await self._redis.run(
            "begin_turn",
            [keys.turn(turn.turn_id)],
            [
                prompt.model_dump_json(exclude_none=True),
                receipt.model_dump_json(),
                attempt,
                ttl_s(turn.memory),
            ],
        )
        return Begun(Outcome.model_validate_json(outcome) if outcome else None, bool(cancelled))

    async def finish(self, turn: TurnRef, outcome: Outcome) -> Outcome:
        """Store how a turn ended, and return the outcome that counts: the first one stored."""
        stored = await self._redis.run(
            "finish_turn",
            [keys.turn(turn.turn_id)],
            [outcome.model_dump_json(), outcome.status, ttl_s(turn.memory)],
        )
        return Outcome.model_validate_json(stored)

    async def cancel(self, turn_id: str) -> None:
        """Mark a turn as stopped by its user, for whichever worker takes it next."""
        await self._redis.run("cancel_turn", [keys.turn(turn_id)], [])

    async def withdraw(self, turn: TurnRef) -> None:
        """Take back a turn that could not be handed on; its conversation goes on without it."""
        await self._redis.run(
            "withdraw_turn",
            [keys.turn(turn.turn_id), keys.open_turns(turn.user_id, turn.conversation_id)],
            [turn.turn_id],
        )

    async def get(self, turn_id: str) -> TurnRecord | None:
        """Return a turn's record, or None where there is none (any more)."""
        raw = (await self._redis.hashes([keys.turn(turn_id)]))[0]
        if "order" not in raw:
            return None
        order = int(raw["order"])
        ref = TurnRef(
            turn_id=turn_id,
            user_id=raw["user_id"],
            conversation_id=raw["conversation_id"],
            gateway_id=raw["gateway_id"],
            accepted_at=_microseconds(order),
            deadline=_microseconds(int(raw["deadline_ms"]) * 1000),
            order=order,
            memory=TypeAdapter(MemoryMode).validate_python(raw["memory"]),
        )
        return TurnRecord(
            ref=ref,
            question=raw["question"],
            status=raw["status"],
            attempt=int(raw.get("attempt", 0)),
            prompt=Prompt.model_validate_json(raw["prompt"]) if "prompt" in raw else None,
            receipt=Receipt.model_validate_json(raw["receipt"]) if "receipt" in raw else None,
            outcome=Outcome.model_validate_json(raw["outcome"]) if "outcome" in raw else None,
        )

    async def ping(self) -> None:
        """Return when Redis answers."""
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()


def _microseconds(since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_1970)
