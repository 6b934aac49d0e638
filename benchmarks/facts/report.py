"""The report of `benchmarks.facts`: figures by language, what went wrong, and as JSON."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.facts import scoring, updates
from benchmarks.facts.cases import Remembered
from benchmarks.facts.matching import Fact
from benchmarks.facts.scoring import Judged
from benchmarks.facts.updates import Followed

LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of all cases in one way."""

    way: str
    judged: Sequence[Judged]
    followed: Sequence[Followed]

    @property
    def broken(self) -> list[str]:
        """What it misses, as sentences."""
        gates = (*scoring.broken_gates(self.judged), *updates.broken_gates(self.followed))
        return [f"{self.way}: {gate}" for gate in gates]


def result(
    way: str,
    utterances: Iterable[tuple[Mapping[str, Any], Remembered]],
    sequences: Iterable[tuple[Mapping[str, Any], Remembered]],
) -> Result:
    """Hold what was remembered against the golden facts."""
    return Result(
        way,
        [scoring.judge(case, remembered.facts) for case, remembered in utterances],
        [updates.follow(case, got.facts, got.found) for case, got in sequences],
    )


def table(found: Result) -> str:
    """Return the figures as a Markdown table, a row a language."""
    head = (
        f"{found.way}\n\n"
        "| | utterances | precision | recall | F1 | false memories | must-not | exact | updates |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    return "\n".join([head, *(_row(found, name) for name in ("all", *LANGUAGES))])


def _row(found: Result, name: str) -> str:
    wanted = LANGUAGES if name == "all" else (name,)
    judged = [one for one in found.judged if one.case["lang"] in wanted]
    followed = [one for one in found.followed if one.case["lang"] in wanted]
    figures, false = scoring.figures(judged), scoring.false_memories(judged)
    violated = scoring.violations(judged)
    cells = (
        name,
        figures.utterances,
        f"{figures.precision:.3f}",
        f"{figures.recall:.3f}",
        f"{figures.f1:.3f}",
        f"{false[0]} of {false[1]}",
        f"{violated[0]} of {violated[1]}",
        f"{sum(one.exact for one in judged)} of {len(judged)}",
        f"{sum(one.right for one in followed)} of {len(followed)}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def by_category(judged: Iterable[Judged]) -> str:
    """Return right, wrong and missed by category."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.case["category"]].append(one)
    lines = []
    for category, group in sorted(groups.items()):
        figures = scoring.figures(group)
        lines.append(
            f"{category:16s} n={figures.utterances:2d} F1={figures.f1:.2f} right={figures.right}"
            f" wrong={figures.wrong} missed={figures.missed}"
        )
    return "\n".join(lines)


def fact_errors(judged: Iterable[Judged]) -> str:
    """Return every utterance that went wrong, by category, with what is wrong about it."""
    wrong = sorted((one for one in judged if not one.exact), key=lambda one: one.case["category"])
    lines = []
    for one in wrong:
        lines.append(f"[{one.case['category']}] {one.case['id']} {one.case['text']!r}")
        lines += [f"    missed   {_short(fact)}" for fact in one.missed]
        lines += [f"    wrong    {_short(fact)}" for fact in one.wrong]
        lines += [f"    must not {_short(fact)}" for fact in one.violated]
    return "\n".join(lines)


def update_errors(cases: Iterable[tuple[Followed, Remembered]]) -> str:
    """Return every sequence that went wrong, with what is known after it."""
    lines = []
    for followed, got in cases:
        failed = [name for name, held in followed.checks.items() if not held]
        if not failed:
            continue
        case = followed.case
        mark = "ok but" if followed.right else "WRONG"
        lines.append(f"[{case['kind']}] {case['id']} {mark} {failed}")
        lines += [f"    said  {turn['text']!r}" for turn in case["turns"]]
        lines += [f"    knows {_short(fact)} {fact.get('status', '')}" for fact in got.facts]
        lines.append(f"    asked {case['query']!r}")
        lines += [f"    finds {hit.get('text')!r}" for hit in got.found[:3]]
    return "\n".join(lines)


def as_json(results: Iterable[Result], more: Mapping[str, Any]) -> str:
    """Return the figures for a program."""
    told: dict[str, Any] = dict(more)
    for one in results:
        figures = scoring.figures(one.judged)
        told[one.way] = {
            "precision": figures.precision,
            "recall": figures.recall,
            "f1": figures.f1,
            "false_memories": scoring.false_memories(one.judged)[0],
            "must_not": scoring.violations(one.judged)[0],
            "exact": sum(each.exact for each in one.judged),
            "updates": sum(each.right for each in one.followed),
            "f1_by_language": {
                lang: scoring.figures(j for j in one.judged if j.case["lang"] == lang).f1
                for lang in LANGUAGES
            },
        }
    return json.dumps(told, indent=1, ensure_ascii=False)


def _short(fact: Fact) -> str:
    return f"{fact.get('type')}/{fact.get('predicate')}: {fact.get('value')!r}"
