"""A machine with no Ollama: the built-in engine answers with the demonstration model."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.checkout import Checkout
from tests.support.servers import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.engine, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    nowhere = f"http://127.0.0.1:{free_port()}"
    checkout = Checkout(tmp_path_factory.mktemp("alone"), OLLAMA_URL=nowhere)
    try:
        shown = checkout.run("make", "up", timeout_s=800)
        assert "demonstration" in shown
        yield checkout
    finally:
        checkout.try_to("make", "down")
    assert checkout.left_behind() == []


def test_the_two_questions_of_the_readme(alone: Checkout) -> None:
    first = httpx.post(
        f"{alone.api}/chat/",
        json={"prompt": "Привет! Меня зовут Иван, я программист", "model": "llama3.2"},
        timeout=120,
    ).json()
    assert first["reply"]["content"].strip()
    assert first["model"] == "qwen2.5-coder-0.5b-instruct"
    assert "demonstration-model" in first["degraded"]
    assert first["usage"]["completion_tokens"] > 0
    second = httpx.post(
        f"{alone.api}/chat/", json={"prompt": "Как меня зовут?"}, timeout=120
    ).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert second["reply"]["content"].strip()
    turn = httpx.get(f"{alone.api}/chat/turns/{second['turn_id']}").json()
    said = [message["content"] for message in turn["prompt"]["messages"]]
    assert "Привет! Меня зовут Иван, я программист" in said
    assert first["reply"]["content"] in said


def test_another_model_is_a_404_with_the_remedy_for_this_engine(alone: Checkout) -> None:
    response = httpx.post(f"{alone.api}/chat/", json={"prompt": "x", "model": "mistral"})
    assert response.status_code == 404
    detail = response.json()["detail"]
    assert "qwen2.5-coder-0.5b-instruct" in detail
    assert "ollama pull mistral" not in detail


def test_the_models_page_says_what_it_is(alone: Checkout) -> None:
    models = httpx.get(f"{alone.api}/models").json()
    assert models["backend"] == "builtin"
    named = {model["name"]: model for model in models["items"]}
    assert named["qwen2.5-coder-0.5b-instruct"]["demonstration"] is True
    assert named["llama3.2"]["alias_of"] == "qwen2.5-coder-0.5b-instruct"
