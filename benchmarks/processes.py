"""The processes of a benchmark: started on free ports, waited for, and ended together.

They die with the benchmark, even if that is killed (`deploy/embedded/guard.py`).
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from deploy.embedded import binaries
from deploy.embedded.http_probe import get
from deploy.embedded.log_tail import tail
from deploy.embedded.settings import CHECKOUT

POLL_S = 0.05
PROBE_TIMEOUT_S = 5.0
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class BenchmarkError(Exception):
    """The benchmark cannot go on, with the reason for whoever started it."""


def free_ports(number: int) -> list[int]:
    """Return as many different ports of 127.0.0.1 that nobody has right now."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of the checkout, bound to this process's life."""
    return binaries.guarded([sys.executable, "-m", module, *arguments])


def uvicorn(factory: str, port: int) -> list[str]:
    """Return the command that serves an application, with the flags of Membus' own services."""
    options = ("--factory", "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop")
    quiet = ("--timeout-keep-alive", "75", "--no-access-log", "--log-level", "warning")
    return python("uvicorn", factory, *options, *quiet)


class Processes:
    """Children by name, each with its log in `folder`; leaving the block ends them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Begin with nothing running."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what still runs."""
        self.stop(list(self._running))

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start a process in the checkout."""
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env={**binaries.child_environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def ready(self, name: str, url: str) -> None:
        """Wait until a URL answers 200. Raises BenchmarkError with the log's end when it won't."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            self.require_alive([name])
            if (await asyncio.to_thread(get, url, PROBE_TIMEOUT_S)).ok:
                return
            await asyncio.sleep(POLL_S)
        msg = f"{name} was not ready after {START_TIMEOUT_S:g} s:\n{self._tail(name)}"
        raise BenchmarkError(msg)

    def require_alive(self, names: Iterable[str] | None = None) -> None:
        """Raise BenchmarkError for a process (of these, or of all) that has ended by itself."""
        for name in names or self._running:
            code = self._running[name].poll()
            if code is not None:
                msg = f"{name} ended with code {code}:\n{self._tail(name)}"
                raise BenchmarkError(msg)

    def cpu_s(self, name: str) -> float:
        """Return how much CPU time a process has taken: other load on the machine adds little."""
        return sum(psutil.Process(self._running[name].pid).cpu_times()[:2])

    def stop(self, names: Iterable[str]) -> None:
        """End these processes: politely, then after some seconds for good."""
        ending = [self._running.pop(name) for name in names]
        for process in ending:
            process.terminate()
        for process in ending:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        return tail(self._log(name), 20)
