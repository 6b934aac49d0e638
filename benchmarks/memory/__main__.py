"""What remembering costs, against a bare list of Redis and bare SQL.

`python -m benchmarks.memory` starts everything itself, on free ports and fresh data. It appends to
conversations of 10 to 5,000 messages, asks for the figures at 100 and 10,000 conversations, records
in batches, rebuilds Redis from the record, and then, with the real services: publishes for the
archive-writer, and appends 200 messages from 20 clients at once.

The exit code is 1 where an append takes other than 1 Redis round trip, the figures take more than
3 SQL statements, other than exactly 200 of 200 appends are kept in Redis and in the record, or
something fails. Times are only told, as ratios to the bare thing in the same run.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks import stack
from benchmarks.memory import report
from benchmarks.memory.run import Run
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.run import say
from deploy.embedded.failure import StackError

FULL = {
    "appends": 400,
    "calls": 400,
    "batched": 4_000,
    "rebuilt": (10_000, 40_000),
    "long": 2_500,
    "published": 6_000,
    "rounds": 5,
}
QUICK = {
    "appends": 100,
    "calls": 100,
    "batched": 1_000,
    "rebuilt": (2_000, 8_000),
    "long": 1_000,
    "published": 1_000,
    "rounds": 2,
}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="under a minute, less precise")
    parser.add_argument("--large", action="store_true", help="figures at 100,000 conversations")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    found = parser.parse_args(arguments)
    for name, value in (QUICK if found.quick else FULL).items():
        setattr(found, name, value)
    found.conversations = [100, 10_000, *([100_000] if found.large else [])]
    return found


def tell(
    asked: argparse.Namespace, sections: list[report.Section], counts: report.Counts, load: float
) -> int:
    """Print the report and return the exit code."""
    loads = [load, os.getloadavg()[0]]
    for section in sections:
        say(f"\n{report.table(section)}")
    say(f"\n{report.count_lines(counts)}\n")
    wrong = report.broken_gates(counts)
    if asked.json is not None:
        text = json.dumps(report.as_json(sections, counts, loads), indent=1, ensure_ascii=False)
        asked.json.write_text(text + "\n", encoding="utf-8")
    for line in wrong:
        say(f"BROKEN: {line}")
    say("FAILED" if wrong else "The gates hold; exactly what was said is kept.")
    say(f"Load of the machine before and after, on {os.cpu_count()} cores: {loads}")
    return 1 if wrong else 0


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started, load = time.monotonic(), os.getloadavg()[0]
    try:
        with stack.fresh_folder() as folder, Processes(folder) as processes:
            sections, counts = uvloop.run(Run(asked, folder, processes).run())
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    code = tell(asked, sections, counts, load)
    say(f"({time.monotonic() - started:.0f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main())
