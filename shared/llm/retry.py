"""Asks the LLM server again, as long as nobody has seen a token of the answer."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from shared.llm.protocol import LLM, Chunk, Delta, Generation, LLMError, StreamBrokenError

# The system's source of randomness needs no seed and is the same in every process.
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to ask in all, and how long to wait in between, in seconds.

    The delay doubles from `first_delay_s` to at most `max_delay_s`. Each is drawn between its
    half and its whole, so that many waiting turns do not come back in the same moment.
    """

    attempts: int = 3
    first_delay_s: float = 0.5
    max_delay_s: float = 5.0

    def delay_s(self, failures: int) -> float:
        """Return the seconds to wait after this many failures."""
        whole = min(self.max_delay_s, self.first_delay_s * 2 ** (failures - 1))
        return _RANDOM.uniform(whole / 2, whole)


DEFAULT_POLICY = RetryPolicy()


async def generate_retrying(
    llm: LLM,
    generation: Generation,
    *,
    policy: RetryPolicy = DEFAULT_POLICY,
    on_retry: Callable[[LLMError, float], None] | None = None,
) -> AsyncGenerator[Chunk, None]:
    """Yield the answer as `llm.generate` does; ask again after an error before the first text.

    `on_retry` is told of each error that is not raised, and of the delay in seconds that follows.
    Raises LLMError: the last one, or at once one that asking again does not mend.
    """
    failures = 0
    while True:
        seen = False
        try:
            async with aclosing(llm.generate(generation)) as chunks:
                async for chunk in chunks:
                    seen = seen or isinstance(chunk, Delta)
                    yield chunk
        except LLMError as error:
            failures += 1
            if seen or failures >= policy.attempts or not _mendable(error):
                raise
            delay_s = policy.delay_s(failures)
            if on_retry is not None:
                on_retry(error, delay_s)
        else:
            return
        await asyncio.sleep(delay_s)


def _mendable(error: LLMError) -> bool:
    """Return whether asking again may help, given that no text was seen.

    A stream that broke before its first token is like a server that never answered.
    """
    return error.retryable or isinstance(error, StreamBrokenError)
