"""The harness itself: a fault strikes once, at its place, and nothing outlives a killed harness."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.faults.points import Armory, Fault, Trigger

pytestmark = pytest.mark.faults

POINT = "context:before:publish:PROMPTS"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Signals that would have been sent."""
    signals: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: signals.append(number))
    return signals


def trigger(folder: Path, told: list[dict[str, Any]], service: str = "context") -> Trigger:
    return Trigger(folder=folder, service=service, tell=told.append)


def test_a_fault_strikes_once_at_the_nth_passage_of_all_processes(
    tmp_path: Path, sent: list[int]
) -> None:
    told: list[dict[str, Any]] = []
    armory, one, two = Armory(tmp_path), trigger(tmp_path, told), trigger(tmp_path, told)
    armory.arm(Fault(7, POINT, signal.SIGSTOP, nth=3))
    one.reach("before:publish:PROMPTS")
    two.reach("before:publish:PROMPTS")
    two.reach("after:publish:PROMPTS")
    assert sent == []
    one.reach("before:publish:PROMPTS")
    two.reach("before:publish:PROMPTS")
    assert sent == [signal.SIGSTOP]
    (struck,) = [event for event in told if event["event"] == "struck"]
    assert (struck["fault_id"], struck["point"]) == (7, POINT)
    assert POINT in (tmp_path / ".struck").read_text(encoding="utf-8")


def test_a_fault_strikes_no_other_service_and_not_when_disarmed(
    tmp_path: Path, sent: list[int]
) -> None:
    armory, other = Armory(tmp_path), trigger(tmp_path, [], "inference")
    fault = Fault(1, POINT, signal.SIGKILL)
    armory.arm(fault)
    other.reach("before:publish:PROMPTS")
    armory.disarm(fault)
    trigger(tmp_path, []).reach("before:publish:PROMPTS")
    assert sent == []


def test_every_process_dies_with_a_harness_that_is_killed(tmp_path: Path) -> None:
    chaos = "tests.support.faults.chaos"
    command = [sys.executable, "-m", chaos, "--seconds", "60", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as harness:
        ledger = tmp_path / "ledger.jsonl"
        try:
            until(lambda: ledger.exists() and ledger.stat().st_size > 0)
            children = psutil.Process(harness.pid).children(recursive=True)
        finally:
            harness.kill()
    # NATS, Valkey, PostgreSQL, the one that forks, the LLM and seven services.
    assert len(children) >= 12
    until(lambda: not any(alive(child) for child in children))


def alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def until(condition: Callable[[], bool], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
