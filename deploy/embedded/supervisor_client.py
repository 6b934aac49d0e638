"""Speaking with supervisord over its socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.embedded.failure import StackError

DO_NOT_WAIT = False
ALIVE = ("STARTING", "RUNNING")
FAILED = ("BACKOFF", "EXITED", "FATAL", "UNKNOWN")
GONE = "The supervisor has gone while it was needed. `make status` tells; `make up` starts again."


@dataclass(frozen=True)
class ProcessState:
    """A program as supervisor sees it; `started` and `now` are seconds since the epoch."""

    name: str
    state: str
    pid: int
    started: int
    now: int
    error: str
    exit_status: int

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.state in ALIVE


class SupervisorClient:
    """The calls that the launcher needs. Raises StackError when supervisord has gone."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def pid(self) -> int:
        """Return supervisord's pid."""
        with self._connection() as rpc:
            return int(rpc.getPID())

    def states(self) -> dict[str, ProcessState]:
        """Return every program by its short name."""
        with self._connection() as rpc:
            return {info["name"]: _state(info) for info in rpc.getAllProcessInfo()}

    def full_names(self) -> list[str]:
        """Return every program as `group:name`."""
        with self._connection() as rpc:
            return [f"{info['group']}:{info['name']}" for info in rpc.getAllProcessInfo()]

    def start(self, full_name: str) -> None:
        """Start a program without waiting; nothing when it runs."""
        with self._connection(harmless=Faults.ALREADY_STARTED) as rpc:
            rpc.startProcess(full_name, DO_NOT_WAIT)

    def stop(self, full_name: str) -> None:
        """Ask a program to stop without waiting; nothing when it does not run."""
        with self._connection(harmless=Faults.NOT_RUNNING) as rpc:
            rpc.stopProcess(full_name, DO_NOT_WAIT)

    def shutdown(self) -> None:
        """Ask supervisord to stop what still runs, and to end."""
        with self._connection() as rpc:
            rpc.shutdown()

    @contextmanager
    def _connection(self, harmless: int = 0) -> Iterator[Any]:
        """Open a connection for one call; a fault that is `harmless` counts as done."""
        transport = SupervisorTransport(None, None, f"unix://{self._socket_path}")
        # The address is not used: the transport has the socket.
        proxy = cast("Any", ServerProxy("http://127.0.0.1", transport=transport))
        try:
            yield proxy.supervisor
        except Fault as fault:
            if fault.faultCode != harmless:
                msg = f"The supervisor refuses: {fault.faultString}. `make down`, then `make up`."
                raise StackError(msg) from fault
        except (OSError, HTTPException) as error:
            raise StackError(GONE) from error
        finally:
            transport.close()


def connect(socket_path: Path) -> SupervisorClient | None:
    """Return a client when supervisord answers on the socket, None when it does not run."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(os.fspath(socket_path))
    except OSError:
        return None
    return SupervisorClient(socket_path)


def _state(info: dict[str, Any]) -> ProcessState:
    return ProcessState(
        name=info["name"],
        state=info["statename"],
        pid=info["pid"],
        started=info["start"],
        now=info["now"],
        error=info["spawnerr"],
        exit_status=info["exitstatus"],
    )
