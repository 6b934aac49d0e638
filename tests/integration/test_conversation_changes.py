"""Conversations that are named, tagged, ranked and ended by hand, through HTTP."""

import asyncio
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from shared.auth import issue_token
from shared.memory import keys
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import SECRET, Pipeline, running_pipeline
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration


async def add(pipeline: Pipeline, content: str, conversation: str = "c", **more: str) -> str:
    body = {"role": "user", "content": content, **more}
    added = await pipeline.client.post(f"/memory/conversation/{conversation}/message", json=body)
    assert added.status_code == 201
    return str(added.json()["message_id"])


async def change(pipeline: Pipeline, conversation: str = "c", **changes: Any) -> httpx.Response:
    return await pipeline.client.patch(f"/memory/conversation/{conversation}", json=changes)


async def read(pipeline: Pipeline, conversation: str = "c") -> dict[str, Any]:
    found = await pipeline.client.get(f"/memory/conversation/{conversation}")
    assert found.status_code == 200
    return dict(found.json())


async def test_what_is_changed_is_answered_read_and_listed(pipeline: Pipeline) -> None:
    await add(pipeline, "Как сварить борщ? Хочу к обеду.")
    answered = await change(pipeline, title="Обед", tags=["еда", "еда"], priority="high")
    assert answered.status_code == 200
    for shown in (
        answered.json(),
        await read(pipeline),
        (await pipeline.client.get("/memory/conversations")).json()["items"][0],
    ):
        assert (shown["title"], shown["tags"], shown["priority"]) == ("Обед", ["еда"], "high")
        assert shown["topics"] == ["борщ", "обед"]
    # One field leaves the others as they are.
    assert (await change(pipeline, priority="low")).json()["title"] == "Обед"
    assert (await change(pipeline, title="")).json()["title"] == "Как сварить борщ?"


async def test_a_conversation_is_named_by_what_was_said_first(pipeline: Pipeline) -> None:
    first = await add(pipeline, "## Docker: *how* do I start it?\nIt is new to me.")
    await add(pipeline, "Second question")
    assert (await read(pipeline))["title"] == "Docker: how do I start it?"
    await pipeline.client.delete(f"/memory/conversation/c/message/{first}")
    found = await read(pipeline)
    assert (found["title"], found["topics"]) == ("Second question", [])


async def test_a_critical_conversation_never_leaves_redis(pipeline: Pipeline) -> None:
    await add(pipeline, "hello")
    assert (await read(pipeline))["expires_at"] is not None
    assert (await change(pipeline, priority="critical")).json()["expires_at"] is None
    await add(pipeline, "and again")
    assert (await read(pipeline))["expires_at"] is None
    assert (await change(pipeline, priority="low")).json()["expires_at"] is not None


async def test_a_conversation_ends_when_it_was_told_to(pipeline: Pipeline) -> None:
    await add(pipeline, "hello")
    await add(pipeline, "hello", "stays")
    assert (await change(pipeline, ttl_seconds=1)).json()["expires_at"] is not None
    async with asyncio.timeout(20):
        while (await pipeline.client.get("/memory/conversation/c")).status_code != 404:
            await asyncio.sleep(0.05)
        # Not hidden alone: forgotten, and it comes to the figures.
        while "c" in (await pipeline.client.get("/memory/user/me")).json()["conversation_ids"]:
            await asyncio.sleep(0.05)
    listed = (await pipeline.client.get("/memory/conversations")).json()["items"]
    assert [one["conversation_id"] for one in listed] == ["stays"]
    # The name is free again, without what was set of the one before.
    await add(pipeline, "anew")
    found = await read(pipeline)
    assert (found["message_count"], found["title"]) == (1, "anew")


async def test_another_users_and_no_conversation_is_not_found(pipeline: Pipeline) -> None:
    await add(pipeline, "hello")
    headers = {"user-agent": "somebody else"}
    other = await pipeline.client.patch(
        "/memory/conversation/c", json={"title": "mine"}, headers=headers
    )
    assert other.status_code == 404
    assert (await change(pipeline, "nothing", title="x")).status_code == 404
    assert (await read(pipeline))["title"] == "hello"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": None},
        {"title": "x" * 201},
        {"title": "two\nlines"},
        {"tags": ["t"] * 65},
        {"tags": "t"},
        {"priority": "urgent"},
        {"ttl_seconds": -1},
        {"ttl_seconds": 0},
        {"ttl_seconds": 10**12},
    ],
)
async def test_wrong_changes_are_told(pipeline: Pipeline, changes: dict[str, Any]) -> None:
    await add(pipeline, "hello")
    assert (await change(pipeline, **changes)).status_code == 422


async def test_forgetting_a_conversation_forgets_its_name(pipeline: Pipeline) -> None:
    await add(pipeline, "hello")
    await change(pipeline, title="A secret", priority="critical")
    assert (await pipeline.client.delete("/memory/conversation/c")).status_code == 200
    await add(pipeline, "anew")
    found = await read(pipeline)
    assert (found["title"], found["priority"]) == ("anew", "medium")
    assert found["expires_at"] is not None


async def rebuilt(redis: Redis) -> None:
    """Wait until Redis was put back from the record."""
    async with asyncio.timeout(10):
        while not await redis.exists(keys.REBUILT):
            await asyncio.sleep(0.01)


async def test_what_redis_loses_is_put_back(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> None:
    admin = {"authorization": f"Bearer {issue_token(SECRET, user='root', admin=True)}"}
    redis = Redis.from_url(own_redis.url, decode_responses=True)
    async with running_pipeline(
        own_nats.url, own_redis.url, fake, database_url=own_record.url, time_scale=0.05
    ) as pipeline:
        await add(pipeline, "Как настроить докер?")
        await change(pipeline, title="Docker", tags=["ops"], priority="critical")
        await pipeline.client.put("/memory/system/k", json={"value": ["v"]}, headers=admin)
        before = await read(pipeline)
        await rebuilt(redis)
        await redis.flushdb()
        # From the record at once, and from Redis again in a moment.
        assert await read(pipeline) == before
        assert (await pipeline.client.get("/memory/system/k")).json()["value"] == ["v"]
        await rebuilt(redis)
        user = str(before["user_id"])
        assert await redis.ttl(keys.conversation(user, "c")) == -1
        assert await redis.hexists(keys.SYSTEM, "k")
        assert await redis.hkeys(keys.topics(user, "c")) == ["docker"]
        assert await read(pipeline) == before
    await redis.aclose()
