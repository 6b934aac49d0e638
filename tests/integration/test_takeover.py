"""A worker that goes away in the middle of an answer: another one begins it anew."""

import asyncio

import pytest

from services.inference.app import create_app
from services.inference.settings import InferenceSettings
from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import running_pipeline, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration


async def test_the_client_is_told_to_forget_what_it_saw_and_gets_one_answer(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    fake.script(chunks=["never "] * 10_000, delay_ms=20)
    async with running_pipeline(own_nats.url, redis_server.url, fake) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        asked = asyncio.create_task(pipeline.events("question", conversation_id="c"))
        await fake.until(lambda: fake.generations() and fake.generations()[-1].pieces > 3)
        await pipeline.services["inference"].stop()
        pipeline.services["inference"] = await serve(
            create_app(InferenceSettings(**pipeline.environment))
        )
        events = await asked
        names = [name for name, _ in events]
        assert names.count("reset") == 1
        assert names[-1] == "done"
        since = names.index("reset") + 1
        text = "".join(data["text"] for name, data in events[since:] if name == "token")
        assert text == events[-1][1]["reply"]["content"] == "echo: question"
        messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
        assert [message["content"] for message in messages] == ["question", "echo: question"]
        turn_id = events[-1][1]["turn_id"]
        assert (await pipeline.client.get(f"/chat/turns/{turn_id}")).json()["status"] == "completed"
