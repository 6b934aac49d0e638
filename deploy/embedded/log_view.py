"""`logs`: the programs' logs as they grow, one readable line for each JSON line."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded import terminal
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout

POLL_S = 0.2
PAST_BYTES = 16 * 1024
"""How much of each log is shown before following it."""

OWN_FIELDS = ("time", "level", "event", "service")
NAME_WIDTH = 13


@dataclass
class Follower:
    """One growing log file; a rotated one is opened anew."""

    path: Path
    _position: int = field(default=-1, init=False)
    _inode: int = field(default=0, init=False)
    _rest: bytes = field(default=b"", init=False)

    def lines(self) -> Iterator[str]:
        """Yield the complete lines that have come since the last call."""
        first = self._position < 0
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                if first:
                    self._position = max(0, found.st_size - PAST_BYTES)
                elif found.st_ino != self._inode or found.st_size < self._position:
                    self._position, self._rest = 0, b""
                self._inode = found.st_ino
                start = file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return
        self._position += len(data)
        *complete, self._rest = (self._rest + data).split(b"\n")
        # Reading begins in the middle of a line unless it begins with the file.
        for line in complete[1 if first and start > 0 else 0 :]:
            yield line.decode("utf-8", "replace")


def logs(layout: Layout, name: str, *, follow: bool) -> None:
    """Print the logs of one program, or of all; follow them until interrupted.

    Raises StackError when there is no such log.
    """
    names = sorted(path.stem for path in layout.logs.glob("*.log"))
    if name and name not in names:
        known = f"Choose one of: S={', S='.join(names)}." if names else "`make up` starts it."
        msg = f"There is no log of {name!r}. {known}"
        raise StackError(msg)
    if not names:
        msg = "There are no logs yet. `make up` starts Membus."
        raise StackError(msg)
    followers = {found: Follower(layout.log(found)) for found in ([name] if name else names)}
    while True:
        for found, follower in followers.items():
            for line in follower.lines():
                terminal.say(readable(found, line))
        if not follow:
            return
        time.sleep(POLL_S)


def readable(name: str, line: str) -> str:
    """Return `time program level sentence key=value …`; what is not JSON stays as it is."""
    label = name.ljust(NAME_WIDTH)
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or "event" not in entry:
        return f"{' ' * 12} {label} {line}"
    clock = str(entry.get("time", ""))[11:23].rstrip("Z").ljust(12)
    level = str(entry.get("level", "")).ljust(7)
    fields = " ".join(
        f"{key}={_short(value)}" for key, value in entry.items() if key not in OWN_FIELDS
    )
    return f"{clock} {label} {level} {entry['event']} {fields}".rstrip()


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
