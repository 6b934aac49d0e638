"""Asking again, only while nobody has seen a token."""

import time

import pytest

from shared.llm.ollama import OllamaLLM
from shared.llm.protocol import (
    Delta,
    Finished,
    LLMError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    StreamBrokenError,
)
from shared.llm.retry import RetryPolicy, generate_retrying
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import chat

QUICK = RetryPolicy(attempts=3, first_delay_s=0.001, max_delay_s=0.002)


async def test_asks_again_until_it_works(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(status=503, error="server busy")
    fake.script(break_after=0, breaks="cut")
    told: list[LLMError] = []
    chunks = [
        chunk
        async for chunk in generate_retrying(
            ollama, chat("Hi"), policy=QUICK, on_retry=lambda error, _: told.append(error)
        )
    ]
    assert isinstance(chunks[-1], Finished)
    assert [type(error) for error in told] == [ServerBusyError, StreamBrokenError]
    assert len(fake.generations()) == 3


async def test_gives_up_after_the_last_attempt(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(status=500, times=-1)
    with pytest.raises(ServerFailedError):
        _ = [chunk async for chunk in generate_retrying(ollama, chat("Hi"), policy=QUICK)]
    assert len(fake.generations()) == 3


@pytest.mark.parametrize("breaks", ["error", "end", "cut", "garbage"])
async def test_never_asks_again_after_the_first_token(
    ollama: OllamaLLM, fake: FakeLLM, breaks: str
) -> None:
    fake.script(chunks=["a", "b"], break_after=1, breaks=breaks)
    chunks = generate_retrying(ollama, chat("Hi"), policy=QUICK)
    assert await anext(chunks) == Delta("a")
    with pytest.raises(LLMError):
        await anext(chunks)
    assert len(fake.generations()) == 1


async def test_a_refusal_is_final(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(status=400, times=-1)
    with pytest.raises(RequestRefusedError):
        _ = [chunk async for chunk in generate_retrying(ollama, chat("Hi"), policy=QUICK)]
    assert len(fake.generations()) == 1


async def test_closing_it_closes_the_connection(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(chunks=["a", "b"], break_after=1, breaks="hang")
    chunks = generate_retrying(ollama, chat("Hi"), policy=QUICK)
    await anext(chunks)
    await chunks.aclose()
    await fake.until(lambda: fake.generations()[-1].cancelled_at)


async def test_waits_between_attempts(ollama: OllamaLLM, fake: FakeLLM) -> None:
    fake.script(status=503)
    started = time.monotonic()
    policy = RetryPolicy(attempts=2, first_delay_s=0.1)
    _ = [chunk async for chunk in generate_retrying(ollama, chat("Hi"), policy=policy)]
    assert time.monotonic() - started >= 0.05


def test_delays_double_up_to_a_limit_with_jitter() -> None:
    policy = RetryPolicy(first_delay_s=0.5, max_delay_s=5.0)
    for failures, whole in ((1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 5.0), (9, 5.0)):
        delays = [policy.delay_s(failures) for _ in range(50)]
        assert whole / 2 <= min(delays) <= max(delays) <= whole
        assert len(set(delays)) > 1
