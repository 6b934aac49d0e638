"""Facts: what is known of a user, stated, changed and taken back by hand."""

import asyncio
import base64
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.gateway import statements
from services.gateway.dependencies import Gateway, GatewayDep, OwnedUserDep
from services.gateway.facts_schemas import (
    FactAccepted,
    FactBody,
    FactChanges,
    FactDetail,
    FactSaved,
    FactView,
)
from services.gateway.problems import ProblemError, documented, not_found
from services.gateway.routes.forgetting import forget
from services.gateway.schemas import Forgetting, ForgottenReceipt, MessageView, Name, Page
from shared.contracts.memory import FactsStated, ForgetRequested
from shared.contracts.parts import FactStatus, FactType, Problem
from shared.contracts.subjects import FACTS_STATED
from shared.memory.facts import find
from shared.memory.models import Fact

router = APIRouter(prefix="/memory", tags=["memory"])

FactId = Annotated[Name, Path(description="The id of a fact, or one that was merged into it.")]
SHOWN: tuple[FactStatus, ...] = ("active", "proposed")
"""What is told of facts where nothing else is asked for: what holds, and what waits for a yes."""

NOT_YOURS: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}
NONE_OF_YOURS: dict[int | str, dict[str, Any]] = {
    **NOT_YOURS,
    404: documented("There is no such fact of this user."),
}
LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": FactAccepted, "description": "Stored, visible soon."}
}


@router.post(
    "/user/{user_id}/facts",
    summary="State a fact",
    status_code=201,
    responses={**LATER, **NOT_YOURS, 413: documented("The body is too large.")},
)
async def state_fact(
    user_id: OwnedUserDep, stated: FactBody, gateway: GatewayDep, response: Response
) -> FactSaved | FactAccepted:
    """Remember a fact of a user; it is readable when this returns, and in the next prompt.

    Where predicate and value are missing, a sentence as Membus itself makes them ("Lives in Kazan")
    is taken apart; any other text is its own value. A value that is known already adds nothing.
    """
    event = statements.statement(user_id, stated)
    return await _saved(gateway, event, event.claims[0].fact_id or "", response)


