"""Writes what a released schema looks like, with data in it.

Run `python -m tests.support.schema_snapshot` once when a revision is released; from then on
`tests/stores/test_schema.py` upgrades it to the present schema. A snapshot is never written anew:
it is what users have.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from deploy.embedded import binaries
from shared.contracts.memory import MessageAdded, PreferencesChanged, TurnClosed
from shared.contracts.parts import Message, Outcome, Scalar
from shared.embedding import Vectors
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.indexing import Indexing
from shared.memory.migrate import MigrationSettings, migrate
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.memory.revisions import known
from tests.support.samples import (
    at,
    conversation_changed,
    facts_stated,
    says,
    system_changed,
    turn_ref,
)
from tests.support.servers import running_postgres

FOLDER = Path(__file__).parents[1] / "data" / "schema"
USER = "u-snapshot"
MODEL = "a-model"
SAID = ["Меня зовут Иван", "Привет, Иван!", "it's 🦊"]


async def fill(settings: MigrationSettings) -> None:
    """Write something of everything that the record keeps."""
    await migrate(settings)
    database = Database(settings, timeout_s=20)
    turn = turn_ref(0, user=USER)
    message = Message(
        message_id="m-1",
        role="user",
        content=SAID[2],
        time=at(5),
        order=round(at(5).timestamp() * 1_000_000),
        tags=("a", "b"),
        metadata={"k": [1, None]},
    )
    outcome = Outcome(status="completed", content=SAID[1], model="m", ended_at=at(1))
    changes: dict[str, Scalar | None] = {"language": "ru", "gone": None}
    entries = [
        Entry(TurnClosed(turn=turn, question=SAID[0], outcome=outcome, at=at(1)), 1),
        Entry(MessageAdded(user_id=USER, conversation_id="c", message=message, at=at(5)), 2),
        Entry(PreferencesChanged(user_id=USER, changes=changes, at=at(6)), 3),
        Entry(facts_stated(0, says("name", "Иван", lang="ru"), user=USER, message="m-0"), 4),
        Entry(facts_stated(1, says("lives_in", "Paris"), user=USER, message="m-1"), 5),
        Entry(facts_stated(2, says("lives_in", "Oslo", message="m-2"), user=USER), 6),
        Entry(conversation_changed(7, user=USER, title="Иван", tags=("a",)), 7),
        Entry(system_changed(8, key="version", value={"k": [1, None]}), 8),
    ]
    await Recorder(database).apply(entries)
    indexing = Indexing(database)
    await indexing.index(limit=len(entries))
    passages = [one.passage_id for one in await indexing.unembedded(MODEL, limit=1)]
    await indexing.put_model(Vectors(MODEL, ((0.6, 0.8),)))
    await indexing.put_vectors(passages, Vectors(MODEL, ((1.0, 0.0),)))
    await RecordEraser(database).forget(Watermark("u-forgotten", "", "", at(7), "e"))
    await database.close()


def main() -> int:
    """Write the snapshot of the newest revision, unless there is one."""
    path = FOLDER / f"{known()[-1]}.sql"
    if path.exists():
        sys.stderr.write(f"{path} exists: what was released is not written anew.\n")
        return 1
    with running_postgres() as server:
        login = server.url.replace("postgres@", "membus@")
        settings = MigrationSettings(database_url=login, database_admin_url=server.url)
        asyncio.run(fill(settings))
        command = [str(binaries.postgres("pg_dump")), "--inserts", "--no-owner", server.url]
        dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # What only newer clients understand, and differs from run to run.
    lines = [line for line in dumped.splitlines() if not line.startswith(("\\", "--", "SET "))]
    text = "\n".join(line for line in lines if line.strip()) + "\n"
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
