"""What both protocols must do alike; every test runs against each backend."""

import asyncio
import json
import time

import pytest

from shared.llm.ollama import OllamaLLM
from shared.llm.openai import BuiltinLLM, OpenAILLM
from shared.llm.protocol import (
    LLM,
    AnswerTimeoutError,
    Delta,
    Finished,
    LLMError,
    ModelNotFoundError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    ServerUnavailableError,
    StreamBrokenError,
)
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import ALL_OPTIONS, ask, chat, free_port, text

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}


async def test_streams_piece_by_piece_and_ends_with_the_counts(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["Hel", "lo", " Ива", "н"], prompt_tokens=11)
    chunks = [chunk async for chunk in llm.generate(chat("Hi"))]
    assert chunks[:-1] == [Delta("Hel"), Delta("lo"), Delta(" Ива"), Delta("н")]
    end = chunks[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.usage.prompt_tokens, end.usage.completion_tokens) == ("stop", 11, 4)


async def test_first_piece_comes_before_the_answer_is_complete(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b"], delay_ms=150)
    arrived = [time.monotonic() async for _ in llm.generate(chat("Hi"))]
    assert arrived[1] - arrived[0] > 0.1


async def test_text_form_goes_to_the_completion_endpoint(llm: LLM, fake: FakeLLM) -> None:
    fake.script(text="docker compose up")
    answer, _ = await ask(llm, text("Привет!\nДля чего это?"))
    assert answer == "docker compose up"
    seen = fake.generations()[-1]
    assert seen.path in {"/api/generate", "/v1/completions"}
    assert seen.body["prompt"] == "Привет!\nДля чего это?"


async def test_messages_keep_their_order_and_roles(llm: LLM, fake: FakeLLM) -> None:
    await ask(llm, chat("one", "two"))
    assert fake.generations()[-1].body["messages"] == [
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
    ]


async def test_all_options_reach_the_server(llm: LLM, fake: FakeLLM) -> None:
    await ask(llm, chat("Hi", options=ALL_OPTIONS))
    body = fake.generations()[-1].body
    sent = body.get("options", body)
    assert (sent["temperature"], sent["top_p"], sent["seed"]) == (0.2, 0.9, 42)
    assert sent["stop"] == ["\n", "User:"]
    assert sent.get("num_predict", sent.get("max_tokens")) == 7


async def test_only_set_options_are_sent_and_the_answer_has_a_limit(
    llm: LLM, fake: FakeLLM
) -> None:
    await ask(llm, chat("Hi", num_predict=99))
    body = fake.generations()[-1].body
    sent = body.get("options", body)
    assert not {"temperature", "top_p", "seed", "stop"} & set(sent)
    assert sent.get("num_predict", sent.get("max_tokens")) == 99


async def test_an_answer_that_reaches_its_limit_says_so(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b", "c"])
    answer, end = await ask(llm, chat("Hi", num_predict=2))
    assert (answer, end.reason) == ("ab", "length")


@pytest.mark.parametrize("form", [chat, text])
async def test_schema_is_passed_on(llm: LLM, fake: FakeLLM, form: object) -> None:
    make = chat if form is chat else text
    answer, _ = await ask(llm, make("JSON: who?", schema=SCHEMA))
    assert json.loads(answer) == {"name": "", "age": 0}
    body = fake.generations()[-1].body
    sent = body.get("format") or body["response_format"]["json_schema"]["schema"]
    assert sent == SCHEMA


async def test_counts_may_be_missing(llm: LLM, fake: FakeLLM) -> None:
    fake.script(text="Hi", counts=False)
    answer, end = await ask(llm, chat("Hi"))
    assert answer == "Hi"
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == (None, None)


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\x1c", "\u2029"])
async def test_line_separators_of_unicode_do_not_split_a_frame(
    llm: LLM, fake: FakeLLM, separator: str
) -> None:
    fake.script(chunks=[f"a{separator}b"])
    answer, _ = await ask(llm, chat("Hi"))
    assert answer == f"a{separator}b"


# --- cancelling -------------------------------------------------------------------------------


async def test_closing_the_generator_closes_the_connection_at_once(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b", "c"], break_after=1, breaks="hang")
    chunks = llm.generate(chat("Hi"))
    assert await anext(chunks) == Delta("a")
    closed_at = time.monotonic()
    await chunks.aclose()
    await fake.until(lambda: fake.generations()[-1].cancelled_at)
    assert (fake.generations()[-1].cancelled_at or 0) - closed_at < 0.25


async def test_cancelling_the_task_before_the_first_token_closes_the_connection(
    llm: LLM, fake: FakeLLM
) -> None:
    fake.script(text="late", first_delay_ms=60_000)
    task = asyncio.create_task(ask(llm, chat("Hi")))
    await fake.until(fake.generations)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await fake.until(lambda: fake.generations()[-1].cancelled_at)


async def test_many_answers_at_once(llm: LLM, fake: FakeLLM) -> None:
    for number in range(64):
        fake.script(text=f"answer {number}", match=f"<{number}>", delay_ms=5)
    answers = await asyncio.gather(*(ask(llm, chat(f"<{number}>")) for number in range(64)))
    assert [answer for answer, _ in answers] == [f"answer {number}" for number in range(64)]


# --- warming up -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["chat", "text"])
async def test_empty_messages_warm_up(llm: LLM, form: str) -> None:
    answer, end = await ask(llm, chat() if form == "chat" else text(""))
    assert (answer, end.reason, end.usage.completion_tokens) == ("", "stop", None)


# --- failures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected", "retryable"),
    [
        (400, RequestRefusedError, False),
        (422, RequestRefusedError, False),
        (429, ServerBusyError, True),
        (499, RequestRefusedError, False),
        (500, ServerFailedError, True),
        (502, ServerFailedError, True),
        (503, ServerBusyError, True),
    ],
)
async def test_a_refusal_is_classed_by_what_to_do_next(
    llm: LLM, fake: FakeLLM, status: int, expected: type[LLMError], *, retryable: bool
) -> None:
    fake.script(status=status, error="the reason of the server")
    with pytest.raises(expected, match="the reason of the server") as caught:
        await ask(llm, chat("Hi"))
    assert type(caught.value) is expected
    assert caught.value.retryable is retryable


async def test_a_failure_in_mid_stream_is_an_error(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b"], break_after=1, breaks="error", error="out of memory")
    chunks = llm.generate(chat("Hi"))
    assert await anext(chunks) == Delta("a")
    with pytest.raises(ServerFailedError, match="out of memory"):
        await anext(chunks)


@pytest.mark.parametrize("breaks", ["end", "cut"])
@pytest.mark.parametrize("after", [0, 1])
async def test_a_stream_without_its_end_mark_is_a_failure(
    llm: LLM, fake: FakeLLM, breaks: str, after: int
) -> None:
    fake.script(chunks=["a", "b"], break_after=after, breaks=breaks)
    with pytest.raises(StreamBrokenError):
        await ask(llm, chat("Hi"))


async def test_a_line_that_is_no_frame_is_a_failure(llm: LLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b"], break_after=1, breaks="garbage")
    with pytest.raises(ServerFailedError, match="does not speak"):
        await ask(llm, chat("Hi"))


@pytest.mark.parametrize("silence", [{"first_delay_ms": 9000}, {"break_after": 1}])
async def test_silence_is_a_timeout(llm: LLM, fake: FakeLLM, silence: dict[str, int]) -> None:
    fake.script(chunks=["a", "b"], breaks="hang", **silence)
    with pytest.raises(AnswerTimeoutError):
        await ask(llm, chat("Hi"))
    await fake.until(lambda: fake.generations()[-1].cancelled_at)


async def test_nobody_there_names_the_remedy_of_this_backend() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for llm, remedy in (
        (OllamaLLM(url=url), "ollama serve"),
        (OpenAILLM(url=url), "OPENAI_URL"),
        (BuiltinLLM(url=url, default="llama3.2"), "make restart S=engine"),
    ):
        for call in (ask(llm, chat("Hi")), llm.models(), llm.show("llama3.2")):
            with pytest.raises(ServerUnavailableError, match="does not answer") as caught:
                await call
            assert remedy in caught.value.remedy
            assert caught.value.retryable
        await llm.close()


# --- models -----------------------------------------------------------------------------------


async def test_an_unknown_model_names_the_remedy_of_this_backend(llm: LLM) -> None:
    for call in (ask(llm, chat("Hi", model="no-such:7b")), llm.show("no-such:7b")):
        with pytest.raises(ModelNotFoundError, match="no-such:7b") as caught:
            await call
        expected = "ollama pull no-such:7b" if llm.name == "ollama" else "It has: "
        assert expected in caught.value.remedy
        assert caught.value.status == 404
        assert not caught.value.retryable


async def test_models_are_listed_under_the_names_that_can_be_asked_for(
    llm: LLM, fake: FakeLLM
) -> None:
    names = [info.name for info in await llm.models()]
    assert "llama3.2" in names
    for name in names:
        _, end = await ask(llm, chat("Hi", model=name))
        assert end.model in names
    assert fake.generations()


async def test_show_tells_the_context_length(llm: LLM) -> None:
    info = await llm.show("llama3.2")
    assert info.name == "llama3.2"
    assert info.context_length == (131072 if llm.name == "ollama" else 4096)


@pytest.mark.parametrize("path", ["/api/tags", "/v1/models"])
async def test_a_list_that_fails_is_an_error(llm: LLM, fake: FakeLLM, path: str) -> None:
    if (llm.name == "ollama") is (path == "/api/tags"):
        fake.script(path=path, status=500, error="disk failure")
        with pytest.raises(ServerFailedError, match="disk failure"):
            await llm.models()
