"""PostgreSQL's data folder: made once, with the database and pgvector in it, without a client.

`postgres --single` runs SQL on the files themselves, so that a start needs no extra step and the
launcher no PostgreSQL driver.
"""

import shutil
import subprocess
from pathlib import Path

import psutil

from deploy.embedded import binaries
from deploy.embedded.failure import StackError

INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
INITDB_TIMEOUT_S = 120.0


def initialise(data: Path, *, durable: bool = True) -> None:
    """Make the cluster unless it exists, and clear the lock that a killed server left.

    An interrupted attempt leaves only a folder beside it, which the next one replaces.
    Raises StackError when PostgreSQL's own programs fail.
    """
    if (data / "PG_VERSION").exists():
        _clear_lock(data)
        return
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    _run(unfinished, "initdb", "-D", str(unfinished.resolve()), *INITDB)
    _single(unfinished, "postgres", "CREATE DATABASE membus")
    _single(unfinished, "membus", "CREATE EXTENSION vector")
    if durable:
        _run(unfinished, "initdb", "-D", str(unfinished.resolve()), "--sync-only")
    if data.exists():
        data.rmdir()
    unfinished.rename(data)


def _single(data: Path, database: str, statement: str) -> None:
    _run(data, "postgres", "--single", "-j", "-D", str(data.resolve()), database, sql=statement)


def _run(data: Path, program: str, *arguments: str, sql: str = "") -> None:
    command = [str(binaries.postgres(program)), *arguments]
    result = subprocess.run(
        binaries.guarded(command, plain_user=data),
        input=sql,
        capture_output=True,
        text=True,
        env=binaries.child_environment(),
        timeout=INITDB_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0 or "ERROR:" in result.stderr:
        msg = f"PostgreSQL's {program} failed:\n{result.stderr.strip()}\n{_remedy(data)}"
        raise StackError(msg)


def _remedy(data: Path) -> str:
    return (
        f"Check the free space and the owner of {data.parent}; as root without user namespaces, "
        f"run `make up` as a plain user."
    )


def _clear_lock(data: Path) -> None:
    """Remove `postmaster.pid` when its process is no postgres: its number may be in use again."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        if psutil.Process(pid).name() != "postgres":
            lock.unlink()
    except FileNotFoundError:
        return
    except (ValueError, IndexError, psutil.NoSuchProcess):
        lock.unlink(missing_ok=True)
