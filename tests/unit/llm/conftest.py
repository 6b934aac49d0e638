"""One LLM client for each backend, connected to the scripted fake."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.llm.ollama import OllamaLLM
from shared.llm.openai import BuiltinLLM, OpenAILLM
from shared.llm.protocol import LLM
from tests.support.fake_llm import FakeLLM

# Long enough for a loaded machine, short enough for a test that waits for it.
READ_TIMEOUT_S = 0.5


@pytest.fixture(scope="package")
def server() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


@pytest.fixture
def fake(server: FakeLLM) -> FakeLLM:
    server.reset()
    return server


@pytest.fixture
async def ollama(fake: FakeLLM) -> AsyncIterator[OllamaLLM]:
    llm = OllamaLLM(url=fake.url, read_timeout_s=READ_TIMEOUT_S)
    yield llm
    await llm.close()


@pytest.fixture
async def openai(fake: FakeLLM) -> AsyncIterator[OpenAILLM]:
    llm = OpenAILLM(url=fake.openai_url, read_timeout_s=READ_TIMEOUT_S)
    yield llm
    await llm.close()


@pytest.fixture
async def builtin(fake: FakeLLM) -> AsyncIterator[BuiltinLLM]:
    llm = BuiltinLLM(url=fake.openai_url, default="llama3.2", read_timeout_s=READ_TIMEOUT_S)
    yield llm
    await llm.close()


@pytest.fixture(params=["ollama", "openai", "builtin"])
async def llm(request: pytest.FixtureRequest, fake: FakeLLM) -> AsyncIterator[LLM]:
    # Built here and not taken from the fixtures above: each client costs 20 ms for its CA list.
    client: LLM
    if request.param == "ollama":
        client = OllamaLLM(url=fake.url, read_timeout_s=READ_TIMEOUT_S)
    elif request.param == "openai":
        client = OpenAILLM(url=fake.openai_url, read_timeout_s=READ_TIMEOUT_S)
    else:
        client = BuiltinLLM(url=fake.openai_url, default="llama3.2", read_timeout_s=READ_TIMEOUT_S)
    yield client
    await client.close()
