"""Identity: who is asking."""

from fastapi import APIRouter

from services.gateway.dependencies import CallerDep
from services.gateway.schemas import Me

router = APIRouter(prefix="/auth", tags=["identity"])


@router.get("/me", summary="Who am I?")
async def me(caller: CallerDep) -> Me:
    """Return who the caller is, and how that was found out."""
    return Me(user_id=caller.user_id, kind=caller.kind, admin=caller.admin)
