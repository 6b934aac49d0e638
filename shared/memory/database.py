"""PostgreSQL and its two doors.

`session(user_id)` sees one user's rows and can change none; `system_session()` is for the writers.
Neither role owns a table, and the login itself may do nothing: whoever forgets a door is refused.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import TextClause, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.failures import DependencyDownError
from shared.memory.revisions import complaint
from shared.settings import Settings

USER_ROLE = "membus_user"
SYSTEM_ROLE = "membus_system"

REST_S = 2.0
"""After PostgreSQL was silent for as long as it may be, nobody waits for it again for this long."""

POOL_SIZE = 8
"""Connections of one process: what a turn asks for takes a millisecond or two."""

# The server is away, is starting or stopping, is full, or asks to try again: nothing is wrong with
# what was asked.
_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
)

_DOOR = "SELECT set_config('role', :role, true), set_config('membus.user_id', :user_id, true)"
_ENTER = text(_DOOR)
# What a large statement finds depends on what it is asked for: a plan for whatever may be asked
# took twenty times as long. And compiling it takes longer than running it.
_ENTER_TO_SEARCH = text(
    f"{_DOOR}, set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('jit', 'off', true)"
)


class Database:
    """A bounded pool of connections that connects at the first use.

    Both doors open a transaction, which is committed at the end of the block and undone by an
    error. They raise DependencyDownError where PostgreSQL does not answer within `timeout_s`
    seconds, or where its schema is not the one that this code knows.
    """

    def __init__(self, settings: Settings, *, timeout_s: float | None = None) -> None:
        timeout_s = timeout_s or settings.database_timeout_s
        self._engine: AsyncEngine = create_async_engine(
            async_url(settings.database_url),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=timeout_s,
            connect_args={
                "timeout": settings.database_timeout_s,
                "command_timeout": timeout_s,
                "server_settings": {"application_name": "membus"},
            },
        )
        event.listen(self._engine.sync_engine, "checkout", _require_open)
        self._checked = False
        self._rest_until = 0.0

    @asynccontextmanager
    async def session(
        self, user_id: str, *, snapshot: bool = False, search: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that reads the rows of one user.

        With `snapshot` all that it reads is of one moment; with `search` its statements are
        planned for what they are asked, each time.
        """
        enter = _ENTER_TO_SEARCH if search else _ENTER
        async with self._transaction(USER_ROLE, user_id, enter, snapshot=snapshot) as connection:
            yield connection

    @asynccontextmanager
    async def system_session(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that reads and writes the rows of all users."""
        async with self._transaction(SYSTEM_ROLE, "") as connection:
            yield connection

    async def check(self) -> None:
        """Return when PostgreSQL answers, with the schema that this code knows."""
        self._checked, self._rest_until = False, 0.0
        async with self.session(""):
            pass

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(
        self, role: str, user_id: str, enter: TextClause = _ENTER, *, snapshot: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        if time.monotonic() < self._rest_until:
            msg = "it was silent a moment ago"
            raise DependencyDownError(msg, dependency="postgres")
        with answering(), self._noticing_silence():
            async with self._engine.connect() as connection:
                if snapshot:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                await self._require_schema(connection)
                await connection.execute(enter, {"role": role, "user_id": user_id})
                yield connection
                await self.commit(connection)

    @contextmanager
    def _noticing_silence(self) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, PoolTimeoutError):
            self._rest_until = time.monotonic() + REST_S
            raise

    async def commit(self, connection: AsyncConnection) -> None:
        """Make a transaction last."""
        await connection.commit()

    async def _require_schema(self, connection: AsyncConnection) -> None:
        if self._checked:
            return
        rows = await connection.execute(text("SELECT to_regclass('alembic_version')"))
        found = None
        if rows.scalar() is not None:
            rows = await connection.execute(text("SELECT version_num FROM alembic_version"))
            found = rows.scalar()
        wrong = complaint(found)
        if wrong is not None:
            raise DependencyDownError(wrong, dependency="postgres")
        self._checked = True


@contextmanager
def answering() -> Iterator[None]:
    """Tell that PostgreSQL is down in the project's own words."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise _down(error) from error
    except DBAPIError as error:
        cause: Any = error.orig
        if error.connection_invalidated or isinstance(getattr(cause, "__cause__", None), _DOWN):
            raise _down(error) from error
        raise
    except SQLAlchemyError:
        raise
    # What asyncpg and asyncio say before SQLAlchemy has a connection to speak of.
    except (*_DOWN, OSError, TimeoutError) as error:
        raise _down(error) from error


def async_url(url: str) -> URL:
    """Return a PostgreSQL address with the driver that is used here."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def _down(error: BaseException) -> DependencyDownError:
    # An SQL error repeats the statement and its parameters, which somebody said.
    cause = getattr(error, "orig", None) or error
    told = str(cause).splitlines()
    return DependencyDownError(told[0] if told else type(cause).__name__, dependency="postgres")


def _require_open(connection: Any, _record: Any, _proxy: Any) -> None:
    # A server that was stopped has closed what lies in the pool; asyncpg knows without asking.
    if connection.driver_connection.is_closed():
        raise DisconnectionError
