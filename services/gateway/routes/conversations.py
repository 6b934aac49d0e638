"""Conversations, changed by hand."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from services.gateway.dependencies import CallerDep, GatewayDep
from services.gateway.details_schemas import ConversationPatch
from services.gateway.problems import ProblemError, documented, not_found
from services.gateway.schemas import ConversationSummary, Name
from shared.contracts.memory import ConversationChanged, ConversationChanges
from shared.contracts.parts import Problem
from shared.contracts.subjects import ARCHIVE_WRITER, CONVERSATION_CHANGED
from shared.failures import DependencyDownError

router = APIRouter(prefix="/memory", tags=["memory"])

ConversationId = Annotated[Name, Path(description="Any id; it belongs to its user.")]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: documented("There is none of yours.")}
RECORD_WAIT_S = 0.5
"""How long an answer waits for the record to have the change, too, in seconds."""


@router.patch(
    "/conversation/{conversation_id}",
    summary="Change a conversation",
    responses={
        202: {"model": ConversationSummary, "description": "Stored, visible soon."},
        **NOT_FOUND,
    },
)
async def change_conversation(
    conversation_id: ConversationId,
    patch: ConversationPatch,
    gateway: GatewayDep,
    caller: CallerDep,
    response: Response,
) -> ConversationSummary:
    """Name, tag or rank a conversation of yours, or give it an end; returns it as it is then."""
    user = caller.user_id
    changes = patch.changes()
    if changes == ConversationChanges():
        detail = "Give at least one of title, tags, priority, ttl_seconds."
        raise ProblemError(Problem(title="Invalid request", status=422, detail=detail))
    memory, ended = await gateway.memory.conversation(user, conversation_id, limit=1)
    if memory is None and ended is not None:
        await gateway.visible(ended)
        memory, _ = await gateway.memory.conversation(user, conversation_id, limit=1)
    if memory is None:
        raise not_found(what="conversation")
    event = ConversationChanged(
        user_id=user, conversation_id=conversation_id, conversation_changes=changes
    )
    await gateway.bus.publish(CONVERSATION_CHANGED, event, user, message_id=event.event_id)
    response.status_code = 200 if await gateway.visible(event.event_id) else 202
    if gateway.archive is not None:
        # A conversation that has left Redis is read from there.
        with suppress(DependencyDownError):
            await gateway.bus.caught_up(ARCHIVE_WRITER, timeout_s=RECORD_WAIT_S)
    found, _ = await gateway.memory.conversation(user, conversation_id, limit=1)
    return ConversationSummary.of(found or memory)
