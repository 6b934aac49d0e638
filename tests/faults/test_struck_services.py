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


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


UPSTREAM = ("gateway", "context", "inference")
STRUCK: tuple[tuple[signal.Signals, tuple[str, ...]], ...] = (
    (signal.SIGKILL, ("gateway",)),
    (signal.SIGKILL, ("context", "inference")),
    (signal.SIGKILL, ("memory_writer",)),
    # Who is stopped only sleeps: all at once, as it takes an ack wait each time.
    (signal.SIGSTOP, UPSTREAM),
    (signal.SIGSTOP, ("memory_writer",)),
    (signal.SIGTERM, ("gateway",)),
    (signal.SIGTERM, ("context", "inference")),
    (signal.SIGTERM, ("memory_writer",)),
)
"""Services that stand together are struck together, to save waves."""


@pytest.mark.parametrize(
    ("number", "services"), STRUCK, ids=[f"{n.name}-{'+'.join(s)}" for n, s in STRUCK]
)
async def test_services_struck_at_every_point(
    system: System, number: signal.Signals, services: tuple[str, ...]
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


def test_every_commit_is_a_point(system: System) -> None:
    commits = {point for point in system.points if ":commit:" in point}
    assert commits == {
        f"memory_writer:{when}:commit:{what}"
        for when in ("before", "after")
        for what in ("record", "forget")
    }


async def test_enough_turns_were_faulted(system: System) -> None:
    tell(f"in all: {system.summary(await system.verdict())}")
    assert system.faulted() >= ENOUGH
    assert not system.unreached, system.unreached
