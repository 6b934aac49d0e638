"""What an export reads, page by page and of one moment; and what comes back, however old it is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded, PreferencesChanged
from shared.contracts.parts import utcnow
from shared.memory import portable
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.models import ConversationMemory
from shared.memory.portable import (
    Piece,
    PortableMessage,
    PortablePreference,
    UserTimes,
    WorkingPieces,
    recorded_pieces,
)
from shared.memory.recorder import Entry, Recorder
from shared.memory.working import WorkingMemory
from shared.settings import Settings
from tests.support.samples import message_added, preferences_changed, turn_closed
from tests.support.servers import Record

LONG_AGO = -60 * 86_400.0


@pytest.fixture
async def pieces(settings: Settings) -> AsyncIterator[WorkingPieces]:
    store = WorkingPieces(settings)
    yield store
    await store.close()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "PAGE", 3)


async def collected(pieces: AsyncIterator[Piece]) -> list[Piece]:
    return [piece async for piece in pieces]


def told(pieces: list[Piece]) -> list[str]:
    """Return pieces in few words."""
    words = []
    for piece in pieces:
        if isinstance(piece, UserTimes):
            words.append("user")
        elif isinstance(piece, PortablePreference):
            words.append(f"{piece.key}={piece.value}")
        elif isinstance(piece, ConversationMemory):
            words.append(piece.conversation_id)
        elif isinstance(piece, PortableMessage):
            words.append(f"- {piece.message.content}")
    return words


def several(user: str) -> list[Entry]:
    """Return what makes pages of three: fewer, as many and more of everything."""
    events: list[MessageAdded | PreferencesChanged] = [
        *(message_added(n, f"a{n}", user=user, conversation="a") for n in range(7)),
        *(message_added(n, f"b{n}", user=user, conversation="b") for n in range(3)),
        *(message_added(0, f"{c}0", user=user, conversation=c) for c in ("c*'", "d 🦊", "e")),
        *(preferences_changed(n, user=user, **{f"k{n}": n}) for n in range(4)),
        preferences_changed(9, user=user, k0=None),
    ]
    return [Entry(event, sequence) for sequence, event in enumerate(events, 1)]


EXPECTED = [
    *("user", "k1=1", "k2=2", "k3=3"),
    *("a", *(f"- a{n}" for n in range(7))),
    *("b", *(f"- b{n}" for n in range(3))),
    *("c*'", "- c*'0", "d 🦊", "- d 🦊0", "e", "- e0"),
]


async def test_the_record_is_read_page_by_page(database: Database) -> None:
    user = new_id()
    await Recorder(database).apply(several(user))
    await Recorder(database).apply(several(new_id()))
    found = await collected(recorded_pieces(Archive(database), user))
    assert told(found) == EXPECTED
    assert all(piece.recorded_at for piece in found if isinstance(piece, PortableMessage))


async def test_redis_gives_the_same(memory: WorkingMemory, pieces: WorkingPieces) -> None:
    user = new_id()
    for entry in several(user):
        if isinstance(entry.event, MessageAdded):
            await memory.apply_message(entry.event, sequence=entry.sequence)
        elif isinstance(entry.event, PreferencesChanged):
            await memory.apply_preferences(entry.event, sequence=entry.sequence)
    assert told(await collected(pieces.of(user))) == EXPECTED
    assert told(await collected(pieces.of(new_id()))) == []


async def test_what_is_said_meanwhile_is_not_in_it(database: Database) -> None:
    user, recorder = new_id(), Recorder(database)
    await recorder.apply(several(user)[:8])
    found: list[Piece] = []
    async for piece in recorded_pieces(Archive(database), user):
        found.append(piece)
        if told([piece]) == ["- a1"]:
            await recorder.apply(
                [
                    Entry(message_added(9, "new", user=user, conversation="a"), 90),
                    Entry(message_added(9, "new", user=user, conversation="z"), 91),
                ]
            )
    assert told(found) == ["user", *EXPECTED[4:14]]


async def test_what_was_superseded_or_has_expired_is_left_out(database: Database) -> None:
    user = new_id()
    first = turn_closed(0, user=user, question="Q", content="A")
    again = turn_closed(5, user=user, question="Q2", content="A2", branch_from=first.turn.order)
    soon = message_added(8, "soon", user=user, expires_at=utcnow() + timedelta(seconds=0.05))
    await Recorder(database).apply([Entry(first, 1), Entry(again, 2), Entry(soon, 3)])
    await asyncio.sleep(0.06)
    found = told(await collected(recorded_pieces(Archive(database), user)))
    assert found == ["user", "c", "- Q2", "- A2"]


# --- what comes back ---------------------------------------------------------------------------


async def test_an_old_message_joins_a_conversation_that_is_kept(memory: WorkingMemory) -> None:
    user = new_id()
    await memory.apply_message(message_added(user=user), sequence=1)
    before, _ = await memory.conversation(user, "c", limit=9)
    found = await memory.apply_message(message_added(LONG_AGO, "old", user=user), sequence=2)
    assert found.added == 1
    after, _ = await memory.conversation(user, "c", limit=9)
    assert before is not None
    assert after is not None
    assert [message.content for message in after.messages] == ["old", "hello"]
    # It does not live longer for that, nor shorter.
    assert after.expires_at == before.expires_at


async def test_a_conversation_of_the_record_alone_is_in_the_list_of_its_user(
    record: Record, settings: Settings
) -> None:
    both = Settings(redis_url=settings.redis_url, database_url=record.url)
    for known, listed in ((both, {"c", "old"}), (settings, {"c"})):
        memory, user = WorkingMemory(known), new_id()
        await memory.apply_message(message_added(user=user), sequence=1)
        old = message_added(LONG_AGO, "old", user=user, conversation="old")
        assert (await memory.apply_message(old, sequence=2)).added == -1
        found = await memory.user(user)
        assert found is not None
        assert set(found.conversation_ids) == listed
        # And nobody is made known by what is too old.
        nobody = message_added(LONG_AGO, user=new_id())
        await memory.apply_message(nobody, sequence=3)
        assert await memory.user(nobody.user_id) is None
        await memory.close()


async def test_an_imported_preference_counts_however_old_it_is(memory: WorkingMemory) -> None:
    user = new_id()
    old = preferences_changed(LONG_AGO, user=user, language="ru", units="km")
    await memory.apply_preferences(preferences_changed(user=user, language="en"), sequence=1)
    imported = old.model_copy(update={"imported_at": utcnow()})
    await memory.apply_preferences(imported, sequence=2)
    found = await memory.user(user)
    assert found is not None
    assert found.preferences == {"language": "en", "units": "km"}
