"""How well what was said is found again: LoCoMo, and the project's own Russian and English set.

`python -m benchmarks.recall --data PATH` lets a new user say each dialogue to the real gateway and
memory_writer, on servers of its own, waits until everything is indexed and embedded, and asks
`POST /memory/query` every question. Beside it, in the same run: the last six messages, BM25,
cosines, and both fused. LoCoMo is not part of this repository (CC BY-NC 4.0): `--data` is where its
JSON is. Without it only the project's own set is asked.

`--in-process` ranks in this process without servers, by the same code: for whoever changes it.

The exit code is 1 where recall@10 on LoCoMo is below the gate (.74), or BM25 alone finds more than
.80 of the project's own set. Times are only told.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from benchmarks import stack
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.recall import locomo, own_set, report
from benchmarks.recall.dialogues import DataSet
from benchmarks.recall.run import Run, in_process
from benchmarks.recall.ways import Result
from benchmarks.run import say
from deploy.embedded.failure import StackError

QUICK = {"locomo": 1, "own": 2}
"""Dialogues of each set in a quick run."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recall",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, metavar="PATH", help="LoCoMo's JSON")
    parser.add_argument(
        "--set", choices=("locomo", "own", "all"), help="what is asked (all; own without --data)"
    )
    parser.add_argument("--in-process", action="store_true", help="without servers")
    parser.add_argument("--quick", action="store_true", help="few dialogues of each set")
    parser.add_argument(
        "--gate", type=float, default=report.GATE, help="least recall@10 on LoCoMo (.74)"
    )
    parser.add_argument(
        "--vectors", type=Path, metavar="FILE.npz", help="keep vectors there between runs"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    found = parser.parse_args(arguments)
    found.set = found.set or ("all" if found.data else "own")
    if found.set != "own" and not found.data:
        parser.error("LoCoMo is not part of this repository: say where it is with --data")
    return found


def data_sets(asked: argparse.Namespace) -> list[DataSet]:
    """Return what is asked, as far as the command line wants it."""
    found = []
    if asked.set != "own":
        found.append(_some(asked, locomo.load(asked.data), QUICK["locomo"]))
    if asked.set != "locomo":
        found += [_some(asked, own_set.load(one), QUICK["own"]) for one in own_set.LANGUAGES]
    return found


def _some(asked: argparse.Namespace, data: DataSet, number: int) -> DataSet:
    return replace(data, dialogues=data.dialogues[:number]) if asked.quick else data


def tell(asked: argparse.Namespace, results: list[Result], loads: list[float]) -> int:
    """Print the report and return the exit code."""
    wrong = []
    own = [one for one in results if one.data.name != locomo.NAME]
    for result in results:
        say(f"\n{report.table(result)}\n\n{report.by_kind(result)}")
        wrong += report.broken_gates(result, gate=None if result in own else asked.gate)
        if result not in own:
            say(f"\n{report.aims(result)}")
    if own:
        say(f"\n{report.side_by_side(own)}")
    if asked.json is not None:
        way = "in process" if asked.in_process else "over HTTP"
        text = json.dumps(report.as_json(results, way, loads), indent=1, ensure_ascii=False)
        asked.json.write_text(text + "\n", encoding="utf-8")
    say("")
    for line in wrong:
        say(f"BROKEN: {line}")
    say("FAILED" if wrong else "The gates hold.")
    say(f"Load of the machine before and after, on {os.cpu_count()} cores: {loads}")
    return 1 if wrong else 0


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started, load = time.monotonic(), os.getloadavg()[0]
    try:
        sets = data_sets(asked)
        if asked.in_process:
            results = uvloop.run(in_process(sets, asked.vectors))
        else:
            with stack.fresh_folder() as folder, Processes(folder) as processes:
                results = uvloop.run(Run(folder, processes, asked.vectors).run(sets))
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    code = tell(asked, results, [load, os.getloadavg()[0]])
    say(f"({time.monotonic() - started:.0f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main())
