"""Health, and the description of the events."""

from typing import Any

from fastapi import APIRouter, Response

from services.gateway.asyncapi import asyncapi_document
from services.gateway.dependencies import Gateway, GatewayDep
from shared.contracts.subjects import ARCHIVE_WRITER
from shared.failures import DependencyDownError
from shared.health import SPARED, Health, check

router = APIRouter(tags=["operations"])


@router.get("/health/live", summary="Is the process alive?")
async def live() -> dict[str, bool]:
    """Answer as long as the process runs."""
    return {"ok": True}


@router.get("/health/ready", summary="Does everything it needs answer?")
async def ready(gateway: GatewayDep, response: Response) -> Health:
    """Probe every dependency; 503 where one does not answer."""
    notes = await _notes(gateway)
    health = await check("gateway", gateway.probes, notes=notes, spared=SPARED)
    response.status_code = 200 if health.ok else 503
    return health


async def _notes(gateway: Gateway) -> list[str]:
    if gateway.archive is None:
        return ["DATABASE_URL is empty: Redis only"]
    try:
        waiting = (await gateway.bus.backlog(ARCHIVE_WRITER)).waiting
    except DependencyDownError:
        return []
    return [f"the record is {waiting} events behind"] if waiting else []


@router.get("/asyncapi.json", summary="The events, as AsyncAPI")
async def asyncapi() -> dict[str, Any]:
    """Return every subject with the schema of its event."""
    return asyncapi_document()
