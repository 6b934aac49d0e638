"""Chat: ask, follow a turn, stop it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from structlog.contextvars import bind_contextvars

from services.gateway.admission import idempotency, open_turn
from services.gateway.dependencies import CallerDep, Gateway, GatewayDep, OwnTurnDep
from services.gateway.event_stream import EVENT_STREAM, EventStream
from services.gateway.problems import ProblemError, document, documented
from services.gateway.schemas import AcceptedTurn, ChatBody, TurnBody, TurnState
from services.gateway.streaming import Client, body, problem_of, resumed
from shared.contracts.ids import new_id
from shared.contracts.parts import Problem
from shared.memory.turns import NewTurn, TurnRecord

router = APIRouter(prefix="/chat", tags=["chat"])

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: documented("The body is not JSON."),
    404: documented("Unknown model (the detail says how to get it), or no message to replace."),
    409: documented("The turn was stopped."),
    410: documented("The Idempotency-Key's turn was incognito, and is not kept any more."),
    413: documented("The body or the prompt is too large, for us or for the model."),
    422: documented("A field is wrong, or the Idempotency-Key came with another body before."),
    429: documented("Too many open turns (MAX_TURNS_PER_USER); see Retry-After."),
    502: documented("The model's answer broke off, or made no sense."),
    504: documented("The model was not free in time, fell silent, or took too long."),
}


@router.post(
    "/",
    summary="Ask something",
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer, or its event stream."},
        202: {"model": AcceptedTurn, "description": "Accepted (`Prefer: respond-async`)."},
        **PROBLEMS,
    },
    response_model=TurnBody,
)
async def chat(
    asked: ChatBody,
    request: Request,
    gateway: GatewayDep,
    caller: CallerDep,
    prefer: Annotated[str, Header()] = "",
    accept: Annotated[str, Header()] = "",
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="Kept 24 h: asking again is safe."),
    ] = None,
) -> Any:
    """Ask the model, which knows what you said before.

    With `"stream": true` (or `Accept: text/event-stream`) the answer comes as server-sent events:
    `start`, `token` …, `reset` where generation began anew, then `done` with the whole body, or
    `error` with a problem document.
    """
    _check(asked, gateway)
    new = NewTurn(
        user_id=caller.user_id,
        gateway_id=gateway.turns.gateway_id,
        question=asked.prompt,
        conversation_id=new_id() if asked.conversation_id == "new" else asked.conversation_id,
        memory=asked.memory,
        replaces=asked.replaces,
        idempotency=idempotency(idempotency_key, asked),
    )
    detached = "respond-async" in prefer
    opened, degraded = await open_turn(gateway, new, detached=detached)
    turn, before = opened.ref, opened.before
    bind_contextvars(**turn.ids())
    frames = gateway.turns.follow(before) if before else gateway.turns.frames(turn)
    if before is None or before.status == "queued":
        # A gateway that died right after it had opened the turn has not handed it on.
        await gateway.turns.request(
            turn,
            prompt=asked.prompt,
            model=asked.model,
            system=asked.system,
            options=asked.options.event(),
            degraded=degraded,
            again=before is not None,
        )
    if before is None:
        gateway.telemetry.metric("turn-accepted", turn=turn)
    if detached:
        return _accepted(turn.turn_id, turn.conversation_id)
    client = Client(
        turns=gateway.turns, turn=turn, frames=frames, stop_when_gone=new.idempotency is None
    )
    if asked.stream or EVENT_STREAM in accept:
        return client.stream(gateway.settings)
    return await client.wait(request)


def _check(asked: ChatBody, gateway: Gateway) -> None:
    longest = gateway.settings.max_prompt_chars
    if len(asked.prompt) > longest or len(asked.system or "") > longest:
        detail = f"The longest prompt is {longest} characters (MAX_PROMPT_CHARS)."
        raise ProblemError(Problem(title="The prompt is too long", status=413, detail=detail))


def _accepted(turn_id: str, conversation_id: str) -> Response:
    accepted = AcceptedTurn(turn_id=turn_id, conversation_id=conversation_id)
    return Response(
        accepted.model_dump_json(),
        202,
        media_type="application/json",
        headers={"Location": f"/chat/turns/{turn_id}", "Preference-Applied": "respond-async"},
    )


@router.get(
    "/turns/{turn_id}",
    summary="Where a turn stands",
    responses={404: documented("No such turn of yours.")},
    response_model_exclude_none=True,
)
async def get_turn(record: OwnTurnDep) -> TurnState:
    """Return a turn of yours, for 24 hours: its status, the prompt as sent, answer or problem."""
    return _state(record)


def _state(record: TurnRecord) -> TurnState:
    ref, outcome = record.ref, record.outcome
    state: dict[str, Any] = {
        "turn_id": ref.turn_id,
        "conversation_id": ref.conversation_id,
        "status": record.status,
        "prompt": record.prompt,
        "memory": record.receipt,
    }
    if outcome is not None and outcome.status == "completed":
        state |= body(ref, outcome).model_dump()
    elif outcome is not None:
        state["problem"] = document(problem_of(outcome)).model_dump(exclude_none=True)
    return TurnState.model_validate(state)


@router.delete(
    "/turns/{turn_id}",
    summary="Stop a turn",
    status_code=202,
    responses={404: documented("No such turn of yours.")},
    response_model_exclude_none=True,
)
async def stop_turn(record: OwnTurnDep, gateway: GatewayDep) -> TurnState:
    """Stop a turn of yours, whether it waits or runs; what was generated so far is kept."""
    await gateway.turns.cancel(record.ref.turn_id)
    return _state(record)


@router.get(
    "/turns/{turn_id}/events",
    summary="Follow a turn",
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The turn's event stream."},
        404: documented("No such turn of yours."),
    },
    response_class=StreamingResponse,
)
async def follow_turn(
    record: OwnTurnDep,
    gateway: GatewayDep,
    last_event_id: Annotated[str, Header(description="Go on after this event.")] = "",
    after: Annotated[
        str, Query(alias="last_event_id", description="The same, for a page that was reloaded.")
    ] = "",
) -> EventStream:
    """Follow a turn of yours, for 24 hours, as often as you like and from where you left off.

    The events are those of a streamed answer, after the one that you name: `start` comes only
    without an id (or with one that is none), and `reset` means to forget the text so far. Going
    away does not stop the turn.
    """
    return resumed(
        turns=gateway.turns,
        record=record,
        last_event_id=last_event_id or after,
        settings=gateway.settings,
    )
