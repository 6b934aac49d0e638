"""`llm.summarize` against a scripted server: what is asked, and what is made of bad answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

import pytest

from services.inference.idle import Idle
from services.inference.summarizer import NUM_PREDICT, Summarizer
from services.inference.summary_prompt import MAX_CHARS, MAX_OF_EACH, STEP_CHARS, source
from shared.contracts.events import SummarizeAsked
from shared.contracts.parts import ChatMessage
from shared.llm.factory import create_llm
from shared.llm.protocol import LLM
from shared.settings import ModelSettings
from tests.support.fake_llm import FakeLLM
from tests.support.fake_script import Seen
from tests.support.llm_calls import free_port

T = TypeVar("T")
END = "That is all for today."
SAID = (
    ChatMessage(role="user", content="I am planning a garden with tomatoes."),
    ChatMessage(role="system", content="Never shown."),
    ChatMessage(role="assistant", content="Tomatoes need sun."),
    ChatMessage(role="user", content=END),
)
ASKED = SummarizeAsked(messages=SAID, lang="en", before="The user has a dog.")
GOOD = "The user has a dog and plans a garden with tomatoes, which need sun."


class FreeTime(Idle):
    """Nobody chats."""

    def __init__(self) -> None:
        self.turns = 0

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        return await work()


class NoTime(FreeTime):
    """Somebody always chats."""

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:  # noqa: ARG002 - nobody asks
        return None


@pytest.fixture
def fake() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


def answer(fake: FakeLLM, **script: Any) -> None:
    """Script the answer to the question, not to what prepares it."""
    fake.script(match=END, **script)


def questions(fake: FakeLLM) -> list[Seen]:
    return [seen for seen in fake.generations() if END in seen.prompt]


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
def summarizer(settings: ModelSettings, llm: LLM) -> Summarizer:
    return Summarizer(settings=settings, llm=llm, idle=FreeTime())


async def test_the_model_is_asked_for_what_was_said(
    summarizer: Summarizer, fake: FakeLLM, settings: ModelSettings
) -> None:
    answer(fake, text=f"Summary: {GOOD}")
    answered = await summarizer.summarize(ASKED)
    assert answered.model_dump() == {
        "summary": GOOD,
        "model": "llama3.2",
        "busy": False,
        "problem": None,
    }
    (seen,) = questions(fake)
    system, question = seen.body["messages"]
    assert "two to four plain sentences" in system["content"]
    assert question["content"] == (
        "Before:\nThe user has a dog.\n\nConversation:\n"
        "User: I am planning a garden with tomatoes.\nAssistant: Tomatoes need sun.\n"
        f"User: {END}\n\nWhat was this conversation about? Two to four sentences of your own:"
    )
    if settings.llm_backend == "ollama":
        options = seen.body["options"]
        assert options == {
            "num_ctx": 2048,
            "temperature": 0,
            "num_predict": NUM_PREDICT,
            "seed": 1,
        }


async def test_in_the_language_of_the_conversation(summarizer: Summarizer, fake: FakeLLM) -> None:
    said = (ChatMessage(role="user", content=f"Сажаю помидоры. {END}"),)
    answer(fake, text="Пользователь сажает помидоры на участке.")
    answered = await summarizer.summarize(SummarizeAsked(messages=said, lang="ru"))
    assert answered.summary == "Пользователь сажает помидоры на участке."
    (seen,) = questions(fake)
    assert "по-русски" in seen.body["messages"][0]["content"]
    assert seen.body["messages"][1]["content"].startswith("Разговор:\nПользователь: Сажаю")


async def test_what_cannot_be_used_is_asked_for_once_more_and_told_why(
    summarizer: Summarizer, fake: FakeLLM
) -> None:
    answer(fake, text="The user wants 40 tomatoes in the garden.")
    answer(fake, text=GOOD)
    assert (await summarizer.summarize(ASKED)).summary == GOOD
    first, second = (seen.body["messages"] for seen in questions(fake))
    assert second[: len(first)] == first
    assert second[-2]["content"] == "The user wants 40 tomatoes in the garden."
    assert "a number that nobody said" in second[-1]["content"]


async def test_it_is_asked_twice_at_most(summarizer: Summarizer, fake: FakeLLM) -> None:
    answer(fake, text="Пользователь сажает помидоры.", times=-1)
    answered = await summarizer.summarize(ASKED)
    assert (answered.summary, answered.busy, answered.problem) == ("", False, None)
    assert len(questions(fake)) == 2


@pytest.mark.parametrize(
    "script",
    [
        {"status": 503, "error": "server busy"},
        {"status": 404, "error": "model 'llama3.2' not found"},
        {"break_after": 1, "breaks": "cut"},
        {"break_after": 1, "breaks": "error"},
        {"break_after": 1, "breaks": "garbage"},
        {"break_after": 1, "breaks": "end"},
    ],
    ids=str,
)
async def test_a_server_that_fails_is_a_problem_and_no_exception(
    summarizer: Summarizer, fake: FakeLLM, script: dict[str, object]
) -> None:
    answer(fake, **script)
    answered = await summarizer.summarize(ASKED)
    assert answered.problem is not None
    assert (answered.summary, answered.busy) == ("", False)


async def test_a_server_that_is_not_there_is_a_problem(settings: ModelSettings) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    away = settings.model_copy(update={"ollama_url": nowhere, "openai_url": nowhere})
    llm = create_llm(away)
    answered = await Summarizer(settings=away, llm=llm, idle=FreeTime()).summarize(ASKED)
    await llm.close()
    assert answered.problem is not None


async def test_a_server_that_refuses_is_not_asked_again(
    summarizer: Summarizer, fake: FakeLLM
) -> None:
    answer(fake, status=400, error="the prompt exceeds the context size")
    answered = await summarizer.summarize(ASKED)
    assert (answered.summary, answered.busy, answered.problem) == ("", False, None)
    assert len(questions(fake)) == 1


async def test_a_model_that_is_too_slow_is_let_go(
    settings: ModelSettings, llm: LLM, fake: FakeLLM
) -> None:
    answer(fake, chunks=["The", "user"], delay_ms=60_000)
    slow = Summarizer(settings=settings, llm=llm, idle=FreeTime(), limit_s=0.3)
    answered = await slow.summarize(ASKED)
    assert (answered.summary, answered.busy, answered.problem) == ("", False, None)
    (seen,) = questions(fake)
    await fake.until(lambda: seen.cancelled_at)


async def test_while_somebody_chats_the_model_is_not_asked(
    settings: ModelSettings, llm: LLM, fake: FakeLLM
) -> None:
    answered = await Summarizer(settings=settings, llm=llm, idle=NoTime()).summarize(ASKED)
    assert (answered.busy, answered.summary) == (True, "")
    assert fake.generations() == []


async def test_a_long_conversation_is_read_from_its_end_and_bit_by_bit(
    settings: ModelSettings, llm: LLM, fake: FakeLLM
) -> None:
    idle = FreeTime()
    said = [ChatMessage(role="user", content=f"Number {n}. {'long ' * 200}") for n in range(40)]
    asked = ASKED.model_copy(update={"messages": (*said, SAID[-1])})
    await Summarizer(settings=settings, llm=llm, idle=idle).summarize(asked)
    prompts = [seen.body["messages"] for seen in fake.generations()]
    task = prompts[-1][0]["content"]
    begun = [system["content"] for system, *_ in prompts if system["content"] != task]
    assert begun == [task[: n * STEP_CHARS] for n in range(1, len(begun) + 1)]
    assert 0 < len(task) - len(begun[-1]) <= STEP_CHARS
    read = [user["content"] for _, user, *_ in prompts[len(begun) :]]
    bits, question = read[:-2], read[-2]
    assert len(bits) > 2
    for shorter, longer in pairwise([*bits, question]):
        assert longer.startswith(shorter)
        assert 0 < len(longer) - len(shorter) <= STEP_CHARS + (longer == question) * 80
    # What was said last counts, and what came before it is known from the summary.
    assert question.startswith("Before:\nThe user has a dog.")
    assert "Number 0." not in question
    assert "Number 39." in question
    assert len(question) <= MAX_CHARS + 80
    assert max(map(len, question.splitlines())) <= MAX_OF_EACH + len("User: ")
    # The server has forgotten what it kept of others' questions.
    assert idle.turns == 1


@pytest.mark.parametrize(("num_ctx", "fits"), [(512, False), (700, True)])
def test_a_small_context_is_kept_to(num_ctx: int, *, fits: bool) -> None:
    text = source(ASKED, num_ctx=num_ctx)
    assert bool(text) is fits
    assert len(text) <= max(0, 2 * (num_ctx - 512))


async def test_one_work_at_a_time() -> None:
    class Alone(Idle):
        def __init__(self) -> None:
            self._working = False

        async def _run(self, work: Callable[[], Awaitable[T]]) -> T | None:
            return await work()

    idle, running, go_on = Alone(), asyncio.Event(), asyncio.Event()

    async def work() -> str:
        running.set()
        await go_on.wait()
        return "done"

    first = asyncio.ensure_future(idle.run(work))
    await running.wait()
    assert await idle.run(work) is None
    go_on.set()
    assert await first == "done"
    assert await idle.run(work) == "done"
