"""What a turn may cost the servers: the gates of `python -m benchmarks.turn`, on every change."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import text

from benchmarks import stack
from benchmarks.counting import (
    RECALL_STATEMENT_LIMIT,
    Meters,
    TurnCosts,
    broken_gates,
    count_turns,
)
from benchmarks.postgres_proxy import StatementProxy, statement_proxies
from benchmarks.processes import Processes
from benchmarks.redis_proxy import CountingProxy, counting_proxies
from shared.memory.database import Database
from shared.settings import Settings
from tests.support.fake_llm import FakeLLM
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as running:
        yield running


Costs: TypeAlias = dict[str, list[TurnCosts]]


@pytest.fixture
async def costs(
    own_nats: Running,
    own_redis: Running,
    own_record: Record,
    fake: FakeLLM,
    processes: Processes,
    tmp_path: Path,
) -> AsyncIterator[Costs]:
    await stack.declare_topology(own_nats.url, database_url=own_record.url)
    async with (
        counting_proxies(own_redis.port, stack.SERVICES) as round_trips,
        statement_proxies(own_record.url, stack.SERVICES) as statements,
    ):
        gateway_url = await stack.start_services(
            processes,
            folder=tmp_path,
            nats_url=own_nats.url,
            redis_urls={name: proxy.url for name, proxy in round_trips.items()},
            database_urls={name: proxy.url for name, proxy in statements.items()},
            llm_url=fake.url,
        )
        meters = Meters(own_nats.url, own_redis.url, round_trips, statements)
        yield {
            "ordinary": await count_turns(gateway_url, meters, turns=5),
            "recalling": await count_turns(gateway_url, meters, turns=3, recalling=True),
        }
        processes.stop(stack.SERVICES)


async def test_a_turn_costs_the_servers_what_the_benchmark_allows(costs: Costs) -> None:
    ordinary, recalling = costs["ordinary"], costs["recalling"]
    assert (len(ordinary), len(recalling)) == (5, 3)
    assert broken_gates(ordinary) == []
    assert broken_gates(recalling, statements=RECALL_STATEMENT_LIMIT) == []
    # Every hop was seen: a count of nothing would pass every limit.
    for one in (*ordinary, *recalling):
        assert one.publishes["MEMORY"] == 1
        assert all(one.round_trips.values())
        assert one.statements["memory_writer"]
    assert all(one.statements["context"] for one in recalling)


def test_what_costs_too_much_is_told() -> None:
    trips = {"gateway": 1, "context": 2, "inference": 2, "memory_writer": 9}
    statements = {"gateway": 0, "context": 1, "inference": 0, "memory_writer": 9}
    expensive = TurnCosts({"REQUESTS": 1, "PROMPTS": 1, "MEMORY": 2}, trips, statements)
    assert broken_gates([expensive]) == [
        "4 JetStream publishes in a turn, more than 3",
        "5 Redis round trips before the answer, more than 4",
        "1 SQL statements before the answer, more than 0",
    ]
    assert len(broken_gates([expensive], statements=1)) == 2


async def test_what_is_sent_before_an_answer_is_one_round_trip(own_redis: Running) -> None:
    proxy = CountingProxy(own_redis.port)
    async with proxy.running():
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        for commands in (3, 1, 1):
            writer.write(b"PING\r\n" * commands)
            assert await reader.readexactly(7 * commands) == b"+PONG\r\n" * commands
        writer.close()
        await writer.wait_closed()
    assert proxy.round_trips == 3


async def test_what_is_executed_is_one_statement_and_a_transaction_none(record: Record) -> None:
    proxy = StatementProxy(record.url)
    async with proxy.running():
        database = Database(Settings(database_url=proxy.url))
        async with database.session("u"):
            pass
        # A new connection asks for the schema, too; each door is one statement.
        statements, brackets = proxy.statements, proxy.brackets
        async with database.session("u") as connection:
            await connection.execute(text("SELECT 1"))
            await connection.execute(text("SELECT :it").bindparams(it="1"))
        await database.close()
    assert (proxy.statements - statements, proxy.brackets - brackets) == (3, 2)
