"""Export and import by HTTP, for tests."""

import asyncio
from http import HTTPStatus
from typing import Any

import httpx

from tests.support.exports import decoded, ended

EXPORT, IMPORT = "/memory/user/me/export", "/memory/user/me/import"


def problem(response: httpx.Response, status: int) -> str:
    """Check that a response is a problem document with this status, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 2_000
    return str(response.json()["detail"])


async def me(client: httpx.AsyncClient) -> str:
    return str((await client.get("/auth/me")).json()["user_id"])


async def exported(client: httpx.AsyncClient, path: str = EXPORT) -> list[dict[str, Any]]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = decoded(response.content)
    assert lines[0]["kind"] == "export"
    assert ended(lines[:-1])[-1]["counts"].items() <= lines[-1]["counts"].items()
    return lines


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def lasting(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what must come back as it was: all but who, and when it was recorded."""
    kept = [line for line in lines if line["kind"] in {"preference", "conversation", "message"}]
    return [{key: v for key, v in line.items() if key != "recorded_at"} for line in kept]


async def imported(client: httpx.AsyncClient, file: bytes, path: str = IMPORT) -> dict[str, Any]:
    """Import a file, and return the answer as soon as all of it can be read."""
    response = await client.post(path, content=file)
    assert response.status_code in {200, 202}, response.text
    about = path.partition("?")[0].removesuffix("/import")
    # 202: it takes longer than a client waits, where the machine is busy.
    async with asyncio.timeout(60):
        while response.status_code == HTTPStatus.ACCEPTED and not await _settled(client, about):
            await asyncio.sleep(0.05)
    body: dict[str, Any] = response.json()
    return body


async def _settled(client: httpx.AsyncClient, path: str) -> bool:
    found = await client.get(path)
    return found.status_code == HTTPStatus.OK and not found.json()["pending"]


async def is_empty(client: httpx.AsyncClient) -> bool:
    return [line["kind"] for line in await exported(client)] == ["export", "end"]
