"""How right facts are: by rules alone in this process, and through the real services over HTTP.

`python -m benchmarks.facts` lets a new user say each of 120 utterances and 20 sequences (the
project's dev sets, Russian and English), and holds what is known afterwards against what should be:
first with rules, claims, fold and search in this process, then through gateway and memory_writer on
servers of its own, started on free ports. `--http` asks a running Membus instead. `--llm` lets the
model of an LLM server look, too. Then come the cases of PrecisionMemBench that need no vectors.

The exit code is 1 where F1 is below .70, precision below .85, more than 2 of the utterances without
a fact give one, fewer than 16 of the sequences end right, or one that only seems to change a fact
changes it. With a model nothing is gated: whose model it is decides. Times are only told.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import uvloop

from benchmarks import stack
from benchmarks.facts import cases, in_process, report
from benchmarks.facts.run import Run
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.run import say
from deploy.embedded.failure import StackError

TYPICAL = 500
"""Characters of the messages whose reading is timed."""

AIM_MS = 5.0
ROUNDS = 40


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.facts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="in this process alone: seconds")
    parser.add_argument("--http", metavar="URL", help="a running Membus; its users are left there")
    parser.add_argument("--llm", metavar="URL", help="an LLM server that looks for facts, too")
    parser.add_argument("--backend", choices=("ollama", "openai", "builtin"), default="ollama")
    parser.add_argument("--model", default="llama3.2", help="the model of --llm (llama3.2)")
    parser.add_argument("--facts", type=Path, help="other utterances, in the same form")
    parser.add_argument("--updates", type=Path, help="other sequences, in the same form")
    parser.add_argument("--errors", action="store_true", help="tell all that went wrong")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(arguments)


def rules_alone(asked: argparse.Namespace) -> report.Result:
    """Remember every case in this process, and tell what went wrong where that is asked for."""
    utterances = cases.utterances(asked.facts) if asked.facts else cases.utterances()
    updates = cases.updates(asked.updates) if asked.updates else cases.updates()
    told = [(case, in_process.remember(case)) for case in utterances]
    followed = [(case, in_process.remember(case)) for case in updates]
    found = report.result("rules alone, in process", told, followed)
    say(f"\n{report.table(found)}")
    if asked.errors:
        say(f"\n{report.by_category(found.judged)}")
        say(f"\n{report.fact_errors(found.judged)}")
        pairs = zip(found.followed, (got for _, got in followed), strict=True)
        say(f"\n{report.update_errors(pairs)}")
    return found


def tell_times() -> dict[str, dict[str, float]]:
    """Tell how long the rules take for messages of a usual length, made of the utterances."""
    told = {}
    for language in report.LANGUAGES:
        said = [case["text"] for case in cases.utterances() if case["lang"] == language]
        texts = in_process.messages(said, characters=TYPICAL, rounds=ROUNDS)
        cuts = quantiles(in_process.rules_ms(texts), n=20)
        told[language] = {"p50_ms": round(cuts[9], 2), "p95_ms": round(cuts[18], 2)}
        say(
            f"Rules, {language}, {len(texts)} messages of {TYPICAL} characters: "
            f"CPU p50 {cuts[9]:.2f} ms, p95 {cuts[18]:.2f} ms (aim: at most {AIM_MS:g} ms, "
            f"{'met' if cuts[18] <= AIM_MS else 'missed'})"
        )
    say(f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return told


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started = time.monotonic()
    results = [rules_alone(asked)]
    more: dict[str, object] = {"rules": tell_times()}
    if not asked.quick:
        try:
            with stack.fresh_folder() as folder, Processes(folder) as processes:
                found, precision = uvloop.run(Run(asked, folder, processes).run())
        except (BenchmarkError, StackError) as error:
            say(f"BROKEN: {error}")
            return 1
        results.append(found)
        more["precisionmembench"] = precision
    if asked.json is not None:
        asked.json.write_text(report.as_json(results, more) + "\n", encoding="utf-8")
    gated = results[:1] if asked.llm else results
    wrong = [line for one in gated for line in one.broken]
    for line in wrong:
        say(f"BROKEN: {line}")
    say("FAILED" if wrong else "The gates hold.")
    say(f"({time.monotonic() - started:.0f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
