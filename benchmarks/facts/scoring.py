"""Precision, recall and F1 of the facts that came of utterances, against the golden ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.facts.matching import Fact, Level, active, forbidden, same_fact

MAX_FALSE_MEMORIES = 2
"""In the utterances without a fact."""

LEAST_F1 = 0.70
LEAST_PRECISION = 0.85


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one utterance.

    `right` counts the golden facts that were found; `wrong` were found and are none, `missed` the
    other way round; `violated` are the traps that were walked into.
    """

    case: Mapping[str, Any]
    right: int
    wrong: Sequence[Fact]
    missed: Sequence[Fact]
    violated: Sequence[Fact]

    @property
    def exact(self) -> bool:
        """Whether nothing is wrong with it."""
        return not (self.wrong or self.missed or self.violated)

    @property
    def without_facts(self) -> bool:
        """Whether no fact should have come of it."""
        return not _asserted(self.case)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some utterances."""

    utterances: int
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """How much of what was found is right."""
        found = self.right + self.wrong
        return self.right / found if found else float(not self.missed)

    @property
    def recall(self) -> float:
        """How much of what is right was found."""
        golden = self.right + self.missed
        return self.right / golden if golden else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judge(case: Mapping[str, Any], found: Sequence[Fact], level: Level = "strict") -> Judged:
    """Hold the facts of an utterance against the golden ones.

    Optional facts count neither way, a second mention of a fact is no false memory, and a fact that
    was to be retracted is a trap.
    """
    golden = sorted(_asserted(case), key=lambda one: bool(one.get("optional", False)))
    told = [fact for fact in found if active(fact)]
    used: set[int] = set()
    right, missed = 0, []
    for gold in golden:
        fitting = (i for i, fact in enumerate(told) if i not in used)
        place = next((i for i in fitting if same_fact(told[i], gold, level)), None)
        if place is not None:
            used.add(place)
        if gold.get("optional"):
            continue
        right += place is not None
        missed += [gold] if place is None else []
    rest = [fact for i, fact in enumerate(told) if i not in used]
    return Judged(
        case,
        right,
        [fact for fact in rest if not any(same_fact(fact, gold, level) for gold in golden)],
        missed,
        [trap for trap in traps_of(case) if any(forbidden(fact, trap) for fact in told)],
    )


def traps_of(case: Mapping[str, Any]) -> list[Fact]:
    """Return what an utterance must not give."""
    retracted = [one for one in case["facts"] if one.get("op") == "retract"]
    return [*case.get("must_not", []), *retracted]


def figures(judged: Iterable[Judged]) -> Figures:
    """Add up."""
    all_of_them = list(judged)
    return Figures(
        len(all_of_them),
        sum(one.right for one in all_of_them),
        sum(len(one.wrong) for one in all_of_them),
        sum(len(one.missed) for one in all_of_them),
    )


def false_memories(judged: Iterable[Judged]) -> tuple[int, int]:
    """Return how many utterances without a fact gave one, and of how many."""
    empty = [one for one in judged if one.without_facts]
    return sum(bool(one.wrong) for one in empty), len(empty)


def violations(judged: Iterable[Judged]) -> tuple[int, int]:
    """Return how many traps were walked into, and of how many."""
    all_of_them = list(judged)
    walked = sum(len(one.violated) for one in all_of_them)
    return walked, sum(len(traps_of(one.case)) for one in all_of_them)


def broken_gates(judged: Sequence[Judged]) -> list[str]:
    """Return what the facts miss, as sentences."""
    all_of_them, (false, empty) = figures(judged), false_memories(judged)
    broken = []
    if all_of_them.f1 < LEAST_F1:
        broken.append(f"F1 {all_of_them.f1:.3f}, less than {LEAST_F1}")
    if all_of_them.precision < LEAST_PRECISION:
        broken.append(f"precision {all_of_them.precision:.3f}, less than {LEAST_PRECISION}")
    if false > MAX_FALSE_MEMORIES:
        broken.append(f"{false} false memories in {empty} utterances without a fact")
    return broken


def _asserted(case: Mapping[str, Any]) -> list[Fact]:
    return [one for one in case["facts"] if one.get("op", "assert") == "assert"]
