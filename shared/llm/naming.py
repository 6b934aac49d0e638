"""Which model a request means, decided from the settings alone."""

from dataclasses import dataclass

from shared.settings import ModelSettings

DEMONSTRATION_MODEL = "qwen2.5-coder-0.5b-instruct"
"""The name under which the built-in engine serves its demonstration model."""

DEMONSTRATION = "demonstration-model"
"""What `degraded` says when the demonstration model answers in the place of a real one."""


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """The name to ask the LLM server for, and what the user must be told about it."""

    name: str
    degraded: tuple[str, ...] = ()


def resolve(settings: ModelSettings, requested: str | None) -> ResolvedModel:
    """Resolve a requested model; None means the default one.

    With the built-in engine the default name is an alias of the demonstration model, so that the
    examples work as written on a machine without Ollama. Any other name is passed on unchanged:
    the server decides whether it exists.
    """
    name = requested or settings.model
    if settings.llm_backend != "builtin":
        return ResolvedModel(name)
    if name in {settings.model, DEMONSTRATION_MODEL}:
        return ResolvedModel(DEMONSTRATION_MODEL, (DEMONSTRATION,))
    return ResolvedModel(name)
