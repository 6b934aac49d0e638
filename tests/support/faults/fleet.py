"""The services' processes: started by forking, struck by faults, and brought back by itself.

What ends is started again at once, as supervisord would; what is stopped (SIGSTOP) is continued
after `stop_s`; what was asked to end (SIGTERM) and has not after `kill_after_s` is killed.
"""

import asyncio
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from deploy.embedded import binaries
from tests.support.faults.points import Armory, Fault
from tests.support.faults.zygote import Order

START_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Member:
    """One process that shall always run. `wanted` False: it stays away when it ends."""

    order: Order
    pid: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: bool = True
    starts: int = 0


@dataclass(frozen=True, slots=True)
class Strike:
    """A signal that a process got, and when (`time.time()`)."""

    name: str
    signal: int
    point: str
    at: float
    fault_id: int | None = None


class Fleet:
    """The processes by name; `async with` ends them all."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, stop_s: float, grace_s: float
    ) -> None:
        self.folder = folder
        self.armory = Armory(folder / "faults")
        self.members: dict[str, Member] = {}
        self.points: set[str] = set()
        self.strikes: list[Strike] = []
        self.ends: list[tuple[str, int, float]] = []
        self._environment = dict(environment)
        self._stop_s = stop_s
        self._grace_s = grace_s
        self._numbers = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        with (self.folder / "zygote.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *binaries.guarded(
                    [sys.executable, "-m", "tests.support.faults.zygote", str(self.armory.folder)]
                ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=Path(__file__).parents[3],
                env=binaries.child_environment(),
                start_new_session=True,
            )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._later:
            task.cancel()
        for member in self.members.values():
            member.wanted = False
        if self._process is not None:
            # The children die with it (PR_SET_PDEATHSIG).
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    # --- starting and ending ------------------------------------------------------------------

    async def start(self, name: str, service: str, port: int, **environment: str) -> None:
        """Start a process and wait until it answers."""
        order = Order(
            name=name,
            service=service,
            port=port,
            log=str(self.folder / f"{name}.log"),
            grace_s=self._grace_s,
            environment={**self._environment, **environment},
        )
        self.members[name] = Member(order)
        await self._fork(self.members[name])
        await self.ready(name)

    async def ready(self, *names: str) -> None:
        """Wait until these processes (or all) answer."""
        for name in names or tuple(self.members):
            await asyncio.wait_for(self.members[name].ready.wait(), START_TIMEOUT_S)

    async def _fork(self, member: Member) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        member.starts += 1
        self._process.stdin.write((json.dumps(asdict(member.order)) + "\n").encode())
        await self._process.stdin.drain()

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a process now; a stopped one is continued in time."""
        member = self.members[name]
        if not member.pid:
            return
        with suppress(ProcessLookupError):
            os.kill(member.pid, number)
        self._struck(Strike(name, number, "any", time.time()), member.pid)

    def down(self, name: str) -> None:
        """Kill a process for good, until `up`."""
        member = self.members[name]
        member.wanted = False
        with suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)

    async def up(self, name: str) -> None:
        """Bring a process back that was `down`."""
        member = self.members[name]
        while member.pid:
            await asyncio.sleep(0.005)
        member.wanted = True
        await self._fork(member)
        await self.ready(name)

    # --- faults ---------------------------------------------------------------------------------

    def fault(self, point: str, number: int, nth: int = 1) -> Fault:
        """Arm a fault at a point."""
        fault = Fault(next(self._numbers), point, number, nth)
        self.armory.arm(fault)
        return fault

    def struck(self, fault: Fault) -> Strike | None:
        """Return the strike of a fault, or None so far."""
        return next((one for one in self.strikes if one.fault_id == fault.fault_id), None)

    async def until_struck(self, fault: Fault, timeout_s: float) -> Strike:
        """Wait until a fault has struck. Raises TimeoutError, and disarms it then."""
        try:
            async with asyncio.timeout(timeout_s):
                while (strike := self.struck(fault)) is None:
                    await asyncio.sleep(0.002)
        except TimeoutError:
            self.armory.disarm(fault)
            raise
        return strike

    async def until_settled(self, timeout_s: float) -> None:
        """Wait until every process runs and answers, and none is stopped."""
        async with asyncio.timeout(timeout_s):
            while self._later or not all(m.ready.is_set() for m in self.members.values()):
                await asyncio.sleep(0.01)

    # --- events ---------------------------------------------------------------------------------

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            await self._on_event(json.loads(line))

    async def _on_event(self, event: dict[str, Any]) -> None:
        member = self.members.get(event.get("name", ""))
        match event["event"]:
            case "started" if member is not None:
                member.pid = event["pid"]
                if member.order.service == "llm":
                    member.ready.set()
            case "ready" if member is not None:
                member.ready.set()
            case "passed":
                self.points.add(event["point"])
            case "struck":
                strike = Strike(
                    event["name"], event["signal"], event["point"], event["at"], event["fault_id"]
                )
                self._struck(strike, event["pid"])
            case "exited" if member is not None:
                self.ends.append((event["name"], event["code"], time.time()))
                member.pid = 0
                member.ready.clear()
                if member.wanted:
                    await self._fork(member)

    def _struck(self, strike: Strike, pid: int) -> None:
        self.strikes.append(strike)
        if strike.signal == signal.SIGSTOP:
            self._after(self._stop_s, pid, signal.SIGCONT)
        elif strike.signal == signal.SIGTERM:
            member = self.members[strike.name]
            member.ready.clear()
            # As supervisord: half as long again as the requests may take.
            self._after(self._grace_s * 1.5 + 3, pid, signal.SIGKILL, only_if=member)

    def _after(self, delay_s: float, pid: int, number: int, only_if: Member | None = None) -> None:
        async def send() -> None:
            until = time.monotonic() + delay_s
            while time.monotonic() < until:
                if only_if is not None and only_if.pid != pid:
                    return
                await asyncio.sleep(0.01)
            if only_if is not None:
                self.strikes.append(
                    Strike(only_if.order.name, number, "too slow to end", time.time())
                )
            with suppress(ProcessLookupError):
                os.kill(pid, number)

        task = asyncio.create_task(send())
        self._later.add(task)
        task.add_done_callback(self._later.discard)
