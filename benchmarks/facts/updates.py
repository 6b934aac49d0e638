"""Whether what has changed is known as it is now, and what was before as having been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.facts.matching import Fact, active, same_fact, same_value, values_of, words

LEAST_RIGHT = 0.8
"""Of all sequences: 16 of 20."""

_TOP = 5
_CONTROL = "control"
_NEEDED = ("current_active", "old_not_active", "never_ok", "top1_current")


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one sequence: each check by its name, where it applies."""

    case: Mapping[str, Any]
    checks: Mapping[str, bool]

    @property
    def right(self) -> bool:
        """Whether the state is right, and the question finds it."""
        return all(self.checks.get(name, True) for name in _NEEDED)

    @property
    def control(self) -> bool:
        """Whether it only seems to change."""
        return str(self.case["kind"]).startswith(_CONTROL)


def follow(case: Mapping[str, Any], facts: Sequence[Fact], found: Sequence[Fact]) -> Followed:
    """Check the whole memory after a sequence, and what its question finds, best first."""
    now = [fact for fact in facts if active(fact)]
    then = [fact for fact in facts if not active(fact)]
    current, old = case["current"], case["superseded"]

    def is_current(fact: Fact) -> bool:
        return any(same_fact(fact, gold) for gold in current)

    checks = {
        "current_active": all(any(same_fact(fact, gold) for fact in now) for gold in current),
        "old_not_active": not any(
            same_fact(fact, gold) and not is_current(fact) for fact in now for gold in old
        ),
        "never_ok": not any(same_value(fact.get("value", ""), case["never"]) for fact in now),
        "query_no_stale": not any(active(hit) and _stale(hit, case) for hit in found[:_TOP]),
    }
    if old:
        checks["old_kept"] = all(any(same_fact(fact, gold) for fact in then) for gold in old)
    if current:
        checks["top1_current"] = bool(found) and active(found[0]) and _states(found[0], current)
    return Followed(case, checks)


def broken_gates(followed: Sequence[Followed]) -> list[str]:
    """Return what the sequences miss, as sentences."""
    broken = []
    right = sum(one.right for one in followed)
    if right < LEAST_RIGHT * len(followed):
        broken.append(f"{right} of {len(followed)} updates, less than {LEAST_RIGHT:.0%}")
    wrong = [one.case["id"] for one in followed if one.control and not one.right]
    if wrong:
        broken.append(f"controls that should not have changed: {', '.join(wrong)}")
    return broken


def _stale(hit: Fact, case: Mapping[str, Any]) -> bool:
    stated = any(_states(hit, [old]) for old in case["superseded"])
    return stated and not _states(hit, case["current"])


def _states(hit: Fact, golden: Sequence[Fact]) -> bool:
    told = set(words(hit.get("value") or hit.get("text") or ""))
    forms = (set(words(value)) for gold in golden for value in values_of(gold))
    return any(form and form <= told for form in forms)
