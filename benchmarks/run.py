"""One run of `benchmarks.turn`: counting first, then the four ways to an answer in turn."""

import argparse
import asyncio
from contextlib import ExitStack
from pathlib import Path

from benchmarks import report, stack, targets
from benchmarks.counting import Meters, TurnCosts, count_turns
from benchmarks.load import Clients, Sample, Target, clients_of
from benchmarks.postgres_proxy import statement_proxies
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.redis_proxy import counting_proxies
from deploy.embedded.running import Running

# What the round before has left to do (memory is written after the answer) must not disturb.
PAUSE_S = 0.3
WARM_UP_S = 0.7


def say(line: str) -> None:
    """Tell what happens, at once."""
    print(line, flush=True)


class Run:
    """One run of the benchmark in a folder of its own."""

    def __init__(self, asked: argparse.Namespace, folder: Path, processes: Processes) -> None:
        self._asked = asked
        self._folder = folder
        self._processes = processes
        self._levels: list[int] = asked.clients
        self._llm_url = ""

    async def run(self) -> tuple[report.Samples, list[TurnCosts]]:
        """Count, then measure."""
        with ExitStack() as servers:
            bus = servers.enter_context(stack.running_nats(self._folder / "nats"))
            redis = servers.enter_context(stack.running_valkey(self._folder / "valkey"))
            raw_bus = servers.enter_context(stack.running_nats(self._folder / "nats-raw"))
            record = servers.enter_context(stack.running_postgres(self._folder / "postgres"))
            self._llm_url = await stack.start_fake_llm(self._processes, tokens=self._asked.tokens)
            database_url = await stack.prepare_record(record.url)
            await stack.declare_topology(bus.url, database_url=database_url)
            await stack.declare_topology(raw_bus.url, database_url="")
            say("Counting publishes, round trips and SQL statements …")
            costs = await self._count(bus.url, redis, database_url)
            say("Starting the four ways to an answer …")
            ways = await self._start(
                bus.url,
                raw_bus.url,
                redis_urls=dict.fromkeys(stack.SERVICES, redis.url),
                database_urls=dict.fromkeys(stack.SERVICES, database_url),
            )
            return await self._measure(ways), costs

    async def _count(self, nats_url: str, redis: Running, database_url: str) -> list[TurnCosts]:
        async with (
            counting_proxies(redis.port, stack.SERVICES) as round_trips,
            statement_proxies(database_url, stack.SERVICES) as statements,
        ):
            url = await self._services(
                nats_url,
                redis_urls={name: proxy.url for name, proxy in round_trips.items()},
                database_urls={name: proxy.url for name, proxy in statements.items()},
            )
            meters = Meters(nats_url, redis.url, round_trips, statements)
            costs = await count_turns(url, meters, turns=20)
            self._processes.stop(stack.SERVICES)
        return costs

    async def _services(
        self, nats_url: str, *, redis_urls: dict[str, str], database_urls: dict[str, str]
    ) -> str:
        return await stack.start_services(
            self._processes,
            folder=self._folder,
            nats_url=nats_url,
            redis_urls=redis_urls,
            database_urls=database_urls,
            llm_url=self._llm_url,
        )

    async def _start(
        self,
        nats_url: str,
        raw_nats_url: str,
        *,
        redis_urls: dict[str, str],
        database_urls: dict[str, str],
    ) -> list[Target]:
        membus, proxy, raw = await asyncio.gather(
            self._services(nats_url, redis_urls=redis_urls, database_urls=database_urls),
            targets.start_proxy(self._processes, self._llm_url),
            targets.start_raw_chain(self._processes, self._llm_url, raw_nats_url),
        )
        direct = targets.ollama_target(targets.DIRECT, self._llm_url)
        return [direct, proxy, raw, targets.membus_target(membus)]

    async def _measure(self, ways: list[Target]) -> report.Samples:
        samples: dict[int, dict[str, Sample]] = {
            level: {way.name: Sample() for way in ways} for level in self._levels
        }
        expected = " ".join(f"token{number}" for number in range(self._asked.tokens))
        async with clients_of(expected) as clients:
            await self._warm_up(clients, ways)
            for level in self._levels:
                for number in range(self._asked.rounds):
                    say(f"{level} clients, round {number + 1} of {self._asked.rounds} …")
                    # Each way is first once: what disturbs one round disturbs all of them.
                    for way in ways[number % len(ways) :] + ways[: number % len(ways)]:
                        sample = await clients.run(way, clients=level, seconds=self._asked.seconds)
                        samples[level][way.name].add(sample)
                        self._processes.require_alive()
                        await asyncio.sleep(PAUSE_S)
        return samples

    async def _warm_up(self, clients: Clients, ways: list[Target]) -> None:
        say("Warming up …")
        for way in ways:
            sample = await clients.run(way, clients=max(self._levels), seconds=WARM_UP_S)
            if sample.errors:
                msg = f"{way.name} does not answer as it should: {sample.errors[0]}"
                raise BenchmarkError(msg)
