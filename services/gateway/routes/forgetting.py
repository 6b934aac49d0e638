"""Forgetting: a message, a conversation, or all of a user."""

import asyncio
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Response

from services.gateway.dependencies import CallerDep, Gateway, GatewayDep, OwnedUserDep
from services.gateway.problems import documented, not_found
from services.gateway.schemas import Forgetting, ForgottenReceipt, Name
from shared.contracts.memory import ForgetRequested
from shared.contracts.subjects import FORGET_REQUESTED

router = APIRouter(prefix="/memory", tags=["memory"])
log = structlog.get_logger()

ConversationId = Annotated[Name, Path(description="The conversation's id.")]
LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Forgetting,
        "description": "Stored safely; a server is away, and it is done when that is back.",
    }
}
NONE_OF_YOURS: dict[int | str, dict[str, Any]] = {404: documented("There is none of yours.")}
NOT_YOURS: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}


@router.delete(
    "/conversation/{conversation_id}",
    summary="Forget a conversation",
    responses={**LATER, **NONE_OF_YOURS},
)
async def forget_conversation(
    conversation_id: ConversationId, gateway: GatewayDep, caller: CallerDep, response: Response
) -> ForgottenReceipt | Forgetting:
    """Forget a conversation of yours for good, with its open turns and what waits in the queues.

    When this returns, nothing of it can be reached any more, and nothing brings it back.
    """
    user = caller.user_id
    found = await gateway.memory.conversation(user, conversation_id, limit=1)
    if found.memory is None and found.ended is None:
        raise not_found(what="conversation")
    request = ForgetRequested(user_id=user, scope="conversation", conversation_id=conversation_id)
    return await forget(gateway, request, response)


@router.delete(
    "/conversation/{conversation_id}/message/{message_id}",
    summary="Forget a message",
    responses={**LATER, **NONE_OF_YOURS},
)
async def forget_message(
    conversation_id: ConversationId,
    message_id: Name,
    gateway: GatewayDep,
    caller: CallerDep,
    response: Response,
) -> ForgottenReceipt | Forgetting:
    """Forget one message of yours for good.

    Open turns of its conversation, whose models may have been told of it, are stopped.
    """
    user = caller.user_id
    if not await _has_message(gateway, user, conversation_id, message_id):
        raise not_found(what="message")
    request = ForgetRequested(
        user_id=user, scope="message", conversation_id=conversation_id, message_id=message_id
    )
    return await forget(gateway, request, response)


@router.delete(
    "/user/{user_id}", summary="Forget everything of a user", responses={**LATER, **NOT_YOURS}
)
async def forget_user(
    user_id: OwnedUserDep, gateway: GatewayDep, response: Response
) -> ForgottenReceipt | Forgetting:
    """Forget all that is remembered of a user (`me` is the caller) for good.

    Conversations, preferences, facts, open turns, their records, queued work and dead letters. When
    this returns, nothing of it can be reached any more, and nothing brings it back.
    """
    request = ForgetRequested(user_id=user_id, scope="user")
    return await forget(gateway, request, response)


async def _has_message(
    gateway: Gateway, user_id: str, conversation_id: str, message_id: str
) -> bool:
    """Tell whether there is a message; one that the caller was told a moment ago counts."""
    if await gateway.memory.has_message(user_id, conversation_id, message_id):
        return True
    ended = (await gateway.memory.conversation(user_id, conversation_id, limit=1)).ended
    if ended is None:
        # It may have been kept between the two questions.
        return await gateway.memory.has_message(user_id, conversation_id, message_id)
    await gateway.wakeups.wait(ended, timeout_s=gateway.settings.visible_wait_s)
    return await gateway.memory.has_message(user_id, conversation_id, message_id)


async def forget(
    gateway: Gateway, request: ForgetRequested, response: Response
) -> ForgottenReceipt | Forgetting:
    """Have something forgotten, and return the receipt; 202 where that takes long."""
    await gateway.bus.publish(
        FORGET_REQUESTED, request, request.user_id, message_id=request.event_id
    )
    log.info("forgetting was asked for", scope=request.scope)
    try:
        await gateway.wakeups.wait(request.event_id, timeout_s=gateway.settings.forget_wait_s)
    except asyncio.CancelledError:
        # The gateway stops; the request is stored, and is done all the same.
        response.status_code = 202
        return Forgetting(event_id=request.event_id)
    # A wake-up may be lost, or come early: the receipt says what was done.
    receipt = await gateway.working.receipt(request.event_id)
    if receipt is None or not receipt.done:
        response.status_code = 202
        return Forgetting(event_id=request.event_id)
    return ForgottenReceipt(
        conversation_id=request.conversation_id,
        message_id=request.message_id,
        fact_id=request.fact_id,
        **receipt.model_dump(exclude={"done"}),
    )
