"""The settings decide which LLM is built, and under which names models are asked for."""

import pytest
from pydantic import SecretStr

from shared.llm.factory import create_llm
from shared.llm.naming import DEMONSTRATION, DEMONSTRATION_MODEL, ResolvedModel, resolve
from shared.llm.ollama import OllamaLLM
from shared.llm.openai import BuiltinLLM, OpenAILLM
from shared.settings import ModelSettings
from tests.support.fake_llm import FakeLLM


@pytest.mark.parametrize(
    ("backend", "expected"),
    [("ollama", OllamaLLM), ("openai", OpenAILLM), ("builtin", BuiltinLLM)],
)
async def test_each_backend_is_built_and_works(
    fake: FakeLLM, backend: str, expected: type[object]
) -> None:
    settings = ModelSettings.model_validate(
        {
            "llm_backend": backend,
            "ollama_url": fake.url + "/",
            "openai_url": fake.openai_url,
            "openai_api_key": SecretStr("k"),
            "builtin_url": fake.openai_url,
        }
    )
    llm = create_llm(settings)
    assert type(llm) is expected
    assert llm.name == backend
    assert (await llm.show("llama3.2")).name == "llama3.2"
    assert fake.requests[-1].headers.get("authorization") == (
        "Bearer k" if backend == "openai" else None
    )
    await llm.close()


@pytest.mark.parametrize(
    ("backend", "requested", "expected"),
    [
        ("ollama", None, ResolvedModel("llama3.2")),
        ("ollama", "mistral", ResolvedModel("mistral")),
        ("builtin", None, ResolvedModel(DEMONSTRATION_MODEL, (DEMONSTRATION,))),
        ("builtin", "llama3.2", ResolvedModel(DEMONSTRATION_MODEL, (DEMONSTRATION,))),
        ("builtin", "mistral", ResolvedModel("mistral")),
    ],
)
def test_the_default_name_means_the_demonstration_model_only_with_the_engine(
    backend: str, requested: str | None, expected: ResolvedModel
) -> None:
    settings = ModelSettings.model_validate({"llm_backend": backend})
    assert resolve(settings, requested) == expected
