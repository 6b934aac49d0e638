"""Real servers for tests: NATS, Valkey and PostgreSQL from the wheels.

Fixtures, session-scoped and shared (do not kill these):

    nats_server, redis_server, postgres_server   -> Running: .url .port

and function-scoped, fresh and the test's own, to `.kill()`, `.stop()` and `.start()` again on the
same data:

    own_nats, own_redis, own_postgres            -> Running

`record` (shared) and `own_record` are a PostgreSQL with the record's schema: `.url` for the
services, `.server`, and `.settings` of the owner.

`running_nats()`, `running_redis()`, `running_postgres()` are the context managers behind them.
All block for 0.05 to 0.3 s; call them from the main thread (an async test's is).
"""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.embedded.running import Running, temporary_folder
from deploy.embedded.servers import Nats, Postgres, Server, Valkey
from shared.memory.migrate import MigrationSettings, migrate

__all__ = [
    "Record",
    "Running",
    "free_port",
    "record_on",
    "running_nats",
    "running_postgres",
    "running_redis",
]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_nats(data: Path | None = None, port: int | None = None) -> Iterator[Running]:
    """Run NATS with JetStream; on a new folder and a free port unless they are given."""
    with _folder(data) as folder, _running(Nats(port or free_port(), folder / "nats")) as server:
        yield server


@contextmanager
def running_redis(data: Path | None = None, port: int | None = None) -> Iterator[Running]:
    """Run Valkey with its append-only file, as `running_nats` does."""
    with (
        _folder(data) as folder,
        _running(Valkey(port or free_port(), folder / "valkey")) as server,
    ):
        yield server


@contextmanager
def running_postgres(
    data: Path | None = None, port: int | None = None, template: Path | None = None
) -> Iterator[Running]:
    """Run PostgreSQL with a database `membus` that has pgvector, as `running_nats` does.

    `template` is an initialised folder to copy: initdb takes a second, a copy a tenth of it.
    """
    with _folder(data) as folder:
        cluster = folder / "postgres"
        if template is not None and not cluster.exists():
            shutil.copytree(template, cluster)
        with _running(Postgres(port or free_port(), cluster, durable=False)) as server:
            yield server


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    folder = temporary_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(server: Server) -> Iterator[Running]:
    running = Running(server)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def nats_server() -> Iterator[Running]:
    with running_nats() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Running]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[Path]:
    """An initialised folder whose server is not running."""
    with _folder(None) as folder:
        cluster = Postgres(0, folder / "postgres", durable=False)
        cluster.prepare()
        yield cluster.data


@pytest.fixture(scope="session")
def postgres_server(postgres_template: Path) -> Iterator[Running]:
    with running_postgres(template=postgres_template) as server:
        yield server


@dataclass(frozen=True)
class Record:
    """A PostgreSQL with the record's schema: its server, and the address for the services."""

    server: Running
    url: str

    @property
    def settings(self) -> MigrationSettings:
        """Settings of whoever owns the tables."""
        return MigrationSettings(database_url=self.url, database_admin_url=self.server.url)


def record_on(server: Running) -> Record:
    """Bring the schema of a running server up to date."""
    record = Record(server, server.url.replace("postgres@", "membus@"))
    # In a thread of its own, which has no event loop yet.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, migrate(record.settings)).result()
    return record


@pytest.fixture(scope="session")
def record(postgres_server: Running) -> Record:
    return record_on(postgres_server)


@pytest.fixture
def own_record(own_postgres: Running) -> Record:
    return record_on(own_postgres)


@pytest.fixture
def own_nats() -> Iterator[Running]:
    with running_nats() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[Running]:
    with running_redis() as server:
        yield server


@pytest.fixture
def own_postgres(postgres_template: Path) -> Iterator[Running]:
    with running_postgres(template=postgres_template) as server:
        yield server
