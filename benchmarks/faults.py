"""How long a turn waits when something dies under it: time to takeover and to recovery.

`python -m benchmarks.faults` starts everything itself: real NATS, Valkey and services (two of each
but the gateway), a fake LLM. It kills (SIGKILL) and stops (SIGTERM) each service in the middle of a
turn, at the same point each time, and takes each server away for a second.

- takeover: from the fault to the first token that the struck turn's client gets from whoever has
  taken it over;
- recovery: from the fault (of a server: from its return) to the end of the first turn that was
  asked after it.

The exit code is 1 where the takeover of an answer took longer than inference's ack wait and a
second after SIGKILL, or half a second after SIGTERM, or where the checker of `tests/faults` finds
that a turn was lost, doubled or told otherwise than it is stored. Other times are only told.

A killed service is back in 0.05 s here, as it is forked; under `make up` it takes a Python's start.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.processes import BenchmarkError
from benchmarks.run import say
from benchmarks.stack import fresh_folder
from deploy.embedded.failure import StackError
from shared.contracts.subjects import CONTEXT_LOADER, INFERENCE, REDIS_WRITER
from tests.support.faults.clients import Manner
from tests.support.faults.ledger import Asked
from tests.support.faults.system import Shape, System, running_system

LONG = "pieces=150 delay=20"
"""An answer of three seconds: it is on its way when its worker dies."""

STOP_GATE_S = 0.5
KILL_GATE_OVER_ACK_WAIT_S = 1.0
OUTAGE_S = 1.0
STRUCK_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault of a service: a signal at the nth passage of a point."""

    name: str
    point: str
    number: signal.Signals
    nth: int = 1
    ack_wait_s: float = 0.0
    gated: bool = False
    then_again: bool = False

    def gate_s(self, time_scale: float) -> float | None:
        """Return what the takeover may take at most, in seconds."""
        if not self.gated:
            return None
        if self.number is signal.SIGTERM:
            return STOP_GATE_S
        return self.ack_wait_s * time_scale + KILL_GATE_OVER_ACK_WAIT_S


@dataclass(slots=True)
class Row:
    """What was measured of one fault, in seconds; a round each."""

    name: str
    gate_s: float | None = None
    takeover_s: list[float] = field(default_factory=list)
    recovery_s: list[float] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether the gate was missed in any round."""
        return self.gate_s is not None and max(self.takeover_s, default=0.0) > self.gate_s


def strikes() -> list[Strike]:
    """Return each service's kill and stop, in the middle of its part of a turn."""
    found = []
    for number in (signal.SIGKILL, signal.SIGTERM):
        verb = "killed" if number is signal.SIGKILL else "stopped"
        found += [
            Strike(
                f"inference {verb} in mid-answer",
                "inference:after:send:token",
                number,
                nth=20,
                ack_wait_s=INFERENCE.ack_wait_s,
                gated=True,
            ),
            Strike(
                f"context {verb} before the prompt is handed on",
                "context:before:publish:PROMPTS",
                number,
                ack_wait_s=CONTEXT_LOADER.ack_wait_s,
            ),
            Strike(
                f"memory_writer {verb} before it writes",
                "memory_writer:before:script:append",
                number,
                ack_wait_s=REDIS_WRITER.ack_wait_s,
                then_again=True,
            ),
        ]
    return found


class Bench:
    """Measures one fault after another on a running system."""

    def __init__(self, system: System, time_scale: float) -> None:
        self._system = system
        self._time_scale = time_scale

    async def strike(self, strike: Strike, row: Row) -> None:
        """Strike a service in the middle of a turn."""
        system = self._system
        system.new_users()
        fault = system.fleet.fault(strike.point, strike.number, strike.nth)
        asking = asyncio.create_task(self._ask(0, "" if strike.then_again else LONG))
        try:
            struck = await system.fleet.until_struck(fault, STRUCK_WITHIN_S)
        except TimeoutError as error:
            msg = f"{strike.name}: its point was not reached"
            raise BenchmarkError(msg) from error
        # The writer's turn is answered already; the next of its conversation waits for it.
        following = asyncio.create_task(self._ask(0, "")) if strike.then_again else asking
        row.recovery_s.append(await self._recovered(struck.at))
        row.takeover_s.append(_taken_over(await following, struck.at))
        await asking
        await system.fleet.until_settled(30)

    async def strike_gateway(self, number: signal.Signals, row: Row) -> None:
        """Strike the gateway while it relays an answer; its client comes back with its key."""
        system = self._system
        system.new_users()
        asking = asyncio.create_task(self._ask(0, LONG))
        await asyncio.sleep(1.0)
        at = time.time()
        system.fleet.signal("gateway-0", number)
        row.recovery_s.append(await self._recovered(at))
        row.takeover_s.append(_taken_over(await asking, at))
        await system.fleet.until_settled(30)

    async def outage(self, name: str, row: Row) -> None:
        """Take a server away for a second, while an answer is on its way."""
        system = self._system
        system.new_users()
        asking = asyncio.create_task(self._ask(0, LONG))
        await asyncio.sleep(1.0)
        async with system.outage(name):
            await asyncio.sleep(OUTAGE_S)
        row.recovery_s.append(await self._recovered(time.time()))
        await asking

    async def _ask(self, number: int, wish: str) -> Asked:
        return await self._system.clients[number].ask(Manner("sse", wish=wish))

    async def _recovered(self, at: float) -> float:
        """Ask anew until a turn is answered; returns how long after a moment that was."""
        while True:
            asked = await self._system.clients[1].ask(Manner("json"))
            told = asked.all("told")
            if told and told[-1].ending is not None and told[-1].ending.completed:
                return told[-1].at - at


