"""What is particular to Ollama; the frames are those of its documentation."""

import json
from pathlib import Path

import pytest

from shared.llm.ollama import OllamaLLM, short_name
from shared.llm.protocol import ServerBusyError, ServerFailedError
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import ask, chat, text

DATA = Path(__file__).parents[2] / "data" / "llm"


def lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("name", "answer", "reason", "counts"),
    [
        ("ollama_chat.ndjson", "The", "stop", (26, 282)),
        ("ollama_generate.ndjson", "The", "stop", (26, 259)),
        ("ollama_schema.ndjson", '{"age": 22, "available": false}', "stop", (34, 12)),
        ("ollama_tools.ndjson", "", "stop", (122, 33)),
        ("ollama_load.ndjson", "", "stop", (None, None)),
        ("ollama_thinking.ndjson", "Blue.", "length", (9, 5)),
    ],
)
async def test_documented_frames(
    ollama: OllamaLLM,
    fake: FakeLLM,
    name: str,
    answer: str,
    reason: str,
    counts: tuple[int | None, int | None],
) -> None:
    fake.script(lines=lines(name))
    got, end = await ask(ollama, chat("why is the sky blue?"))
    assert (got, end.reason) == (answer, reason)
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == counts


async def test_documented_error_line(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(lines=lines("ollama_error.ndjson"))
    with pytest.raises(ServerFailedError, match="an error was encountered while running"):
        await ask(ollama, chat("Hi"))


async def test_num_ctx_is_in_every_request_and_never_changes(
    ollama: OllamaLLM, fake: FakeLLM
) -> None:
    for generation in (chat("a"), text("b"), chat(), text(""), chat("c", schema={})):
        await ask(ollama, generation)
    assert [seen.body["options"]["num_ctx"] for seen in fake.generations()] == [4096] * 5


async def test_a_complete_answer_leaves_its_connection_for_the_next(
    ollama: OllamaLLM, fake: FakeLLM
) -> None:
    for _ in range(3):
        await ask(ollama, chat("Hi"))
    assert len({seen.client_port for seen in fake.generations()}) == 1


async def test_think_is_never_sent(ollama: OllamaLLM, fake: FakeLLM) -> None:
    await ask(ollama, chat("a"))
    await ask(ollama, text("b"))
    assert all("think" not in seen.body for seen in fake.generations())


async def test_text_form_is_raw_and_chat_form_is_not(ollama: OllamaLLM, fake: FakeLLM) -> None:
    await ask(ollama, text("whole prompt"))
    await ask(ollama, chat("Hi"))
    whole, conversation = fake.generations()
    assert (whole.path, whole.body["raw"]) == ("/api/generate", True)
    assert conversation.path == "/api/chat"
    assert "raw" not in conversation.body


async def test_warming_up_loads_with_empty_messages(ollama: OllamaLLM, fake: FakeLLM) -> None:
    await ask(ollama, chat())
    assert fake.generations()[-1].body["messages"] == []


async def test_a_full_queue_is_busy(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(
        status=503, error="server busy, please try again.  maximum pending requests exceeded"
    )
    with pytest.raises(ServerBusyError, match="maximum pending requests"):
        await ask(ollama, chat("Hi"))


async def test_names_are_the_same_with_and_without_latest(ollama: OllamaLLM, fake: FakeLLM) -> None:
    _, end = await ask(ollama, chat("Hi", model="llama3.2:latest"))
    assert end.model == "llama3.2"
    assert (await ollama.show("llama3.2:latest")).name == "llama3.2"
    assert "llama3.2" in {info.name for info in await ollama.models()}
    assert short_name("host:5000/own/model:latest") == "host:5000/own/model"
    assert short_name("codellama:13b") == "codellama:13b"
    assert fake.requests[0].body["model"] == "llama3.2:latest"


async def test_documented_tags_and_show(ollama: OllamaLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call(path: str, *_: object) -> bytes:
        name = {"/api/tags": "ollama_tags.json", "/api/show": "ollama_show.json"}[path]
        return (DATA / name).read_bytes()

    monkeypatch.setattr(ollama._server, "call", call)
    assert [(info.name, info.size) for info in await ollama.models()] == [
        ("codellama:13b", 7365960935),
        ("llama3", 3825819519),
    ]
    shown = await ollama.show("llama3")
    assert shown.context_length == 8192
    assert shown.capabilities == ("completion", "vision")


@pytest.mark.parametrize("body", [{"models": None}, {}])
async def test_no_models_is_an_empty_list(
    ollama: OllamaLLM, monkeypatch: pytest.MonkeyPatch, body: object
) -> None:
    async def call(*_: object) -> bytes:
        return json.dumps(body).encode()

    monkeypatch.setattr(ollama._server, "call", call)
    assert await ollama.models() == []
    assert (await ollama.show("x")).context_length is None


async def test_another_server_at_the_address_is_told(fake: FakeLLM) -> None:
    llm = OllamaLLM(url=f"{fake.url}/elsewhere")
    for call in (llm.models(), llm.show("llama3.2"), ask(llm, chat("Hi"))):
        with pytest.raises(ServerFailedError, match="does not speak Ollama") as caught:
            await call
        assert "OLLAMA_URL" in caught.value.remedy
    await llm.close()


async def test_answers_that_are_no_json_are_told(
    ollama: OllamaLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(*_: object) -> bytes:
        return b"<html>a router's login page"

    monkeypatch.setattr(ollama._server, "call", call)
    for coroutine in (ollama.models(), ollama.show("llama3.2")):
        with pytest.raises(ServerFailedError, match="does not speak Ollama"):
            await coroutine
