"""What Membus adds to a turn, against calling the model, a proxy, and a bare chain of events.

`python -m benchmarks.turn` starts everything itself, on free ports and fresh data: a fake LLM
that answers without delay, a FastAPI + httpx proxy before it, a raw nats-py chain with Membus'
three durable hops (no Redis, no prompt), and Membus' own services. It first counts what a turn
costs the servers, then lets clients stream answers, the four ways in turn, and reports ratios.

The exit code is 1 where a turn needs more than 3 JetStream publishes, more than 4 Redis round trips
or any SQL statement before its answer, or where a client saw an error or a wrong answer. Times are
only told.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks import report, stack
from benchmarks.counting import TurnCosts, broken_gates
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.run import Run, say
from deploy.embedded.failure import StackError


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them; ValueError for anything else."""
    found = [int(number) for number in text.split(",")]
    if min(found) < 1:
        raise ValueError(text)
    return found


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turn",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="under a minute, less precise")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--clients", type=numbers, default=[1, 16, 64], help="numbers of clients (1,16,64)"
    )
    parser.add_argument("--tokens", type=int, default=20, help="length of an answer (20)")
    parser.add_argument("--rounds", type=int, help="rounds of each cell (4; quick: 2)")
    parser.add_argument("--seconds", type=float, help="length of a round (2.5; quick: 1)")
    found = parser.parse_args(arguments)
    found.rounds = found.rounds or (2 if found.quick else 4)
    found.seconds = found.seconds or (1.0 if found.quick else 2.5)
    return found


def tell(asked: argparse.Namespace, samples: report.Samples, costs: list[TurnCosts]) -> int:
    """Print the report and return the exit code."""
    found = report.rows(samples)
    say(f"\n{report.table(found)}")
    say(f"{report.aim_lines(found)}\n\n{report.count_lines(costs)}\n")
    wrong = [*broken_gates(costs), *report.error_lines(samples)]
    if asked.json is not None:
        text = json.dumps(report.as_json(samples, costs), indent=1, ensure_ascii=False)
        asked.json.write_text(text + "\n", encoding="utf-8")
    for line in wrong:
        say(f"BROKEN: {line}")
    say("FAILED" if wrong else "The gates hold; no errors, every answer right.")
    return 1 if wrong else 0


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started = time.monotonic()
    try:
        with stack.fresh_folder() as folder, Processes(folder) as processes:
            samples, costs = uvloop.run(Run(asked, folder, processes).run())
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    code = tell(asked, samples, costs)
    say(f"({time.monotonic() - started:.0f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main())
