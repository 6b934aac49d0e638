"""The whole system under faults: real servers, real services, clients, ledger and checker."""

import asyncio
import itertools
import math
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

import nats

from deploy.embedded.running import Running
from shared.contracts.subjects import CONTEXT_LOADER
from shared.settings import ModelSettings
from shared.topology import apply
from tests.support.faults.case import Allowed, Violation
from tests.support.faults.checker import check
from tests.support.faults.clients import MANNERS, QUEUED, Client, Manner, open_session
from tests.support.faults.fleet import Fleet
from tests.support.faults.forgetting import SCOPES, come_and_forget
from tests.support.faults.ledger import Asked, Ledger, Scope
from tests.support.faults.points import Fault
from tests.support.faults.stores import Reader
from tests.support.faults.zygote import LLM
from tests.support.servers import (
    free_port,
    record_on,
    running_nats,
    running_postgres,
    running_redis,
)

SECRET = "a-secret-of-the-tests-that-is-long-enough"
REPLICAS = {"gateway": 1, "context": 2, "inference": 2, "memory_writer": 2}
NOT_REACHED = 3
"""Waves after which a point counts as one that this system does not come to."""

OF_CHANCE = (":in_progress:", ":ack:janitor-")
"""Points that are passed only when something takes long: one wave must do."""


SHOWN = 8
AROUND_S = 20.0
"""Violations that are told, and how near to them a fault must be to be told as well."""

QUIET_S = 30.0
"""How long it may take at most until nothing is in work."""

