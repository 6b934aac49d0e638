"""The turn record: where a turn stands, what the model was sent, and how it ended.

One Redis hash a turn, kept for 24 hours. The first outcome that is stored is the turn's outcome,
so that two workers that both believe they finished agree on what the client is told.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.contracts.ids import new_id
from shared.contracts.parts import MemoryMode, Outcome, Prompt, Receipt, TurnRef
from shared.memory import keys
from shared.memory.barrier import fingerprint
from shared.memory.connection import RedisConnection
from shared.memory.messages import turn_messages
from shared.settings import Settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECORD_TTL_S = 24 * 3600
INCOGNITO_TTL_S = 2 * 3600
EPHEMERAL_MESSAGES = 200
"""How many messages of an incognito conversation are kept: more than any prompt holds."""


def ttl_s(memory: MemoryMode) -> int:
    """Return how long a turn's record is kept, in seconds: shorter where nothing may stay."""
    return RECORD_TTL_S if memory == "full" else INCOGNITO_TTL_S


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's Idempotency-Key as a hash, and the fingerprint of the body that came with it."""

    key_hash: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """A turn to open. `conversation_id` None continues the user's latest conversation.

    `replaces` is the id of a message: it and what follows it are superseded by this turn;
    `replaces_place` is from where on, for a message that only the record holds.
    """

    user_id: str
    gateway_id: str
    question: str
    conversation_id: str | None = None
    memory: MemoryMode = "full"
    replaces: str | None = None
    replaces_place: int | None = None
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An accepted turn; `before` is its record where its Idempotency-Key had come before."""

    ref: TurnRef
    before: "TurnRecord | None" = None


class TurnRefusedError(Exception):
    """A turn was not accepted, and nothing of it was kept."""


class OtherBodyError(TurnRefusedError):
    """The Idempotency-Key came with another body before."""


class TurnGoneError(TurnRefusedError):
    """The turn of the Idempotency-Key was incognito, and nothing of it is kept any more."""


class NoSuchMessageError(TurnRefusedError):
    """The message to replace is not in the conversation."""


class TooManyTurnsError(TurnRefusedError):
    """The user has as many open turns as one may have. `retry_after_s`: when to come back."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class TooLongWaitError(TurnRefusedError):
    """The model is expected to be busy for longer than a turn may wait."""

    def __init__(self, expected_s: float, retry_after_s: int) -> None:
        super().__init__(f"expected wait {expected_s:.0f} s")
        self.expected_s = expected_s
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Begun:
    """What the record said when generation began: it must not, or which attempt it is."""

    outcome: Outcome | None = None
    cancelled: bool = False
    withdrawn: bool = False
    attempt: int = 1


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
    withdrawn: bool = False


class LiveTurn(BaseModel):
    """An open turn, without what was said in it; `status` is queued or running."""

    model_config = ConfigDict(frozen=True)

    ref: TurnRef
    status: str
    attempt: int = 0


