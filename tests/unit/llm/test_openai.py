"""What is particular to OpenAI's protocol and to the built-in engine."""

from pathlib import Path

import pytest

from shared.llm.naming import DEMONSTRATION_MODEL
from shared.llm.openai import BuiltinLLM, OpenAILLM
from shared.llm.openai_wire import Event, data_of
from shared.llm.protocol import (
    ModelNotFoundError,
    RequestRefusedError,
    ServerFailedError,
    ServerUnavailableError,
)
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import ask, chat, text

DATA = Path(__file__).parents[2] / "data" / "llm"
CONTENT = '{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}'


def listing(monkeypatch: pytest.MonkeyPatch, llm: OpenAILLM, name: str) -> None:
    async def call(*_: object) -> bytes:
        return (DATA / name).read_bytes()

    monkeypatch.setattr(llm._server, "call", call)


@pytest.mark.parametrize(
    ("name", "answer", "counts"),
    [("openai_chat.sse", "Hello!", (31, 4)), ("openai_completion.sse", " blue", (3, 3))],
)
async def test_recorded_frames(
    openai: OpenAILLM, fake: FakeLLM, name: str, answer: str, counts: tuple[int, int]
) -> None:
    fake.script(lines=(DATA / name).read_text(encoding="utf-8").splitlines())
    got, end = await ask(openai, chat("Hi"))
    assert (got, end.reason, end.model) == (answer, "length", "qwen2.5-coder-0.5b-instruct")
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == counts


async def test_usage_is_asked_for(openai: OpenAILLM, fake: FakeLLM) -> None:
    await ask(openai, chat("Hi"))
    body = fake.generations()[-1].body
    assert body["stream_options"] == {"include_usage": True}
    assert "num_ctx" not in body
    assert "options" not in body


@pytest.mark.parametrize(
    "lines",
    [
        [f"data: {CONTENT}", "data: [DONE]"],
        [f"data: {CONTENT}", 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}'],
        [f"data:{CONTENT}", "event: x", ": ping", "id: 1", "retry: 5", "data:[DONE]"],
    ],
)
async def test_either_end_mark_will_do(openai: OpenAILLM, fake: FakeLLM, lines: list[str]) -> None:
    fake.script(lines=lines)
    answer, end = await ask(openai, chat("Hi"))
    assert (answer, end.reason) == ("Hi", "stop")


async def test_no_connection_is_used_after_a_stream(openai: OpenAILLM, fake: FakeLLM) -> None:
    # llama.cpp drops it without a word; `test_engine.py` shows it with the real one.
    for _ in range(3):
        await ask(openai, chat("Hi"))
    assert len({seen.client_port for seen in fake.generations()}) == 3
    assert fake.generations()[-1].headers["connection"] == "close"


async def test_reasoning_is_not_part_of_the_answer(openai: OpenAILLM, fake: FakeLLM) -> None:
    thought = 'data: {"choices":[{"delta":{"reasoning_content":"Hm","content":null}}]}'
    fake.script(lines=[thought, f"data: {CONTENT}", "data: [DONE]"])
    answer, _ = await ask(openai, chat("Hi"))
    assert answer == "Hi"


def test_an_older_error_field_is_data() -> None:
    data = data_of(b'error: {"code":500,"message":"no slot"}')
    assert data is not None
    assert Event.model_validate_json(data).failure() == "no slot"
    assert Event(error="text").failure() == "text"


async def test_a_key_is_sent_as_a_bearer_token(fake: FakeLLM) -> None:
    llm = OpenAILLM(url=fake.openai_url, api_key="s3cret")
    await ask(llm, chat("Hi"))
    await llm.close()
    assert {seen.headers["authorization"] for seen in fake.requests} == {"Bearer s3cret"}


async def test_without_a_key_none_is_sent(openai: OpenAILLM, fake: FakeLLM) -> None:
    await ask(openai, chat("Hi"))
    assert "authorization" not in fake.requests[-1].headers


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_told(openai: OpenAILLM, fake: FakeLLM, status: int) -> None:
    fake.script(status=status, error="Invalid API Key")
    with pytest.raises(RequestRefusedError, match="OPENAI_API_KEY"):
        await ask(openai, chat("Hi"))


async def test_a_model_that_is_being_loaded_is_waited_for(openai: OpenAILLM, fake: FakeLLM) -> None:
    fake.script(status=503, error="Loading model")
    with pytest.raises(ServerUnavailableError, match="being loaded") as caught:
        await ask(openai, chat("Hi"))
    assert caught.value.retryable


