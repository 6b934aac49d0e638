"""Topics and figures of models in the figures of the memory, through HTTP."""

import asyncio
from typing import Any

import pytest

from shared.auth import issue_token
from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import SECRET, Pipeline, running_pipeline
from tests.support.servers import Running

pytestmark = pytest.mark.integration


async def stats(pipeline: Pipeline, **headers: str) -> dict[str, Any]:
    found = await pipeline.client.get("/memory/stats", headers=headers)
    assert found.status_code == 200
    return dict(found.json())


async def topics(pipeline: Pipeline, **headers: str) -> dict[str, int]:
    found = (await stats(pipeline, **headers))["popular_topics"]
    return {one["topic"]: one["count"] for one in found}


async def test_topics_are_the_callers_own_and_all_for_an_administrator(
    pipeline: Pipeline,
) -> None:
    word = f"zyx{new_id()[-8:]}"
    await pipeline.ask(f"Как запустить докер? {word}", conversation_id="c")
    await pipeline.ask(f"Docker again, {word}", conversation_id="d")
    mine = await topics(pipeline)
    assert (mine["docker"], mine[word]) == (2, 2)
    assert word not in await topics(pipeline, **{"user-agent": new_id()})
    root = f"Bearer {issue_token(SECRET, user=new_id(), admin=True)}"
    everybodys = await topics(pipeline, authorization=root)
    # Those of all who talked here: more than fit in the answer, and none of the administrator's.
    assert everybodys
    assert word not in everybodys or everybodys[word] == 2
    listed = (await pipeline.client.get("/memory/conversations")).json()["items"]
    assert [set(one["topics"]) for one in listed] == [{"docker", word}, {"docker", word}]


async def test_they_go_with_what_is_forgotten(pipeline: Pipeline) -> None:
    await pipeline.ask("Расскажи про Казань", conversation_id="c")
    await pipeline.ask("Казань и Самара", conversation_id="d")
    assert await topics(pipeline) == {"казань": 2, "самара": 1}
    await pipeline.client.delete("/memory/conversation/d")
    assert await topics(pipeline) == {"казань": 1}
    await pipeline.client.delete("/memory/user/me")
    assert await topics(pipeline) == {}


@pytest.mark.parametrize("memory", ["read", "off"])
async def test_incognito_turns_have_no_topics_and_no_figures(
    pipeline: Pipeline, memory: str
) -> None:
    before = (await stats(pipeline))["models"]
    assert (await pipeline.ask("Расскажи про Казань", memory=memory)).status_code == 200
    after = await stats(pipeline)
    assert (after["popular_topics"], after["models"]) == ([], before)


async def test_answers_bring_no_topics(pipeline: Pipeline) -> None:
    body = {"role": "assistant", "content": "Docker is a program"}
    await pipeline.client.post("/memory/conversation/c/message", json=body)
    assert await topics(pipeline) == {}


async def test_models_are_told_by_name(pipeline: Pipeline) -> None:
    before = (await stats(pipeline))["models"].get("llama3.2", {"turns": 0, "tokens": 0})
    for _ in range(3):
        assert (await pipeline.ask("hello")).status_code == 200
    models = (await stats(pipeline))["models"]
    after = models["llama3.2"]
    assert after["turns"] - before["turns"] == 3
    assert after["tokens"] > before["tokens"]
    assert 0 < after["p50_ms"] <= after["p95_ms"]
    assert after["failures"] == before.get("failures", 0)


async def test_redis_alone_keeps_them_too(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    admin = {"authorization": f"Bearer {issue_token(SECRET, user='root', admin=True)}"}
    async with running_pipeline(own_nats.url, own_redis.url, fake) as pipeline:
        await pipeline.ask("Расскажи про Казань и докер", conversation_id="c")
        await pipeline.ask("Docker", conversation_id="d")
        assert await topics(pipeline) == {"docker": 2, "казань": 1}
        assert (await topics(pipeline, **admin)) == {"docker": 2, "казань": 1}
        found = await stats(pipeline)
        assert found["models"]["llama3.2"]["turns"] == 2
        await pipeline.client.put("/memory/system/k", json={"value": 1}, headers=admin)
        assert (await stats(pipeline))["total_system_memories"] == 1
        assert (await pipeline.client.get("/memory/system/k")).json()["value"] == 1
        changed = await pipeline.client.patch("/memory/conversation/c", json={"title": "T"})
        assert changed.json()["title"] == "T"
        await pipeline.client.patch("/memory/conversation/d", json={"ttl_seconds": 1})
        async with asyncio.timeout(20):
            while await topics(pipeline) != {"docker": 1, "казань": 1}:
                await asyncio.sleep(0.05)
        await pipeline.client.delete("/memory/user/me")
        assert await topics(pipeline, **admin) == {}
