"""What the launcher says: a line for each step, and one way to show an error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

DONE = "✓"
FAILED = "✗"
NOTE = "!"


def say(text: str = "") -> None:
    """Print a line at once."""
    print(_printable(text), flush=True)


def done(what: str, seconds: float) -> None:
    """Print that a step is done and how long it took."""
    say(f"  {DONE} {what} {seconds:.1f} s")


def note(text: str) -> None:
    """Print something that the user should know but that stops nothing."""
    say(f"  {NOTE} {text}")


def fail(text: str) -> None:
    """Print an error to the standard error stream."""
    print(_printable(f"\n{FAILED} {text}"), file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Time a step and print it when it is done."""
    started = time.monotonic()
    yield
    done(what, time.monotonic() - started)


def _printable(text: str) -> str:
    """Replace what the terminal's encoding lacks (LC_ALL=C shows `?`, not a traceback)."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
