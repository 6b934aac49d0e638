"""Health: is the process alive, and does everything that it needs answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from pydantic import BaseModel

Probe: TypeAlias = Callable[[], Awaitable[None]]

PROBE_TIMEOUT_S = 3.0

SPARED = frozenset({"postgres"})
"""What a service is ready without: chat goes on from Redis, and the record catches up."""


class DependencyHealth(BaseModel):
    """One dependency: whether it answered, how fast (milliseconds), or what it said instead."""

    ok: bool
    latency_ms: float
    error: str | None = None


class Health(BaseModel):
    """A service with its dependencies; `notes` say what works in a lesser form."""

    ok: bool
    service: str
    dependencies: dict[str, DependencyHealth]
    notes: list[str] = []


async def check(
    service: str,
    probes: Mapping[str, Probe],
    *,
    notes: list[str] | None = None,
    spared: frozenset[str] = frozenset(),
) -> Health:
    """Probe every dependency at once, each for three seconds at most.

    A service is well without those that are `spared`; a note says so.
    """
    found = await asyncio.gather(*(_probe(probe) for probe in probes.values()))
    dependencies = dict(zip(probes, found, strict=True))
    away = [name for name, one in dependencies.items() if name in spared and not one.ok]
    return Health(
        ok=all(one.ok for name, one in dependencies.items() if name not in spared),
        service=service,
        dependencies=dependencies,
        notes=[*(notes or []), *(f"{name} does not answer: works without it" for name in away)],
    )


async def _probe(probe: Probe) -> DependencyHealth:
    started = time.perf_counter()
    error = None
    try:
        await asyncio.wait_for(probe(), PROBE_TIMEOUT_S)
    except TimeoutError:
        error = f"no answer within {PROBE_TIMEOUT_S:g} s"
    except Exception as caught:  # noqa: BLE001 - whatever a probe raises means "not ready"
        error = str(caught) or repr(caught)
    latency_ms = round((time.perf_counter() - started) * 1000, 2)
    return DependencyHealth(ok=error is None, latency_ms=latency_ms, error=error)
