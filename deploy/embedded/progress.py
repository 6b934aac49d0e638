"""Shows how far a download is: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable

MEGABYTE = 1_000_000
BAR_WIDTH = 30
# Often enough to look alive, seldom enough to keep a log short.
BAR_EVERY_S = 0.1
LINE_EVERY_S = 5.0


class Progress:
    """Counts the bytes of a download of `total` bytes; `log` takes a line of text."""

    def __init__(self, total: int, log: Callable[[str], None]) -> None:
        self._total = total
        self._log = log
        self._terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._open = False

    def at(self, done: int) -> None:
        """Show that `done` bytes are there, unless something was shown just now."""
        now = time.monotonic()
        if now - self._shown_at < (BAR_EVERY_S if self._terminal else LINE_EVERY_S):
            return
        self._shown_at = now
        if self._terminal:
            self._open = True
            sys.stderr.write(f"\r{self._bar(done)}")
            sys.stderr.flush()
        else:
            self._log(self._figures(done))

    def close(self) -> None:
        """End the bar's line."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False

    def _figures(self, done: int) -> str:
        percent = min(100, done * 100 // self._total)
        return f"{done // MEGABYTE} of {self._total // MEGABYTE} MB ({percent} %)"

    def _bar(self, done: int) -> str:
        filled = min(BAR_WIDTH, done * BAR_WIDTH // self._total)
        return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {self._figures(done)}"
