"""Brings the record's schema up to date, as a one-shot job: `python -m shared.memory.migrate`.

It runs before the services, as whoever owns the tables (`DATABASE_ADMIN_URL`), makes the roles that
own none, and refuses a database of a newer Membus.
"""

import asyncio
import sys
from typing import Any

from alembic import command
from alembic.config import Config
from pydantic import Field
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.failures import DependencyDownError
from shared.memory.database import SYSTEM_ROLE, USER_ROLE, answering, async_url
from shared.memory.revisions import complaint, known
from shared.settings import Settings

LOCK = 0x6D656D627573
"""The advisory lock ("membus") that lets one job at a time change the schema."""


class SchemaError(Exception):
    """The database cannot be used with this code; the text says what to do."""


class MigrationSettings(Settings):
    """Who owns the tables."""

    database_admin_url: str = Field(
        default="",
        description="PostgreSQL as the owner of the tables, for the schema. Empty: DATABASE_URL.",
    )

    @property
    def owner_url(self) -> URL:
        """The address for whoever changes the schema."""
        return async_url(self.database_admin_url or self.database_url)


async def migrate(settings: MigrationSettings) -> str:
    """Make roles and tables, or bring them up to date; returns the schema's revision.

    Raises SchemaError for a database of a newer Membus, DependencyDownError.
    """
    engine = create_async_engine(settings.owner_url)
    try:
        with answering():
            async with engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                await _refuse_newer(connection)
                await _make_roles(connection, async_url(settings.database_url))
                await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
    return known()[-1]


async def _refuse_newer(connection: AsyncConnection) -> None:
    table = await connection.execute(text("SELECT to_regclass('alembic_version')"))
    if table.scalar() is None:
        return
    rows = await connection.execute(text("SELECT version_num FROM alembic_version"))
    found = rows.scalar()
    if found is not None and found not in known():
        msg = f"The database cannot be used: {complaint(found)}."
        raise SchemaError(msg)


async def _make_roles(connection: AsyncConnection, services: URL) -> None:
    """Make the roles of the two doors, and the login that may open them."""
    login = services.username or USER_ROLE
    for role in (USER_ROLE, SYSTEM_ROLE):
        await _make_role(connection, role, "NOLOGIN")
    await _make_role(connection, login, "LOGIN NOINHERIT", password=services.password)
    quoted = _quoted(login)
    await connection.execute(text(f"GRANT {USER_ROLE}, {SYSTEM_ROLE} TO {quoted}"))


async def _make_role(
    connection: AsyncConnection, role: str, kind: str, *, password: Any = None
) -> None:
    found = await connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
    )
    if found.scalar() is None:
        secret = f" PASSWORD '{str(password).replace(chr(39), chr(39) * 2)}'" if password else ""
        statement = f"CREATE ROLE {_quoted(role)} {kind}{secret}".replace(":", "\\:")
        await connection.execute(text(statement))


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def configuration() -> Config:
    """Return Alembic's configuration, without a file."""
    found = Config()
    found.set_main_option("script_location", "shared.memory:migrations")
    return found


def _upgrade(connection: Connection) -> None:
    alembic = configuration()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, "head")


async def _main() -> int:
    settings = MigrationSettings()
    if not settings.database_url:
        sys.stdout.write("DATABASE_URL is empty: there is no record to bring up to date.\n")
        return 0
    try:
        revision = await migrate(settings)
    except (SchemaError, DependencyDownError, SQLAlchemyError) as error:
        sys.stderr.write(f"The record's schema cannot be brought up to date: {error}\n")
        return 1
    sys.stdout.write(f"The record has schema {revision}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
