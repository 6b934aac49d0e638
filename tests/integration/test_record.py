"""The record in the running pipeline: behind Redis, instead of it, away, and put back from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import nats
import psutil
import pytest
from redis.asyncio import Redis

from services.memory_writer import rebuild
from shared.contracts.ids import new_id
from shared.memory import keys
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

SCALE = 0.05


@pytest.fixture
async def own(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        database_url=own_record.url,
        redis_timeout_s=1,
        database_timeout_s=1,
        publish_timeout_s=1.5,
        time_scale=SCALE,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


@pytest.fixture
async def redis(own_redis: Running) -> AsyncIterator[Redis]:
    client = Redis.from_url(own_redis.url, decode_responses=True)
    yield client
    await client.aclose()


@asynccontextmanager
async def eventually(timeout_s: float = 20) -> AsyncIterator[None]:
    async with asyncio.timeout(timeout_s):
        yield


async def user_of(pipeline: Pipeline) -> str:
    return str((await pipeline.client.get("/auth/me")).json()["user_id"])


async def contents(pipeline: Pipeline, conversation: str = "c", **query: Any) -> list[str]:
    found = await pipeline.client.get(f"/memory/conversation/{conversation}", params=query)
    return [m["content"] for m in found.json().get("messages", [])]


async def recorded(pipeline: Pipeline, messages: int) -> None:
    """Wait until the record has so many messages in all."""
    async with eventually():
        while await total(pipeline) != messages:
            await asyncio.sleep(0.01)


async def total(pipeline: Pipeline) -> Any:
    return (await pipeline.client.get("/memory/stats")).json()["total_messages"]


async def expire(redis: Redis, user: str, conversation: str) -> None:
    """Let a conversation's keys vanish, as Redis does when their time is over."""
    names = (keys.conversation, keys.messages, keys.order, keys.branches)
    await redis.delete(*(name(user, conversation) for name in names))
    await redis.zadd(keys.LIVE_CONVERSATIONS, {keys.member(user, conversation): 1})


async def whole(redis: Redis, user: str, conversation: str = "c") -> None:
    """Wait until Redis holds all of a conversation and its user again."""
    async with eventually():
        for key in (keys.conversation(user, conversation), keys.user(user)):
            while not await redis.exists(key) or await redis.hexists(key, "partial"):
                await asyncio.sleep(0.01)


async def rebuilt(redis: Redis) -> None:
    """Wait until Redis was put back from the record."""
    async with eventually():
        while not await redis.exists(keys.REBUILT):
            await asyncio.sleep(0.01)


async def dead_letters(own_nats: Running) -> int:
    connection = await nats.connect(own_nats.url)
    state = (await connection.jetstream().stream_info("DEAD")).state
    await connection.close()
    return int(state.messages)


async def extracted(pipeline: Pipeline) -> None:
    """Wait until a fact is in both stores."""
    async with eventually():
        while not (await pipeline.client.get("/memory/stats")).json()["total_facts"]:
            await asyncio.sleep(0.01)
        while not (await pipeline.client.get("/memory/user/me")).json()["facts"]:
            await asyncio.sleep(0.01)


async def test_a_conversation_that_left_redis_is_read_continued_and_put_back(
    own: Pipeline, redis: Redis
) -> None:
    for n in range(4):
        assert (await own.ask(f"q{n}", conversation_id="c")).status_code == 200
    await recorded(own, 8)
    user = await user_of(own)
    before = (await own.client.get("/memory/conversation/c")).json()
    await whole(redis, user)
    await expire(redis, user, "c")
    read = (await own.client.get("/memory/conversation/c")).json()
    assert read["expires_at"] is None
    assert {**read, "expires_at": before["expires_at"]} == before
    assert (await own.client.get("/memory/conversations")).json()["items"][0]["message_count"] == 8
    answer = (await own.ask("and now?", conversation_id="c")).json()
    assert answer["degraded"] == []
    # The last six messages, and the question.
    assert [m["content"] for m in own.prompts()[-1][-7:]] == [
        *("q1", "echo: q1", "q2", "echo: q2", "q3", "echo: q3", "and now?")
    ]
    await whole(redis, user)
    assert await redis.zcard(keys.order(user, "c")) == 10
    assert await contents(own) == [
        *(text for n in range(4) for text in (f"q{n}", f"echo: q{n}")),
        *("and now?", "echo: and now?"),
    ]


