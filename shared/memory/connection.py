"""The connection to Redis, and the scripts that run there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.failures import DependencyDownError
from shared.settings import Settings

Argument: TypeAlias = str | int | float

# Out of memory is "down" too: writes must wait until the writer has made room.
_DOWN = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.TryAgainError,
)

MAX_CONNECTIONS = 64
"""Enough for every handler of one process at once; more would only queue inside Redis."""


@contextmanager
def _answering() -> Iterator[None]:
    """Tell that Redis is down in the project's own words."""
    try:
        yield
    except _DOWN as error:
        raise DependencyDownError(str(error), dependency="redis") from error
    except RuntimeError as error:
        # What uvloop says of a connection that broke a moment ago; redis-py passes it on.
        if "closed" not in str(error):
            raise
        raise DependencyDownError(str(error), dependency="redis") from error


_PRELUDES = {
    "_arrived": "just_arrived(",
    "_barrier": "barred",
    "_revision": "revise(",
    "_topics": "_topics(",
    "_expiry": "set_expiry(",
}
"""Files of functions that stand before every script which names one of them."""


@cache
def _sources() -> dict[str, str]:
    """Return the scripts by name, with the functions before those that use them."""
    folder = files("shared.memory") / "lua"
    texts = {
        path.name.removesuffix(".lua"): path.read_text(encoding="utf-8")
        for path in folder.iterdir()
        if path.name.endswith(".lua")
    }
    preludes = {named: texts.pop(name) for name, named in _PRELUDES.items()}
    return {
        name: "".join(text for named, text in preludes.items() if named in source) + source
        for name, source in texts.items()
    }


class RedisConnection:
    """A bounded connection to Redis that connects at the first use.

    Every method is one round trip and raises DependencyDownError where Redis does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        pool = BlockingConnectionPool.from_url(
            settings.redis_url,
            max_connections=MAX_CONNECTIONS,
            timeout=settings.redis_timeout_s,
            decode_responses=True,
            socket_timeout=settings.redis_timeout_s,
            socket_connect_timeout=settings.redis_timeout_s,
            # A connection that a restarted server closed looks alive until it is used.
            retry=Retry(NoBackoff(), 1),
        )
        self._redis = Redis(connection_pool=pool)
        self._scripts = {
            name: self._redis.register_script(source) for name, source in _sources().items()
        }

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a script of `shared/memory/lua` by its name."""
        with _answering():
            return await self._scripts[script](keys=list(keys), args=list(args))

    async def hashes(self, keys: Sequence[str]) -> list[dict[str, str]]:
        """Return whole hashes; an empty one where there is no such key."""
        with _answering():
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hgetall(key)
                found: list[dict[str, str]] = await pipe.execute()
                return found

    async def fields(self, key: str, names: Sequence[str]) -> list[str]:
        """Return fields of a hash, those that are there; `names` is not empty."""
        with _answering():
            found: Any = await self._redis.hmget(key, list(names))
            return [value for value in found if value is not None]

    async def members(self, key: str, first: int, last: int) -> list[str]:
        """Return the members of a sorted set from rank `first` to `last`, highest first."""
        with _answering():
            return [str(member) for member in await self._redis.zrevrange(key, first, last)]

    async def members_below(self, key: str, below: str, count: int) -> list[tuple[str, float]]:
        """Return members of a sorted set with their scores, highest first, from `below` down.

        `below` is a bound in Redis' own notation: a score, `(` before an excluded one, or `+inf`.
        """
        with _answering():
            found: Any = await self._redis.zrevrangebyscore(
                key, below, "-inf", start=0, num=count, withscores=True
            )
            return [(str(member), float(score)) for member, score in found]

    async def members_above(self, key: str, above: int) -> list[str]:
        """Return the members of a sorted set whose scores are greater than `above`."""
        with _answering():
            found: Any = await self._redis.zrangebyscore(key, f"({above}", "+inf")
            return [str(member) for member in found]

    async def members_until(self, key: str, score: int, count: int) -> list[str]:
        """Return the members of a sorted set up to a score, lowest first."""
        with _answering():
            found = await self._redis.zrangebyscore(key, "-inf", score, start=0, num=count)
            return [str(member) for member in found]

    async def count_above(self, key: str, score: int) -> int:
        """Count the members of a sorted set whose scores are higher."""
        with _answering():
            return int(await self._redis.zcount(key, f"({score}", "+inf"))

    async def increment(self, key: str, field: str) -> int:
        """Add one to a field of a hash; returns what it is then."""
        with _answering():
            return int(await self._redis.hincrby(key, field, 1))

    async def get(self, key: str) -> str | None:
        """Return a string, or None where there is no such key."""
        with _answering():
            value: Any = await self._redis.get(key)
            return None if value is None else str(value)

    async def put(self, key: str, value: str, *, ttl_s: int | None = None) -> None:
        """Keep a string, for good or for so many seconds."""
        with _answering():
            await self._redis.set(key, value, ex=ttl_s)

    async def delete(self, names: Sequence[str]) -> int:
        """Delete keys and return how many there were."""
        with _answering():
            return int(await self._redis.delete(*names))

    async def has_field(self, key: str, field: str) -> bool:
        """Tell whether a hash has a field."""
        with _answering():
            return bool(await self._redis.hexists(key, field))

    async def remove(self, key: str, member: str) -> None:
        """Take a member out of a sorted set."""
        with _answering():
            await self._redis.zrem(key, member)

    async def fullness(self) -> float:
        """Return the share of its memory that Redis uses; 0 where it has no limit."""
        with _answering():
            told = await self._redis.info("memory")
            limit = int(told.get("maxmemory") or 0)
            return int(told["used_memory"]) / limit if limit else 0.0

    async def memory_bytes(self) -> int:
        """Return how much memory Redis uses, in bytes."""
        with _answering():
            return int((await self._redis.info("memory"))["used_memory"])

    async def ping(self) -> None:
        """Return when Redis answers."""
        with _answering():
            await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose(close_connection_pool=True)
