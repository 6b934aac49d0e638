"""The pipeline on real servers, with a scripted LLM. It starts once; each test is its own user."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Record, Running


@pytest.fixture(scope="session")
def fake_llm_server() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


@pytest.fixture
def fake(fake_llm_server: FakeLLM) -> FakeLLM:
    fake_llm_server.reset()
    return fake_llm_server


@pytest.fixture(scope="session")
async def running(
    nats_server: Running, redis_server: Running, record: Record, fake_llm_server: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        nats_server.url, redis_server.url, fake_llm_server, database_url=record.url
    ) as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(running: Pipeline, fake: FakeLLM) -> Pipeline:  # noqa: ARG001 - resets the scripts
    running.client.headers["user-agent"] = new_id()
    return running
