"""Memory: conversations, messages, preferences, figures."""

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.gateway.dependencies import CallerDep, Gateway, GatewayDep, OwnedUserDep
from services.gateway.problems import ProblemError, documented, not_found
from services.gateway.schemas import (
    Conversation,
    ConversationSummary,
    MessageAccepted,
    MessageBody,
    MessageView,
    Name,
    Page,
    Preference,
    PreferencesSaved,
    Stats,
)
from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded, PreferencesChanged
from shared.contracts.parts import Message, Problem, utcnow
from shared.contracts.subjects import ARCHIVE_WRITER, MESSAGE_ADDED, PREFERENCES_CHANGED
from shared.failures import DependencyDownError
from shared.memory.models import ConversationPlace

router = APIRouter(prefix="/memory", tags=["memory"])

ConversationId = Annotated[Name, Path(description="Any id; it belongs to its user.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: documented("There is none of yours.")}
NOT_YOURS: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}
PREFERENCES_AT_ONCE = 100
FACT_POLICY = "fact_policy"
FACT_POLICIES = ("automatic", "ask", "off")
"""What becomes of what is found in a message: a fact, a proposal, or nothing."""

TOPICS = 10
"""Topics that the figures name."""

STATS_WAIT_S = 0.5
"""How long the figures wait for what was said a moment ago; a batch takes some milliseconds."""


@router.post(
    "/conversation/{conversation_id}/message",
    summary="Add a message",
    status_code=201,
    responses={202: {"model": MessageAccepted, "description": "Stored, readable soon."}},
)
async def add_message(
    conversation_id: ConversationId,
    added: MessageBody,
    gateway: GatewayDep,
    caller: CallerDep,
    response: Response,
) -> MessageAccepted:
    """Remember a message that was said elsewhere; it is readable when this returns."""
    longest = gateway.settings.max_prompt_chars
    if len(added.content) > longest:
        detail = f"The longest message is {longest} characters (MAX_PROMPT_CHARS)."
        raise ProblemError(Problem(title="The message is too long", status=413, detail=detail))
    event = MessageAdded(
        user_id=caller.user_id, conversation_id=conversation_id, message=_message(added)
    )
    await gateway.bus.publish(MESSAGE_ADDED, event, caller.user_id, message_id=event.event_id)
    response.status_code = 201 if await gateway.visible(event.event_id) else 202
    return MessageAccepted(
        message_id=event.message.message_id,
        conversation_id=conversation_id,
        event_id=event.event_id,
    )


def _message(added: MessageBody) -> Message:
    said_at = added.time or utcnow()
    lives = added.ttl_seconds and utcnow() + timedelta(seconds=added.ttl_seconds)
    return Message(
        message_id=new_id(),
        role=added.role,
        content=added.content,
        time=said_at,
        order=round(said_at.timestamp() * 1_000_000),
        name=added.name,
        model=added.model,
        tokens=added.tokens,
        metadata=dict(added.metadata),
        tags=tuple(added.tags),
        priority=added.priority,
        expires_at=lives or None,
    )


@router.get("/conversation/{conversation_id}", summary="Read a conversation", responses=NOT_FOUND)
async def get_conversation(
    conversation_id: ConversationId,
    gateway: GatewayDep,
    caller: CallerDep,
    limit: Limit = 50,
    before: Annotated[Name | None, Query(description="A message id: what came before it.")] = None,
) -> Conversation:
    """Return a conversation of yours with its last messages, or those before a given one."""
    memory, ended = await gateway.memory.conversation(
        caller.user_id, conversation_id, limit=limit, before=before or ""
    )
    # An answer that the caller already has must not be missing here.
    if ended is not None and await gateway.wakeups.wait(
        ended, timeout_s=gateway.settings.visible_wait_s
    ):
        memory, _ = await gateway.memory.conversation(
            caller.user_id, conversation_id, limit=limit, before=before or ""
        )
    if memory is None:
        raise not_found(what="conversation")
    messages = [MessageView.of(message) for message in memory.messages]
    return Conversation(**ConversationSummary.of(memory).model_dump(), messages=messages)


@router.get("/conversations", summary="List your conversations")
async def list_conversations(
    gateway: GatewayDep,
    caller: CallerDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Page[ConversationSummary]:
    """Return your conversations, newest first."""
    after = None if cursor is None else _place(cursor)
    found = await gateway.memory.conversations(caller.user_id, limit=limit, after=after)
    full = len(found) == limit
    return Page(
        items=[ConversationSummary.of(memory) for memory in found],
        next_cursor=_cursor(found[-1].place) if full else None,
    )


def _cursor(place: ConversationPlace) -> str:
    """Return a place as a client carries it: opaque, and safe in an address."""
    milliseconds = round(place.updated_at.timestamp() * 1000)
    told = f"{milliseconds} {place.conversation_id}"
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(cursor: str) -> ConversationPlace:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        milliseconds, conversation_id = base64.urlsafe_b64decode(padded).decode().split(" ", 1)
        moment = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        detail = "cursor: take it from `next_cursor` as it is."
        problem = Problem(title="Invalid request", status=422, detail=detail)
        raise ProblemError(problem) from error
    return ConversationPlace(moment, conversation_id)


@router.put(
    "/user/{user_id}/preferences",
    summary="Set preferences",
    responses={
        202: {"model": PreferencesSaved, "description": "Stored, visible soon."},
        **NOT_YOURS,
    },
)
async def put_preferences(
    user_id: OwnedUserDep,
    changes: dict[Name, Preference | None],
    gateway: GatewayDep,
    response: Response,
) -> PreferencesSaved:
    """Merge preferences into those of a user; null removes one. They are in the next prompt."""
    if not 1 <= len(changes) <= PREFERENCES_AT_ONCE:
        detail = f"Give between 1 and {PREFERENCES_AT_ONCE} preferences."
        raise ProblemError(Problem(title="Invalid request", status=422, detail=detail))
    policy = changes.get(FACT_POLICY)
    if policy is not None and policy not in FACT_POLICIES:
        detail = f"{FACT_POLICY}: is one of {', '.join(FACT_POLICIES)}, or null."
        raise ProblemError(Problem(title="Invalid request", status=422, detail=detail))
    event = PreferencesChanged(user_id=user_id, changes=dict(changes))
    await gateway.bus.publish(PREFERENCES_CHANGED, event, user_id, message_id=event.event_id)
    response.status_code = 200 if await gateway.visible(event.event_id) else 202
    return PreferencesSaved(event_id=event.event_id, preferences=dict(changes))


@router.get("/stats", summary="Figures of the memory")
async def get_stats(gateway: GatewayDep, caller: CallerDep) -> Stats:
    """Return how much is remembered: right after what was written, whatever there is of it."""
    await _record_of_this_moment(gateway)
    whose = "" if caller.admin else caller.user_id
    live, recorded = await gateway.memory.figures(whose, topics=TOPICS)
    totals = recorded or (None if gateway.archive else live)
    length = totals.messages / totals.conversations if totals and totals.conversations else None
    return Stats(
        total_conversations=totals.conversations if totals else None,
        total_users=totals.users if totals else None,
        total_messages=totals.messages if totals else None,
        total_facts=recorded.facts if recorded else None,
        total_system_memories=totals.system_memories if totals else None,
        live_conversations=live.conversations if live else None,
        redis_memory_bytes=live.redis_memory_bytes if live else None,
        archive_bytes=recorded.bytes if recorded else None,
        avg_conversation_length=length,
        popular_topics=list(totals.topics) if totals else None,
        models=totals.models if totals else None,
    )


async def _record_of_this_moment(gateway: Gateway) -> None:
    """Let the record take what was said until now: it lags by milliseconds, unless it is away."""
    if gateway.archive is not None:
        with suppress(DependencyDownError):
            await gateway.bus.caught_up(ARCHIVE_WRITER, timeout_s=STATS_WAIT_S)
