"""Forks the services' processes from one that has imported everything: up again in a moment.

`python -m tests.support.faults.zygote FOLDER`: one JSON object a line on standard input asks for a
process (`Order`), and on standard output are the events: `started`, `ready` and `exited` of a
process, `passed` and `struck` of a point (`points.py`). Every process dies with this one, and
this one with whoever started it (`deploy/embedded/guard.py`).
"""

import gc
import json
import os
import select
import signal
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from deploy.embedded.guard import bind_to_parent
from tests.support.faults import llm
from tests.support.faults.points import Trigger, install

SERVICES = ("gateway", "context", "inference", "memory_writer")
LLM = "llm"
EVENTS = 1
"""The descriptor of the events: standard output."""


@dataclass(frozen=True, slots=True)
class Order:
    """A process that is wanted. `grace_s` is how long requests may go on after SIGTERM."""

    name: str
    service: str
    port: int
    log: str
    grace_s: float = 1.0
    environment: dict[str, str] = field(default_factory=dict)


class ReadyServer(uvicorn.Server):
    """A uvicorn that tells when it has started."""

    def __init__(self, config: uvicorn.Config, tell: Any) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._tell({"event": "ready"})


class Zygote:
    """The process that forks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[int, str] = {}
        self._wakeup, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Fork on request until standard input ends."""
        unread = b""
        while True:
            readable, _, _ = select.select([0, self._wakeup], [], [])
            if self._wakeup in readable:
                os.read(self._wakeup, 4096)
                self._reap()
            if 0 in readable:
                chunk = os.read(0, 65536)
                if not chunk:
                    return
                *lines, unread = (unread + chunk).split(b"\n")
                for line in lines:
                    self._fork(Order(**json.loads(line)))

    def _fork(self, order: Order) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                become(order, self._folder, parent)
            finally:
                os._exit(70)
        self._names[pid] = order.name
        tell({"event": "started", "name": order.name, "pid": pid})

    def _reap(self) -> None:
        while self._names:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            tell({"event": "exited", "name": self._names.pop(pid), "pid": pid, "code": code})


def become(order: Order, folder: Path, parent: int) -> None:
    """Turn a fresh fork into the process that was ordered; returns when it has ended."""
    bind_to_parent(str(parent), signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    events = os.dup(EVENTS)
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order.environment)

    def tell_of_this(event: dict[str, Any]) -> None:
        tell({**event, "name": order.name, "pid": os.getpid()}, events)

    if order.service == LLM:
        llm.serve(order.port, Path(order.environment["RECORD"]))
        return
    trigger = Trigger(folder=folder, service=order.service, tell=tell_of_this)
    install(trigger)
    # The flags of `deploy/embedded/programs.py`.
    config = uvicorn.Config(
        f"services.{order.service}.app:create_app",
        factory=True,
        host="127.0.0.1",
        port=order.port,
        loop="uvloop",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(order.grace_s)),
        access_log=False,
        proxy_headers=False,
        log_level="warning",
    )
    ReadyServer(config, tell_of_this).run()


def tell(event: dict[str, Any], descriptor: int = EVENTS) -> None:
    """Tell the harness; a line is short enough to be written in one piece."""
    os.write(descriptor, (json.dumps(event) + "\n").encode())


def main() -> None:
    """Import everything, then fork."""
    for service in SERVICES:
        import_module(f"services.{service}.app")
    import_module(uvloop.__name__)
    zygote = Zygote(Path(sys.argv[1]))
    gc.collect()
    gc.freeze()
    tell({"event": "zygote"})
    zygote.run()


if __name__ == "__main__":
    main()
