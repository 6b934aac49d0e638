"""Another record in the place of the present one: made beside it, then the names are swapped.

Until the swap the present record is not touched; the swap is one transaction.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.embedded.failure import StackError
from deploy.embedded.record import postgres_tools
from deploy.embedded.record.bundle import Bundle
from deploy.embedded.record.owner import MAINTENANCE, Addresses, connected, quoted
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.migrate import MigrationSettings, SchemaError, migrate
from shared.memory.record_source import Watermark
from shared.settings import Settings

SWAP_TRIES = 5
"""A client may come in between the last one's end and the swap: `make status` asks the database."""

LONG_S = 600.0
"""How long one statement may take: nobody waits for a turn here."""

_LEAVE = text("""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname IN (:present, :next) AND pid <> pg_backend_pid()
""")


class Replacement:
    """The next record. Methods raise DependencyDownError, SQLAlchemyError or StackError."""

    def __init__(self, record: Addresses) -> None:
        self._record = record
        self._name = record.name
        self._next = record.inside(f"{record.name}_restoring")
        self._old = f"{record.name}_replaced"

    async def watermarks(self) -> list[Watermark]:
        """Return everything that the present record knows to be forgotten."""
        database = _opened(self._record)
        try:
            return await RecordEraser(database).watermarks()
        finally:
            await database.close()

    async def make(self) -> None:
        """Make an empty database for the next record, in the place of what a killed restore left.

        Raises StackError when the owner may not.
        """
        async with self._maintenance() as connection:
            await self._drop_left_over(connection)
            name = quoted(self._next.name)
            await connection.execute(
                text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            )
        # A dump of the stack's own cluster has no extension: it was made by `postgres --single`,
        # where it gets an OID that pg_dump takes for built in.
        async with connected(self._next.owner) as connection:
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))

    def fill(self, bundle: Bundle) -> None:
        """Put a backup's dump into it."""
        postgres_tools.restore(self._next.owner, bundle.dump())

    async def migrate(self) -> None:
        """Bring it to the schema that this code knows."""
        settings = MigrationSettings(
            database_url=_text(self._next.services), database_admin_url=_text(self._next.owner)
        )
        try:
            await migrate(settings)
        except SchemaError as error:
            raise StackError(str(error)) from error

    async def forget_again(self, watermarks: Sequence[Watermark]) -> int:
        """Forget in it what the present record knows to be forgotten; returns the rows."""
        database = _opened(self._next)
        try:
            return await RecordEraser(database).forget_again(watermarks)
        finally:
            await database.close()

    async def swap(self) -> None:
        """Let it take the present record's place, in one transaction."""
        renames = (
            f"ALTER DATABASE {quoted(self._name)} RENAME TO {quoted(self._old)}",
            f"ALTER DATABASE {quoted(self._next.name)} RENAME TO {quoted(self._name)}",
        )
        names = {"present": self._name, "next": self._next.name}
        url = self._record.owner.set(database=MAINTENANCE)
        for left in reversed(range(SWAP_TRIES)):
            async with connected(url, "READ COMMITTED") as connection:
                await connection.execute(_LEAVE, names)
                try:
                    for rename in renames:
                        await connection.execute(text(rename))
                    await connection.commit()
                except DBAPIError:
                    if not left:
                        raise
                    await asyncio.sleep(0.2)
                else:
                    return

    async def discard(self) -> None:
        """Delete it: the present record stays."""
        async with self._maintenance() as connection:
            await _drop(connection, self._next.name)

    async def drop_left_over(self) -> None:
        """Delete the record whose place was taken, and what a killed restore left."""
        async with connected(self._record.owner) as connection:
            await self._drop_left_over(connection)

    async def _drop_left_over(self, connection: AsyncConnection) -> None:
        for name in (self._next.name, self._old):
            await _drop(connection, name)

    def _maintenance(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return connected(self._record.owner.set(database=MAINTENANCE))


async def _drop(connection: AsyncConnection, name: str) -> None:
    await connection.execute(text(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)"))


def _opened(record: Addresses) -> Database:
    return Database(Settings(database_url=_text(record.services)), timeout_s=LONG_S)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
