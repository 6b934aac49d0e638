"""The system's own memory through HTTP: who may, what may, and what becomes of it."""

import asyncio
from typing import Any

import pytest

from shared.auth import issue_token
from shared.contracts.ids import new_id
from tests.support.pipeline import SECRET, Pipeline

pytestmark = pytest.mark.integration


@pytest.fixture
def admin() -> dict[str, str]:
    return {"authorization": f"Bearer {issue_token(SECRET, user=new_id(), admin=True)}"}


async def put(pipeline: Pipeline, admin: dict[str, str], key: str, value: Any, **more: Any) -> Any:
    return await pipeline.client.put(
        f"/memory/system/{key}", json={"value": value, **more}, headers=admin
    )


async def test_what_an_administrator_sets_everybody_reads(
    pipeline: Pipeline, admin: dict[str, str]
) -> None:
    key, value = new_id(), {"имя": ["Membus", 1.5, None, True]}
    assert (await pipeline.client.get(f"/memory/system/{key}")).status_code == 404
    put_ = await put(pipeline, admin, key, value, kind="knowledge", tags=["a"], priority="high")
    assert put_.status_code == 200
    found = (await pipeline.client.get(f"/memory/system/{key}")).json()
    assert (found["value"], found["kind"], found["tags"]) == (value, "knowledge", ["a"])
    assert found["priority"] == "high"
    again = (await pipeline.client.get(f"/memory/system/{key}")).json()
    assert (found["access_count"], again["access_count"]) == (1, 2)
    assert (await put(pipeline, admin, key, None)).status_code == 200
    assert (await pipeline.client.get(f"/memory/system/{key}")).json()["value"] is None
    removed = await pipeline.client.delete(f"/memory/system/{key}", headers=admin)
    assert removed.status_code == 200
    assert (await pipeline.client.get(f"/memory/system/{key}")).status_code == 404
    gone = await pipeline.client.delete(f"/memory/system/{key}", headers=admin)
    assert gone.status_code == 404


async def test_others_may_not_write(pipeline: Pipeline, admin: dict[str, str]) -> None:
    key = new_id()
    user = {"authorization": f"Bearer {issue_token(SECRET, user=new_id())}"}
    for headers in (user, {}):
        assert (await put(pipeline, headers, key, 1)).status_code == 403
    await put(pipeline, admin, key, 1)
    for headers in (user, {}):
        refused = await pipeline.client.delete(f"/memory/system/{key}", headers=headers)
        assert refused.status_code == 403
    assert (await pipeline.client.get(f"/memory/system/{key}")).json()["value"] == 1


async def test_it_expires_and_the_totals_follow(pipeline: Pipeline, admin: dict[str, str]) -> None:
    async def total() -> int:
        stats = await pipeline.client.get("/memory/stats")
        return int(stats.json()["total_system_memories"])

    before = await total()
    short, long = new_id(), new_id()
    await put(pipeline, admin, short, "x", ttl_seconds=1)
    await put(pipeline, admin, long, "y", ttl_seconds=1000)
    assert await total() == before + 2
    async with asyncio.timeout(10):
        while (await pipeline.client.get(f"/memory/system/{short}")).status_code != 404:
            await asyncio.sleep(0.05)
    assert await total() == before + 1
    await pipeline.client.delete(f"/memory/system/{long}", headers=admin)
    assert await total() == before


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b'"' + b"x" * (64 * 1024 - 2) + b'"', 200),
        (b'"' + b"x" * (64 * 1024 - 1) + b'"', 413),
        (b"[" * 65 + b"]" * 65, 422),
        (b"[" * 30_000 + b"]" * 30_000, 400),
        (b"NaN", 422),
        (b'"\\ud800"', 422),
        (b'"a\\u0000b"', 422),
        (b"1" + b"0" * 400, 200),
    ],
    ids=[
        "64 KB",
        "larger",
        "deep",
        "very deep",
        "NaN",
        "half a character",
        "NUL",
        "a large number",
    ],
)
async def test_values_at_the_limits(
    pipeline: Pipeline, admin: dict[str, str], value: bytes, status: int
) -> None:
    key = new_id()
    answered = await pipeline.client.put(
        f"/memory/system/{key}",
        content=b'{"value": ' + value + b"}",
        headers={**admin, "content-type": "application/json"},
    )
    assert answered.status_code == status, answered.text[:300]
    there = (await pipeline.client.get(f"/memory/system/{key}")).status_code
    assert there == (200 if status == 200 else 404)


@pytest.mark.parametrize(
    ("key", "status"),
    [("k" * 200, 200), ("k" * 201, 422), ("a b", 200), ("ключ", 200), ("a/b", 404), ("..", 404)],
)
async def test_keys(pipeline: Pipeline, admin: dict[str, str], key: str, status: int) -> None:
    assert (await put(pipeline, admin, key, 1)).status_code == status


@pytest.mark.parametrize(
    "body",
    [{}, {"value": 1, "kind": "other"}, {"value": 1, "ttl_seconds": -1}, {"value": 1, "tags": "a"}],
)
async def test_wrong_bodies(
    pipeline: Pipeline, admin: dict[str, str], body: dict[str, Any]
) -> None:
    answered = await pipeline.client.put(f"/memory/system/{new_id()}", json=body, headers=admin)
    assert answered.status_code == 422
