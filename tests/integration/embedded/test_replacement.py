"""A backup of a real PostgreSQL, and its record in the place of the present one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg
import pytest
from sqlalchemy import text

from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.record import bundle
from deploy.embedded.record.backup import backup
from deploy.embedded.record.bundle import Bundle
from deploy.embedded.record.owner import Addresses, connected, in_words
from deploy.embedded.record.replacement import Replacement
from deploy.embedded.record.stack import Stack
from deploy.embedded.running import Running
from deploy.embedded.settings import LauncherSettings
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.migrate import MigrationSettings, migrate
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.settings import Settings
from tests.support.samples import at, message_added

pytestmark = pytest.mark.integration

T = TypeVar("T")


class Record:
    """A record on a server of the test's own."""

    def __init__(self, server: Running, folder: Path) -> None:
        self.server = server
        settings = LauncherSettings(postgres_port=server.port)
        self.addresses = Addresses.of(settings)
        self.stack = Stack(settings, Layout(folder), cast("Any", None), "ollama")
        self.replacement = Replacement(self.addresses)
        self._sequence = 0

    @property
    def url(self) -> str:
        return self.addresses.services.render_as_string()

    def migrate(self) -> None:
        owner = self.addresses.owner.render_as_string()
        asyncio.run(migrate(MigrationSettings(database_url=self.url, database_admin_url=owner)))

    def say(self, *contents: str, conversation: str = "c", user: str = "u-1") -> None:
        async def run(database: Database) -> None:
            said = [
                message_added(n, content, conversation=conversation, user=user)
                for n, content in enumerate(contents)
            ]
            await Recorder(database).apply([Entry(event, n) for n, event in enumerate(said, 1)])

        self._with_database(run)

    def forget(self, conversation: str) -> None:
        async def run(database: Database) -> None:
            mark = Watermark("u-1", fingerprint(conversation), "", at(100), "e")
            assert await RecordEraser(database).forget(mark)

        self._with_database(run)

    def told(self, conversation: str = "c", user: str = "u-1") -> list[str]:
        """Return what a conversation says, through the user's own door."""

        async def run(database: Database) -> list[str]:
            found = await Archive(database).conversation(user, conversation, limit=100)
            return [message.content for message in found.messages] if found else []

        return self._with_database(run)

    def totals(self) -> list[int]:
        async def run(database: Database) -> list[int]:
            found = await Archive(database).figures()
            return [found.users, found.conversations, found.messages]

        return self._with_database(run)

    def databases(self) -> set[str]:
        async def run() -> set[str]:
            async with connected(self.addresses.owner) as owner:
                rows = await owner.execute(text("SELECT datname FROM pg_database"))
                return {row.datname for row in rows} - {"postgres", "template0", "template1"}

        return asyncio.run(run())

    def backup(self, path: Path) -> Bundle:
        backup(self.stack, path, force=False)
        return bundle.read(path)

    def replace(self, found: Bundle) -> int:
        marks: Sequence[Watermark] = asyncio.run(self.replacement.watermarks())
        asyncio.run(self.replacement.make())
        self.replacement.fill(found)
        asyncio.run(self.replacement.migrate())
        rows = asyncio.run(self.replacement.forget_again(marks))
        asyncio.run(self.replacement.swap())
        asyncio.run(self.replacement.drop_left_over())
        return rows

    def _with_database(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def run() -> T:
            database = Database(Settings(database_url=self.url))
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def record(own_postgres: Running, tmp_path: Path) -> Record:
    found = Record(own_postgres, tmp_path)
    found.migrate()
    return found


def test_an_older_state_comes_back_without_what_was_forgotten_since(
    record: Record, tmp_path: Path
) -> None:
    record.say("one", "two")
    record.say("a secret", conversation="told in confidence")
    record.say("another's", user="u-2")
    found = record.backup(tmp_path / "b")
    counts = (found.manifest.users, found.manifest.conversations, found.manifest.messages)
    assert counts == (2, 3, 4)

    record.say("three", conversation="later")
    record.forget("told in confidence")
    rows = record.replace(found)

    assert record.told() == ["one", "two"]
    assert record.told("later") == []
    assert record.told("told in confidence") == []
    assert rows >= 1
    assert record.totals() == [2, 2, 3]
    assert record.databases() == {"membus"}
    # And it stays forgotten: the watermark came over, so that a replay leaves nothing.
    record.say("a secret", conversation="told in confidence")
    assert record.told("told in confidence") == []


def test_doors_and_rights_come_back_too(record: Record, tmp_path: Path) -> None:
    record.say("mine")
    record.say("theirs", user="u-2")
    record.replace(record.backup(tmp_path / "b"))
    assert record.told(user="u-1") == ["mine"]
    assert record.told(user="u-2") == ["theirs"]
    assert record.told(user="u-3") == []

    async def without_a_door() -> None:
        connection = await asyncpg.connect(record.url.replace("+asyncpg", ""))
        try:
            await connection.execute("SELECT * FROM messages")
        finally:
            await connection.close()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(without_a_door())
    record.say("more")
    record.migrate()
    record.replace(record.backup(tmp_path / "again"))
    assert record.told() == ["mine", "more"]


def test_a_backup_of_an_empty_record(record: Record, tmp_path: Path) -> None:
    found = record.backup(tmp_path / "b")
    record.say("later")
    record.replace(found)
    assert record.totals() == [0, 0, 0]


def test_a_dump_that_cannot_be_read_back_leaves_the_present_as_it_is(
    record: Record, tmp_path: Path
) -> None:
    record.say("one")
    found = record.backup(tmp_path / "b")
    with found.path.open("r+b") as file:
        file.seek(found.offset + 200)
        file.write(b"\0" * 2_000)
    asyncio.run(record.replacement.make())
    with pytest.raises(StackError, match="pg_restore failed"):
        record.replacement.fill(found)
    asyncio.run(record.replacement.discard())
    assert record.databases() == {"membus"}
    assert record.told() == ["one"]


def test_who_is_connected_is_sent_away_and_what_was_left_is_replaced(
    record: Record, tmp_path: Path
) -> None:
    record.say("one")
    found = record.backup(tmp_path / "b")
    record.say("two")

    async def swap() -> None:
        await record.replacement.make()
        await record.replacement.make()
        await asyncio.to_thread(record.replacement.fill, found)
        client = await asyncpg.connect(record.server.url)
        await record.replacement.swap()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await client.fetch("SELECT 1")

    asyncio.run(swap())
    assert record.told() == ["one"]
    # A restore that was killed here leaves the old record; the next one, or compact, deletes it.
    assert record.databases() == {"membus", "membus_replaced"}
    record.replace(record.backup(tmp_path / "again"))
    assert record.databases() == {"membus"}


def test_names_are_swapped_together_or_not_at_all(record: Record) -> None:
    record.say("one")
    with pytest.raises(DependencyDownError, match="membus_restoring"):
        asyncio.run(record.replacement.swap())  # there is nothing to put in its place
    assert record.databases() == {"membus"}
    assert record.told() == ["one"]


def test_an_owner_with_too_few_rights_is_told_which(own_postgres: Running, tmp_path: Path) -> None:
    record = Record(own_postgres, tmp_path)
    record.migrate()

    async def make() -> None:
        async with connected(record.addresses.owner) as owner:
            await owner.execute(text("CREATE ROLE plain LOGIN"))
        plain = record.addresses.owner.set(username="plain")
        await Replacement(Addresses(record.addresses.services, plain)).make()

    with (
        pytest.raises(StackError, match=r"permission denied.*DATABASE_ADMIN_URL"),
        in_words("The backup cannot be restored"),
    ):
        asyncio.run(make())


def test_a_record_that_does_not_answer_leaves_no_file(record: Record, tmp_path: Path) -> None:
    record.server.stop()
    with pytest.raises(StackError, match=r"cannot be backed up.*make status"):
        record.backup(tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "b.partial").exists()