async def test_a_message_that_only_the_record_holds_can_be_replaced(
    own: Pipeline, redis: Redis
) -> None:
    first = (await own.ask("first", conversation_id="c")).json()["turn_id"]
    await own.ask("second", conversation_id="c")
    await recorded(own, 4)
    await expire(redis, await user_of(own), "c")
    again = await own.ask("edited", conversation_id="c", replaces=f"{first}-u")
    assert again.status_code == 200
    assert [m["content"] for m in own.prompts()[-1] if m["role"] != "system"] == ["edited"]
    await recorded(own, 2)
    assert await contents(own) == ["edited", "echo: edited"]
    missing = await own.ask("x", conversation_id="c", replaces="nothing-u")
    assert missing.status_code == 404


async def test_a_user_who_comes_back_after_redis_forgot_finds_all(
    own: Pipeline, redis: Redis
) -> None:
    await own.client.put("/memory/user/me/preferences", json={"language": "ru", "units": "metric"})
    await own.ask("Я живу в Казани.", conversation_id="c")
    await recorded(own, 2)
    await extracted(own)
    await redis.flushdb()
    user = (await own.client.get("/memory/user/me")).json()
    assert user["preferences"] == {"language": "ru", "units": "metric"}
    assert [fact["value"] for fact in user["facts"]] == ["Казань"]
    assert user["conversation_ids"] == ["c"]
    # One is set and one removed, while Redis knows nothing of the others.
    await own.client.put("/memory/user/me/preferences", json={"units": None, "name": "Иван"})
    user = (await own.client.get("/memory/user/me")).json()
    assert user["preferences"] == {"language": "ru", "name": "Иван"}
    answer = (await own.ask("hi", conversation_id="c")).json()
    assert answer["memory"]["preferences"] == {"language": "ru", "name": "Иван"}
    assert [fact["text"] for fact in answer["memory"]["facts"]] == ["Живёт в Казани"]


async def test_long_conversations_page_from_the_record(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> None:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        database_url=own_record.url,
        conversation_max_messages=100,
    ) as pipeline:
        for n in range(130):
            body = {"role": "user", "content": f"m{n}"}
            await pipeline.client.post("/memory/conversation/c/message", json=body)
        await recorded(pipeline, 130)
        found = (await pipeline.client.get("/memory/conversation/c?limit=60")).json()
        assert found["message_count"] == 130
        pages = [[m["content"] for m in found["messages"]]]
        while found["messages"]:
            first = found["messages"][0]["id"]
            found = (
                await pipeline.client.get(f"/memory/conversation/c?limit=60&before={first}")
            ).json()
            pages.insert(0, [m["content"] for m in found["messages"]])
        assert [len(page) for page in pages] == [0, 10, 60, 60]
        assert [text for page in pages for text in page] == [f"m{n}" for n in range(130)]


