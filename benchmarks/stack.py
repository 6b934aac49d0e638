"""Membus as `make up` runs it, for a benchmark: real processes, free ports, fresh data."""

import asyncio
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nats

from benchmarks.processes import Processes, free_ports, python
from deploy.embedded.addresses import service_environment
from deploy.embedded.layout import Layout
from deploy.embedded.programs import programs
from deploy.embedded.running import Running, temporary_folder
from deploy.embedded.servers import Nats, Postgres, Valkey
from deploy.embedded.settings import LauncherSettings
from shared.memory.migrate import MigrationSettings, migrate
from shared.settings import ModelSettings
from shared.topology import apply

SERVICES = ("gateway", "context", "inference", "memory_writer")
"""Who has a part in a turn."""

SLOTS = 64
"""`LLM_SLOTS`: a model that answers at once must not be queued for. The raw chain has the same."""


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """Make a folder for data and logs, and delete it afterwards."""
    folder = temporary_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_nats(folder: Path) -> Iterator[Running]:
    """Run NATS as in the product: a publish is acknowledged after fsync."""
    server = Running(Nats(free_ports(1)[0], folder))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_valkey(folder: Path) -> Iterator[Running]:
    """Run Valkey as in the product."""
    server = Running(Valkey(free_ports(1)[0], folder))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_postgres(folder: Path) -> Iterator[Running]:
    """Run PostgreSQL as in the product: a commit is on the disk before it is answered."""
    server = Running(Postgres(free_ports(1)[0], folder))
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def prepare_record(admin_url: str) -> str:
    """Make the record's schema, and return the address with which the services log in."""
    url = admin_url.replace("postgres@", "membus@")
    await migrate(MigrationSettings(database_url=url, database_admin_url=admin_url))
    return url


async def declare_topology(nats_url: str, *, database_url: str) -> None:
    """Declare Membus' streams and durables; without a record (an empty address) one less."""
    connection = await nats.connect(nats_url)
    settings = ModelSettings(llm_slots=SLOTS, database_url=database_url)
    await apply(connection.jetstream(), settings)
    await connection.close()


async def start_fake_llm(processes: Processes, *, tokens: int) -> str:
    """Start the fake LLM, which answers without delay, and return its address."""
    port = free_ports(1)[0]
    arguments = ("--port", str(port), "--tokens", str(tokens))
    processes.start("fake-llm", python("tests.support.fake_llm", *arguments))
    url = f"http://127.0.0.1:{port}"
    await processes.ready("fake-llm", f"{url}/api/tags")
    return url


async def start_services(
    processes: Processes,
    *,
    folder: Path,
    nats_url: str,
    redis_urls: Mapping[str, str],
    database_urls: Mapping[str, str],
    llm_url: str,
    names: Sequence[str] = SERVICES,
    more: Mapping[str, str] | None = None,
) -> str:
    """Start services with the commands of `make up`, wait for them, return the gateway's address.

    `redis_urls` and `database_urls` give each service its own way to Redis and to the record, so
    that somebody can count on it. `more` are further settings, stronger than those that all have.
    """
    ports = free_ports(len(SERVICES))
    settings = LauncherSettings(host="127.0.0.1").model_copy(
        update={
            **dict(zip(("api_port", "context_port", "inference_port"), ports, strict=False)),
            "memory_writer_port": ports[-1],
        }
    )
    common = {
        **service_environment(settings, "ollama"),
        "NATS_URL": nats_url,
        "OLLAMA_URL": llm_url,
        "LLM_SLOTS": str(SLOTS),
        # What is measured are the turns alone.
        "FACTS_LLM": "off",
        "SUMMARIES_LLM": "off",
        "EMBED_MODEL": "off",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LOG_LEVEL": "info",
    }
    found = {one.name: one for one in programs(settings, Layout(folder), None)}
    for name in names:
        stores = {"REDIS_URL": redis_urls[name], "DATABASE_URL": database_urls[name]}
        processes.start(name, found[name].command, {**common, **(more or {}), **stores})
    await asyncio.gather(*(processes.ready(name, str(found[name].health)) for name in names))
    return f"http://127.0.0.1:{settings.api_port}"
