"""One state a second for all who watch, and none when nobody does."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

EVERY_S = 1.0


class LiveFeed:
    """Computes the state while somebody watches; a slow reader misses states, and delays none."""

    def __init__(self, compute: Callable[[], Awaitable[str]], *, every_s: float = EVERY_S) -> None:
        self._compute = compute
        self._every_s = every_s
        self._lock = asyncio.Lock()
        self._state = ""
        self._computed_at = float("-inf")
        self._watchers = 0
        self._ticking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._closed = False

    async def state(self) -> str:
        """Return the state, computed anew where the last one is older than a tick."""
        async with self._lock:
            if time.monotonic() - self._computed_at >= self._every_s:
                started = time.monotonic()
                self._state = await self._compute()
                self._computed_at = started
            return self._state

    async def states(self) -> AsyncGenerator[str, None]:
        """Yield the state now, and from then on every second; end when the feed is closed."""
        self._watchers += 1
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        try:
            yield await self.state()
            while True:
                await self._news.wait()
                if self._closed:
                    return
                yield self._state
        finally:
            self._watchers -= 1
            if self._watchers == 0 and self._ticking is not None:
                self._ticking.cancel()
                self._ticking = None

    def close(self) -> None:
        """End every stream, so that a stopping server need not wait for its readers."""
        self._closed = True
        self._news.set()

    async def _tick(self) -> None:
        while not self._closed:
            await asyncio.sleep(self._every_s)
            await self.state()
            # Whoever waits now is woken; whoever comes later waits for the next state.
            self._news.set()
            self._news = asyncio.Event()