class TurnRecords:
    """The turn records in Redis. Every method is one round trip and raises DependencyDownError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = RedisConnection(settings)

    async def open(self, new: NewTurn, *, idle_s: float, max_turns: int) -> Opened:
        """Accept a turn into its conversation and return where it stands.

        `idle_s` is how long a conversation stays the user's latest one after its last turn,
        `max_turns` how many turns a user may have open. Raises TurnRefusedError.
        """
        turn_id, settings, kept = new_id(), self._settings, new.memory == "full"
        user = new.user_id
        places = [keys.LIVE_TURNS, keys.user_turns(user), keys.PACE, keys.turn_records(user)]
        place = "" if new.replaces_place is None else new.replaces_place
        latest = keys.latest(user) if kept else keys.latest_incognito(user)
        replaceable = keys.messages_prefix(user) if kept else keys.ephemeral_prefix(user)
        known = new.idempotency
        answer = await self._redis.run(
            "open_turn",
            [latest, keys.turn(turn_id), *places, *_idempotency_keys(new)],
            [
                *(turn_id, new.conversation_id or "", new_id(), keys.open_prefix(user)),
                *(replaceable, int(kept), round(idle_s * 1000), self._lifetime_ms),
                ttl_s(new.memory),
                *(max_turns, settings.llm_slots, round(settings.queue_max_wait_s * 1000)),
                *(known.fingerprint if known else "", RECORD_TTL_S, new.replaces or ""),
                *(keys.TURN_PREFIX, place),
                *("user_id", user, "gateway_id", new.gateway_id),
                *("memory", new.memory, "question", new.question),
            ],
        )
        match answer:
            case ["opened", conversation, order, branch]:
                ref = self._ref(new, turn_id, conversation, int(order))
                branch_from = int(branch) if branch else None
                return Opened(ref.model_copy(update={"branch_from": branch_from}))
            case ["again", known_id]:
                return await self._again(known_id)
            case ["too-many", mean_ms]:
                raise TooManyTurnsError(_seconds(mean_ms))
            case ["too-long", expected_ms]:
                over = float(expected_ms) - settings.queue_max_wait_s * 1000
                raise TooLongWaitError(float(expected_ms) / 1000, _seconds(over))
            case ["other-body"]:
                raise OtherBodyError
            case ["gone"]:
                raise TurnGoneError
        raise NoSuchMessageError

    async def _again(self, turn_id: str) -> Opened:
        record = await self.get(turn_id)
        if record is None:
            raise TurnGoneError
        return Opened(record.ref, record)

    @property
    def _lifetime_ms(self) -> int:
        return round((self._settings.queue_max_wait_s + self._settings.turn_hard_cap_s) * 1000)

    def open_unordered(self, new: NewTurn) -> TurnRef:
        """Accept a turn while Redis is away: without a record, and without its order kept."""
        return self._ref(new, new_id(), new.conversation_id or new_id(), time.time_ns() // 1000)

    def _ref(self, new: NewTurn, turn_id: str, conversation_id: str, order: int) -> TurnRef:
        return TurnRef(
            turn_id=turn_id,
            user_id=new.user_id,
            conversation_id=conversation_id,
            gateway_id=new.gateway_id,
            accepted_at=_microseconds(order),
            deadline=_microseconds((order // 1000 + self._lifetime_ms) * 1000),
            order=order,
            memory=new.memory,
        )

    async def begin(
        self, turn: TurnRef, *, prompt: Prompt, receipt: Receipt, deliveries: int
    ) -> Begun:
        """Keep the prompt as it is sent, unless the turn has ended or was cancelled.

        `deliveries` of the turn's message bound the attempt from below.
        """
        outcome, cancelled, withdrawn, attempt = await self._redis.run(
            "begin_turn",
            [keys.turn(turn.turn_id), keys.barrier(turn.user_id)],
            [
                prompt.model_dump_json(exclude_none=True),
                receipt.model_dump_json(),
                deliveries,
                ttl_s(turn.memory),
                *(fingerprint(turn.conversation_id), turn.order, turn.turn_id),
            ],
        )
        ended = Outcome.model_validate_json(outcome) if outcome else None
        return Begun(ended, bool(cancelled), bool(withdrawn), int(attempt))

    async def finish(
        self, turn: TurnRef, outcome: Outcome, *, question: str | None, replace: bool = False
    ) -> Outcome:
        """Store how a turn ended, and return the outcome that counts: the first one stored.

        `replace` overwrites it: the closing event, once stored, says what counts. What an
        incognito turn said is kept here for two hours, and nowhere else.
        """
        stored = await self._redis.run(
            "finish_turn",
            [
                keys.turn(turn.turn_id),
                keys.LIVE_TURNS,
                keys.user_turns(turn.user_id),
                keys.PACE,
                keys.ephemeral(turn.user_id, turn.conversation_id),
                keys.barrier(turn.user_id),
                *([keys.said(turn.user_id)] if question and turn.memory == "full" else []),
            ],
            [
                *(turn.turn_id, outcome.model_dump_json(), outcome.status, ttl_s(turn.memory)),
                *(int(replace), INCOGNITO_TTL_S, EPHEMERAL_MESSAGES),
                "" if turn.branch_from is None else turn.branch_from,
                *(fingerprint(turn.conversation_id), turn.order),
                *_ephemeral_rows(turn, outcome, question),
            ],
        )
        return Outcome.model_validate_json(stored)

    async def cancel(self, turn_id: str) -> None:
        """Mark a turn as stopped by its user, for whichever worker takes it next."""
        await self._redis.run("cancel_turn", [keys.turn(turn_id)], [])

    async def withdraw(self, turn: TurnRef) -> bool:
        """Take back a turn that could not be handed on; its conversation goes on without it.

        Returns False where it was handed on after all: a worker has it.
        """
        taken_back = await self._redis.run(
            "withdraw_turn",
            [
                keys.turn(turn.turn_id),
                keys.open_turns(turn.user_id, turn.conversation_id),
                keys.LIVE_TURNS,
                keys.user_turns(turn.user_id),
            ],
            [turn.turn_id],
        )
        return bool(taken_back)

    async def free_key(self, turn_id: str) -> None:
        """Let the Idempotency-Key of a turn that nobody ever worked on stand for a new turn."""
        await self._redis.run("free_key", [keys.turn(turn_id)], [turn_id])

    async def get(self, turn_id: str) -> TurnRecord | None:
        """Return a turn's record, or None where there is none (any more)."""
        return _record(turn_id, (await self._redis.hashes([keys.turn(turn_id)]))[0])

    async def live(
        self, *, before: datetime | None = None, limit: int = 64
    ) -> dict[str, LiveTurn | None]:
        """Return the open turns by id, oldest first; None for one whose record is gone.

        `before` leaves those out whose deadline comes later.
        """
        until = "+inf" if before is None else before.timestamp() * 1000
        found = await self._redis.run(
            "live_turns", [keys.LIVE_TURNS], [limit, keys.TURN_PREFIX, until, *_LIVE_FIELDS]
        )
        return {
            turn_id: _live(turn_id, values)
            for turn_id, values in zip(found[::2], found[1::2], strict=True)
        }

    async def waiting(self) -> int:
        """Return how many turns are open, of all users; those over age are the janitor's."""
        return len(await self._redis.members_above(keys.LIVE_TURNS, time.time_ns() // 1_000_000))

    async def forget_live(self, turn_id: str) -> None:
        """Count a turn as open no more: its record is gone."""
        await self._redis.remove(keys.LIVE_TURNS, turn_id)

    async def ping(self) -> None:
        """Return when Redis answers."""
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()


def _microseconds(since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_1970)


def _ref_of(turn_id: str, raw: Mapping[str, str]) -> TurnRef:
    order = int(raw["order"])
    return TurnRef(
        turn_id=turn_id,
        user_id=raw["user_id"],
        conversation_id=raw["conversation_id"],
        gateway_id=raw["gateway_id"],
        accepted_at=_microseconds(order),
        deadline=_microseconds(int(raw["deadline_ms"]) * 1000),
        order=order,
        memory=TypeAdapter(MemoryMode).validate_python(raw["memory"]),
        branch_from=int(raw["branch_from"]) if "branch_from" in raw else None,
    )


_LIVE_FIELDS = (
    *("user_id", "conversation_id", "gateway_id", "order", "deadline_ms", "memory", "branch_from"),
    *("status", "attempt"),
)


def _live(turn_id: str, values: Sequence[str | None]) -> LiveTurn | None:
    found = zip(_LIVE_FIELDS, values, strict=True)
    raw = {name: value for name, value in found if value is not None}
    if "order" not in raw:
        return None
    attempt = int(raw.get("attempt", 0))
    return LiveTurn(ref=_ref_of(turn_id, raw), status=raw["status"], attempt=attempt)


def _record(turn_id: str, raw: Mapping[str, str]) -> TurnRecord | None:
    if "order" not in raw:
        return None
    return TurnRecord(
        ref=_ref_of(turn_id, raw),
        question=raw["question"],
        status=raw["status"],
        attempt=int(raw.get("attempt", 0)),
        prompt=Prompt.model_validate_json(raw["prompt"]) if "prompt" in raw else None,
        receipt=Receipt.model_validate_json(raw["receipt"]) if "receipt" in raw else None,
        outcome=Outcome.model_validate_json(raw["outcome"]) if "outcome" in raw else None,
        withdrawn="withdrawn" in raw,
    )


def _idempotency_keys(new: NewTurn) -> list[str]:
    return [keys.idempotency(new.user_id, new.idempotency.key_hash)] if new.idempotency else []


def _ephemeral_rows(turn: TurnRef, outcome: Outcome, question: str | None) -> list[Any]:
    """Return what an incognito turn keeps: nothing of one that failed, or that is not one."""
    if (
        question is None
        or turn.memory == "full"
        or outcome.status not in {"completed", "cancelled"}
    ):
        return []
    said = turn_messages(turn, outcome, question)
    return [
        field
        for message in said
        for field in (message.order, message.model_dump_json(exclude_defaults=True))
    ]


def _seconds(milliseconds: str | float) -> int:
    return max(1, math.ceil(float(milliseconds) / 1000))
