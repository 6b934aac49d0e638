"""Every service killed, stopped and ended at every point of a turn's way: the promise holds.

The points are those that turns and forgetting have passed without any fault, so that a new publish,
ack, script or commit is covered by itself.
"""

import signal
import sys

import pytest

from tests.support.faults.system import REPLICAS, System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

ENOUGH = 200
"""Faulted turns that the tests must see."""

LONGEST_S = 15.0
"""How long a client may wait: a few ack waits of 1.5 s, and by far less than a turn's deadline."""

SIGNALS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


@pytest.mark.parametrize("service", ["gateway", "context", "inference", "memory_writer"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_a_service_struck_at_every_point(
    system: System, service: str, number: signal.Signals
) -> None:
    points = system.points_of(service)
    assert len(points) >= 6, points
    mark = system.mark()
    system.new_users()
    # Of those that there are two of, both may be struck in one wave.
    at_once = REPLICAS[service]
    for start in range(0, len(points), at_once):
        await system.strike_at(*points[start : start + at_once], number=number)
    violations = await system.verdict(mark, longest_s=LONGEST_S)
    tell(f"{service} {number.name}: {system.summary(violations, mark)}")
    if violations:
        pytest.fail(system.report(violations, mark), pytrace=False)


async def test_enough_turns_were_faulted(system: System) -> None:
    tell(f"in all: {system.summary(await system.verdict())}")
    assert system.faulted() >= ENOUGH
    assert not system.unreached, system.unreached
