"""The system's own memory: read by anybody, written by administrators."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from services.gateway.dependencies import AdminDep, CallerDep, Gateway, GatewayDep
from services.gateway.details_schemas import (
    MOST_BYTES,
    SystemBody,
    SystemKey,
    SystemSaved,
    SystemView,
)
from services.gateway.problems import ProblemError, documented, not_found
from shared.contracts.memory import SystemMemoryChanged
from shared.contracts.parts import SYSTEM_USER, Problem
from shared.contracts.subjects import SYSTEM_CHANGED
from shared.failures import DependencyDownError

router = APIRouter(prefix="/memory/system", tags=["memory"])

Key = Annotated[SystemKey, Path(description="1 to 200 characters, without '/'.")]
ADMINS: dict[int | str, dict[str, Any]] = {403: documented("Only an administrator may.")}
NONE: dict[int | str, dict[str, Any]] = {404: documented("There is none.")}
SOON: dict[int | str, dict[str, Any]] = {
    202: {"model": SystemSaved, "description": "Stored, visible soon."}
}


@router.get("/{key}", summary="Read a memory of the system", responses=NONE)
async def get_system_memory(key: Key, gateway: GatewayDep, _caller: CallerDep) -> SystemView:
    """Return what an administrator has set under a key."""
    memory = await gateway.memory.system(key)
    if memory is None:
        raise not_found(what="memory of the system")
    reads = 0
    with suppress(DependencyDownError):
        reads = await gateway.working.system.count_read(key)
    return SystemView.of(memory, access_count=reads)


@router.put(
    "/{key}",
    summary="Set a memory of the system",
    responses={**SOON, **ADMINS, 413: documented("The value is larger than 64 KB.")},
)
async def put_system_memory(
    key: Key, body: SystemBody, gateway: GatewayDep, _admin: AdminDep, response: Response
) -> SystemSaved:
    """Set what everybody may read under a key; what was there before is replaced."""
    if body.value_bytes > MOST_BYTES:
        detail = f"value: the largest one has {MOST_BYTES} bytes as JSON."
        raise ProblemError(Problem(title="Too large", status=413, detail=detail))
    event = SystemMemoryChanged(
        system_key=key,
        value=body.value,
        kind=body.kind,
        tags=tuple(dict.fromkeys(body.tags)),
        priority=body.priority,
        expires_at=body.expires_at,
    )
    return await _told(gateway, event, response)


@router.delete(
    "/{key}", summary="Remove a memory of the system", responses={**SOON, **ADMINS, **NONE}
)
async def delete_system_memory(
    key: Key, gateway: GatewayDep, _admin: AdminDep, response: Response
) -> SystemSaved:
    """Remove what is set under a key."""
    if await gateway.memory.system(key) is None:
        raise not_found(what="memory of the system")
    return await _told(gateway, SystemMemoryChanged(system_key=key, removed=True), response)


async def _told(gateway: Gateway, event: SystemMemoryChanged, response: Response) -> SystemSaved:
    await gateway.bus.publish(SYSTEM_CHANGED, event, SYSTEM_USER, message_id=event.event_id)
    response.status_code = 200 if await gateway.visible(event.event_id) else 202
    return SystemSaved(event_id=event.event_id, key=event.system_key)
