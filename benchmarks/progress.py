"""Shows how far a long step of a benchmark is: a bar on a terminal, lines elsewhere."""

import sys
import time

WIDTH = 30
BAR_EVERY_S = 0.2
LINE_EVERY_S = 15.0


class Progress:
    """Counts the steps of some work of `total` steps."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(1, total)
        self._terminal = sys.stderr.isatty()
        self._began = self._shown_at = time.monotonic()
        self._open = False

    def at(self, done: int) -> None:
        """Show that so many steps are done, unless something was shown just now."""
        now = time.monotonic()
        if now - self._shown_at < (BAR_EVERY_S if self._terminal else LINE_EVERY_S):
            return
        self._shown_at = now
        filled = min(WIDTH, done * WIDTH // self._total)
        told = f"{self._what}: {done:,} of {self._total:,} ({now - self._began:.0f} s)"
        if self._terminal:
            self._open = True
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {told}")
        else:
            sys.stderr.write(f"{told}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """End the bar's line."""
        if self._open:
            sys.stderr.write("\n")
