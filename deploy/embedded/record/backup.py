"""`backup`: the record of one moment, with the secret that its user ids are made with."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import text

from deploy.embedded import dotenv_file, exclusive, terminal
from deploy.embedded.record import bundle_writer, postgres_tools
from deploy.embedded.record.bundle import DUMP, SETTINGS, Manifest, version
from deploy.embedded.record.installation import KEY
from deploy.embedded.record.owner import Addresses, connected, in_words
from deploy.embedded.record.stack import Stack
from deploy.embedded.settings import ENV_FILE

MIB = 1024 * 1024

_COUNTS = text("""
SELECT pg_export_snapshot() AS snapshot, version_num AS schema_revision,
    users, conversations, messages
FROM totals, alembic_version
""")


def backup(stack: Stack, path: Path, *, force: bool) -> None:
    """Write a backup while chat goes on, and say what it holds.

    Raises StackError, with no file left, when it cannot be made.
    """
    with (
        exclusive.interruptions_are_exceptions(),
        _in_words(),
        bundle_writer.target(path, force=force) as file,
        terminal.step("backup written"),
    ):
        manifest = asyncio.run(_write(file, Addresses.of(stack.settings)))
    size = path.stat().st_size / MIB
    terminal.say(f"\n{path} ({size:,.1f} MB): {manifest.told()}")
    terminal.say("It holds everything that was said and this installation's secrets: keep it safe.")


def settings_text() -> str:
    """Return `.env` with the secret that is really in use, also where the environment has it."""
    written = ENV_FILE.read_text(encoding="utf-8") if ENV_FILE.exists() else dotenv_file.HEADER
    secret = os.environ.get(KEY, "")
    if secret and dotenv_file.parse(written).get(KEY) != secret:
        return dotenv_file.with_values(written, {KEY: secret})
    return written


async def _write(file: IO[bytes], record: Addresses) -> Manifest:
    settings = settings_text().encode()
    # What is counted is what is dumped: both look at the same moment.
    async with connected(record.owner, "REPEATABLE READ") as connection:
        row = (await connection.execute(_COUNTS)).one()
        made_at = datetime.now(UTC)
        dump = bundle_writer.write_dump(file, postgres_tools.dump(record.owner, row.snapshot))
    manifest = Manifest(
        made_at=made_at,
        membus=version(),
        schema_revision=row.schema_revision,
        users=row.users,
        conversations=row.conversations,
        messages=row.messages,
        parts={DUMP: dump, SETTINGS: bundle_writer.part_of(settings)},
    )
    bundle_writer.write_rest(file, settings, manifest)
    return manifest


@contextmanager
def _in_words() -> Iterator[None]:
    with in_words("The record cannot be backed up"):
        yield
