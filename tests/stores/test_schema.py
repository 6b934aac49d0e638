"""The schema: every released one is upgraded with its data, a newer one is refused."""

import asyncio
import os
import subprocess
import sys

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from shared.contracts.parts import utcnow
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.facts import active, fold
from shared.memory.indexing import Indexing
from shared.memory.migrate import MigrationSettings, SchemaError, configuration, migrate
from shared.memory.passages import Wanted, terms_of
from shared.memory.recorder import Entry, Recorder
from shared.memory.revisions import known
from tests.support.samples import message_added
from tests.support.schema_snapshot import FOLDER, MODEL, SAID, USER
from tests.support.servers import Record, Running

ROLES = ("membus_user", "membus_system")
SNAPSHOTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}


@pytest.fixture
def empty(own_postgres: Running) -> MigrationSettings:
    """A database without any of our tables, but for the extension that `make up` gives it."""
    login = own_postgres.url.replace("postgres@", "membus@")
    return MigrationSettings(database_url=login, database_admin_url=own_postgres.url)


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def test_the_revisions_are_those_of_alembic() -> None:
    steps = ScriptDirectory.from_config(configuration()).walk_revisions()
    assert known() == tuple(reversed([step.revision for step in steps]))


def test_every_revision_has_a_snapshot() -> None:
    assert tuple(SNAPSHOTS) == known()


@pytest.mark.parametrize("revision", SNAPSHOTS)
async def test_an_upgrade_keeps_the_data(empty: MigrationSettings, revision: str) -> None:
    roles = [f"CREATE ROLE {role}" for role in ROLES]
    await run(empty.database_admin_url, *roles, SNAPSHOTS[revision])
    assert await migrate(empty) == known()[-1]
    database = Database(empty)
    archive = Archive(database)
    found = await archive.conversation(USER, "c", limit=10)
    assert found is not None
    assert [message.content for message in found.messages] == SAID
    assert found.messages[2].metadata == {"k": [1, None]}
    assert found.messages[2].tags == ("a", "b")
    # What was said first names it, since when is no matter.
    assert found.title == (SAID[0] if revision < "0003" else "Иван")
    assert found.topics == (() if revision < "0003" else ("иван",))
    assert (await archive.system("version") is not None) == (revision >= "0003")
    user = await archive.user(USER)
    assert user is not None
    assert user.preferences == {"language": "ru"}
    figures = await archive.figures()
    assert (figures.users, figures.conversations, figures.messages) == (1, 1, 3)
    # Before the second revision nothing wrote a fact.
    assert figures.facts == (2 if revision >= "0002" else 0)
    memory = await archive.stated(USER)
    facts = fold(memory.claims, at=utcnow(), preferences=memory.preferences)
    values = [fact.value for fact in active(facts)]
    assert values == (["Oslo", "Иван"] if revision >= "0002" else [])
    # What was said before there were passages is found at once, and indexed.
    asked = Wanted(terms=tuple(terms_of(found.messages[0])), vector=(1.0, 0.0), model=MODEL)
    recalled = await archive.passages.pool(USER, asked)
    assert [one.message.content for one in recalled.passages] == SAID
    similar = [one.message.content for one in recalled.passages if one.similarity is not None]
    assert len(similar) == (1 if revision >= "0004" else 0)
    assert await Indexing(database).index(limit=9) == (0 if revision >= "0004" else 3)
    assert (await archive.passages.pool(USER, asked)).passages == recalled.passages
    (mark,) = await RecordEraser(database).watermarks()
    assert mark.user_id == "u-forgotten"
    # And it goes on.
    assert await Recorder(database).apply([Entry(message_added(9, user=USER), 9)]) == [True]
    late = message_added(user="u-forgotten").model_copy(update={"at": mark.until})
    assert await Recorder(database).apply([Entry(late, 9)]) == [False]
    await database.close()


async def test_migrating_again_or_at_once_is_harmless(empty: MigrationSettings) -> None:
    assert await asyncio.gather(*(migrate(empty) for _ in range(3))) == [known()[-1]] * 3
    assert await migrate(empty) == known()[-1]


async def test_a_newer_schema_is_refused_by_job_and_services(own_record: Record) -> None:
    await run(own_record.server.url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer Membus"):
        await migrate(own_record.settings)
    database = Database(own_record.settings)
    with pytest.raises(DependencyDownError, match="9999 is of a newer Membus"):
        await database.check()
    with pytest.raises(DependencyDownError, match="newer"):
        await Recorder(database).apply([Entry(message_added(), 1)])
    await database.close()
    environment = {
        **os.environ,
        "DATABASE_URL": own_record.url,
        "DATABASE_ADMIN_URL": own_record.server.url,
    }
    job = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "shared.memory.migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert job.returncode == 1
    assert "newer Membus" in job.stderr


async def test_a_database_without_tables_names_the_remedy(empty: MigrationSettings) -> None:
    await run(empty.database_admin_url, "CREATE ROLE membus LOGIN")
    database = Database(empty)
    with pytest.raises(DependencyDownError, match=r"python -m shared\.memory\.migrate"):
        await database.check()
    await database.close()


async def test_one_login_may_own_and_serve(own_postgres: Running) -> None:
    """One's own PostgreSQL may have a single user for everything."""
    await run(
        own_postgres.url,
        "CREATE ROLE solo LOGIN CREATEROLE",
        "ALTER DATABASE membus OWNER TO solo",
        "ALTER SCHEMA public OWNER TO solo",
    )
    settings = MigrationSettings(database_url=own_postgres.url.replace("postgres@", "solo@"))
    await migrate(settings)
    database = Database(settings)
    await Recorder(database).apply([Entry(message_added(user="u"), 1)])
    assert await Archive(database).conversation("u", "c", limit=1) is not None
    assert await Archive(database).conversation("other", "c", limit=1) is None
    await database.close()
