"""Builds the LLM that the settings name."""

from shared.llm.ollama import OllamaLLM
from shared.llm.openai import BuiltinLLM, OpenAILLM
from shared.llm.protocol import LLM
from shared.settings import ModelSettings


def create_llm(settings: ModelSettings) -> LLM:
    """Return the LLM of the settings. Nothing is connected before the first question."""
    if settings.llm_backend == "ollama":
        return OllamaLLM(url=settings.ollama_url)
    if settings.llm_backend == "openai":
        api_key = settings.openai_api_key.get_secret_value()
        return OpenAILLM(url=settings.openai_url, api_key=api_key)
    return BuiltinLLM(url=settings.builtin_url, default=settings.model)