NOT_OF_A_TURN = ("script:conversation", "script:stats", "script:claim")
"""Reading, which the checker itself does, and putting back what a new Redis lacks."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large and how fast a system is. `time_scale` shortens ack waits (15 s and 10 s)."""

    time_scale: float = 0.1
    gateways: int = 1
    clients: int = len(MANNERS)
    llm_slots: int = 4
    queue_max_wait_s: float = 15.0
    turn_hard_cap_s: float = 10.0

    @property
    def ack_wait_s(self) -> float:
        return CONTEXT_LOADER.scaled(self.time_scale).ack_wait_s


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment (`time.time()`), and how many questions, strikes and outages there had been."""

    at: float = 0.0
    asked: int = 0
    strikes: int = 0
    outages: int = 0


@dataclass
class System:
    """A running system. `outages` are the spans in which a server was away on purpose."""

    shape: Shape
    folder: Path
    fleet: Fleet
    ledger: Ledger
    reader: Reader
    clients: list[Client]
    servers: Mapping[str, Running]
    outages: list[tuple[float, float, str]] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    _users: "itertools.count[int]" = field(default_factory=itertools.count)
    _forgetful: "itertools.count[int]" = field(default_factory=itertools.count)
    _scopes: dict[str, Scope] = field(default_factory=dict)
    _forgetting: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.new_users()

    def new_users(self) -> None:
        """Let other users come, so that what went wrong before stays behind."""
        kind = next(self._users)
        for number, client in enumerate(self.clients):
            self.clients[number] = replace(client, name=f"user{kind}-{number}")

    # --- traffic --------------------------------------------------------------------------------

    async def wave(self, *, wish: str = "", scope: Scope | None = None) -> list[Asked]:
        """Let every client ask once, each in its manner, and some once more at the same time.

        Beside them somebody comes who has it forgotten, in this `scope` or another one each time,
        and is not waited for.
        """
        if scope is not None or not any(not task.done() for task in self._forgetting):
            self._forgetting.append(asyncio.create_task(self.forget_one(scope)))
        return await self._wave(wish)

    async def _wave(self, wish: str = "") -> list[Asked]:
        manners = [self._manner(number, wish) for number in range(len(self.clients))]
        asking = [client.ask(manner) for client, manner in zip(self.clients, manners, strict=True)]
        asking += [
            self.clients[number].ask(replace(manner, wish=wish))
            for number, manner in QUEUED
            if number < len(self.clients)
        ]
        return list(await asyncio.gather(*asking))

    async def forget_one(self, scope: Scope | None = None) -> None:
        """Let a user come who says something and has it forgotten, each in another way."""
        number = next(self._forgetful)
        client = replace(self.clients[0], name=f"user{number}-forgets")
        await come_and_forget(client, scope or SCOPES[number % len(SCOPES)])

    async def forgotten(self) -> None:
        """Wait until nobody is left who has something forgotten."""
        forgetting, self._forgetting = self._forgetting, []
        await asyncio.gather(*forgetting)

    def _manner(self, number: int, wish: str) -> Manner:
        return replace(MANNERS[number % len(MANNERS)], wish=wish)

    # --- faults ---------------------------------------------------------------------------------

    async def strike_at(self, *points: str, number: int) -> None:
        """Run waves until a fault has struck at each of some points, and all has settled again."""
        faults = [self.fleet.fault(point, number) for point in points]
        scope = next((self._scopes[point] for point in points if point in self._scopes), None)
        for _ in range(1 if all(map(_of_chance, faults)) else NOT_REACHED):
            await self.wave(scope=scope)
            if not self._due(faults):
                break
            # Some points are passed with a user's first turn alone.
            self.new_users()
        if not all(map(_of_chance, self._due(faults))):
            # What a killed process had of it blocks the way for an ack wait.
            await self.forgotten()
            await self.reader.quiet(QUIET_S)
            await self.wave(scope=scope)
            await self.forgotten()
        for fault in self._due(faults):
            self.fleet.armory.disarm(fault)
            self.unreached += [] if _of_chance(fault) else [str(fault)]
        await self.fleet.until_settled(20)

    def _due(self, faults: Sequence[Fault]) -> list[Fault]:
        """Return the faults that have not struck."""
        return [fault for fault in faults if self.fleet.struck(fault) is None]

    @asynccontextmanager
    async def outage(self, *names: str) -> AsyncIterator[None]:
        """Take servers away (nats, redis, postgres, llm), and bring them back at the end."""
        began = time.time()
        for name in names:
            if name == LLM:
                self.fleet.down(LLM)
            else:
                self.servers[name].kill()
        try:
            yield
        finally:
            for name in names:
                if name == LLM:
                    await self.fleet.up(LLM)
                else:
                    self.servers[name].start()
            # What was begun just before may be told just after.
            self.outages += [(began, time.time() + 1.0, name) for name in names]

    # --- the end --------------------------------------------------------------------------------

    async def verdict(
        self,
        since: Mark | None = None,
        *,
        quiet_s: float = QUIET_S,
        burials: bool = False,
        longest_s: float = math.inf,
    ) -> list[Violation]:
        """Wait until nothing is in work, and hold the ledger against the stores.

        Returns what is wrong with users who came `since` a moment, and with the system as a whole.
        """
        await self.fleet.until_settled(20)
        await self.forgotten()
        left = await self.reader.quiet(quiet_s)
        began = since.at if since is not None else 0.0
        ledger = self.ledger.of_users_since(began)
        who = dict.fromkeys((asked.user, asked.conversation) for asked in ledger.asked)
        stores = await self.reader.read(who, left_open=left)
        found = check(ledger, stores, Allowed(tuple(self.outages), burials, longest_s))
        return [one for one in found if one.at is None or one.at >= began]

    async def learn_points(self) -> None:
        """Learn the points of a turn's way, and of forgetting: what is passed without any fault."""
        await self._wave()
        await self._wave()
        self.points = self._passed()
        for scope in SCOPES:
            # Twice: who takes it for the first time still connects.
            await self.forget_one(scope)
            await self.forget_one(scope)
            passed = self._passed()
            self._scopes |= dict.fromkeys({*passed} - {*self.points}, scope)
            self.points = passed

    def _passed(self) -> list[str]:
        return sorted(p for p in self.fleet.points if not p.endswith(NOT_OF_A_TURN))

    def points_of(self, *services: str) -> list[tuple[str, ...]]:
        """Return the points in services, as many together as may be struck in one wave.

        That is one for each process. Forgetting, which a killed process holds up for longest, is
        struck together with something else.
        """
        columns = [
            [points[n : n + REPLICAS[service]] for n in range(0, len(points), REPLICAS[service])]
            for service in services
            for points in [self._mixed(service)]
        ]
        rows = zip_longest(*columns, fillvalue=[])
        return [tuple(point for points in row for point in points) for row in rows]

    def _mixed(self, service: str) -> list[str]:
        points = [point for point in self.points if point.startswith(f"{service}:")]
        pairs = zip_longest(
            [point for point in points if point in self._scopes],
            [point for point in points if point not in self._scopes],
        )
        return [point for pair in pairs for point in pair if point is not None]

    def mark(self) -> Mark:
        """Remember this moment, to tell later what came after it."""
        return Mark(time.time(), len(self.ledger.asked), len(self.fleet.strikes), len(self.outages))

    def faulted(self, since: Mark | None = None) -> int:
        """Count the turns that were open when a fault struck."""
        since = since or Mark()
        moments = [strike.at for strike in self.fleet.strikes[since.strikes :]]
        moments += [start for start, _, _ in self.outages[since.outages :]]
        return sum(
            any(asked.sent_at <= at <= asked.ended_at for at in moments)
            for asked in self.ledger.asked[since.asked :]
            if asked.notes
        )

    def progress(self, since: Mark | None = None) -> str:
        """Say in a line what has happened."""
        since = since or Mark()
        signals = Counter(
            signal.Signals(strike.signal).name for strike in self.fleet.strikes[since.strikes :]
        )
        signals["outage"] = len(self.outages) - since.outages
        told = ", ".join(f"{name} {number}" for name, number in sorted(signals.items()) if number)
        return (
            f"{len(self.ledger.asked) - since.asked} turns, {self.faulted(since)} of them faulted; "
            f"faults: {told or 'none'}"
        )

    def summary(self, violations: Sequence[Violation], since: Mark | None = None) -> str:
        """Say in a line what happened and what is wrong."""
        return f"{self.progress(since)}; violations: {len(violations)}"

    def report(self, violations: Sequence[Violation], since: Mark | None = None) -> str:
        """Tell the first violations with what happened around them."""
        since = since or Mark()
        first = list(dict.fromkeys(str(violation) for violation in violations))[:SHOWN]
        moments = [violation.at for violation in violations[:SHOWN] if violation.at is not None]
        faults = [
            (one.at, f"{signal.Signals(one.signal).name} {one.name} at {one.point}")
            for one in self.fleet.strikes[since.strikes :]
        ]
        faults += [
            (start, f"without {name} until {end:.3f}")
            for start, end, name in self.outages[since.outages :]
        ]
        told = [
            f"{at:.3f} {what}"
            for at, what in sorted(faults)
            if not moments or any(abs(at - moment) < AROUND_S for moment in moments)
        ]
        return "\n".join([self.summary(violations, since), *first, "faults:", *told])


