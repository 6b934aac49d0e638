"""All that is remembered of a user as the lines of a file, and the response that sends it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from services.gateway.portability import (
    FORMAT,
    MEDIA_TYPE,
    ConversationLine,
    Counts,
    End,
    FactLine,
    Header,
    Line,
    MessageLine,
    PreferenceLine,
    UserLine,
)
from services.gateway.problems import RETRY_AFTER_S, ProblemError
from services.gateway.slots import Slots
from shared.broker import Bus
from shared.contracts.parts import Problem, utcnow
from shared.contracts.subjects import ARCHIVE_WRITER, REDIS_WRITER
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.models import ConversationMemory, StatedClaim
from shared.memory.portable import (
    Piece,
    PortablePreference,
    UserTimes,
    WorkingPieces,
    recorded_pieces,
)
from shared.web_protocol import CONNECTION

log = structlog.get_logger()

AT_ONCE = 4
"""Exports at a time. Each holds a connection to PostgreSQL for as long as its client reads."""

CATCH_UP_S = 5.0
"""How long an export waits for what was just said to be in the store that it reads, in seconds."""

CHUNK = 64 * 1024
"""Bytes that leave together."""


class Exporter:
    """Reads what is remembered of a user: from the record, or from Redis where it is all."""

    def __init__(
        self, *, bus: Bus, archive: Archive | None, working: WorkingPieces, version: str
    ) -> None:
        self._bus = bus
        self._archive = archive
        self._working = working
        self._version = version
        self._slots = Slots("export", at_once=AT_ONCE)

    async def chunks(self, user_id: str) -> AsyncGenerator[bytes, None]:
        """Yield the file.

        Before its first chunk it raises DependencyDownError, and ProblemError where what was just
        said is not in the store yet.
        """
        with self._slots.taken(user_id):
            await self._catch_up()
            async with aclosing(self._lines(user_id)) as lines:
                chunk = bytearray()
                async for line in lines:
                    chunk += line.encoded()
                    if len(chunk) >= CHUNK:
                        yield bytes(chunk)
                        chunk.clear()
                yield bytes(chunk)

    async def _catch_up(self) -> None:
        durable = REDIS_WRITER if self._archive is None else ARCHIVE_WRITER
        if not await self._bus.caught_up(durable, timeout_s=CATCH_UP_S):
            detail = "The record lags behind what was said. Try again soon, so that nothing lacks."
            problem = Problem(title="Not complete yet", status=503, detail=detail)
            raise ProblemError(problem, headers={"Retry-After": RETRY_AFTER_S})

    async def _lines(self, user_id: str) -> AsyncGenerator[Line, None]:
        counts = dict.fromkeys(Counts.model_fields, 0)
        yield Header(
            kind="export",
            format=FORMAT,
            membus=self._version,
            user_id=user_id,
            exported_at=utcnow(),
        )
        if self._archive is None:
            pieces = self._working.of(user_id)
        else:
            pieces = recorded_pieces(self._archive, user_id)
        conversation_id = ""
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, ConversationMemory):
                    conversation_id = piece.conversation_id
                kind, line = _line(piece, conversation_id)
                counts[kind] += 1
                yield line
        yield End(kind="end", counts=Counts(**counts))


# Made anew of the messages.
_COMPUTED = ("topics", "summary")

# The order of the claims in their event is that of their lines.
_STATED = tuple(name for name in StatedClaim.model_fields if name != "index")


def _line(piece: Piece, conversation_id: str) -> tuple[str, Line]:
    """Return a line and its kind.

    It is built unchecked: what the stores hold is what there is, and an export has all of it.
    """
    if isinstance(piece, UserTimes):
        return "user", UserLine.model_construct(kind="user", **piece._asdict())
    if isinstance(piece, PortablePreference):
        preference = PreferenceLine.model_construct(kind="preference", **piece._asdict())
        return "preference", preference
    if isinstance(piece, ConversationMemory):
        said = piece.model_dump(include=set(ConversationLine.model_fields) - {"kind", *_COMPUTED})
        if "title" not in piece.by_hand:
            # It is made of what was said first, wherever that is read.
            said["title"] = None
        return "conversation", ConversationLine.model_construct(kind="conversation", **said)
    if isinstance(piece, StatedClaim):
        stated = {name: getattr(piece, name) for name in _STATED}
        return "fact", FactLine.model_construct(kind="fact", **stated)
    message = MessageLine.model_construct(
        kind="message",
        conversation_id=conversation_id,
        recorded_at=piece.recorded_at,
        **piece.message.model_dump(),
    )
    return "message", message


class Download(StreamingResponse):
    """A file that is sent while it is read, to a client that reads it.

    Where the client leaves a chunk unread for `send_timeout_s`, or the store fails, the connection
    is cut: the client sees that, and the file has no last line.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        first: bytes,
        rest: AsyncGenerator[bytes, None],
        *,
        filename: str,
        send_timeout_s: float,
    ) -> None:
        self._first = first
        self._rest = rest
        self._send_timeout_s = send_timeout_s
        headers = {
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Cache-Control": "no-store",
        }
        super().__init__(self._all(), headers=headers)

    async def _all(self) -> AsyncGenerator[bytes, None]:
        yield self._first
        async for chunk in self._rest:
            yield chunk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""

        async def send_in_time(message: AsgiMessage) -> None:
            async with asyncio.timeout(self._send_timeout_s):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        except (TimeoutError, DependencyDownError) as error:
            log.warning("export cut off", error=repr(error))
            connection = scope.get("extensions", {}).get(CONNECTION)
            if connection is not None:
                connection["abort"]()
        finally:
            await self._rest.aclose()
