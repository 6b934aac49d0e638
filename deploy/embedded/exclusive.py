"""What must not be disturbed: one command at a time on a data folder, and an orderly end of it."""

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from deploy.embedded import terminal
from deploy.embedded.layout import Layout

INTERRUPTIONS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Let one command at a time start, replace or compact; the second waits for the first."""
    with layout.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            terminal.note("another make command is at work here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def interruptions_are_exceptions() -> Iterator[None]:
    """Make a closed terminal or a `kill` end a command as Ctrl-C does: with its own tidying up."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    with _handled(interrupt, INTERRUPTIONS):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a short step end before it is interrupted: half of it would be worse."""
    with _handled(signal.SIG_IGN, (signal.SIGINT, *INTERRUPTIONS)):
        yield


@contextmanager
def _handled(handler: "signal._HANDLER", numbers: tuple[signal.Signals, ...]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
