"""The client of `llm.embed`: it waits for no one who does not answer, and for no one twice."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.contracts.parts import Part, Problem
from shared.contracts.subjects import Subject
from shared.embedding import BATCH, KEPT_QUESTIONS, LONGEST_KEPT, Embedding, create_embedding
from shared.failures import DependencyDownError
from shared.settings import Settings

E = TypeVar("E", bound=Part)
R = TypeVar("R", bound=Part)

PROBLEM = Problem(title="No embedder", status=503, detail="off")


class Answering:
    """Answers in the place of the inference service; `asked` are the questions."""

    def __init__(self) -> None:
        self.asked: list[EmbedAsked] = []
        self.timeouts: list[float] = []
        self.answer: Callable[[EmbedAsked], EmbedAnswered] = made

    async def ask(
        self,
        subject: Subject[E],
        question: E,
        answer: type[R],
        *,
        timeout_s: float,
    ) -> R:
        assert subject.pattern == "llm.embed"
        assert isinstance(question, EmbedAsked)
        self.asked.append(question)
        self.timeouts.append(timeout_s)
        found: Any = answer.model_validate_json(self.answer(question).model_dump_json())
        return found  # type: ignore[no-any-return]


def made(question: EmbedAsked) -> EmbedAnswered:
    """Answer with vectors that tell their texts apart."""
    return EmbedAnswered(
        model="one", vectors=tuple((float(len(text)), 0.5) for text in question.texts)
    )


def silent(_question: EmbedAsked) -> EmbedAnswered:
    msg = "timeout"
    raise DependencyDownError(msg, dependency="nats")


def refusing(_question: EmbedAsked) -> EmbedAnswered:
    return EmbedAnswered(problem=PROBLEM)


def too_few(_question: EmbedAsked) -> EmbedAnswered:
    return EmbedAnswered(model="one")


@pytest.fixture
def bus() -> Answering:
    return Answering()


@pytest.fixture
def embedding(bus: Answering) -> Embedding:
    return Embedding(bus=bus, query_timeout_s=0.5, passages_timeout_s=60, rest_s=3_600)


async def test_a_question_is_asked_as_one_and_kept(embedding: Embedding, bus: Answering) -> None:
    first = await embedding.query("four")
    assert first is not None
    assert (first.model, first.vectors) == ("one", ((4.0, 0.5),))
    assert await embedding.query("four") == first
    assert bus.asked == [EmbedAsked(texts=("four",), kind="query")]
    assert bus.timeouts == [0.5]


async def test_few_questions_are_kept_and_no_long_ones(
    embedding: Embedding, bus: Answering
) -> None:
    for number in range(KEPT_QUESTIONS):
        await embedding.query(f"q{number}")
    await embedding.query("q0")
    await embedding.query("new")
    assert len(bus.asked) == KEPT_QUESTIONS + 1
    await embedding.query("q0")
    assert len(bus.asked) == KEPT_QUESTIONS + 1
    await embedding.query("q1")
    assert len(bus.asked) == KEPT_QUESTIONS + 2
    for _ in range(2):
        await embedding.query("x" * (LONGEST_KEPT + 1))
    assert len(bus.asked) == KEPT_QUESTIONS + 4


async def test_vectors_of_a_model_that_is_gone_are_not_kept(
    embedding: Embedding, bus: Answering
) -> None:
    await embedding.query("a")
    bus.answer = lambda question: made(question).model_copy(update={"model": "two"})
    assert embedding.model == "one"
    await embedding.passages(["b"])
    assert embedding.model == "two"
    again = await embedding.query("a")
    assert again is not None
    assert again.model == "two"


@pytest.mark.parametrize("failing", [silent, refusing, too_few])
async def test_after_a_failure_nobody_waits_for_a_while(
    embedding: Embedding, bus: Answering, failing: Callable[[EmbedAsked], EmbedAnswered]
) -> None:
    await embedding.query("known")
    bus.answer = failing
    assert await embedding.query("a") is None
    bus.answer = made
    assert await embedding.query("b") is None
    assert len(bus.asked) == 2
    # What is known already is given all the same, and passages are asked for: they are patient.
    assert await embedding.query("known") is not None
    assert await embedding.passages(["p"]) is not None


async def test_when_the_rest_is_over_a_question_is_asked_again(bus: Answering) -> None:
    embedding = Embedding(bus=bus, query_timeout_s=0.5, rest_s=0)
    bus.answer = silent
    assert await embedding.query("a") is None
    bus.answer = made
    assert await embedding.query("a") is not None


async def test_passages_are_asked_in_batches_and_keep_their_order(
    embedding: Embedding, bus: Answering
) -> None:
    texts = ["x" * length for length in range(1, 2 * BATCH + 2)]
    found = await embedding.passages(texts)
    assert found is not None
    assert [vector[0] for vector in found.vectors] == [float(len(text)) for text in texts]
    assert [len(asked.texts) for asked in bus.asked] == [BATCH, BATCH, 1]
    assert all(asked.patient and asked.kind == "passage" for asked in bus.asked)
    assert bus.timeouts == [60] * 3


async def test_passages_of_two_models_are_none(embedding: Embedding, bus: Answering) -> None:
    bus.answer = lambda question: made(question).model_copy(
        update={"model": f"model {len(bus.asked)}"}
    )
    assert await embedding.passages(["a"] * BATCH) is not None
    assert await embedding.passages(["a"] * (BATCH + 1)) is None


async def test_passages_without_an_answer_are_none(embedding: Embedding, bus: Answering) -> None:
    bus.answer = silent
    assert await embedding.passages(["a"]) is None


@pytest.mark.parametrize("value", ["off", "OFF"])
def test_off_is_nobody_to_ask(bus: Answering, value: str) -> None:
    assert create_embedding(bus, Settings(embed_model=value)) is None
    assert create_embedding(bus, Settings()) is not None
    assert create_embedding(bus, Settings(embed_model="bge-m3")) is not None
