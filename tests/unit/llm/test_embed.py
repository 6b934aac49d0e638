"""Vectors of the LLM server, in both protocols."""

import json

import pytest

from shared.llm.ollama import OllamaLLM
from shared.llm.openai import OpenAILLM
from shared.llm.protocol import (
    LLM,
    LLMError,
    ModelNotFoundError,
    ServerBusyError,
    ServerFailedError,
    ServerUnavailableError,
)
from tests.support.fake_llm import FakeLLM
from tests.support.fake_vectors import DIMENSIONS, EMBEDDER, vector_of
from tests.support.llm_calls import free_port

TEXTS = ["My dog is called Rex.", "Мою собаку зовут Рекс.", "It rains in Lisbon."]


@pytest.fixture(params=["ollama", "openai"])
def protocol(request: pytest.FixtureRequest, ollama: OllamaLLM, openai: OpenAILLM) -> LLM:
    return ollama if request.param == "ollama" else openai


async def test_every_text_has_its_vector_in_their_order(protocol: LLM, fake: FakeLLM) -> None:
    vectors = await protocol.embed(EMBEDDER, TEXTS)
    assert vectors == [vector_of(text) for text in TEXTS]
    assert {len(vector) for vector in vectors} == {DIMENSIONS}
    assert fake.requests[-1].body == {"model": EMBEDDER, "input": TEXTS}


async def test_a_model_that_is_missing_is_named(protocol: LLM) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        await protocol.embed("nomic-embed-text", TEXTS)
    assert "nomic-embed-text" in caught.value.detail


async def test_ollama_says_how_to_get_a_model(ollama: OllamaLLM) -> None:
    with pytest.raises(ModelNotFoundError, match="`ollama pull nomic-embed-text`"):
        await ollama.embed("nomic-embed-text", TEXTS)


@pytest.mark.parametrize(("status", "kind"), [(503, ServerBusyError), (500, ServerFailedError)])
async def test_refusals_have_their_class(
    protocol: LLM, fake: FakeLLM, status: int, kind: type[LLMError]
) -> None:
    fake.script(status=status, error="server busy", path="embed")
    fake.script(status=status, error="server busy", path="embeddings")
    with pytest.raises(kind):
        await protocol.embed(EMBEDDER, TEXTS)


@pytest.mark.parametrize(
    "body",
    [
        {"embeddings": [[1.0], [2.0]], "data": [{"index": 0, "embedding": [1.0]}]},
        {
            "embeddings": [[1.0], [2.0], [3.0, 4.0]],
            "data": [{"index": at, "embedding": [1.0] * (1 + at)} for at in range(3)],
        },
        {"embeddings": None},
        {},
    ],
)
async def test_what_is_no_vector_of_each_text_is_a_failure(
    protocol: LLM, monkeypatch: pytest.MonkeyPatch, body: object
) -> None:
    await protocol.models()

    async def call(*_: object, **__: object) -> bytes:
        return json.dumps(body).encode()

    client = protocol._server  # type: ignore[attr-defined]
    if isinstance(protocol, OpenAILLM):
        protocol._served = {EMBEDDER: EMBEDDER}
    monkeypatch.setattr(client, "call", call)
    with pytest.raises(ServerFailedError):
        await protocol.embed(EMBEDDER, TEXTS)


async def test_a_server_that_is_away() -> None:
    for llm in (
        OllamaLLM(url=f"http://127.0.0.1:{free_port()}"),
        OpenAILLM(url=f"http://127.0.0.1:{free_port()}/v1"),
    ):
        with pytest.raises(ServerUnavailableError):
            await llm.embed(EMBEDDER, TEXTS)
        await llm.close()
