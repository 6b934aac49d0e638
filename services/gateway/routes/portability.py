"""Export and import: a user's memory as a file of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.dependencies import GatewayDep, OwnedUserDep
from services.gateway.exporter import Download
from services.gateway.portability import MEDIA_TYPE, UserId
from services.gateway.problems import documented
from shared.contracts.parts import utcnow

router = APIRouter(prefix="/memory", tags=["memory"])

EXAMPLE = """\
{"kind":"export","format":2,"membus":"0.1.0","user_id":"anon_5f1c","exported_at":"2025-10-05T09:00:00Z"}
{"kind":"user","created_at":"2025-10-01T08:00:00Z","last_active":"2025-10-04T19:30:01Z"}
{"kind":"preference","key":"language","value":"ru","set_at":"2025-10-01T08:00:00Z"}
{"kind":"conversation","conversation_id":"c1","topics":[],"tags":[],"priority":"medium",\
"created_at":"2025-10-04T19:30:00Z","updated_at":"2025-10-04T19:30:00Z"}
{"kind":"message","conversation_id":"c1","message_id":"m1","role":"user",\
"content":"Я живу в Казани","time":"2025-10-04T19:30:00Z","order":1759606200000000,\
"status":"complete","metadata":{},"tags":[],\
"priority":"medium","recorded_at":"2025-10-04T19:30:00Z"}
{"kind":"end","counts":{"user":1,"preference":1,"conversation":1,"message":1,"fact":0}}
"""
FILE: dict[str, Any] = {"schema": {"type": "string"}, "example": EXAMPLE}
FORBIDDEN: dict[int | str, dict[str, Any]] = {403: documented("It is another user's.")}


class Skipped(BaseModel):
    """What of an imported file was not taken over."""

    expired_messages: int = Field(description="Messages whose time has run out.")
    facts: int = Field(description="Facts of the first format, which nothing ever wrote.")


IMPORTED_EXAMPLE: dict[str, Any] = {
    "messages": 120,
    "conversations": 7,
    "preferences": 2,
    "facts": 14,
    "skipped": {"expired_messages": 0, "facts": 0},
}


class Imported(BaseModel):
    """What an imported file held; what was there already counts too, and stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [IMPORTED_EXAMPLE]})

    messages: int
    conversations: int
    preferences: int
    facts: int = Field(description="Claims, of which facts are made.")
    skipped: Skipped


@router.get(
    "/user/{user_id}/export",
    summary="Export a user's memory",
    response_class=Response,
    responses={
        200: {"description": "One JSON object a line.", "content": {MEDIA_TYPE: FILE}},
        **FORBIDDEN,
        429: documented("An export of this user is under way."),
    },
)
async def export_memory(user_id: OwnedUserDep, gateway: GatewayDep) -> Response:
    """Return all that is remembered of a user as a file (NDJSON), to keep or to import elsewhere.

    The first line says whose it is, the last one (kind `end`) counts the others: a file without it
    was cut off. Superseded messages are left out. `me` is the caller.
    """
    chunks = gateway.exporter.chunks(user_id)
    # What can fail does so before the response begins.
    first = await anext(chunks)
    filename = f"membus-{user_id}-{utcnow():%Y%m%d-%H%M%S}.ndjson"
    timeout_s = gateway.settings.sse_send_timeout_s
    return Download(first, chunks, filename=filename, send_timeout_s=timeout_s)


@router.post(
    "/user/{user_id}/import",
    summary="Import an export",
    responses={
        202: {"model": Imported, "description": "Stored, readable soon."},
        400: documented("The file is no NDJSON, or was cut off; the detail names the line."),
        **FORBIDDEN,
        413: documented("The file is larger than IMPORT_MAX_BYTES, or a line than an event."),
        422: documented("A line is wrong, of another version or user; the detail names it."),
        429: documented("An import of this user is under way."),
    },
    openapi_extra={"requestBody": {"required": True, "content": {MEDIA_TYPE: FILE}}},
)
async def import_memory(
    user_id: OwnedUserDep,
    request: Request,
    gateway: GatewayDep,
    response: Response,
    sender: Annotated[
        UserId | None,
        Query(alias="from", description="Whose export it is, where that is another user."),
    ] = None,
) -> Imported:
    """Take the file of an export back; what is there already stays as it is.

    The whole file is checked before anything is written: one with a fault changes nothing.
    Importing it twice adds nothing. Topics and summaries are made anew. Not taken over, and counted
    as skipped: messages whose time has run out.
    """
    body = request.stream()
    tally, applied = await gateway.importer.take(user_id, body, sender=sender or user_id)
    response.status_code = 200 if applied else 202
    return Imported(
        messages=tally.messages,
        conversations=tally.conversations,
        preferences=tally.preferences,
        facts=tally.facts,
        skipped=Skipped(
            expired_messages=tally.expired,
            facts=tally.old_facts,
        ),
    )
