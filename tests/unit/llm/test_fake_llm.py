"""The fake itself: what other tests and the benchmark rely on."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.llm.ollama import OllamaLLM
from shared.llm.openai import OpenAILLM
from shared.llm.protocol import ServerBusyError
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import ask, chat, free_port

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def process() -> Iterator[str]:
    """Yield the address of a fake that runs as a process, as in e2e tests."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.fake_llm", "--port", str(port)]
    options = ["--tokens", "3", "--first-ms", "1", "--delay-ms", "1"]
    with subprocess.Popen([*command, *options], cwd=ROOT) as running:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                httpx.get(f"{url}/api/version", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
        running.terminate()


async def test_a_process_is_told_and_asked_over_http(process: str) -> None:
    llm = OllamaLLM(url=process)
    assert (await ask(llm, chat("Hi")))[0] == "token0 token1 token2"
    async with httpx.AsyncClient(base_url=process, trust_env=False) as control:
        scripts = [{"text": "Иван"}, {"status": 503, "error": "server busy"}]
        assert (await control.post("/__script", json=scripts)).json()["scripts"] == 2
        assert (await ask(llm, chat("Как меня зовут?")))[0] == "Иван"
        with pytest.raises(ServerBusyError):
            await ask(llm, chat("Hi"))
        seen = (await control.get("/__requests")).json()
        asked = [one["prompt"] for one in seen if one["path"] == "/api/chat"]
        assert asked == ["Hi", "Как меня зовут?", "Hi"]
        await control.post("/__models", json={"mistral": 1000})
        assert [info.name for info in await llm.models()] == ["mistral"]
        await control.post("/__reset")
        assert (await control.get("/__requests")).json() == []
    await llm.close()


async def test_scripts_are_matched_by_what_is_asked(fake: FakeLLM, ollama: OllamaLLM) -> None:
    fake.script(text="for b", match="b?")
    fake.script(text="for anyone", times=2)
    answers = [(await ask(ollama, chat(question)))[0] for question in ("a?", "b?", "c?", "d?")]
    assert answers == ["for anyone", "for b", "for anyone", "echo: d?"]


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/api/chat", {"messages": [{"role": "user", "content": "Hi"}]}, "message"),
        ("/api/generate", {"prompt": "Hi"}, "response"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}, "choices"),
        ("/v1/completions", {"prompt": "Hi"}, "choices"),
    ],
)
async def test_answers_in_one_piece_too(
    fake: FakeLLM, path: str, body: dict[str, object], answer: str
) -> None:
    async with httpx.AsyncClient(base_url=fake.url, trust_env=False) as client:
        response = await client.post(path, json=body | {"model": "llama3.2", "stream": False})
    assert "echo: Hi" in str(response.json()[answer])


async def test_what_else_ollama_has(fake: FakeLLM) -> None:
    async with httpx.AsyncClient(base_url=fake.url, trust_env=False) as client:
        assert (await client.get("/api/version")).json() == {"version": "0.33.0"}
        body = {"model": "llama3.2", "input": ["a", "b"]}
        assert len((await client.post("/api/embed", json=body)).json()["embeddings"]) == 2
        missing = await client.post("/api/embed", json={"model": "no", "input": "a"})
        assert (missing.status_code, missing.json()) == (404, {"error": "model 'no' not found"})
        tags = (await client.get("/api/tags")).json()["models"]
        assert tags[0]["name"] == "llama3.2:latest"
        assert (await client.get("/nowhere")).status_code == 404
        assert (await client.post("/api/chat", content=b"{")).status_code == 400


async def test_an_unknown_model_of_a_lenient_server_is_answered(fake: FakeLLM) -> None:
    with FakeLLM(strict=False) as lenient:
        body = {"model": "any", "messages": [{"role": "user", "content": "Hi"}]}
        url = f"{lenient.openai_url}/chat/completions"
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(url, json=body)).is_success
        llm = OpenAILLM(url=lenient.openai_url)
        assert await llm.models()
        await llm.close()
    assert not fake.requests
