"""Lets a turn in, or tells its client why not and when to come back."""

import hashlib
from contextlib import suppress
from dataclasses import replace

from services.gateway.dependencies import Gateway
from services.gateway.problems import ProblemError
from services.gateway.schemas import ChatBody
from shared.contracts.parts import Problem
from shared.memory.turns import (
    Idempotency,
    NewTurn,
    NoSuchMessageError,
    Opened,
    OtherBodyError,
    TooLongWaitError,
    TooManyTurnsError,
    TurnGoneError,
    TurnRefusedError,
)


def idempotency(key: str | None, asked: ChatBody) -> Idempotency | None:
    """Return what tells the same request from another one; None without a key."""
    if key is None:
        return None
    return Idempotency(key_hash=_digest(key), fingerprint=_digest(asked.model_dump_json()))


async def open_turn(
    gateway: Gateway, new: NewTurn, *, detached: bool
) -> tuple[Opened, tuple[str, ...]]:
    """Open a turn; returns it with what works in a lesser form.

    `detached` is one whose client does not wait: it must be found again.

    Raises ProblemError where it is refused, and DependencyDownError.
    """
    try:
        try:
            return await gateway.turns.open(new, needs_record=detached)
        except NoSuchMessageError:
            return await _open_again(gateway, new, detached=detached)
    except TurnRefusedError as error:
        raise _refusal(error, gateway) from error


async def _open_again(
    gateway: Gateway, new: NewTurn, *, detached: bool
) -> tuple[Opened, tuple[str, ...]]:
    """Open a turn that replaces a message which Redis does not hold, or did not hold yet."""
    if await _remembered_meanwhile(gateway, new):
        with suppress(NoSuchMessageError):
            return await gateway.turns.open(new, needs_record=detached)
    return await gateway.turns.open(await _from_record(gateway, new), needs_record=detached)


async def _from_record(gateway: Gateway, new: NewTurn) -> NewTurn:
    """Return the turn with the place of the message that it replaces. Raises NoSuchMessageError."""
    found = None
    if new.memory == "full" and new.conversation_id is not None and new.replaces is not None:
        found = await gateway.memory.place_of(new.user_id, new.conversation_id, new.replaces)
    if found is None:
        raise NoSuchMessageError
    place, role = found
    # As `open_turn.lua` has it: a reply's question is replaced, too.
    is_reply = role == "assistant" and (new.replaces or "").endswith("-a")
    return replace(new, replaces_place=place - 1 if is_reply else place)


async def _remembered_meanwhile(gateway: Gateway, new: NewTurn) -> bool:
    """Wait for the messages of a turn whose client was told a moment before they were kept."""
    turn_id = (new.replaces or "").rpartition("-")[0]
    record = await gateway.turns.get(turn_id, user_id=new.user_id)
    if record is None or record.outcome is None:
        return False
    # The wake-up may be lost; the store knows.
    await gateway.wakeups.wait(turn_id, timeout_s=gateway.settings.visible_wait_s)
    return True


def _refusal(error: TurnRefusedError, gateway: Gateway) -> ProblemError:
    settings = gateway.settings
    match error:
        case OtherBodyError():
            detail = "This Idempotency-Key came with another body before. Use a new key."
            return _problem("Key used before", 422, detail)
        case TurnGoneError():
            detail = "The turn of this Idempotency-Key was incognito: nothing of it is left."
            return _problem("Gone", 410, detail)
        case TooManyTurnsError():
            detail = (
                f"You have {settings.max_turns_per_user} open turns, the most allowed "
                "(MAX_TURNS_PER_USER). Wait for one of them."
            )
            return _problem("Too many open turns", 429, detail, error.retry_after_s)
        case TooLongWaitError():
            detail = (
                f"The model is busy for about {error.expected_s:.0f} s, longer than a turn may "
                f"wait ({settings.queue_max_wait_s:g} s, QUEUE_MAX_WAIT). Try again later."
            )
            return _problem("The queue is too long", 503, detail, error.retry_after_s)
    detail = "There is no message with the id in `replaces` in this conversation."
    return _problem("No such message", 404, detail)


def _problem(
    title: str, status: int, detail: str, retry_after_s: int | None = None
) -> ProblemError:
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else None
    return ProblemError(Problem(title=title, status=status, detail=detail), headers=headers)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
