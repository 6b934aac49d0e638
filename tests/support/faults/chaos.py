"""Random faults for as long as one likes: `make chaos SECONDS=60 SEED=1`.

Clients ask without a pause while services are killed, stopped and ended at random points and
times, and NATS, Redis, PostgreSQL and the LLM go away, one at a time and in pairs. In the end
everything must have recovered by itself, and the checker compares what clients were told with what
is stored, and Redis with the record.

`TURNS=` runs until so many turns were asked, whatever `SECONDS` says. `OUTAGE=` lets each server,
and each pair (or those of `AWAY="nats redis+llm"`), go away once for so many seconds, with nothing
else: ten real minutes are `make chaos OUTAGE=600 TIME_SCALE=1`. The exit code is 1 where a promise
was broken; then the logs and the ledger stay.
"""

import argparse
import asyncio
import itertools
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.faults.case import Violation
from tests.support.faults.clients import MANNERS, Client
from tests.support.faults.system import Shape, System, running_system

SERVERS = ("nats", "redis", "postgres", "llm")
OUTAGES = (*((one,) for one in SERVERS), *itertools.combinations(SERVERS, 2))
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)
"""A kill is what happens most often."""

PAUSE_S = (0.1, 1.0)
"""Between two faults of services, in seconds."""

STRIKERS = 2
"""How many of them may come at once."""

POINT_SHARE = 0.7
"""How many of them are at a point of a turn's way; the others come at any time."""

POINT_WAIT_S = 1.0
OUTAGE_S = (0.2, 3.0)
BETWEEN_OUTAGES_S = (3.0, 9.0)
AT_ONCE = (1, 1, 1, 2, 3)
"""How many turns of one conversation a user asks for at once."""

FORGETTING = 2
"""How many users come at once who have something forgotten."""

TELL_EVERY_S = 10.0
RECOVERY_S = 60.0
"""How long everything may take to come to rest after the last fault."""


def say(line: str) -> None:
    """Tell what happens, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    seconds: float
    seed: int
    turns: int
    outage: float
    away: list[str]
    time_scale: float
    gateways: int
    folder: Path | None


def options(arguments: Sequence[str] | None = None) -> Asked:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.faults.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=0)
    parser.add_argument("--outage", type=float, default=0, metavar="SECONDS")
    parser.add_argument(
        "--away",
        nargs="*",
        default=["+".join(names) for names in OUTAGES],
        help="what goes away, in turn: nats redis postgres llm nats+redis … (with --outage)",
    )
    parser.add_argument("--time-scale", type=float, default=0.1)
    parser.add_argument("--gateways", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="for data and logs; kept")
    return Asked(**vars(parser.parse_args(arguments)))


class Chaos:
    """One run over a system; the same seed chooses the same faults."""

    def __init__(self, system: System, asked: Asked) -> None:
        self._system = system
        self._asked = asked
        self._over = False
        self._began = time.monotonic()

    async def run(self) -> list[Violation]:
        """Let clients ask and faults strike, then wait for rest and judge."""
        await self._system.learn_points()
        asking = [asyncio.create_task(self._ask(n)) for n in range(len(self._system.clients))]
        asking += [asyncio.create_task(self._forget()) for _ in range(FORGETTING)]
        telling = asyncio.create_task(self._tell())
        try:
            if self._asked.outage:
                await self._long_outages()
            else:
                await self._faults()
        finally:
            self._over = True
            telling.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*asking), RECOVERY_S)
        return await self._system.verdict(quiet_s=RECOVERY_S, burials=True)

    def _done(self) -> bool:
        if self._asked.turns:
            return len(self._system.ledger.asked) >= self._asked.turns
        return time.monotonic() - self._began >= self._asked.seconds

    async def _faults(self) -> None:
        """Let faults of services and outages of servers come, each in their own time."""
        loops = [self._struck(number) for number in range(STRIKERS)]
        await asyncio.gather(*loops, self._outages())

    async def _struck(self, number: int) -> None:
        rng = self._random(f"strikes-{number}")
        while not self._done():
            await asyncio.sleep(rng.uniform(*PAUSE_S))
            if rng.random() < POINT_SHARE:
                await self._strike_at_a_point(rng)
            else:
                names = [name for name in sorted(self._system.fleet.members) if name != "llm"]
                self._system.fleet.signal(rng.choice(names), rng.choice(SIGNALS))

    async def _strike_at_a_point(self, rng: random.Random) -> None:
        fleet = self._system.fleet
        point = rng.choice(sorted(fleet.points))
        fault = fleet.fault(point, rng.choice(SIGNALS), rng.choice((1, 1, 2, 5)))
        with suppress(TimeoutError):
            await fleet.until_struck(fault, POINT_WAIT_S)

    async def _outages(self) -> None:
        rng = self._random("outages")
        while not self._done():
            await asyncio.sleep(rng.uniform(*BETWEEN_OUTAGES_S))
            async with self._system.outage(*rng.choice(OUTAGES)):
                await asyncio.sleep(rng.uniform(*OUTAGE_S))

    def _random(self, name: str) -> random.Random:
        return random.Random(f"{self._asked.seed}-{name}")

    async def _long_outages(self) -> None:
        for names in (away.split("+") for away in self._asked.away):
            say(f"without {' and '.join(names)} for {self._asked.outage:g} s")
            async with self._system.outage(*names):
                await asyncio.sleep(self._asked.outage)
            await asyncio.sleep(20 * self._asked.time_scale)

    async def _ask(self, number: int) -> None:
        """Let one user ask again and again, in changing manners, at times several at once."""
        client: Client = self._system.clients[number]
        rng = self._random(f"user-{number}")
        while not self._over:
            manners = rng.choices(MANNERS, k=rng.choice(AT_ONCE))
            await asyncio.gather(*map(client.ask, manners))
            await asyncio.sleep(rng.uniform(0, 0.1))

    async def _forget(self) -> None:
        """Let one user after another come who has something forgotten."""
        while not self._over:
            await self._system.forget_one()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            elapsed = time.monotonic() - self._began
            say(f"{elapsed:5.0f} s: {self._system.progress()}")


async def run(asked: Asked, folder: Path) -> int:
    """Run, report, and return the exit code."""
    # A turn must outlive an outage that it is not the subject of.
    wait_s = max(20.0, asked.outage + 20.0)
    shape = Shape(
        time_scale=asked.time_scale, gateways=asked.gateways, clients=12, queue_max_wait_s=wait_s
    )
    async with running_system(folder, shape) as system:
        for client in system.clients:
            client.patience_s = 2 * (shape.queue_max_wait_s + shape.turn_hard_cap_s)
        violations = await Chaos(system, asked).run()
        say(system.report(violations) if violations else system.summary(violations))
    return 1 if violations else 0


def main() -> int:
    """Run in a folder of its own, which stays where something was found."""
    asked = options()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="membus-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    code = asyncio.run(run(asked, folder))
    if code:
        say(f"FAILED with seed {asked.seed}; logs and ledger are in {folder}")
    elif asked.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