async def test_conversations_are_listed_from_both_stores_each_once(
    own: Pipeline, redis: Redis
) -> None:
    for n in range(7):
        body = {"role": "user", "content": "x"}
        await own.client.post(f"/memory/conversation/c{n}/message", json=body)
    await recorded(own, 7)
    user = await user_of(own)
    for n in (0, 3, 6):
        await expire(redis, user, f"c{n}")
        await redis.zrem(keys.user_conversations(user), f"c{n}")
    listed: list[str] = []
    cursor = ""
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await own.client.get("/memory/conversations", params=query)).json()
        listed += [one["conversation_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert listed == [f"c{n}" for n in reversed(range(7))]
    for wrong in ("x", "%%%", "9" * 900, "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGM"):
        refused = await own.client.get("/memory/conversations", params={"cursor": wrong})
        assert refused.status_code == 422, wrong


async def test_redis_that_was_flushed_is_rebuilt_by_itself_while_chat_goes_on(
    own: Pipeline, redis: Redis
) -> None:
    for n in range(5):
        await own.ask(f"q{n}", conversation_id=f"c{n}")
    await own.client.put("/memory/user/me/preferences", json={"language": "ru"})
    await own.ask("I live in Oslo.", conversation_id="c0")
    await recorded(own, 12)
    await extracted(own)
    user = await user_of(own)
    await rebuilt(redis)
    await redis.flushdb()
    asked = await asyncio.gather(*(own.ask("more", conversation_id=f"c{n}") for n in range(5)))
    assert [one.status_code for one in asked] == [200] * 5
    await rebuilt(redis)
    for n in range(5):
        await whole(redis, user, f"c{n}")
        told = ["I live in Oslo.", "echo: I live in Oslo."] if n == 0 else []
        assert await redis.zcard(keys.order(user, f"c{n}")) == 4 + len(told)
        kept = [f"q{n}", f"echo: q{n}", *told, "more", "echo: more"]
        assert await contents(own, f"c{n}") == kept
    stats = (await own.client.get("/memory/stats")).json()
    assert (stats["total_messages"], stats["live_conversations"]) == (22, 5)
    assert stats["total_facts"] == 1
    assert int(await redis.hget(keys.TOTALS, "messages") or 0) == 22
    assert not await redis.hexists(keys.user(user), "partial")
    assert await redis.hlen(keys.claims(user)) == 1
    answer = (await own.ask("and now?", conversation_id="c1")).json()
    # In the language that was set.
    assert [fact["text"] for fact in answer["memory"]["facts"]] == ["Живёт в Oslo"]


async def test_a_redis_that_is_nearly_full_is_not_filled_up(
    own: Pipeline, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own.ask("q", conversation_id="c")
    await own.client.put("/memory/user/me/preferences", json={"language": "ru"})
    await recorded(own, 2)
    user = await user_of(own)
    await rebuilt(redis)
    await whole(redis, user)
    monkeypatch.setattr(rebuild, "FULL", -1.0)
    await redis.flushdb()
    await rebuilt(redis)
    assert await redis.exists(keys.preferences(user))
    assert not await redis.exists(keys.messages(user, "c"))
    assert await contents(own) == ["q", "echo: q"]


async def test_without_postgres_chat_goes_on_and_the_record_catches_up(
    own: Pipeline, own_record: Record, own_nats: Running, redis: Redis
) -> None:
    await own.ask("before", conversation_id="c")
    await recorded(own, 2)
    # Until then the record is asked for what Redis may lack.
    await whole(redis, await user_of(own))
    own_record.server.kill()
    answers = [(await own.ask(f"during {n}", conversation_id="c")).json() for n in range(3)]
    assert [one["reply"]["content"] for one in answers] == [f"echo: during {n}" for n in range(3)]
    assert all(one["degraded"] == [] for one in answers)
    # What Redis does not hold may be in the record: the client is told that it was not asked.
    assert (await own.ask("new", conversation_id="d")).json()["degraded"] == ["archive"]
    assert len(await contents(own)) == 8
    for service in ("gateway", "memory_writer", "context"):
        # The timeouts of this test are short: on a busy machine a probe of NATS may miss its own.
        async with httpx.AsyncClient(base_url=own.services[service].url) as client, eventually():
            while (ready := await client.get("/health/ready")).status_code != 200:
                await asyncio.sleep(0.1)
        assert not ready.json()["dependencies"]["postgres"]["ok"]
        if service != "context":
            assert "the record is 4 events behind" in ready.json()["notes"]
    stats = (await own.client.get("/memory/stats")).json()
    assert (stats["total_messages"], stats["archive_bytes"]) == (None, None)
    assert stats["live_conversations"] == 2
    gone = await own.client.get("/memory/conversation/unknown")
    assert (gone.status_code, bool(gone.headers.get("retry-after"))) == (503, True)
    own_record.server.start()
    await recorded(own, 10)
    async with eventually():
        while (ready := await own.client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.1)
    assert ready.json()["notes"] == []
    assert (await own.client.get("/memory/conversation/unknown")).status_code == 404
    assert await dead_letters(own_nats) == 0


async def test_a_postgres_that_hangs_holds_nobody_up(
    own: Pipeline, own_record: Record, redis: Redis
) -> None:
    await own.ask("before", conversation_id="c")
    await recorded(own, 2)
    # Until then it is asked for what Redis may lack.
    await whole(redis, await user_of(own))
    process = own_record.server.process
    assert process is not None
    server = psutil.Process(process.pid)
    everything = [server, *server.children(recursive=True)]
    for one in everything:
        one.suspend()
    try:
        async with eventually(15):
            answer = (await own.ask("during", conversation_id="c")).json()
            assert (answer["reply"]["content"], answer["degraded"]) == ("echo: during", [])
            for n in range(3):
                answer = (await own.ask("new", conversation_id=f"d{n}")).json()
                assert answer["degraded"] == ["archive"]
            assert (await own.client.get("/memory/stats")).json()["total_messages"] is None
            ready = await own.client.get("/health/ready")
            assert (ready.status_code, ready.json()["dependencies"]["postgres"]["ok"]) == (
                *(200, False),
            )
    finally:
        for one in everything:
            one.resume()
    await recorded(own, 10)


async def test_without_redis_prompts_are_built_from_the_record(
    own: Pipeline, own_redis: Running
) -> None:
    await own.client.put("/memory/user/me/preferences", json={"answer_style": "short"})
    await own.ask("my name is Ann", conversation_id="c")
    await recorded(own, 2)
    await extracted(own)
    own_redis.kill()
    answer = (await own.ask("who am I?", conversation_id="c")).json()
    assert set(answer["degraded"]) == {"order", "working_memory"}
    assert len(answer["degraded"]) == 2
    assert [m["content"] for m in own.prompts()[-1][1:]] == [
        *("my name is Ann", "echo: my name is Ann", "who am I?")
    ]
    assert answer["memory"]["preferences"] == {"answer_style": "short"}
    assert len(answer["memory"]["facts"]) == 1
    # What was said now is in the record already, and in Redis as soon as it is back.
    async with eventually():
        while (await contents(own))[2:] != ["who am I?", "echo: who am I?"]:
            await asyncio.sleep(0.01)
    assert (await own.client.get("/memory/user/me")).status_code == 200
    stats = (await own.client.get("/memory/stats")).json()
    assert (stats["total_conversations"], stats["live_conversations"]) == (1, None)
    own_redis.start()
    await recorded(own, 4)
    assert len(await contents(own)) == 4


async def test_redis_alone_works_and_says_so(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake) as pipeline:
        assert (await pipeline.ask("Меня зовут Иван", conversation_id="c")).status_code == 200
        assert (await pipeline.ask("Кто я?", conversation_id="c")).json()["degraded"] == []
        assert pipeline.prompts()[-1][1]["content"] == "Меня зовут Иван"
        assert len(await contents(pipeline)) == 4
        stats = (await pipeline.client.get("/memory/stats")).json()
        assert (stats["total_messages"], stats["total_conversations"]) == (4, 1)
        assert stats["archive_bytes"] is None
        for service in ("gateway", "memory_writer"):
            async with httpx.AsyncClient(base_url=pipeline.services[service].url) as client:
                ready = (await client.get("/health/ready")).json()
            assert ready["ok"]
            assert ready["notes"] == ["DATABASE_URL is empty: Redis only"]
        gone = await pipeline.client.delete("/memory/conversation/c")
        assert (gone.status_code, gone.json()["rows"]) == (200, None)
        assert (await pipeline.client.get("/memory/conversation/c")).status_code == 404
    connection = await nats.connect(own_nats.url)
    names = {one.name for one in await connection.jetstream().consumers_info("MEMORY")}
    await connection.close()
    assert "archive-writer" not in names
