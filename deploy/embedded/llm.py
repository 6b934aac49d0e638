"""Which LLM answers: Ollama where it runs, another server when told so, or the built-in engine."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import cpu, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.http_probe import get
from deploy.embedded.model import ModelFetchError, fetch
from deploy.embedded.settings import LauncherSettings
from shared.llm.naming import DEMONSTRATION_MODEL

DETECT_TIMEOUT_S = 1.0
"""Ollama on this machine answers in milliseconds; nobody waits longer for one that is not there."""

LIST_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Llm:
    """The chosen backend, how to call it to the user, and the engine's weights if it is ours."""

    backend: str
    description: str
    weights: Path | None = None
    remedies: tuple[str, ...] = ()


def choose(settings: LauncherSettings) -> Llm:
    """Find the LLM; fetch the demonstration model when the built-in engine is to answer.

    Raises StackError when a server that was asked for does not answer (the services would never
    be ready), when the engine cannot run here, or when its model cannot be fetched.
    """
    backend = settings.llm_backend
    if backend == "auto":
        found = get(f"{settings.ollama_url.rstrip('/')}/api/version", DETECT_TIMEOUT_S)
        backend = "ollama" if found.ok else "builtin"
    if backend == "ollama":
        return _ollama(settings)
    if backend == "openai":
        return _openai(settings)
    return _builtin(settings)


def is_pulled(model: str, names: Iterable[str]) -> bool:
    """Tell whether Ollama has the model: a name without a tag means `:latest`."""
    return _tagged(model) in {_tagged(name) for name in names}


def _ollama(settings: LauncherSettings) -> Llm:
    answer = get(f"{settings.ollama_url.rstrip('/')}/api/tags", LIST_TIMEOUT_S)
    if not answer.ok or not isinstance(answer.body, dict):
        msg = (
            f"Ollama does not answer at {settings.ollama_url}. Start it (`ollama serve`), correct "
            "OLLAMA_URL, or set LLM_BACKEND=builtin for the built-in demonstration model."
        )
        raise StackError(msg)
    description = f"{settings.model} by Ollama at {settings.ollama_url}"
    names = [str(entry.get("name", "")) for entry in answer.body.get("models") or ()]
    if is_pulled(settings.model, names):
        return Llm("ollama", description)
    remedy = f"Ollama does not have the model {settings.model} yet: ollama pull {settings.model}"
    return Llm("ollama", description, remedies=(remedy,))


def _openai(settings: LauncherSettings) -> Llm:
    key = os.environ.get("OPENAI_API_KEY", "")
    answer = get(f"{settings.openai_url.rstrip('/')}/models", LIST_TIMEOUT_S, bearer=key)
    if not answer.ok:
        said = f"answers with HTTP {answer.status}" if answer.status else "does not answer"
        msg = (
            f"The OpenAI-style server {said} at {settings.openai_url}/models. Start it, or correct "
            "OPENAI_URL and OPENAI_API_KEY; LLM_BACKEND=auto needs neither."
        )
        raise StackError(msg)
    return Llm("openai", f"{settings.model} at {settings.openai_url}")


def _builtin(settings: LauncherSettings) -> Llm:
    cpu.require_engine_features()
    try:
        weights = fetch(settings.membus_cache, fallback=settings.model_fallback, log=terminal.say)
    except ModelFetchError as error:
        msg = f"{error}\nOr install Ollama and start it: it is used when it answers."
        raise StackError(msg) from error
    description = (
        f"{DEMONSTRATION_MODEL}, a small demonstration model in the built-in engine "
        "(install Ollama for real answers)"
    )
    return Llm("builtin", description, weights)


def _tagged(name: str) -> str:
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"
