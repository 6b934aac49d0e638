"""Export and import by HTTP, for tests."""

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
    response = await client.post(path, content=file)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def is_empty(client: httpx.AsyncClient) -> bool:
    return [line["kind"] for line in await exported(client)] == ["export", "end"]
