"""Every service killed, stopped and ended at every point of a turn's way: the promise holds.

The points are those that turns and forgetting have passed without any fault, so that a new publish,
ack, script or commit is covered by itself.
"""

import signal
import sys

import pytest

from tests.support.faults.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

ENOUGH = 200
"""Faulted turns that the tests must see."""

LONGEST_S = 15.0
"""How long a client may wait: a few ack waits of 1.5 s, and by far less than a turn's deadline."""

SIGNALS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


SERVICES = (("gateway",), ("context", "inference"), ("memory_writer",))
"""Those that stand together are struck together, to save waves."""


@pytest.mark.parametrize("services", SERVICES, ids="+".join)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_services_struck_at_every_point(
    system: System, services: tuple[str, ...], number: signal.Signals
) -> None:
    together = system.points_of(*services)
    assert sum(map(len, together)) >= 6 * len(services), together
    mark = system.mark()
    system.new_users()
    for points in together:
        await system.strike_at(*points, number=number)
    violations = await system.verdict(mark, longest_s=LONGEST_S)
    tell(f"{'+'.join(services)} {number.name}: {system.summary(violations, mark)}")
    if violations:
        pytest.fail(system.report(violations, mark), pytrace=False)


async def test_enough_turns_were_faulted(system: System) -> None:
    tell(f"in all: {system.summary(await system.verdict())}")
    assert system.faulted() >= ENOUGH
    assert not system.unreached, system.unreached
