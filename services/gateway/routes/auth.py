"""Identity: who is asking."""

from typing import Any

from fastapi import APIRouter

from services.gateway.dependencies import CallerDep
from services.gateway.problems import ProblemDocument
from services.gateway.schemas import Me

router = APIRouter(prefix="/auth", tags=["identity"])

INVALID: dict[int | str, dict[str, Any]] = {401: {"model": ProblemDocument}}


@router.get("/me", summary="Who am I?", responses=INVALID)
async def me(caller: CallerDep) -> Me:
    """Return who the caller is, and how that was found out."""
    return Me(user_id=caller.user_id, kind=caller.kind, admin=caller.admin)
