"""How a command of the launcher ends: an exit code, and an error in words, never a traceback."""

import os
import sys
from collections.abc import Callable

from deploy.embedded import terminal
from deploy.embedded.failure import StackError

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def run(command: Callable[[], bool], *, ends_with_interrupt: bool = False) -> int:
    """Run a command that tells whether what was asked for holds, and return the exit code.

    `ends_with_interrupt` is for what goes on until Ctrl-C.
    """
    try:
        return 0 if command() else 1
    except StackError as error:
        terminal.fail(str(error))
        return 1
    except KeyboardInterrupt:
        if ends_with_interrupt:
            return 0
        terminal.fail("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # `make logs | head`: nobody reads any more, not even at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # the process boundary: a full disk, or a file of another user
        terminal.fail(
            f"{error}. Check who owns that file and its folder, and that the disk has space; "
            "then try again."
        )
        return 1
