"""What is remembered of a user, at a glance."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.gateway.dependencies import GatewayDep, OwnedUserDep
from services.gateway.facts_schemas import FactView, Until, UserView
from services.gateway.problems import documented
from shared.memory.fact_rows import as_of as recorded_by
from shared.memory.fact_rows import folded
from shared.memory.facts import active
from shared.memory.models import Fact

router = APIRouter(prefix="/memory", tags=["memory"])

NOT_YOURS: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}
SHOWN = ("active", "proposed")
"""What holds, and what waits for a yes."""

CONTEXT_CHARACTERS = 1_000
"""Of the short text that facts make; the list has all of them."""


@router.get("/user/{user_id}", summary="What is remembered of a user", responses=NOT_YOURS)
async def get_user(
    user_id: OwnedUserDep,
    gateway: GatewayDep,
    *,
    include_superseded: Annotated[
        bool, Query(description="Also the facts that were superseded or retracted.")
    ] = False,
    as_of: Annotated[Until | None, Query(description="What was recorded by then.")] = None,
) -> UserView:
    """Return preferences, facts and conversations; `me` is the caller.

    While `pending` is true, something that the user said or changed is not in here yet. `as_of`
    concerns facts, and preferences as far as they were not set anew since.
    """
    # Asked first: what is not pending then is in what is read afterwards.
    pending = await gateway.pending.of(user_id)
    memory = await gateway.memory.user(user_id)
    facts = await gateway.memory.facts(user_id, as_of=as_of)
    preferences = memory.preferences if memory else {}
    if as_of is not None:
        then = recorded_by(await gateway.memory.stated(user_id), as_of)
        preferences = folded(then, at=as_of).preferences
    times = [fact.recorded_at for fact in facts] + ([memory.last_active] if memory else [])
    return UserView(
        user_id=user_id,
        preferences=preferences,
        facts=[FactView.of(fact) for fact in facts if include_superseded or fact.status in SHOWN],
        context=_context(facts),
        conversation_ids=list(memory.conversation_ids) if memory else [],
        pending=pending,
        created_at=memory.created_at if memory else None,
        updated_at=max(times, default=None),
        last_active=memory.last_active if memory else None,
    )


def _context(facts: list[Fact]) -> str | None:
    """Return the active facts as a short text; the newest come first, and none in part."""
    told: list[str] = []
    length = 0
    for fact in active(facts):
        sentence = fact.text.rstrip(". ") + "."
        length += len(sentence) + 1
        if length > CONTEXT_CHARACTERS:
            break
        told.append(sentence)
    return " ".join(told) or None
