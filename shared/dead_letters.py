"""The dead letters: what could not be handled, to look at, to retry and to delete.

A letter's id is its sequence in the stream DEAD. A retry publishes the message on its old subject
again, with the sequence that it had at first, so that it takes its old place; the letter goes only
when NATS has stored the message. Doing it twice stores nothing twice: the message id is made of
the letter's, and every projection ignores an event that it knows.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError
from pydantic import AwareDatetime, BaseModel, JsonValue, ValidationError

from shared.broker import FIRST_SEQUENCE, Bus
from shared.contracts.events import DeadLettered
from shared.contracts.ids import SUBJECT_TOKEN
from shared.contracts.subjects import DEAD, SUBJECTS, Subject
from shared.failures import DependencyDownError

if TYPE_CHECKING:
    from shared.contracts.parts import Part

STREAM = "DEAD"
MAX_LIMIT = 1_000
"""Letters of one page at most."""

PAGE_BYTES = 8 * 1024 * 1024
"""A page ends early when its payloads are this large, in bytes."""

# nats-server's API error codes: no message from there on; a message was not deleted.
_NO_MESSAGE = 10037
_NOT_DELETED = 10057
# A letter may be forged: nothing in it may become a header of its own.
_HEADER = re.compile(r"[A-Za-z0-9_-]+")
# Letters of these streams are no work of Membus' own to repeat.
_NOT_WORK = frozenset({None, "DEAD", "ADVISORIES", "TELEMETRY"})
_FOREIGN = "No service of Membus wrote this letter, so nobody knows where it belongs. Delete it."
_DAMAGED = "The letter's payload is damaged and cannot be sent. Delete it, or replace the payload."
_CHAT = (
    "A turn's letter cannot be retried: the turn has failed and its client was told. "
    "Ask the question again, and delete this."
)


class Letter(BaseModel):
    """One dead letter.

    `dead` is None for a message of the stream that no service of Membus wrote; `payload` and
    `payload_base64` (where it is not UTF-8) are then that message's own body. `refusal` says why
    the letter cannot be retried, None where it can.
    """

    id: int
    at: AwareDatetime
    subject: str
    dead: DeadLettered | None
    payload: str | None
    payload_base64: str | None
    refusal: str | None


class LetterPage(BaseModel):
    """Some letters, newest first; `next_cursor` leads to the older ones, None at the end."""

    items: list[Letter]
    next_cursor: str | None


class Retried(BaseModel):
    """A letter went back to its subject; `duplicate` where another click had sent it already."""

    id: int
    subject: str
    duplicate: bool


class NoLetterError(Exception):
    """There is no such letter, or no more."""


class NotRetryableError(Exception):
    """The letter cannot be retried; the text says why and what to do instead."""


class InvalidPayloadError(Exception):
    """A replaced payload is not the subject's event; `field` names where, `problem` what."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class DeadLetters:
    """The stream DEAD.

    `jetstream` returns the present connection's. Every method raises DependencyDownError where
    NATS or the stream is away.
    """

    def __init__(self, *, jetstream: Callable[[], JetStreamContext], bus: Bus) -> None:
        self._jetstream = jetstream
        self._bus = bus

    async def list(self, *, limit: int, before: int | None = None) -> LetterPage:
        """Return up to `limit` letters with an id below `before`, newest first."""
        first, end = await self._range()
        end = end if before is None else min(before, end)
        found: list[Letter] = []
        size = 0
        while (letter := await self._last_before(end, first=first)) is not None:
            if len(found) == limit or size > PAGE_BYTES:
                return LetterPage(items=found, next_cursor=str(end))
            found.append(letter)
            size += len(letter.payload or letter.payload_base64 or "")
            end = letter.id
        return LetterPage(items=found, next_cursor=None)

    async def get(self, letter_id: int) -> Letter:
        """Return one letter. Raises NoLetterError."""
        letter = await self._next(letter_id)
        if letter is None or letter.id != letter_id:
            raise NoLetterError
        return letter

    async def retry(self, letter_id: int, payload: JsonValue = None) -> Retried:
        """Publish a letter's message again, with another payload if one is given; then delete it.

        `payload` is the event as an object, or as its JSON text. Raises NoLetterError,
        NotRetryableError, InvalidPayloadError, QueueFullError, PermanentError (too large).
        """
        letter = await self.get(letter_id)
        returning = _returning(letter)
        body = returning.body() if payload is None else _checked(returning.subject, payload)
        stored = await self._bus.store(
            returning.dead.subject,
            body,
            stream=returning.subject.stream,
            message_id=f"{returning.dead.letter_id}:retry",
            headers=returning.headers(),
        )
        await self._remove(letter_id)
        return Retried(id=letter_id, subject=returning.dead.subject, duplicate=stored.duplicate)

    async def delete(self, letter_id: int) -> None:
        """Delete a letter and overwrite its bytes. Raises NoLetterError."""
        if not await self._remove(letter_id):
            raise NoLetterError

    async def _range(self) -> tuple[int, int]:
        """Return the first id, and the id after the last one."""
        try:
            state = (await self._jetstream().stream_info(STREAM)).state
        except NatsError as error:
            raise _away(error) from error
        return max(1, state.first_seq), state.last_seq + 1

    async def _next(self, sequence: int) -> Letter | None:
        """Return the oldest letter with an id of at least `sequence`."""
        try:
            raw = await self._jetstream().get_msg(
                STREAM, seq=sequence, subject=DEAD.pattern, next=True
            )
        except APIError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise _away(error) from error
        except NatsError as error:
            raise _away(error) from error
        return _letter(raw)

    async def _last_before(self, end: int, *, first: int) -> Letter | None:
        """Return the newest letter with an id below `end`.

        NATS can only look forward. Mostly the very next id is there; across a gap of deleted
        letters it is found by halving.
        """
        if end <= first:
            return None
        letter = await self._next(end - 1)
        if letter is not None and letter.id < end:
            return letter
        low, high, best = first, end - 1, None
        while low < high:
            letter = await self._next(middle := (low + high) // 2)
            if letter is None or letter.id >= high:
                high = middle
            else:
                best, low = letter, letter.id + 1
        return best

    async def _remove(self, letter_id: int) -> bool:
        try:
            return await self._jetstream().delete_msg(STREAM, letter_id)
        except APIError as error:
            # "There is none" has the same code here as a disk that fails.
            if error.err_code == _NOT_DELETED and await self._is_gone(letter_id):
                return False
            raise _away(error) from error
        except NatsError as error:
            raise _away(error) from error

    async def _is_gone(self, letter_id: int) -> bool:
        try:
            await self.get(letter_id)
        except NoLetterError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Returning:
    """What a letter goes back as: headers without those of its old delivery."""

    dead: DeadLettered
    subject: Subject[Any]

    def body(self) -> bytes:
        """Return the message's bytes. Raises NotRetryableError where they are damaged."""
        try:
            if self.dead.payload is not None:
                return self.dead.payload.encode()
            return base64.b64decode(self.dead.payload_base64 or "")
        except ValueError as error:
            raise NotRetryableError(_DAMAGED) from error

    def headers(self) -> dict[str, str]:
        """Return the kept headers, and the sequence by which the message keeps its place."""
        kept = {
            name: value
            for name, value in self.dead.headers.items()
            if _HEADER.fullmatch(name) and not name.startswith("Nats-") and value.isprintable()
        }
        return {**kept, FIRST_SEQUENCE: str(self.dead.sequence)}


def _letter(raw: RawStreamMsg) -> Letter:
    body = raw.data or b""
    try:
        dead = DeadLettered.model_validate_json(body)
        payload, encoded = dead.payload, dead.payload_base64
    except ValidationError:
        dead = None
        payload, encoded = _text(body)
    return Letter(
        id=raw.seq or 0,
        at=raw.time or datetime.now(UTC),
        subject=dead.subject if dead else raw.subject or "",
        dead=dead,
        payload=payload,
        payload_base64=encoded,
        refusal=_refusal(dead),
    )


def _text(body: bytes) -> tuple[str | None, str | None]:
    """Return bytes as text, or in base64 where they are none."""
    try:
        return body.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(body).decode()


def _refusal(dead: DeadLettered | None) -> str | None:
    if dead is None or not SUBJECT_TOKEN.match(dead.letter_id):
        return _FOREIGN
    if dead.subject.startswith("chat."):
        return _CHAT
    if _subject_of(dead.subject) is None:
        return f"Nothing is handled at {dead.subject} (any more). Delete the letter."
    return None


def _returning(letter: Letter) -> _Returning:
    subject = _subject_of(letter.dead.subject) if letter.dead else None
    if letter.refusal is not None or letter.dead is None or subject is None:
        raise NotRetryableError(letter.refusal)
    return _Returning(letter.dead, subject)


def _subject_of(concrete: str) -> Subject[Any] | None:
    """Return the declared subject whose stored events are work and that `concrete` is one of."""
    for subject in SUBJECTS:
        if subject.stream not in _NOT_WORK and _matches(subject, concrete):
            return subject
    return None


def _matches(subject: Subject[Any], concrete: str) -> bool:
    pattern, tokens = subject.wildcard.split("."), concrete.split(".")
    return len(pattern) == len(tokens) and all(
        bool(SUBJECT_TOKEN.match(token)) if wanted == "*" else token == wanted
        for wanted, token in zip(pattern, tokens, strict=True)
    )


def _checked(subject: Subject[Any], payload: JsonValue) -> bytes:
    """Return a replaced payload as the event's JSON. Raises InvalidPayloadError.

    What the event leaves to chance (its time, its id) is settled here, once for all consumers.
    """
    text = payload if isinstance(payload, str) else json.dumps(payload)
    try:
        event: Part = subject.event.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"]) or "payload"
        raise InvalidPayloadError(field, problem["msg"]) from error
    return event.model_dump_json().encode()


def _away(error: NatsError) -> DependencyDownError:
    return DependencyDownError(str(error) or repr(error), dependency="nats")
