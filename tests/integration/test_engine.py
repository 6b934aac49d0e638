"""The real engine with the real demonstration model, in a process of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from deploy.embedded.model import cache_directory, fetch
from shared.contracts.parts import GenerationOptions
from shared.llm.naming import DEMONSTRATION_MODEL
from shared.llm.openai import BuiltinLLM
from shared.llm.protocol import Delta, ModelNotFoundError, RequestRefusedError
from tests.support.llm_calls import ask, chat, free_port, text

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
COLD = GenerationOptions(temperature=0, seed=1)
CTX = 1024
SLOTS = 2


def start(model: Path, port: int) -> subprocess.Popen[bytes]:
    options = ["--model", str(model), "--port", str(port), "--ctx", str(CTX)]
    command = [sys.executable, "-m", "deploy.embedded.engine", *options, "--slots", str(SLOTS)]
    return subprocess.Popen(command, cwd=ROOT)


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the engine has ended"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the engine is not ready after two minutes")


@pytest.fixture(scope="module")
def model() -> Path:
    return fetch(cache_directory(), fallback=os.environ.get("MODEL_FALLBACK") != "0")


@pytest.fixture(scope="module")
def port(model: Path) -> Iterator[int]:
    port = free_port()
    process = start(model, port)
    try:
        wait_until_ready(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.fixture
async def llm(port: int) -> AsyncIterator[BuiltinLLM]:
    llm = BuiltinLLM(url=f"http://127.0.0.1:{port}/v1", default="llama3.2")
    yield llm
    await llm.close()


async def test_a_real_answer_is_streamed_and_counted(llm: BuiltinLLM) -> None:
    generation = chat("What is the capital of France? One word.", options=COLD, num_predict=20)
    chunks = [chunk async for chunk in llm.generate(generation)]
    *deltas, end = chunks
    answer = "".join(delta.text for delta in deltas if isinstance(delta, Delta))
    assert "Paris" in answer
    assert not isinstance(end, Delta)
    assert end.model == DEMONSTRATION_MODEL
    assert end.reason == "stop"
    assert 10 < (end.usage.prompt_tokens or 0) < 60
    assert 0 < (end.usage.completion_tokens or 0) <= 20


async def test_tokens_come_one_by_one(llm: BuiltinLLM) -> None:
    generation = chat("Count from one to ten.", options=COLD, num_predict=30)
    arrived = [time.monotonic() async for _ in llm.generate(generation)]
    assert len(arrived) > 10
    assert arrived[-1] - arrived[0] > 0.1


async def test_answers_in_a_row_and_at_once(llm: BuiltinLLM) -> None:
    hi = chat("Say hi.", options=COLD, num_predict=3)
    for _ in range(5):
        await ask(llm, hi)
    for _, end in await asyncio.gather(*(ask(llm, hi) for _ in range(2 * SLOTS))):
        assert end.usage.completion_tokens


async def test_text_form(llm: BuiltinLLM) -> None:
    answer, end = await ask(llm, text("The capital of Italy is", options=COLD, num_predict=4))
    assert "Rome" in answer
    assert end.reason == "length"
    assert end.usage.completion_tokens == 4


@pytest.mark.parametrize("form", ["chat", "text"])
async def test_a_schema_is_followed(llm: BuiltinLLM, form: str) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    question = "Ivan is 30 years old. Answer with JSON: name, age."
    make = chat if form == "chat" else text
    answer, _ = await ask(llm, make(question, schema=schema, options=COLD, num_predict=80))
    found = json.loads(answer)
    assert set(found) == {"name", "age"}
    assert isinstance(found["age"], int)


async def test_too_long_a_prompt_is_refused_not_cut(llm: BuiltinLLM) -> None:
    with pytest.raises(RequestRefusedError, match="context size") as caught:
        await ask(llm, chat("word " * (CTX + 50)))
    assert "NUM_CTX" in caught.value.remedy


async def test_each_slot_has_the_whole_context(llm: BuiltinLLM) -> None:
    assert (await llm.show("llama3.2")).context_length == CTX
    _, end = await ask(llm, chat("word " * 600, num_predict=1))
    assert (end.usage.prompt_tokens or 0) > CTX // SLOTS


async def test_closing_the_stream_frees_the_slot(llm: BuiltinLLM) -> None:
    story = chat("Write a very long story about the sea.", num_predict=900)
    for _ in range(SLOTS + 1):
        chunks = llm.generate(story)
        await anext(chunks)
        await chunks.aclose()
    async with asyncio.timeout(15):
        await ask(llm, chat("Say hi.", num_predict=3))


async def test_unknown_names_are_unknown_and_the_default_name_is_an_alias(
    llm: BuiltinLLM,
) -> None:
    assert [(info.name, info.alias_of) for info in await llm.models()] == [
        (DEMONSTRATION_MODEL, None),
        ("llama3.2", DEMONSTRATION_MODEL),
    ]
    with pytest.raises(ModelNotFoundError):
        await ask(llm, chat("Hi", model="gpt-4"))


async def test_warming_up_answers_at_once(llm: BuiltinLLM) -> None:
    async with asyncio.timeout(15):
        answer, _ = await ask(llm, chat())
    assert answer == ""


async def test_no_page_and_no_view_of_prompts(port: int) -> None:
    headers = {"Origin": "http://elsewhere.example"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.get("/slots")).status_code >= 400
        allowed = (await client.get("/health", headers=headers)).headers
        assert allowed.get("access-control-allow-origin", "") == ""


def test_it_ends_cleanly_while_it_generates(model: Path) -> None:
    port = free_port()
    process = start(model, port)
    wait_until_ready(process, port)
    body = {"stream": True, "messages": [{"role": "user", "content": "A very long story"}]}
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=60, trust_env=False) as response:
        next(response.iter_raw())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    model = tmp_path / "broken.gguf"
    model.write_bytes(b"GGUF but not really")
    assert start(model, free_port()).wait(60) == os.EX_SOFTWARE
