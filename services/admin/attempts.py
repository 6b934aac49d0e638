"""Wrong passwords, counted by address, so that guessing is slow."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

LIMIT = 5
"""Wrong passwords of one address within the window; the next try has to wait."""

WINDOW_S = 60.0
MAX_ADDRESSES = 1_000
"""Addresses that are remembered; of more, the one that was quiet for longest is forgotten."""


class Attempts:
    """Who may try a password now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return how long an address has to wait before its next try, in seconds."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < LIMIT:
            return 0.0
        return max(0.0, failures[0] + WINDOW_S - self._clock())

    def failed(self, address: str) -> None:
        """Count a wrong password."""
        self._failures.setdefault(address, deque(maxlen=LIMIT)).append(self._clock())
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the wrong passwords of somebody who knows the right one."""
        self._failures.pop(address, None)
