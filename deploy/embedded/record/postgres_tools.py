"""pg_dump and pg_restore as pipes: what users said is never in a second file."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from sqlalchemy.engine import URL

from deploy.embedded import binaries, terminal
from deploy.embedded.failure import StackError

CHUNK_BYTES = 1024 * 1024
MIB = 1024 * 1024
PATIENCE_S = 8.0
"""After this long, and then as often, say how far it has come."""


def dump(url: URL, snapshot: str) -> Iterator[bytes]:
    """Yield a database in PostgreSQL's custom format, as it is in an exported snapshot.

    Raises StackError when pg_dump fails.
    """
    options = ["--format=custom", "--no-comments", f"--snapshot={snapshot}"]
    with _tool("pg_dump", options, url, stdout=subprocess.PIPE) as (process, errors):
        yield from _told(iter(lambda: _read(process.stdout), b""))
        _require_good("pg_dump", process, errors)


def restore(url: URL, chunks: Iterable[bytes]) -> None:
    """Fill an empty database from a dump; the one who logs in becomes the owner of everything.

    Raises StackError when pg_restore fails, at its first error.
    """
    options = ["--exit-on-error", "--no-owner", "--no-comments", f"--dbname={url.database}"]
    with _tool("pg_restore", options, url, stdin=subprocess.PIPE) as (process, errors):
        # Where it has ended before, what it says is below.
        with suppress(BrokenPipeError):
            _feed(process.stdin, chunks)
        _require_good("pg_restore", process, errors)


def environment(url: URL) -> dict[str, str]:
    """Return an address as libpq reads it: on a command line all users would see the password."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    named = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode") or url.query.get("ssl"),
    }
    return found | {name: str(value) for name, value in named.items() if value}


@contextmanager
def _tool(
    program: str,
    options: list[str],
    url: URL,
    *,
    stdin: int | None = None,
    stdout: int | None = None,
) -> "Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]":
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(binaries.postgres(program)), "--no-password", *options],
            env=environment(url),
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield process, errors
        finally:
            process.kill()  # nothing when it has ended
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
            process.wait()


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # what was not written yet goes nowhere
        pipe.close()


def _require_good(program: str, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    if process.wait() == 0:
        return
    errors.seek(0)
    # An error of COPY quotes the row that it stands in.
    lines = errors.read().decode(errors="replace").splitlines()
    said = [line for line in lines if "error:" in line] or lines
    msg = f"{program} failed: {said[0] if said else f'it ended with code {process.returncode}'}"
    raise StackError(msg)


def _read(pipe: IO[bytes] | None) -> bytes:
    return pipe.read(CHUNK_BYTES) if pipe is not None else b""


def _feed(pipe: IO[bytes] | None, chunks: Iterable[bytes]) -> None:
    if pipe is not None:
        for chunk in _told(chunks):
            pipe.write(chunk)
        pipe.close()


def _told(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size, told = 0, time.monotonic()
    for chunk in chunks:
        size += len(chunk)
        if time.monotonic() - told > PATIENCE_S:
            told = time.monotonic()
            terminal.say(f"  … {size / MIB:,.0f} MB")
        yield chunk