@pytest.mark.parametrize(
    "message",
    [
        "request (9030 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "This model's maximum context length is 4096 tokens.",
    ],
)
async def test_too_long_a_prompt_names_the_setting(
    openai: OpenAILLM, fake: FakeLLM, message: str
) -> None:
    fake.script(status=400, error=message)
    with pytest.raises(RequestRefusedError) as caught:
        await ask(openai, chat("Hi"))
    assert message in caught.value.detail
    assert "NUM_CTX" in caught.value.remedy


async def test_another_server_at_the_address_is_told(fake: FakeLLM) -> None:
    llm = OpenAILLM(url=fake.url)
    for call in (llm.models(), ask(llm, chat("Hi"))):
        with pytest.raises(ServerFailedError, match="does not speak OpenAI"):
            await call
    await llm.close()


async def test_a_list_that_is_none_is_told(
    openai: OpenAILLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing(monkeypatch, openai, "ollama_tags.json")
    with pytest.raises(ServerFailedError, match="does not speak OpenAI"):
        await openai.models()


async def test_a_model_taken_away_meanwhile_is_unknown(openai: OpenAILLM, fake: FakeLLM) -> None:
    await ask(openai, chat("Hi"))
    fake.script(status=404, error="The model `llama3.2` does not exist.")
    with pytest.raises(ModelNotFoundError):
        await ask(openai, chat("Hi"))


async def test_a_server_that_answers_to_any_name_is_not_believed(fake: FakeLLM) -> None:
    with FakeLLM(strict=False, models={"only": 4096}) as lenient:
        llm = OpenAILLM(url=lenient.openai_url)
        with pytest.raises(ModelNotFoundError, match="It has: only"):
            await ask(llm, chat("Hi", model="gpt-4"))
        assert not lenient.generations()
        await llm.close()
    assert not fake.requests


async def test_the_list_is_read_once_for_known_names(openai: OpenAILLM, fake: FakeLLM) -> None:
    for _ in range(3):
        await ask(openai, chat("Hi"))
    assert [seen.path for seen in fake.requests].count("/v1/models") == 1


async def test_llamacpp_tells_aliases_and_its_context(
    openai: OpenAILLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing(monkeypatch, openai, "llamacpp_models.json")
    model, alias = await openai.models()
    assert (model.name, model.context_length, model.size) == (DEMONSTRATION_MODEL, 4096, 485452288)
    assert (alias.name, alias.alias_of) == ("coder", DEMONSTRATION_MODEL)


async def test_vllm_tells_its_length(openai: OpenAILLM, monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, openai, "vllm_models.json")
    assert (await openai.show("Qwen/Qwen3-4B")).context_length == 40960


# --- built-in ---------------------------------------------------------------------------------


async def test_builtin_offers_the_demonstration_model_and_the_default_as_its_alias(
    builtin: BuiltinLLM,
) -> None:
    model, alias = await builtin.models()
    assert (model.name, model.alias_of, model.demonstration) == (DEMONSTRATION_MODEL, None, True)
    assert (alias.name, alias.alias_of) == ("llama3.2", DEMONSTRATION_MODEL)
    assert alias.demonstration


async def test_builtin_asks_for_the_model_behind_the_alias(
    builtin: BuiltinLLM, fake: FakeLLM
) -> None:
    for generation in (chat("Hi"), text("Hi"), chat("Hi", model=DEMONSTRATION_MODEL)):
        _, end = await ask(builtin, generation)
        assert end.model == DEMONSTRATION_MODEL
    assert {seen.body["model"] for seen in fake.generations()} == {DEMONSTRATION_MODEL}


async def test_builtin_without_an_alias_of_its_own_lists_one_model(fake: FakeLLM) -> None:
    llm = BuiltinLLM(url=fake.openai_url, default=DEMONSTRATION_MODEL)
    assert len(await llm.models()) == 1
    await llm.close()


async def test_builtin_knows_no_other_model(builtin: BuiltinLLM, fake: FakeLLM) -> None:
    with pytest.raises(ModelNotFoundError, match=DEMONSTRATION_MODEL) as caught:
        await ask(builtin, chat("Hi", model="qwen2.5:0.5b"))
    assert "Ollama" in caught.value.remedy
    assert not fake.generations()
