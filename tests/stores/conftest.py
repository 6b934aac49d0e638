"""Stores on a real Valkey; each test has users of its own."""

from collections.abc import AsyncIterator

import pytest

from shared.lexemes import lemmas
from shared.memory.database import Database
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.settings import Settings
from tests.support.servers import Record, Running


@pytest.fixture
def settings(redis_server: Running) -> Settings:
    return Settings(redis_url=redis_server.url)


@pytest.fixture
async def memory(settings: Settings) -> AsyncIterator[WorkingMemory]:
    store = WorkingMemory(settings)
    yield store
    await store.close()


@pytest.fixture
async def database(record: Record) -> AsyncIterator[Database]:
    store = Database(record.settings, timeout_s=20)
    yield store
    await store.close()


@pytest.fixture
async def records(settings: Settings) -> AsyncIterator[TurnRecords]:
    store = TurnRecords(settings)
    yield store
    await store.close()


@pytest.fixture(scope="session", autouse=True)
def _dictionaries() -> None:
    """Load them before Hypothesis traces every line of that."""
    lemmas("привет hello")
