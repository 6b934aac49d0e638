"""The pipeline on real servers, with a scripted LLM."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Running


@pytest.fixture(scope="session")
def fake_llm_server() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


@pytest.fixture
def fake(fake_llm_server: FakeLLM) -> FakeLLM:
    fake_llm_server.reset()
    return fake_llm_server


@pytest.fixture
async def pipeline(
    nats_server: Running, redis_server: Running, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(nats_server.url, redis_server.url, fake) as running:
        # Every test is a user of its own.
        running.client.headers["user-agent"] = new_id()
        yield running
