"""What must hold before anything is started: a folder to write to, space, and free ports."""

import errno
import os
import shutil
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.embedded.failure import StackError
from deploy.embedded.programs import Program
from deploy.embedded.servers import HOST

GIB = 1024**3
NEEDED_BYTES = GIB
"""Streams, the append-only file, PostgreSQL's log and the services' logs grow to about this."""

LINGER_S = 3.0
"""How long the last of a killed stack may hold its port: PostgreSQL ends in an orderly way."""

POLL_S = 0.1
COMMAND_SHOWN = 80


@dataclass(frozen=True)
class Holder:
    """A process that listens on a port; None where the system does not tell."""

    pid: int | None
    command: str = ""

    def __str__(self) -> str:
        """Tell the process as a user can find it."""
        if self.pid is None:
            return "a process of another user (as root, `ss -ltnp` names it)"
        return f"process {self.pid} ({self.command})"


def require_folder(data: Path) -> None:
    """Raise StackError unless the data folder can be made and written to."""
    existing = nearest_existing(data)
    if not os.access(existing, os.W_OK | os.X_OK):
        msg = (
            f"{existing} cannot be written to by this user. Give it to yourself "
            f"(`sudo chown -R $(id -un) {existing}`) or choose another folder: DATA_DIR in .env."
        )
        raise StackError(msg)


def require_space(folder: Path, needed: int) -> None:
    """Raise StackError when the disk of `folder` has fewer than `needed` bytes free."""
    free = shutil.disk_usage(nearest_existing(folder)).free
    if free < needed:
        msg = (
            f"The disk of {folder} has {free / GIB:.2f} GiB free; {needed / GIB:.0f} GiB are "
            "needed. Free some space, or choose a folder on another disk: DATA_DIR in .env."
        )
        raise StackError(msg)


def require_ports(programs: Iterable[Program], host: str, *, linger_s: float = 0) -> None:
    """Raise StackError naming every port that is taken, by whom, and how to choose another.

    `linger_s` is how long the ports may still be in use, in all.
    """
    programs = list(programs)
    problems = _twice(programs)
    deadline = time.monotonic() + linger_s
    for program in programs:
        address = host if program.group == "services" else HOST
        while not is_free(address, program.port):
            if time.monotonic() > deadline:
                problems.append(_taken(program))
                break
            time.sleep(POLL_S)
    if problems:
        raise StackError("\n".join(problems))


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now.

    Raises StackError when the address is not this machine's or the port is not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except socket.gaierror as error:
            msg = f"HOST={host} is not an address. Set HOST=127.0.0.1 or 0.0.0.0 in .env."
            raise StackError(msg) from error
        except PermissionError as error:
            msg = f"Port {port} needs root. Choose one from 1024 up in .env."
            raise StackError(msg) from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                msg = f"HOST={host} is not an address of this machine. Set HOST in .env."
                raise StackError(msg) from error
            return False
    return True


def holder(port: int) -> Holder:
    """Find the process that listens on a port."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.AccessDenied, OSError):  # as on macOS without root
        connections = []
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port and connection.pid is not None:
            return _described(connection.pid)
    return Holder(None)


def nearest_existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path


def _described(pid: int) -> Holder:
    try:
        process = psutil.Process(pid)
        command = " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        command = "ended meanwhile"
    return Holder(pid, command if len(command) <= COMMAND_SHOWN else f"{command[:COMMAND_SHOWN]}…")


def _taken(program: Program) -> str:
    variable, other = program.port_variable, program.port + 100
    return (
        f"Port {program.port} ({program.name}) is taken by {holder(program.port)}.\n"
        f"  Stop that process, or use another port: `make up {variable}={other}`, "
        f"or {variable}={other} in .env to keep it."
    )


def _twice(programs: Iterable[Program]) -> list[str]:
    first: dict[int, Program] = {}
    problems = []
    for program in programs:
        other = first.setdefault(program.port, program)
        if other is not program:
            problems.append(
                f"{other.port_variable} and {program.port_variable} are both {program.port}. "
                "Give each its own port in .env."
            )
    return problems
