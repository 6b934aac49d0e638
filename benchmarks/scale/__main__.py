"""How recall grows with what is remembered, beside a bare SQL statement in the same run.

`python -m benchmarks.scale` starts everything itself, on free ports and fresh data. It fills the
record with one user of 1,000, one of 10,000 and one of 100,000 messages, and with 1,000 users, and
asks each size for what was said: recall in this process, part by part, in turn with
`ORDER BY embedding <#> question LIMIT 50` and the same embedding of the question. Then it starts
the services on it, asks `POST /memory/query`, and chats.

Messages are put together of the project's retrieval set; recorder and indexer are Membus' own. The
vectors of messages are made up (they lie among real ones): embedding 100,000 takes an hour.

The exit code is 1 where a turn that recalls needs more than 3 SQL statements before its answer.
Times are only told.
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
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.run import say
from benchmarks.scale import report
from benchmarks.scale.run import Run
from deploy.embedded.failure import StackError

FULL = {"sizes": (1_000, 10_000, 100_000), "users": (1_000, 100), "questions": 60, "turns": 30}
QUICK = {"sizes": (1_000, 10_000), "users": (1_000, 10), "questions": 30, "turns": 15}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="without 100,000, less precise")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    found = parser.parse_args(arguments)
    for name, value in (QUICK if found.quick else FULL).items():
        setattr(found, name, value)
    return found


def tell(asked: argparse.Namespace, found: report.Report, loads: list[float]) -> int:
    """Print the report and return the exit code."""
    say(f"\n{report.table(found)}\n\n{report.told(found)}\n")
    if asked.json is not None:
        text = json.dumps(report.as_json(found, loads), indent=1, ensure_ascii=False)
        asked.json.write_text(text + "\n", encoding="utf-8")
    for line in found.broken:
        say(f"BROKEN: {line}")
    say("FAILED" if found.broken else "The gate holds.")
    say(f"Load of the machine before and after, on {os.cpu_count()} cores: {loads}")
    return 1 if found.broken else 0


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started, load = time.monotonic(), os.getloadavg()[0]
    try:
        with stack.fresh_folder() as folder, Processes(folder) as processes:
            found = uvloop.run(Run(asked, folder, processes).run())
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    code = tell(asked, found, [load, os.getloadavg()[0]])
    say(f"({time.monotonic() - started:.0f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main())