def _taken_over(asked: Asked, at: float) -> float:
    """Return how long after a moment the client got its next token from somebody else.

    Where nobody had to take over (a service may finish what it has begun), it is the next token.
    """
    after = [note for note in asked.notes if note.at > at]
    anew = [n for n, note in enumerate(after) if note.kind in {"reset", "sent"}]
    for note in after[anew[0] if anew else 0 :]:
        if note.kind in {"token", "told"}:
            return note.at - at
    msg = f"no token came after the fault: {asked.history()}"
    raise BenchmarkError(msg)


async def measure(asked: argparse.Namespace, folder: Path) -> tuple[list[Row], list[str]]:
    """Run every fault some rounds; returns the figures, and what the checker found."""
    async with _system(asked.time_scale, folder) as system:
        bench, rows = Bench(system, asked.time_scale), []
        for strike in strikes():
            rows.append(Row(strike.name, strike.gate_s(asked.time_scale)))
            for _ in range(asked.rounds):
                await bench.strike(strike, rows[-1])
            say(line(rows[-1]))
        for number, verb in ((signal.SIGKILL, "killed"), (signal.SIGTERM, "stopped")):
            rows.append(Row(f"gateway {verb} in mid-answer"))
            for _ in range(asked.rounds):
                await bench.strike_gateway(number, rows[-1])
            say(line(rows[-1]))
        for name in ("nats", "redis", "llm"):
            rows.append(Row(f"{name} away for {OUTAGE_S:g} s"))
            for _ in range(asked.rounds):
                await bench.outage(name, rows[-1])
            say(line(rows[-1]))
        return rows, [str(one) for one in await system.verdict()]


@asynccontextmanager
async def _system(time_scale: float, folder: Path) -> AsyncIterator[System]:
    shape = Shape(time_scale=time_scale, queue_max_wait_s=120, turn_hard_cap_s=600)
    async with running_system(folder, shape) as system:
        for number, client in enumerate(system.clients):
            system.clients[number] = replace(client, patience_s=120)
        await system.learn_points()
        yield system


def line(row: Row) -> str:
    """Return one fault's figures: the median, and the longest in brackets."""
    gate = "" if row.gate_s is None else f"   gate ≤ {row.gate_s:g} s"
    told = f"   BROKEN{gate}" if row.broken else gate
    return f"{row.name:<44}{_figures(row.takeover_s):>18}{_figures(row.recovery_s):>18}{told}"


def _figures(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({max(values):.2f}) s" if values else "–"


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="one round, ack waits a tenth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--rounds", type=int, help="of each fault (3; quick: 1)")
    parser.add_argument("--time-scale", type=float, help="of ack waits (1; quick: 0.1)")
    found = parser.parse_args(arguments)
    found.rounds = found.rounds or (1 if found.quick else 3)
    found.time_scale = found.time_scale or (0.1 if found.quick else 1.0)
    return found


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started = time.monotonic()
    say(f"{'median (longest) of ' + str(asked.rounds):<44}{'takeover':>18}{'recovery':>18}")
    try:
        with fresh_folder() as folder:
            rows, violations = asyncio.run(measure(asked, folder))
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    if asked.json is not None:
        found = {"rows": [asdict(row) for row in rows], "violations": violations}
        text = json.dumps(found, indent=1, ensure_ascii=False)
        asked.json.write_text(text + "\n", encoding="utf-8")
    for violation in violations:
        say(f"BROKEN: {violation}")
    wrong = bool(violations) or any(row.broken for row in rows)
    say("FAILED" if wrong else "The gates hold; no turn was lost, doubled or told otherwise.")
    say(f"({time.monotonic() - started:.0f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