def _of_chance(fault: Fault) -> bool:
    return any(part in fault.point for part in OF_CHANCE)


@asynccontextmanager
async def running_system(folder: Path, shape: Shape | None = None) -> AsyncIterator[System]:
    """Start everything in a folder, which keeps logs and ledger."""
    shape = shape or Shape()
    async with AsyncExitStack() as stack:
        bus = stack.enter_context(running_nats(folder))
        redis = stack.enter_context(running_redis(folder))
        postgres = stack.enter_context(running_postgres(folder))
        record = record_on(postgres)
        llm_port = free_port()
        environment = _environment(shape, bus.url, redis.url, record.url, llm_port)
        connection = await nats.connect(bus.url)
        await apply(
            connection.jetstream(),
            ModelSettings(
                llm_slots=shape.llm_slots,
                time_scale=shape.time_scale,
                database_url=record.url,
                facts_llm="off",
            ),
        )
        await connection.close()
        fleet = await stack.enter_async_context(
            Fleet(
                folder,
                environment,
                stop_s=shape.ack_wait_s * 1.2,
                grace_s=10 * shape.time_scale,
            )
        )
        prompts = folder / "prompts.jsonl"
        await fleet.start(LLM, LLM, llm_port, RECORD=str(prompts))
        urls = await _start_services(fleet, {**REPLICAS, "gateway": shape.gateways})
        ledger = Ledger(folder / "ledger.jsonl")
        stack.callback(ledger.close)
        session = await stack.enter_async_context(open_session())
        yield System(
            shape=shape,
            folder=folder,
            fleet=fleet,
            ledger=ledger,
            reader=Reader(
                nats_url=bus.url,
                redis_url=redis.url,
                record_url=postgres.url,
                api_url=urls[0],
                prompts=prompts,
            ),
            clients=[
                Client("", session, urls, ledger, gateway=number) for number in range(shape.clients)
            ],
            servers={"nats": bus, "redis": redis, "postgres": postgres},
        )


def _environment(
    shape: Shape, nats_url: str, redis_url: str, database_url: str, llm_port: int
) -> dict[str, str]:
    return {
        "NATS_URL": nats_url,
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "LLM_BACKEND": "ollama",
        "OLLAMA_URL": f"http://127.0.0.1:{llm_port}",
        "MODEL": "llama3.2",
        # The model's requests are counted: those between the turns would be taken for turns.
        "FACTS_LLM": "off",
        "SUMMARIES_LLM": "off",
        "EMBED_MODEL": "off",
        "LLM_SLOTS": str(shape.llm_slots),
        "TIME_SCALE": str(shape.time_scale),
        # As the janitor's patience, which is longer than any publish may take, is scaled.
        "PUBLISH_TIMEOUT": str(5 * shape.time_scale),
        "QUEUE_MAX_WAIT": str(shape.queue_max_wait_s),
        "TURN_HARD_CAP": str(shape.turn_hard_cap_s),
        "FORGET_WAIT": str(30 * shape.time_scale),
        "LOG_LEVEL": "info",
        "LOG_FORMAT": "json",
    }


async def _start_services(fleet: Fleet, replicas: Mapping[str, int]) -> list[str]:
    ports = {
        (service, number): free_port()
        for service, count in replicas.items()
        for number in range(count)
    }
    await asyncio.gather(
        *(
            fleet.start(f"{service}-{number}", service, port)
            for (service, number), port in ports.items()
        )
    )
    return [
        f"http://127.0.0.1:{port}" for (service, _), port in ports.items() if service == "gateway"
    ]
