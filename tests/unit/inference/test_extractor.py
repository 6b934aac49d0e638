"""`llm.extract` against a scripted server: what is asked, what is made of refusals and silence."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

import pytest

from services.inference.asking import MAX_REPLY_CHARS
from services.inference.extractor import Extractor
from services.inference.idle import Idle
from services.inference.instructions import MAX_FACTS, STEP_CHARS
from shared.contracts.events import ExtractAsked
from shared.llm.factory import create_llm
from shared.llm.protocol import LLM
from shared.memory.predicates import PREDICATES
from shared.settings import ModelSettings
from tests.support.fake_llm import FakeLLM
from tests.support.fake_script import Seen, schema_of
from tests.support.llm_calls import free_port

T = TypeVar("T")
ASKED = ExtractAsked(text="I live in Kazan.", lang="en", predicates=("lives_in", "age"))
RUSSIAN = ExtractAsked(text="Живу в Казани.", lang="ru", predicates=("lives_in", "age"))
FACT = {"predicate": "lives_in", "value": "Kazan", "quote": "I live in Kazan"}


class FreeTime(Idle):
    """Nobody chats."""

    def __init__(self) -> None:
        self.turns = 0

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        return await work()


@pytest.fixture
def fake() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


def answer(fake: FakeLLM, **script: Any) -> None:
    """Script the answer to a question, not to what prepares it."""
    fake.script(match="Message:", **script)


def questions(fake: FakeLLM) -> list[Seen]:
    """Return the requests for an answer that shall follow the schema."""
    return [seen for seen in fake.generations() if schema_of(seen.body) is not None]


@pytest.fixture(params=["ollama", "openai"])
def settings(request: pytest.FixtureRequest, fake: FakeLLM) -> ModelSettings:
    return ModelSettings(
        llm_backend=request.param, ollama_url=fake.url, openai_url=fake.openai_url, num_ctx=2048
    )


@pytest.fixture
async def llm(settings: ModelSettings) -> AsyncIterator[LLM]:
    llm = create_llm(settings)
    yield llm
    await llm.close()


@pytest.fixture
def extractor(settings: ModelSettings, llm: LLM) -> Extractor:
    return Extractor(settings=settings, llm=llm, idle=FreeTime())


async def test_the_model_is_asked_for_the_schema_in_the_servers_own_way(
    extractor: Extractor, fake: FakeLLM, settings: ModelSettings
) -> None:
    answer(fake, text=json.dumps({"facts": [FACT]}))
    answered = await extractor.extract(ASKED)
    assert [fact.model_dump() for fact in answered.facts] == [FACT]
    assert (answered.model, answered.busy, answered.problem) == ("llama3.2", False, None)
    (seen,) = questions(fake)
    if settings.llm_backend == "ollama":
        schema, options = seen.body["format"], seen.body["options"]
        assert (options["num_ctx"], options["temperature"]) == (2048, 0)
    else:
        schema = seen.body["response_format"]["json_schema"]["schema"]
        assert seen.body["temperature"] == 0
    facts = schema["properties"]["facts"]
    assert facts["maxItems"] == MAX_FACTS
    assert facts["items"]["properties"]["predicate"]["enum"] == ["lives_in", "age"]
    assert facts["items"]["required"] == ["predicate", "value", "quote"]


async def test_the_prompt_is_in_the_texts_language_and_its_beginning_always_the_same(
    extractor: Extractor, fake: FakeLLM
) -> None:
    other = ASKED.model_copy(update={"text": "I am 40."})
    for asked in (ASKED, other, RUSSIAN):
        await extractor.extract(asked)
    english, again, russian = (seen.body["messages"] for seen in questions(fake))
    assert english[0] == again[0] != russian[0]
    assert "- lives_in: " in english[0]["content"]
    assert [m[-1]["content"] for m in (english, again, russian)] == [
        "Message:\nI live in Kazan.",
        "Message:\nI am 40.",
        "Сообщение:\nЖиву в Казани.",
    ]


async def test_what_cannot_be_read_is_asked_for_once_more_and_told_why(
    extractor: Extractor, fake: FakeLLM
) -> None:
    answer(fake, text="He lives in Kazan.")
    answer(fake, text=f"Of course:\n```json\n[{json.dumps(FACT)},]")
    answered = await extractor.extract(ASKED)
    assert [fact.value for fact in answered.facts] == ["Kazan"]
    assert answered.dropped == {"not_json": 1}
    first, second = (seen.body["messages"] for seen in questions(fake))
    assert second[: len(first)] == first
    assert second[len(first)] == {"role": "assistant", "content": "He lives in Kazan."}
    assert "JSON" in second[-1]["content"]


async def test_it_is_asked_twice_at_most(extractor: Extractor, fake: FakeLLM) -> None:
    answer(fake, text="", times=-1)
    answered = await extractor.extract(ASKED)
    assert (answered.facts, answered.dropped) == ((), {"not_json": 2})
    assert len(questions(fake)) == 2


@pytest.mark.parametrize(
    "script",
    [
        {"status": 503, "error": "server busy"},
        {"status": 500, "error": "out of memory"},
        {"status": 404, "error": "model 'llama3.2' not found"},
        {"break_after": 1, "breaks": "cut"},
        {"break_after": 1, "breaks": "error"},
        {"break_after": 1, "breaks": "garbage"},
        {"break_after": 1, "breaks": "end"},
    ],
    ids=str,
)
async def test_a_server_that_fails_is_a_problem_and_no_exception(
    extractor: Extractor, fake: FakeLLM, script: dict[str, object]
) -> None:
    answer(fake, **script)
    answered = await extractor.extract(ASKED)
    assert answered.problem is not None
    assert (answered.facts, answered.busy, answered.dropped) == ((), False, {})


async def test_a_server_that_is_not_there_is_a_problem(settings: ModelSettings) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    away = settings.model_copy(update={"ollama_url": nowhere, "openai_url": nowhere})
    llm = create_llm(away)
    answered = await Extractor(settings=away, llm=llm, idle=FreeTime()).extract(ASKED)
    await llm.close()
    assert answered.problem is not None
    assert answered.problem.status == 503


async def test_a_server_that_refuses_is_not_asked_again(
    extractor: Extractor, fake: FakeLLM
) -> None:
    answer(fake, status=400, error="the prompt exceeds the context size")
    answered = await extractor.extract(ASKED)
    assert (answered.problem, answered.dropped) == (None, {"refused": 1})
    assert len(questions(fake)) == 1


async def test_a_model_that_is_too_slow_is_let_go(
    settings: ModelSettings, llm: LLM, fake: FakeLLM
) -> None:
    answer(fake, chunks=["{", "}"], delay_ms=60_000)
    extractor = Extractor(settings=settings, llm=llm, idle=FreeTime(), limit_s=0.3)
    answered = await extractor.extract(ASKED)
    assert (answered.problem, answered.dropped) == (None, {"too_slow": 1})
    (seen,) = questions(fake)
    await fake.until(lambda: seen.cancelled_at)


async def test_a_reply_without_end_is_listened_to_for_so_long(
    extractor: Extractor, fake: FakeLLM
) -> None:
    fact = json.dumps(FACT)
    answer(
        fake, chunks=[f'{{"facts": [{fact},', *(f"{fact}," * 10 for _ in range(200))], delay_ms=1
    )
    answered = await extractor.extract(ASKED)
    assert [fact.value for fact in answered.facts] == ["Kazan"]
    assert 0 < answered.dropped["repeated"] < MAX_REPLY_CHARS // len(fact) + 10
    (seen,) = questions(fake)
    assert seen.pieces < 200


async def test_the_instructions_are_evaluated_bit_by_bit_before_the_first_question(
    settings: ModelSettings, llm: LLM, fake: FakeLLM
) -> None:
    idle = FreeTime()
    extractor = Extractor(settings=settings, llm=llm, idle=idle)
    asked = ASKED.model_copy(update={"predicates": tuple(PREDICATES)})
    await extractor.extract(asked)
    *bits, question = (seen.body["messages"][0]["content"] for seen in fake.generations())
    assert len(bits) > 2
    for shorter, longer in pairwise([*bits, question]):
        assert longer.startswith(shorter)
        assert 0 < len(longer) - len(shorter) <= STEP_CHARS
    await extractor.extract(asked)
    assert len(fake.generations()) == len(bits) + 2
    idle.turns += 1
    await extractor.extract(asked)
    assert len(fake.generations()) == 2 * len(bits) + 3
