"""One run of `benchmarks.scale`: the record by itself at each size, then the running services."""

import argparse
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from benchmarks import stack
from benchmarks.counting import Meters, TurnCosts, count_turns
from benchmarks.embedder import own_embedding, passages
from benchmarks.memory.stores import Stores
from benchmarks.postgres_proxy import statement_proxies
from benchmarks.processes import Processes
from benchmarks.redis_proxy import counting_proxies
from benchmarks.run import say
from benchmarks.scale import services, texts
from benchmarks.scale.fill import Record
from benchmarks.scale.report import Report, Size
from benchmarks.scale.searching import Times, measure
from shared.embedding import Embedding, Vectors
from shared.memory.working import WorkingMemory

WARM_UP = 5
TYPICAL = 200
"""Texts that are embedded: what the made-up vectors lie among."""

CHATTING = "one user, 10,000 messages"
COUNTED_TURNS = 5
USERS = 1_000


class Run:
    """One run of the benchmark in a folder of its own."""

    def __init__(self, asked: argparse.Namespace, folder: Path, processes: Processes) -> None:
        self._asked = asked
        self._folder = folder
        self._processes = processes
        self._secret = secrets.token_urlsafe(48)
        self._questions = _endless(texts.questions())
        self._report = Report()

    async def run(self) -> Report:
        """Fill and ask, more each time; then start the services on what is there."""
        with ExitStack() as servers:
            bus = servers.enter_context(stack.running_nats(self._folder / "nats"))
            redis = servers.enter_context(stack.running_valkey(self._folder / "valkey"))
            postgres = servers.enter_context(stack.running_postgres(self._folder / "postgres"))
            url = await stack.prepare_record(postgres.url)
            await stack.declare_topology(bus.url, database_url=url)
            stores = Stores(bus.url, redis.url, redis.port, url, postgres.url)
            async with own_embedding() as embedding:
                pid = postgres.process.pid if postgres.process else 0
                record = Record(stores, await self._typical(embedding), server_pid=pid)
                await self._sizes(stores, record, embedding)
                await record.close()
            await self._services(stores)
        return self._report

    async def _typical(self, embedding: Embedding) -> Vectors:
        said = texts.sentences()
        chosen = said[:: max(1, len(said) // TYPICAL)]
        say(f"Embedding {len(chosen)} messages …")
        began = time.perf_counter()
        found = await passages(embedding, chosen)
        self._report.texts_per_s = len(chosen) / (time.perf_counter() - began)
        return found

    async def _sizes(self, stores: Stores, record: Record, embedding: Embedding) -> None:
        working = WorkingMemory(stores.settings())
        try:
            for size in self._asked.sizes:
                name = f"one user, {size:,} messages"
                await self._size(record, working, embedding, name=name, users=[name], each=size)
            users, each = self._asked.users
            names = [f"user {number}" for number in range(users)]
            name = f"{users:,} users, {each:,} messages each"
            await self._size(record, working, embedding, name=name, users=names, each=each)
        finally:
            await working.close()

    async def _size(
        self,
        record: Record,
        working: WorkingMemory,
        embedding: Embedding,
        *,
        name: str,
        users: Sequence[str],
        each: int,
    ) -> None:
        say(f"{name}: filling …")
        began = time.monotonic()
        ids = [services.user_of(one, secret=self._secret) for one in users]
        await record.say(ids, each)
        await record.make_searchable()
        say(f"{name}: filled in {time.monotonic() - began:.0f} s, asking …")

        async def ask(number: int) -> Times:
            questions = [next(self._questions) for _ in range(number)]
            return await measure(record, working, embedding, users=ids, questions=questions)

        await ask(WARM_UP)
        self._report.sizes.append(Size(name, each, await ask(self._asked.questions), users[0]))

    async def _services(self, stores: Stores) -> None:
        llm_url = await stack.start_fake_llm(self._processes, tokens=5)
        say("Counting what a turn that recalls costs …")
        self._report.costs = await self._count(stores, llm_url)
        say("Asking the running services …")
        url = await self._start(stores, llm_url)
        async with aiohttp.ClientSession(url) as session:
            for size in self._report.sizes:
                await services.queries(session, size.agent, self._some(WARM_UP))
                asked = self._some(self._asked.questions)
                size.http_ms.extend(await services.queries(session, size.agent, asked))
            for name in (CHATTING, "somebody new"):
                await services.turns(session, name, self._some(WARM_UP))
                found = await services.turns(session, name, self._some(self._asked.turns))
                self._report.turns[name] = found
        self._processes.require_alive()
        self._processes.stop(stack.SERVICES)

    def _some(self, number: int) -> list[str]:
        return [next(self._questions) for _ in range(number)]

    async def _count(self, stores: Stores, llm_url: str) -> list[TurnCosts]:
        async with (
            counting_proxies(stores.redis_port, stack.SERVICES) as trips,
            statement_proxies(stores.record_url, stack.SERVICES) as statements,
        ):
            url = await self._start(
                stores,
                llm_url,
                redis_urls={name: proxy.url for name, proxy in trips.items()},
                database_urls={name: proxy.url for name, proxy in statements.items()},
            )
            meters = Meters(stores.nats_url, stores.redis_url, trips, statements)
            costs = await count_turns(url, meters, turns=COUNTED_TURNS, recalling=True)
            self._processes.stop(stack.SERVICES)
        return costs

    async def _start(
        self,
        stores: Stores,
        llm_url: str,
        *,
        redis_urls: dict[str, str] | None = None,
        database_urls: dict[str, str] | None = None,
    ) -> str:
        return await stack.start_services(
            self._processes,
            folder=self._folder,
            nats_url=stores.nats_url,
            redis_urls=redis_urls or dict.fromkeys(stack.SERVICES, stores.redis_url),
            database_urls=database_urls or dict.fromkeys(stack.SERVICES, stores.record_url),
            llm_url=llm_url,
            more={
                "SECRET_KEY": self._secret,
                "EMBED_MODEL": "",
                # What is told is how long it takes, not how soon it is given up.
                "EMBED_MAX_WAIT": "10",
                "RECALL_MAX_WAIT": "20",
            },
        )


def _endless(items: Sequence[str]) -> Iterator[str]:
    """Give one after the other, ever again: a run needs more than there are, few of them twice."""
    while True:
        yield from items
