"""Recall over both stores: what was said is found, from Redis before the record has it."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from services.inference.embedding_models import InProcess
from shared.contracts.events import EmbedAsked
from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.indexing import Indexing
from shared.memory.passages import Filters
from shared.memory.recall import Mode, Recalled, RecallQuery
from shared.memory.recalling import Recall
from shared.memory.recorder import Entry, Recorder
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.settings import Settings
from tests.support.samples import at, message_added, turn_closed
from tests.support.servers import Running, free_port
from tests.support.toy_embedder import ToyEmbedder

SAID = [
    "Моя собака любит сыр",
    "I planted tomatoes on the balcony",
    "Мы были в Казани у бабушки",
    "The dentist fixed my tooth",
    "Купил новый велосипед",
]


@pytest.fixture
def user() -> str:
    return new_id()


@pytest.fixture
def embedder() -> ToyEmbedder:
    return ToyEmbedder()


@pytest.fixture
async def beside(redis_server: Running) -> AsyncIterator[WorkingMemory]:
    """Working memory with a record beside it."""
    store = WorkingMemory(Settings(redis_url=redis_server.url, database_url="postgresql://x/x"))
    yield store
    await store.close()


@pytest.fixture
async def no_redis() -> AsyncIterator[WorkingMemory]:
    """Working memory of which the server is away."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    store = WorkingMemory(Settings(redis_url=url, database_url="postgresql://x/x"))
    yield store
    await store.close()


@pytest.fixture
async def no_record() -> AsyncIterator[Archive]:
    """A record that is away."""
    url = f"postgresql://u:p@127.0.0.1:{free_port()}/x"
    database = Database(Settings(database_url=url), timeout_s=1)
    yield Archive(database)
    await database.close()


async def remember(memory: WorkingMemory, *events: Any) -> None:
    for number, event in enumerate(events, 1):
        if isinstance(event, MessageAdded):
            await memory.apply_message(event, sequence=number)
        else:
            await memory.apply_turn(event, sequence=number)


async def record(database: Database, embedder: ToyEmbedder, *events: Any) -> None:
    """Keep events in the record, with their passages and vectors."""
    await Recorder(database).apply([Entry(event, n) for n, event in enumerate(events, 1)])
    indexing = Indexing(database)
    while await indexing.index(limit=50):
        pass
    passages = await indexing.unembedded(embedder.model, limit=1_000)
    vectors = await embedder.embedding().passages([p.text for p in passages])
    assert vectors is not None
    await indexing.put_vectors([p.passage_id for p in passages], vectors)


def said(user: str, texts: Sequence[str] = SAID, **more: Any) -> list[MessageAdded]:
    return [message_added(n, text, user=user, **more) for n, text in enumerate(texts)]


MODES: tuple[Mode, ...] = ("hybrid", "semantic", "keyword")


def query(text: str, mode: Mode = "hybrid", **more: Any) -> RecallQuery:
    filters = Filters(**more.pop("filters", {}))
    return RecallQuery(text=text, at=at(60), mode=mode, filters=filters, **more)