@router.get("/user/{user_id}/facts", summary="List facts", responses=NOT_YOURS)
async def list_facts(
    user_id: OwnedUserDep,
    gateway: GatewayDep,
    fact_type: Annotated[FactType | None, Query(alias="type")] = None,
    status: Annotated[
        list[FactStatus] | None,
        Query(description="May be given several times; active and proposed where it is not."),
    ] = None,
    tag: Annotated[Name | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Page[FactView]:
    """Return the facts of a user, the one recorded last first."""
    after = None if cursor is None else _place(cursor)
    facts = await gateway.memory.facts(user_id)
    found = [
        fact
        for fact in sorted(facts, key=_order, reverse=True)
        if not fact.by_hand
        and fact.status in (status or SHOWN)
        and fact_type in {None, fact.type}
        and (tag is None or tag in fact.tags)
        and (after is None or _order(fact) < after)
    ]
    page = found[:limit]
    return Page(
        items=[FactView.of(fact) for fact in page],
        next_cursor=_cursor(page[-1]) if len(found) > limit else None,
    )


@router.get("/user/{user_id}/facts/{fact_id}", summary="Read a fact", responses=NONE_OF_YOURS)
async def get_fact(user_id: OwnedUserDep, fact_id: FactId, gateway: GatewayDep) -> FactDetail:
    """Return a fact with the message that it was said in, the exact quote, and its history."""
    fact = await _known(gateway, user_id, fact_id)
    return FactDetail.whole(fact, await _message(gateway, user_id, fact))


@router.patch(
    "/user/{user_id}/facts/{fact_id}",
    summary="Change a fact",
    responses={**LATER, **NONE_OF_YOURS, 413: documented("The body is too large.")},
)
async def change_fact(
    user_id: OwnedUserDep,
    fact_id: FactId,
    changes: FactChanges,
    gateway: GatewayDep,
    response: Response,
) -> FactSaved | FactAccepted:
    """Change a fact of a user: outdated is a `valid_until` in the past, wrong is `retracted`.

    A proposed fact is accepted with the status `active`. What is left out, or null, stays.
    """
    fact = await _known(gateway, user_id, fact_id)
    event = statements.change(user_id, fact, changes)
    return await _changed(gateway, event, fact, response)


@router.delete(
    "/user/{user_id}/facts/{fact_id}",
    summary="Retract a fact, or forget it for good",
    responses={
        202: {
            "model": FactAccepted | Forgetting,
            "description": "Stored, done soon.",
        },
        **NONE_OF_YOURS,
    },
)
async def delete_fact(
    user_id: OwnedUserDep,
    fact_id: FactId,
    gateway: GatewayDep,
    response: Response,
    *,
    erase: Annotated[
        bool, Query(description="Forget text, quote and versions; there is no way back.")
    ] = False,
) -> FactSaved | ForgottenReceipt | FactAccepted | Forgetting:
    """Say that a fact is wrong: it is told no more, and can be restored.

    With `erase=true` it is forgotten: when this returns nothing of it can be reached any more. The
    message that it was said in stays; forget that one to forget what rests on it.
    """
    fact = await _known(gateway, user_id, fact_id)
    if erase:
        return await _erased(gateway, user_id, fact, response)
    event = statements.retracted(user_id, fact)
    return await _changed(gateway, event, fact, response)


@router.post(
    "/user/{user_id}/facts/{fact_id}/restore",
    summary="Restore a fact",
    responses={**LATER, **NONE_OF_YOURS},
)
async def restore_fact(
    user_id: OwnedUserDep, fact_id: FactId, gateway: GatewayDep, response: Response
) -> FactSaved | FactAccepted:
    """Bring back a fact that was retracted, outdated or superseded."""
    fact = await _known(gateway, user_id, fact_id)
    event = statements.restored(user_id, fact)
    return await _changed(gateway, event, fact, response)


async def _known(gateway: Gateway, user_id: str, fact_id: str) -> Fact:
    fact = find(await gateway.memory.facts(user_id), fact_id)
    if fact is None or fact.by_hand:
        raise not_found(what="fact")
    return fact


async def _message(gateway: Gateway, user_id: str, fact: Fact) -> MessageView | None:
    source = fact.source
    if source.message_id is None or source.conversation_id is None:
        return None
    found = await gateway.memory.message(user_id, source.conversation_id, source.message_id)
    return None if found is None else MessageView.of(found)


async def _changed(
    gateway: Gateway, event: FactsStated, fact: Fact, response: Response
) -> FactSaved | FactAccepted:
    """Publish a change of a fact that is there, and return the fact as it is then."""
    saved = await _saved(gateway, event, fact.id, response, done=200)
    if isinstance(saved, FactAccepted) and await gateway.memory.was_forgotten(event.user_id, fact):
        # It was read here before it was forgotten: what it was to become must not outlive it.
        request = ForgetRequested(user_id=event.user_id, scope="fact", fact_id=fact.id)
        await forget(gateway, request, response)
        raise not_found(what="fact")
    return saved


async def _saved(
    gateway: Gateway, event: FactsStated, fact_id: str, response: Response, *, done: int = 201
) -> FactSaved | FactAccepted:
    """Publish what is stated, and return the fact as it is then; 202 where that takes long."""
    await gateway.bus.publish(FACTS_STATED, event, event.user_id, message_id=event.event_id)
    visible = await gateway.visible(event.event_id)
    fact = find(await gateway.memory.facts(event.user_id), fact_id) if visible else None
    if fact is None:
        response.status_code = 202
        return FactAccepted(id=fact_id, event_id=event.event_id)
    response.status_code = done
    return FactSaved.after(fact, event.event_id)


async def _erased(
    gateway: Gateway, user_id: str, fact: Fact, response: Response
) -> ForgottenReceipt | Forgetting:
    """Forget each of the claims that were merged into a fact; one receipt tells of all."""
    # The watermarks stand by claim: whatever states one of them again is dropped.
    requests = [
        ForgetRequested(user_id=user_id, scope="fact", fact_id=one)
        for one in dict.fromkeys((fact.id, *fact.ids))
    ]
    done: list[ForgottenReceipt] = []
    for receipt in await asyncio.gather(*(forget(gateway, one, response) for one in requests)):
        if isinstance(receipt, Forgetting):
            return receipt
        done.append(receipt)
    rows = [receipt.rows for receipt in done if receipt.rows is not None]
    return done[0].model_copy(
        update={
            "redis_keys": sum(receipt.redis_keys for receipt in done),
            "rows": sum(rows) if rows else None,
            "events": sum(receipt.events for receipt in done),
            "at": max(receipt.at for receipt in done),
        }
    )


def _order(fact: Fact) -> tuple[datetime, str]:
    return fact.recorded_at, fact.id


def _cursor(fact: Fact) -> str:
    """Return a place in the list as a client carries it: opaque, and safe in an address."""
    told = f"{fact.recorded_at.isoformat()} {fact.id}"
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, fact_id = base64.urlsafe_b64decode(padded).decode().split(" ", 1)
        return _aware(datetime.fromisoformat(moment)), fact_id
    except (ValueError, OverflowError) as error:
        detail = "cursor: take it from `next_cursor` as it is."
        raise ProblemError(Problem(title="Invalid request", status=422, detail=detail)) from error


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "a place without a time zone"
        raise ValueError(msg)
    return moment
