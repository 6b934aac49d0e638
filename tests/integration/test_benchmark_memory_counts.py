"""What remembering may cost: the gates of `python -m benchmarks.memory`, on every change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import stack
from benchmarks.memory import append, clients, figures
from benchmarks.memory.report import Counts, Kept, broken_gates
from benchmarks.memory.run import NO_LLM, SERVICES
from benchmarks.memory.stores import Stores
from benchmarks.postgres_proxy import StatementProxy
from benchmarks.processes import Processes
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as running:
        yield running


@pytest.fixture
def stores(own_nats: Running, own_redis: Running, own_record: Record) -> Stores:
    return Stores(
        own_nats.url, own_redis.url, own_redis.port, own_record.url, own_record.server.url
    )


async def test_an_append_is_one_round_trip_and_figures_are_few_statements(stores: Stores) -> None:
    groups = await append.fill(stores, (10, 300), appends=5)
    trips = await append.count(stores, groups)
    assert trips == {"10 messages": 1, "300 messages": 1}
    await stores.empty()
    await figures.fill(stores, since=0, until=30)
    statements = await figures.count(stores)
    # A count of nothing would pass every limit.
    assert statements >= 1
    assert broken_gates(Counts(trips, {"Reading.figures": statements})) == []


async def test_of_200_concurrent_appends_200_are_kept(
    stores: Stores, processes: Processes, tmp_path: Path
) -> None:
    await stack.declare_topology(stores.nats_url, database_url=stores.record_url)
    proxy = StatementProxy(stores.record_url)
    async with proxy.running():
        gateway_url = await stack.start_services(
            processes,
            folder=tmp_path,
            nats_url=stores.nats_url,
            redis_urls=dict.fromkeys(SERVICES, stores.redis_url),
            database_urls={"gateway": proxy.url, "memory_writer": stores.record_url},
            llm_url=NO_LLM,
            names=SERVICES,
        )
        _, kept = await clients.measure(stores, gateway_url, rounds=1)
        statements = await figures.count_over_http(gateway_url, proxy)
        processes.stop(SERVICES)
    assert kept == [Kept(200, {"Redis": 200, "record": 200, "API": 200}, [])]
    assert statements >= 1
    assert broken_gates(Counts(statements={"GET /memory/stats": statements}, kept=kept)) == []


def test_what_breaks_a_gate_is_told() -> None:
    counts = Counts(
        {"10 messages": 2, "100 messages": 0},
        {"Reading.figures": 4},
        [Kept(200, {"Redis": 201, "record": 199, "API": 200}, ["HTTP 500"])],
    )
    assert broken_gates(counts) == [
        "2 Redis round trips for an append to 10 messages, not 1",
        "0 Redis round trips for an append to 100 messages, not 1",
        "4 SQL statements in a stats call by Reading.figures, more than 3",
        "201 of 200 concurrent appends kept (Redis)",
        "199 of 200 concurrent appends kept (record)",
        "HTTP 500",
    ]
