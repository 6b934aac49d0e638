"""Memory: conversations, messages, preferences, figures."""

from datetime import timedelta
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
    UserView,
)
from shared.contracts.events import (
    Message,
    MessageAdded,
    PreferencesChanged,
    Problem,
    utcnow,
)
from shared.contracts.ids import new_id
from shared.contracts.subjects import MESSAGE_ADDED, PREFERENCES_CHANGED
from shared.memory.models import ConversationMemory

router = APIRouter(prefix="/memory", tags=["memory"])

ConversationId = Annotated[Name, Path(description="Any id; it belongs to its user.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: documented("There is none of yours.")}
NOT_YOURS: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}
PREFERENCES_AT_ONCE = 100


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
    response.status_code = await _visible(gateway, event.event_id, done=201)
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


async def _visible(gateway: Gateway, event_id: str, *, done: int) -> int:
    """Return `done` when a write became visible in time, else 202."""
    applied = await gateway.wakeups.wait(event_id, timeout_s=gateway.settings.visible_wait_s)
    return done if applied else 202


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
    return Conversation(**_summary(memory).model_dump(), messages=messages)


def _summary(memory: ConversationMemory) -> ConversationSummary:
    return ConversationSummary.model_validate(memory.model_dump(exclude={"messages"}))


@router.get("/conversations", summary="List your conversations")
async def list_conversations(
    gateway: GatewayDep,
    caller: CallerDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(pattern=r"^\d{1,9}$")] = None,
) -> Page[ConversationSummary]:
    """Return your conversations, newest first."""
    found, following = await gateway.memory.conversations(
        caller.user_id, limit=limit, offset=int(cursor or 0)
    )
    return Page(
        items=[_summary(memory) for memory in found],
        next_cursor=None if following is None else str(following),
    )


@router.get("/user/{user_id}", summary="What is remembered of a user", responses=NOT_YOURS)
async def get_user(user_id: OwnedUserDep, gateway: GatewayDep) -> UserView:
    """Return preferences and conversations; `me` is the caller."""
    memory = await gateway.memory.user(user_id)
    if memory is None:
        return UserView(
            user_id=user_id, preferences={}, conversation_ids=[], created_at=None, last_active=None
        )
    return UserView.model_validate(memory.model_dump())


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
    event = PreferencesChanged(user_id=user_id, changes=dict(changes))
    await gateway.bus.publish(PREFERENCES_CHANGED, event, user_id, message_id=event.event_id)
    response.status_code = await _visible(gateway, event.event_id, done=200)
    return PreferencesSaved(event_id=event.event_id, preferences=dict(changes))


@router.get("/stats", summary="Figures of the memory")
async def get_stats(gateway: GatewayDep, _caller: CallerDep) -> Stats:
    """Return how much is remembered; null where nothing keeps the figure yet."""
    figures = await gateway.memory.statistics()
    length = figures.messages / figures.conversations if figures.conversations else None
    return Stats(
        total_conversations=figures.conversations,
        total_users=figures.users,
        total_messages=figures.messages,
        live_conversations=figures.conversations,
        redis_memory_bytes=figures.redis_memory_bytes,
        avg_conversation_length=length,
    )