def contents(found: Recalled) -> list[str]:
    return [one.message.content for one in found.passages]


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Что любит моя собака?", SAID[0]), ("Where did I plant tomatoes?", SAID[1])],
)
async def test_the_record_is_searched(
    database: Database,
    beside: WorkingMemory,
    embedder: ToyEmbedder,
    user: str,
    question: str,
    answer: str,
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    found = await recall.search(user, query(question))
    assert contents(found)[0] == answer
    assert not found.degraded
    assert {"bm25", "vector", "window"} <= found.passages[0].signals.keys()
    assert found.passages[0].evidence > 0.5
    assert not (await recall.search(new_id(), query(question))).passages


@pytest.mark.parametrize(("question", "answer"), [("my dog", SAID[0]), ("врач и зубы", SAID[3])])
async def test_a_question_in_the_other_language_finds_by_vectors(
    database: Database,
    beside: WorkingMemory,
    embedder: ToyEmbedder,
    user: str,
    question: str,
    answer: str,
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    assert contents(await recall.search(user, query(question)))[0] == answer
    assert contents(await recall.search(user, query(question, "semantic")))[0] == answer
    assert answer not in contents(await recall.search(user, query(question, "keyword")))


class E5(ToyEmbedder):
    """The embedder that is used where nothing else is wanted."""

    model = InProcess.name

    def __init__(self) -> None:
        super().__init__()
        self.process = InProcess()

    async def vectors(self, asked: EmbedAsked) -> list[list[float]]:
        """Return vectors of unit length."""
        rows = await self.process.embed(asked.texts, asked.kind)
        found: list[list[float]] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist()
        return found


async def test_a_real_embedder_knows_what_two_languages_say(
    database: Database, beside: WorkingMemory, user: str
) -> None:
    real = E5()
    await record(database, real, *said(user))
    recall = Recall(working=beside, archive=Archive(database), embedding=real.embedding())
    for question, answer in (
        ("Что вылечил стоматолог?", SAID[3]),
        ("Что я посадил на балконе?", SAID[1]),
        ("What food does my dog like?", SAID[0]),
        ("Which city did we visit our grandmother in?", SAID[2]),
        ("Did I buy a bicycle?", SAID[4]),
    ):
        for mode in MODES[:2]:
            assert contents(await recall.search(user, query(question, mode)))[0] == answer
    real.process.close()


async def test_without_an_embedder_words_are_enough(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    await record(database, embedder, *said(user))
    embedder.up = False
    for embedding in (embedder.embedding(), None):
        recall = Recall(working=beside, archive=Archive(database), embedding=embedding)
        for mode in MODES[:2]:
            found = await recall.search(user, query("собака", mode))
            assert contents(found)[0] == SAID[0]
            assert found.degraded == ("embedder",)
        assert not (await recall.search(user, query("собака", "keyword"))).degraded


@pytest.mark.parametrize("days_ago", [0, 400])
async def test_what_was_just_said_is_found_before_the_record_has_it(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str, days_ago: int
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    assert "parrot" not in " ".join(contents(await recall.search(user, query("parrot"))))
    # Its time may be long ago: it has come now all the same.
    event = message_added(
        40 - days_ago * 86_400, "My parrot speaks Russian", user=user, conversation="other"
    )
    await remember(beside, event.model_copy(update={"at": at(40)}))
    found = await recall.search(user, query("What does my parrot speak?"))
    assert contents(found)[0] == "My parrot speaks Russian"
    assert contents(found).count("My parrot speaks Russian") == 1
    # In the record, too, it is still found once.
    await record(database, embedder, event)
    again = await recall.search(user, query("What does my parrot speak?"))
    assert contents(again).count("My parrot speaks Russian") == 1


async def test_what_has_arrived_is_bounded_and_goes_with_what_is_forgotten(
    beside: WorkingMemory, settings: Settings, records: TurnRecords, user: str
) -> None:
    events = [message_added(n, f"message {n}", user=user) for n in range(103)]
    await remember(beside, *events)
    arrived = await beside.said.arrived(user)
    assert {message.content for _, message in arrived} <= {e.message.content for e in events}
    assert len(arrived) == 100
    eraser = WorkingEraser(settings, records)
    await eraser.forget_conversation(user, "c")
    await remember(beside, message_added(200, "after it", user=user))
    assert [m.content for _, m in await beside.said.arrived(user)] == ["after it"]
    await eraser.forget_user(user)
    assert await beside.said.arrived(user) == ()
    await eraser.close()


async def test_what_the_caller_has_read_is_not_read_again(
    database: Database, no_redis: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=no_redis, archive=Archive(database), embedding=embedder.embedding())
    message = message_added(40, "My parrot speaks Russian", user=user).message
    found = await recall.search(user, query("parrot", recent=(("other", message),)))
    assert contents(found)[0] == message.content
    assert not found.degraded


async def test_without_redis_the_record_answers(
    database: Database, no_redis: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=no_redis, archive=Archive(database), embedding=embedder.embedding())
    found = await recall.search(user, query("собака"))
    assert contents(found)[0] == SAID[0]
    assert found.degraded == ("working_memory",)


async def test_without_the_record_redis_answers_by_words(
    beside: WorkingMemory, no_record: Archive, embedder: ToyEmbedder, user: str
) -> None:
    await remember(beside, *said(user))
    recall = Recall(working=beside, archive=no_record, embedding=embedder.embedding())
    found = await recall.search(user, query("собаку"))
    assert contents(found)[0] == SAID[0]
    assert found.degraded == ("archive",)


async def test_with_neither_it_says_so(
    no_redis: WorkingMemory, no_record: Archive, user: str
) -> None:
    with pytest.raises(DependencyDownError):
        await Recall(working=no_redis, archive=no_record, embedding=None).search(user, query("x"))
    with pytest.raises(DependencyDownError):
        await Recall(working=no_redis, archive=None, embedding=None).search(user, query("x"))


async def test_where_redis_is_all_there_is_it_is_searched(memory: WorkingMemory, user: str) -> None:
    await remember(memory, *said(user), message_added(9, "Моя кошка", user=user, conversation="k"))
    await remember(memory, *said(new_id(), ["Чужая собака"]))
    recall = Recall(working=memory, archive=None, embedding=None)
    found = await recall.search(user, query("собака"))
    assert contents(found)[0] == SAID[0]
    assert not found.degraded
    assert "Чужая собака" not in contents(await recall.search(user, query("", limit=99)))
    [only] = (await recall.search(user, query("", filters={"conversation_id": "k"}))).passages
    assert only.message.content == "Моя кошка"


async def test_without_a_text_the_newest_come_first(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    await record(database, embedder, *said(user))
    await remember(beside, message_added(40, "just now", user=user, conversation="other"))
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    found = await recall.search(user, query("", limit=3))
    assert contents(found) == ["just now", SAID[4], SAID[3]]
    assert found.total == 6
    assert not found.degraded
    assert embedder.asked == 1  # for the passages alone


async def test_filters_hold_for_both_stores(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    recorded = said(user, ["a red car", "a blue car"], tags=("old",))
    await record(database, embedder, *recorded)
    await remember(
        beside,
        message_added(30, "a green car", user=user, tags=("new", "x"), conversation="k"),
        message_added(31, "a white car", user=user, priority="high"),
    )
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())

    async def cars(**filters: Any) -> set[str]:
        return set(contents(await recall.search(user, query("car", filters=filters))))

    assert len(await cars()) == 4
    assert await cars(tags=("old",)) == {"a red car", "a blue car"}
    assert await cars(tags=("new",)) == {"a green car"}
    assert await cars(tags=("new", "old")) == set()
    assert await cars(priority="high") == {"a white car"}
    assert await cars(conversation_id="k") == {"a green car"}
    assert await cars(since=at(1), until=at(30)) == {"a blue car", "a green car"}
    assert await cars(as_of=at(0)) == {"a red car"}


async def test_what_failed_or_was_private_is_not_found(memory: WorkingMemory, user: str) -> None:
    await remember(
        memory,
        turn_closed(0, user=user, question="a question that failed", status="failed"),
        turn_closed(5, user=user, question=None, content="", memory="off"),
        turn_closed(9, user=user, question="a question that was answered", content="the answer"),
    )
    recall = Recall(working=memory, archive=None, embedding=None)
    found = contents(await recall.search(user, query("question answer")))
    assert sorted(found) == ["a question that was answered", "the answer"]


async def test_what_was_forgotten_is_not_found(
    database: Database,
    beside: WorkingMemory,
    settings: Settings,
    records: TurnRecords,
    user: str,
) -> None:
    event = message_added(40, "My parrot speaks Russian", user=user)
    await remember(beside, event)
    recall = Recall(working=beside, archive=Archive(database), embedding=None)
    assert contents(await recall.search(user, query("parrot"))) == [event.message.content]
    eraser = WorkingEraser(settings, records)
    forget = [user, event.conversation_id, event.message.message_id]
    assert await eraser.forget_message(*forget) == 1
    await eraser.close()
    assert not (await recall.search(user, query("parrot"))).passages


@pytest.mark.parametrize(
    "text",
    [
        "🎉🎉",
        "и в на",
        "the of",
        '"quoted" & | ! ( ) :*',
        "a" * 1_000_000,
        "слово " * 200_000,
        "\x00",
    ],
)
async def test_nothing_that_is_asked_breaks_it(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str, text: str
) -> None:
    await record(database, embedder, *said(user))
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    for mode in MODES:
        asked = query(text, mode, limit=10**9)
        found = await recall.search(user, asked)
        assert set(contents(found)) <= set(SAID)


async def test_march_comes_first_when_march_is_asked_for(
    database: Database, beside: WorkingMemory, embedder: ToyEmbedder, user: str
) -> None:
    today = datetime.now(UTC)
    months = [today - timedelta(days=30 * n) for n in range(13)]
    events = [
        message_added((month - at(0)).total_seconds(), f"Бегал в парке, {n} раз", user=user)
        for n, month in enumerate(months)
    ]
    await record(database, embedder, *events)
    recall = Recall(working=beside, archive=Archive(database), embedding=embedder.embedding())
    for question in ("Сколько я бегал в марте?", "что было в марте"):
        [first, *_] = (await recall.search(user, query(question))).passages
        assert first.message.time.month == 3
        assert first.signals["time"] > 1
