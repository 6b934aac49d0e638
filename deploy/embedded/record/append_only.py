"""Valkey's append-only file written anew: until then it holds every value that ever was."""

import time
from pathlib import Path
from typing import Any

from redis import Redis

from deploy.embedded.failure import StackError

FOLDER = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
TIMEOUT_S = 600.0
POLL_S = 0.05
HISTORY = "h"
"""The type of a file, in the manifest, that is not needed any more and about to be deleted."""


def rewrite(client: Redis, folder: Path, *, timeout_s: float = TIMEOUT_S) -> None:
    """Have a new file written, and wait until the old ones are gone.

    Raises StackError when it fails or takes too long, RedisError.
    """
    deadline = time.monotonic() + timeout_s
    _wait_idle(client, deadline)  # one that has begun may hold what was deleted since
    client.bgrewriteaof()
    _wait_idle(client, deadline)
    if _persistence(client)["aof_last_bgrewrite_status"] != "ok":
        msg = "Valkey could not write its file anew: is the disk full? `make logs S=valkey` tells."
        raise StackError(msg)
    while left := superseded(folder):
        _require_time(deadline, f"{left[0]} is still there")
        time.sleep(POLL_S)


def superseded(folder: Path) -> list[str]:
    """Return the files of the folder that the manifest does not count on any more."""
    if not folder.is_dir():  # another machine's Redis: nobody here can see
        return []
    needed = {MANIFEST}
    # One line a file: `file NAME seq NUMBER type b|i|h`.
    for line in (folder / MANIFEST).read_text(encoding="utf-8").splitlines():
        words = line.split()
        fields = dict(zip(words[::2], words[1::2], strict=False))
        if fields.get("type") != HISTORY:
            needed.add(fields.get("file", ""))
    return sorted(path.name for path in folder.iterdir() if path.name not in needed)


def _wait_idle(client: Redis, deadline: float) -> None:
    while True:
        found = _persistence(client)
        if not found["aof_rewrite_in_progress"] and not found["aof_rewrite_scheduled"]:
            return
        _require_time(deadline, "it is still being written")
        time.sleep(POLL_S)


def _persistence(client: Redis) -> dict[str, Any]:
    return dict(client.info("persistence"))


def _require_time(deadline: float, reason: str) -> None:
    if time.monotonic() > deadline:
        msg = f"Valkey's new file took too long: {reason}. `make compact` again continues."
        raise StackError(msg)
