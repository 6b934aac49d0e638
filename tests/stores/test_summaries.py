"""Summaries in both stores: made once there is much, told with a turn, gone with what they tell."""

from collections.abc import AsyncIterator

import pytest

from shared.contracts.ids import new_id
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.models import Draft, TurnContext
from shared.memory.reading import Reading
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.summarizer import ASK, LEFT, Summarizer
from shared.memory.summary import LONG
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.memory.working_eraser import WorkingEraser
from shared.memory.working_summarizer import WorkingSummarizer
from shared.settings import Settings
from tests.support.recorded import apply
from tests.support.samples import at, message_added, turn_closed, turn_ref
from tests.support.servers import Record

LINE = "The database server stores all of the database backups."
WRITTEN = "They talk about a database server and its backups."


@pytest.fixture
async def both(settings: Settings, record: Record) -> AsyncIterator[WorkingMemory]:
    """Redis beside a record."""
    known = {"database_url": record.settings.database_url}
    store = WorkingMemory(settings.model_copy(update=known))
    yield store
    await store.close()


@pytest.fixture
async def eraser(settings: Settings, records: TurnRecords) -> AsyncIterator[WorkingEraser]:
    store = WorkingEraser(settings, records)
    yield store
    await store.close()


@pytest.fixture
def summarizer(both: WorkingMemory, database: Database) -> Summarizer:
    return Summarizer(database, both.summarized)


class Talk:
    """A conversation of one user in as many stores as there are."""

    def __init__(self, memory: WorkingMemory, database: Database | None = None) -> None:
        self.user = new_id()
        self._memory = memory
        self._recorder = None if database is None else Recorder(database)
        self._said = 0

    async def say(self, turns: int, line: str = LINE) -> None:
        first = self._said + 1
        events = [
            turn_closed(2 * n, user=self.user, turn_id=f"{self.user}-{n}", question=f"{line} {n}")
            for n in range(first, first + turns)
        ]
        self._said += turns
        for n, event in enumerate(events, first):
            await apply(self._memory, event, n)
        if self._recorder is not None:
            await self._recorder.apply([Entry(event, n) for n, event in enumerate(events, first)])

    async def context(self) -> TurnContext:
        return await self._memory.load(turn_ref(9_999, user=self.user), limit=6)

    def watermark(self, n: int) -> Watermark:
        return Watermark(self.user, fingerprint("c"), f"{self.user}-{n}-u", at(9_999), new_id())


async def drained(summarizer: Summarizer | WorkingSummarizer) -> None:
    while await summarizer.summarize_due():
        pass


