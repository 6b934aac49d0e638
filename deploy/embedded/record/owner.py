"""The record as its owner sees it: connections for jobs, and what PostgreSQL says in words."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from deploy.embedded import addresses
from deploy.embedded.failure import StackError
from deploy.embedded.settings import LauncherSettings
from shared.failures import DependencyDownError
from shared.memory.database import answering, async_url

Isolation = Literal["AUTOCOMMIT", "REPEATABLE READ", "READ COMMITTED"]

INSUFFICIENT_PRIVILEGE = "42501"

MAINTENANCE = "postgres"
"""The database to be in while another one is renamed; every PostgreSQL has it."""


@dataclass(frozen=True)
class Addresses:
    """How the services log in, and how the owner of the tables does."""

    services: URL
    owner: URL

    @classmethod
    def of(cls, settings: LauncherSettings) -> "Addresses":
        """Return the addresses of a stack's record."""
        return cls(
            async_url(addresses.database_url(settings)), async_url(addresses.admin_url(settings))
        )

    @property
    def name(self) -> str:
        """The database's name."""
        return self.owner.database or MAINTENANCE

    def inside(self, database: str) -> "Addresses":
        """Return the same server's other database."""
        return Addresses(self.services.set(database=database), self.owner.set(database=database))


@asynccontextmanager
async def connected(
    url: URL, isolation: Isolation = "AUTOCOMMIT"
) -> AsyncIterator[AsyncConnection]:
    """Connect as the owner. Raises DependencyDownError, and SQLAlchemyError for what is refused."""
    engine = create_async_engine(
        url,
        isolation_level=isolation,
        poolclass=NullPool,
        connect_args={"server_settings": {"application_name": "membus-launcher"}},
    )
    with answering():
        async with engine.connect() as connection:
            yield connection


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn what PostgreSQL says into a StackError that begins with `what`."""
    try:
        yield
    except DependencyDownError as error:
        msg = f"{what}: {error}. `make status` tells how the servers are."
        raise StackError(msg) from error
    except SQLAlchemyError as error:
        msg = f"{what}: {_first_line(error)}{_remedy(error)}"
        raise StackError(msg) from error


def quoted(name: str) -> str:
    """Return a name as SQL takes it."""
    return '"{}"'.format(name.replace('"', '""'))


def sqlstate(error: SQLAlchemyError) -> str:
    """Return PostgreSQL's own code of an error (appendix A of its manual); empty without one."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", ""))


def _remedy(error: SQLAlchemyError) -> str:
    if sqlstate(error) != INSUFFICIENT_PRIVILEGE:
        return ""
    return (
        ". DATABASE_ADMIN_URL in .env must name an owner of the tables who may create databases "
        "and the extension `vector`."
    )


def _first_line(error: SQLAlchemyError) -> str:
    cause: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        cause = error.orig.__cause__ or error.orig
    return (str(cause).splitlines() or [type(cause).__name__])[0]
