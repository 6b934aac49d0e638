"""Which LLM is chosen, and what the user is told about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.embedded import llm
from deploy.embedded.failure import StackError
from deploy.embedded.http_probe import Answer
from deploy.embedded.model import ModelFetchError
from deploy.embedded.settings import LauncherSettings

Answers = Callable[[dict[str, Answer]], None]
VERSION = {"/api/version": Answer(200, {"version": "0.33"})}
TAGS = {"/api/tags": Answer(200, {"models": [{"name": "llama3.2:latest"}]})}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    def use(found: dict[str, Answer]) -> None:
        def get(url: str, _timeout_s: float, *, bearer: str = "") -> Answer:
            del bearer
            path = "/" + url.split("/", 3)[3]
            return found.get(path, Answer(0))

        monkeypatch.setattr(llm, "get", get)

    return use


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Path:
    path = Path("/cache/model.gguf")
    monkeypatch.setattr(llm, "fetch", lambda *_args, **_options: path)
    monkeypatch.setattr("deploy.embedded.cpu.require_engine_features", lambda: None)
    return path


@pytest.mark.parametrize(
    ("model", "names", "there"),
    [
        ("llama3.2", ["llama3.2:latest"], True),
        ("llama3.2:latest", ["llama3.2"], True),
        ("llama3.2:1b", ["llama3.2:latest"], False),
        ("llama3.2", ["llama3"], False),
        ("hf.co:8080/a/b", ["hf.co:8080/a/b:latest"], True),
    ],
)
def test_names_are_compared_with_their_tags(model: str, names: list[str], *, there: bool) -> None:
    assert llm.is_pulled(model, names) is there


def test_ollama_is_used_where_it_answers(answers: Answers) -> None:
    answers(VERSION | TAGS)

    found = llm.choose(LauncherSettings())

    assert (found.backend, found.weights, found.remedies) == ("ollama", None, ())
    assert found.description == "llama3.2 by Ollama at http://127.0.0.1:11434"


def test_a_model_that_is_not_pulled_is_told_and_stops_nothing(answers: Answers) -> None:
    answers(VERSION | TAGS)
    found = llm.choose(LauncherSettings(model="qwen3"))
    assert found.backend == "ollama"
    assert "ollama pull qwen3" in found.remedies[0]


def test_ollama_that_is_asked_for_but_away_is_told(answers: Answers) -> None:
    answers({})
    with pytest.raises(StackError, match="ollama serve"):
        llm.choose(LauncherSettings(llm_backend="ollama"))


def test_without_ollama_the_engine_answers(answers: Answers, fetched: Path) -> None:
    answers({})
    found = llm.choose(LauncherSettings())
    assert (found.backend, found.weights) == ("builtin", fetched)
    assert "demonstration" in found.description


def test_another_server_is_used_when_it_is_named(answers: Answers) -> None:
    answers({"/v1/models": Answer(200)})
    assert llm.choose(LauncherSettings(llm_backend="openai")).backend == "openai"


@pytest.mark.parametrize(("status", "said"), [(401, "answers with HTTP 401"), (0, "not answer")])
def test_another_server_that_refuses_is_told(answers: Answers, status: int, said: str) -> None:
    answers({"/v1/models": Answer(status)})
    with pytest.raises(StackError, match=f"{said}.*OPENAI_API_KEY"):
        llm.choose(LauncherSettings(llm_backend="openai"))


def test_a_failed_fetch_stops_the_start(
    answers: Answers, fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> Path:
        detail = f"{fetched} is wrong."
        raise ModelFetchError(detail, "Try again.")

    answers({})
    monkeypatch.setattr(llm, "fetch", fail)
    with pytest.raises(StackError, match=r"Try again\.\nOr install Ollama"):
        llm.choose(LauncherSettings())