async def test_redis_alone_chooses_sentences_of_its_own(
    memory: WorkingMemory, eraser: WorkingEraser
) -> None:
    talk, summarizer = Talk(memory), WorkingSummarizer(memory)
    await talk.say(LONG // 2)
    summarizer.grown(talk.user, "c")
    assert await summarizer.summarize_due() == 0
    assert (await talk.context()).summary is None
    await talk.say(1)
    summarizer.grown(talk.user, "c")
    assert await summarizer.summarize_due() == 1
    assert LINE in ((await talk.context()).summary or "")
    listed, _ = await memory.conversation(talk.user, "c", limit=1)
    assert listed is not None
    assert listed.summary == (await talk.context()).summary
    # Nobody asks again before more is said.
    summarizer.grown(talk.user, "c")
    assert await summarizer.summarize_due() == 0
    await eraser.forget_message(talk.user, "c", f"{talk.user}-1-u")
    assert (await talk.context()).summary is None
    await talk.say(1)
    summarizer.grown(talk.user, "c")
    assert await summarizer.summarize_due() == 1
    assert (await talk.context()).summary is not None


async def test_what_is_taken_out_while_a_summary_is_made_is_not_in_it(
    memory: WorkingMemory, eraser: WorkingEraser
) -> None:
    talk = Talk(memory)
    await talk.say(LONG)
    due = await memory.summarized.due(talk.user, "c")
    assert due is not None
    await eraser.forget_message(talk.user, "c", f"{talk.user}-1-u")
    await talk.say(1)
    assert not await memory.summarized.put(talk.user, "c", LINE, due=due)
    due = await memory.summarized.due(talk.user, "c")
    assert due is not None
    # The answer of a turn is taken back, and given anew.
    branch = turn_ref(200, user=talk.user).model_copy(update={"branch_from": 1})
    await apply(memory, turn_closed(200, user=talk.user).model_copy(update={"turn": branch}), 500)
    assert not await memory.summarized.put(talk.user, "c", LINE, due=due)


async def test_a_conversation_that_is_forgotten_and_begun_anew_has_no_old_summary(
    memory: WorkingMemory, eraser: WorkingEraser
) -> None:
    talk = Talk(memory)
    await talk.say(LONG)
    due = await memory.summarized.due(talk.user, "c")
    assert due is not None
    await eraser.raise_barrier(talk.user, fingerprint("c"), "", at(9_000))
    await eraser.forget_conversation(talk.user, "c")
    assert not await memory.summarized.put(talk.user, "c", LINE, due=due)
    await apply(memory, turn_closed(9_500, user=talk.user), 900)
    assert not await memory.summarized.put(talk.user, "c", LINE, due=due)


async def test_what_ends_by_itself_is_in_no_summary(
    memory: WorkingMemory, both: WorkingMemory, database: Database, summarizer: Summarizer
) -> None:
    for store, record in ((memory, None), (both, database)):
        talk = Talk(store, record)
        await talk.say(LONG)
        secret = "The database server has the password swordfish."
        for n in range(5):
            event = message_added(9_000 + n, secret, user=talk.user, expires_at=at(99_999))
            await apply(store, event, 700 + n)
            if record is not None:
                await Recorder(record).apply([Entry(event, 700 + n)])
        maker = summarizer if record else WorkingSummarizer(store)
        if isinstance(maker, WorkingSummarizer):
            maker.grown(talk.user, "c")
        await drained(maker)
        summary = (await talk.context()).summary
        assert summary is not None
        assert "swordfish" not in summary


async def test_a_turn_is_told_with_its_messages_wherever_they_are(
    both: WorkingMemory, database: Database, summarizer: Summarizer
) -> None:
    talk = Talk(both, database)
    await talk.say(LONG)
    await drained(summarizer)
    assert LINE in ((await talk.context()).summary or "")
    # Redis has lost it, or never had it.
    await both.summarized.drop(talk.user, "c")
    assert (await talk.context()).summary is None
    archive = Archive(database)
    _, _, recorded = await archive.history(turn_ref(9_999, user=talk.user), limit=6)
    assert LINE in (recorded or "")
    listed = await Reading(working=both, archive=archive).conversation(talk.user, "c", limit=1)
    assert listed.memory is not None
    assert listed.memory.summary == recorded
    await summarizer.put_back(talk.user, "c")
    assert (await talk.context()).summary == recorded
    incognito = turn_ref(9_999, user=talk.user, memory="off")
    assert (await both.load(incognito, limit=6)).summary is None
    # An answer may be asked for anew; an old question that is must not be told what came later.
    for seconds, told in ((80, recorded), (70, None)):
        anew = turn_ref(9_999, user=talk.user, branch_from=turn_ref(seconds).order)
        assert (await both.load(anew, limit=6)).summary == told
        assert (await archive.history(anew, limit=6))[2] is None


async def test_a_model_writes_it_anew_and_sentences_give_way(
    both: WorkingMemory, database: Database, summarizer: Summarizer
) -> None:
    talk = Talk(both, database)
    await talk.say(LONG // 2)
    await drained(summarizer)
    assert await draft_of(summarizer, talk) is None
    await talk.say(5)
    await drained(summarizer)
    draft = await draft_of(summarizer, talk)
    assert draft is not None
    assert LINE in draft.before
    assert len(draft.messages) == LONG + 10
    assert draft.messages[-2].content == f"{LINE} {LONG // 2 + 5}"
    assert await summarizer.put_written(draft, WRITTEN, model="m")
    archive = Archive(database)
    assert (await talk.context()).summary == WRITTEN == await archive.summary(talk.user, "c")
    # Some more is said: nobody asks yet, and no sentences take its place.
    await talk.say(ASK // 2 - 1)
    await drained(summarizer)
    assert await draft_of(summarizer, talk) is None
    await talk.say(1)
    await drained(summarizer)
    assert (await talk.context()).summary == WRITTEN
    draft = await draft_of(summarizer, talk)
    assert draft is not None
    assert (draft.before, len(draft.messages)) == (WRITTEN, ASK)
    # It answers what cannot be used: what there is stays, until that is very old.
    assert await summarizer.put_written(draft, None, model="m")
    assert await draft_of(summarizer, talk) is None
    assert (await talk.context()).summary == WRITTEN
    await talk.say((LEFT - ASK) // 2)
    await drained(summarizer)
    assert LINE in ((await talk.context()).summary or "")


async def test_what_is_forgotten_while_a_model_writes_is_not_kept(
    both: WorkingMemory, database: Database, summarizer: Summarizer
) -> None:
    talk = Talk(both, database)
    await talk.say(LONG)
    await drained(summarizer)
    draft = await draft_of(summarizer, talk)
    assert draft is not None
    await RecordEraser(database).forget(talk.watermark(3))
    assert not await summarizer.put_written(draft, WRITTEN, model="m")
    # As many messages as before, and sentences again: it is another conversation all the same.
    await apply(both, event := message_added(9_000, LINE, user=talk.user), 800)
    await Recorder(database).apply([Entry(event, 800)])
    await drained(summarizer)
    assert not await summarizer.put_written(draft, WRITTEN, model="m")
    assert await Archive(database).summary(talk.user, "c") != WRITTEN
    # A model is asked anew at once.
    again = await draft_of(summarizer, talk)
    assert again is not None
    assert f"{LINE} 3" not in {message.content for message in again.messages}


async def test_forgetting_in_the_record_takes_what_came_back_to_redis_meanwhile(
    both: WorkingMemory, database: Database, summarizer: Summarizer, eraser: WorkingEraser
) -> None:
    talk = Talk(both, database)
    await talk.say(LONG)
    # Redis has forgotten, the record has not: the summary comes back with what it tells.
    await eraser.forget_message(talk.user, "c", f"{talk.user}-3-u")
    await drained(summarizer)
    assert (await talk.context()).summary is not None
    await RecordEraser(database).forget(talk.watermark(3))
    await eraser.drop_summaries(talk.user, "c")
    assert (await talk.context()).summary is None
    await drained(summarizer)
    assert (await talk.context()).summary is not None
    await eraser.drop_summaries(talk.user, None)
    assert (await talk.context()).summary is None


async def draft_of(summarizer: Summarizer, talk: Talk) -> Draft | None:
    """Return the draft of a conversation: those of other tests are told to be in vain."""
    while (draft := await summarizer.draft()) is not None:
        if draft.user_id == talk.user:
            return draft
        await summarizer.put_written(draft, None, model="m")
    return None
