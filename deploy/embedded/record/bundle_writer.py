"""Writes a backup's file: beside its place until it is whole, for its owner's eyes only."""

import fcntl
import hashlib
import os
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from deploy.embedded.failure import StackError
from deploy.embedded.record.bundle import DUMP, MANIFEST, SETTINGS, Manifest, Part

BLOCK = tarfile.BLOCKSIZE
END = b"\0" * 2 * BLOCK
"""Two empty blocks end a tar (POSIX.1-1988, ustar)."""


@contextmanager
def target(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open `FILE.partial`, and give it its name when the block ends without an error.

    Raises StackError when the file exists already and `force` does not allow to replace it.
    """
    require_free(path, force=force)
    partial = path.with_name(f"{path.name}.partial")
    with _private(partial) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            require_free(path, force=force)
            partial.replace(path)
        except BaseException:  # also Ctrl-C: half a backup is none
            partial.unlink(missing_ok=True)
            raise


def require_free(path: Path, *, force: bool) -> None:
    """Raise StackError unless a backup may be written there."""
    if not path.parent.is_dir():
        msg = f"There is no folder {path.parent} to write the backup into. Make it first."
        raise StackError(msg)
    if path.is_dir():
        msg = f"{path} is a folder. Name a file: make backup FILE={path}/membus.backup"
        raise StackError(msg)
    if path.exists() and not force:
        msg = f"{path} exists already. Choose another FILE, or replace it with FORCE=1."
        raise StackError(msg)


def write_dump(file: IO[bytes], chunks: Iterable[bytes]) -> Part:
    """Write the first member, whose size is known only afterwards."""
    start = file.tell()
    file.write(bytes(BLOCK))
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    file.write(_padding(size))
    end = file.tell()
    file.seek(start)
    file.write(_header(DUMP, size))
    file.seek(end)
    return Part(bytes=size, sha256=digest.hexdigest())


def write_rest(file: IO[bytes], settings: bytes, manifest: Manifest) -> None:
    """Write settings and manifest, and the end of the file."""
    for name, content in ((SETTINGS, settings), (MANIFEST, manifest.model_dump_json().encode())):
        file.write(_header(name, len(content)) + content + _padding(len(content)))
    file.write(END)


def part_of(content: bytes) -> Part:
    """Return what the manifest says of a small part."""
    return Part(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"Another backup is being written to {path}. Wait for it, or choose another FILE."
            raise StackError(msg) from error
        os.fchmod(file.fileno(), 0o600)
        file.truncate()  # what a killed backup left
        yield file


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)
