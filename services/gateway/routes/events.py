"""Events: a client is told at once when the memory of its user changes."""

from collections.abc import AsyncGenerator, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from services.gateway.dependencies import GatewayDep, OwnedUserDep
from services.gateway.event_stream import EVENT_STREAM, EventStream
from services.gateway.facts_schemas import FactEvent
from services.gateway.notices import Notices
from services.gateway.problems import documented
from shared.contracts.memory import FactNoticed

router = APIRouter(prefix="/memory", tags=["memory"])

EXAMPLE = """\
: listening

event: fact
data: {"change":"learnt","fact_id":"fact_0c1d","status":"active","predicate":"lives_in",\
"text":"Живёт в Казани"}

"""
STREAM: dict[str, Any] = {"schema": {"type": "string"}, "example": EXAMPLE}


@router.get(
    "/user/{user_id}/events",
    summary="Follow what is learnt of a user",
    responses={
        200: {"content": {EVENT_STREAM: STREAM}, "description": "The event stream."},
        403: documented("It is another user's."),
    },
    response_class=StreamingResponse,
)
async def follow_memory(user_id: OwnedUserDep, gateway: GatewayDep) -> EventStream:
    """Follow the facts of a user (`me` is the caller) as server-sent events.

    `fact` tells that one was proposed, learnt, superseded, retracted or erased. `missed` comes with
    the `count` of those that a slow reader has lost: read the memory anew. The stream begins with a
    comment when it listens, and a comment comes every 15 s; what was before it is not told.
    """
    notices = gateway.noticing.follow(user_id)
    # Nothing can be heard while NATS is away: then it is better not to begin.
    await gateway.bus.ping()
    settings = gateway.settings
    return EventStream(
        _events(notices, settings.sse_comment_s),
        gone=_nothing,
        send_timeout_s=settings.sse_send_timeout_s,
        farewell="the gateway stops; follow again in a moment",
    )


async def _events(notices: Notices, comment_every_s: float) -> AsyncGenerator[bytes, None]:
    yield b": listening\n\n"
    while True:
        taken, missed = await notices.take(timeout_s=comment_every_s)
        chunk = b"".join(_told(taken, missed))
        yield chunk or b": still listening\n\n"


def _told(taken: list[FactNoticed], missed: int) -> Iterator[bytes]:
    if missed:
        yield format_sse_event(data_str=f'{{"count":{missed}}}', event="missed")
    for notice in taken:
        yield format_sse_event(data_str=FactEvent.of(notice).model_dump_json(), event="fact")


async def _nothing() -> None:
    """Stop nothing: whoever leaves only hears no more."""
