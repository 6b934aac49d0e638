"""The last lines of a log file."""

import os
from pathlib import Path

MAX_BYTES = 64 * 1024


def tail(path: Path, lines: int) -> str:
    """Return the last lines, indented; a note when there are none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MAX_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        text = ""
    found = text.splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in found) or "    (nothing was logged)"
