"""One run of `benchmarks.memory`: fresh servers, the stores by themselves, then the services."""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks import stack
from benchmarks.memory import append, batches, clients, figures, rebuild, writer
from benchmarks.memory.report import Counts, Section
from benchmarks.memory.stores import Stores
from benchmarks.postgres_proxy import StatementProxy
from benchmarks.processes import Processes
from benchmarks.run import say

SERVICES = ("gateway", "memory_writer")
NO_LLM = "http://127.0.0.1:9"


class Run:
    """One run of the benchmark in a folder of its own."""

    def __init__(self, asked: argparse.Namespace, folder: Path, processes: Processes) -> None:
        self._asked = asked
        self._folder = folder
        self._processes = processes
        self._counts = Counts()
        self._sections: list[Section] = []

    async def run(self) -> tuple[list[Section], Counts]:
        """Measure every part on empty stores."""
        with ExitStack() as servers:
            bus = servers.enter_context(stack.running_nats(self._folder / "nats"))
            redis = servers.enter_context(stack.running_valkey(self._folder / "valkey"))
            record = servers.enter_context(stack.running_postgres(self._folder / "postgres"))
            database_url = await stack.prepare_record(record.url)
            await stack.declare_topology(bus.url, database_url=database_url)
            stores = Stores(bus.url, redis.url, redis.port, database_url, record.url)
            await self._append(stores)
            await self._batches(stores)
            await self._figures(stores)
            await self._rebuild(stores)
            await self._services(stores)
        return self._sections, self._counts

    async def _append(self, stores: Stores) -> None:
        say("Appending to conversations of different lengths …")
        groups = await append.fill(stores, append.SIZES, self._asked.appends)
        self._counts.append_trips.update(await append.count(stores, groups))
        self._sections.append(await append.measure(stores, groups, self._asked.appends))
        await stores.empty()

    async def _batches(self, stores: Stores) -> None:
        say("Recording in batches …")
        self._sections.append(await batches.measure(stores, self._asked.batched))
        await stores.empty()

    async def _figures(self, stores: Stores) -> None:
        sizes = self._asked.conversations
        say(f"Figures at up to {max(sizes):,} conversations …")
        self._sections.append(await figures.measure(stores, sizes, self._asked.calls))
        self._counts.statements["Reading.figures"] = await figures.count(stores)
        await stores.empty()

    async def _rebuild(self, stores: Stores) -> None:
        say("Rebuilding Redis from the record …")
        sizes, long = self._asked.rebuilt, self._asked.long
        self._sections.append(await rebuild.measure(stores, sizes, long))
        await stores.empty()

    async def _services(self, stores: Stores) -> None:
        say("Starting gateway and memory_writer …")
        proxy = StatementProxy(stores.record_url)

        async def start(*names: str) -> str:
            return await stack.start_services(
                self._processes,
                folder=self._folder,
                nats_url=stores.nats_url,
                redis_urls=dict.fromkeys(SERVICES, stores.redis_url),
                database_urls={"gateway": proxy.url, "memory_writer": stores.record_url},
                llm_url=NO_LLM,
                names=names,
            )

        async with proxy.running():
            gateway_url = await start(*SERVICES)
            say("Publishing for the archive-writer …")
            again = partial(start, "memory_writer")
            number = self._asked.published
            section = await writer.measure(stores, self._processes, again, number)
            self._sections.append(section)
            say("200 appends from 20 clients at once …")
            section, kept = await clients.measure(stores, gateway_url, self._asked.rounds)
            self._sections.append(section)
            self._counts.kept.extend(kept)
            found = await figures.count_over_http(gateway_url, proxy)
            self._counts.statements["GET /memory/stats"] = found
            self._processes.require_alive()
            self._processes.stop(SERVICES)
