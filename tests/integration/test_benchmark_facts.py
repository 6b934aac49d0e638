"""The gates of `python -m benchmarks.facts`, on every change, and whether its measure measures."""

from typing import Any

import pytest

from benchmarks.facts import cases, in_process, precision, report
from benchmarks.facts.cases import Remembered
from benchmarks.facts.matching import same_value
from benchmarks.facts.scoring import figures, judge
from benchmarks.facts.updates import follow

HOME = {"type": "location", "predicate": "lives_in", "value": "Leeds"}
OTHER = {**HOME, "value": "York"}
CASE: dict[str, Any] = {
    "id": "x",
    "lang": "en",
    "category": "location",
    "facts": [HOME, {"type": "pet", "predicate": "has_pet", "value": "cat", "optional": True}],
    "must_not": [{"type": "identity", "value": "Elena"}],
}


def test_rules_claims_fold_and_search_pass_the_gates() -> None:
    utterances, updates = cases.utterances(), cases.updates()
    assert (len(utterances), len(updates)) == (120, 20)
    found = report.result(
        "rules",
        [(case, in_process.remember(case)) for case in utterances],
        [(case, in_process.remember(case)) for case in updates],
    )
    assert found.broken == [], report.table(found)


def test_who_remembers_everything_right_has_full_marks() -> None:
    told = [(case, Remembered(case["facts"])) for case in cases.utterances()]
    judged = [judge(case, [f for f in got.facts if f.get("op") != "retract"]) for case, got in told]
    assert figures(judged).f1 == 1.0
    assert all(one.exact for one in judged)
    sequences = []
    for case in cases.updates():
        now = [{**fact, "status": "active"} for fact in case["current"]]
        then = [{**fact, "status": "superseded"} for fact in case["superseded"]]
        sequences.append(follow(case, now + then, now))
    assert all(all(one.checks.values()) for one in sequences)


def test_who_remembers_nothing_fails_every_gate() -> None:
    found = report.result(
        "nothing",
        [(case, Remembered([])) for case in cases.utterances()],
        [(case, Remembered([])) for case in cases.updates()],
    )
    assert len(found.broken) == 4


@pytest.mark.parametrize(
    ("facts", "right", "wrong", "missed", "violated"),
    [
        ([HOME], 1, 0, 0, 0),
        ([HOME, HOME], 1, 0, 0, 0),
        ([HOME, {"type": "pet", "predicate": "has_pet", "value": "cat"}], 1, 0, 0, 0),
        ([OTHER], 0, 1, 1, 0),
        ([{**HOME, "predicate": "origin"}], 0, 1, 1, 0),
        ([{**HOME, "status": "superseded"}], 0, 0, 1, 0),
        ([HOME, {"type": "identity", "predicate": "name", "value": "Elena"}], 1, 1, 0, 1),
    ],
)
def test_an_utterance_is_judged(
    facts: list[dict[str, Any]], right: int, wrong: int, missed: int, violated: int
) -> None:
    one = judge(CASE, facts)
    got = (one.right, len(one.wrong), len(one.missed), len(one.violated))
    assert got == (right, wrong, missed, violated)


@pytest.mark.parametrize(
    ("value", "gold", "same"),
    [
        ("paediatric nurse", "nurse", True),
        ("two cats", "2 cats", True),
        ("в Казани", "Казань", True),
        ("St. Mary's", "St Marys", True),
        ("coffee without milk", "coffee with milk", False),
        ("cat", "dog", False),
        ("", "dog", False),
    ],
)
def test_values_are_compared_without_their_dress(value: str, gold: str, same: bool) -> None:
    assert same_value(value, [gold]) is same


def test_a_sequence_is_followed() -> None:
    case = {
        "kind": "move",
        "current": [OTHER],
        "superseded": [HOME],
        "never": ["Aldi"],
    }
    now, then = {**OTHER, "status": "active"}, {**HOME, "status": "superseded"}
    assert follow(case, [now, then], [now]).right
    assert follow(case, [now, then], [now]).checks["old_kept"]
    assert not follow(case, [now, {**HOME, "status": "active"}], [now]).right
    assert not follow(case, [now, then], [then, now]).right
    assert not follow(case, [now, then], []).right
    assert not follow(case, [now, {"value": "Aldi"}], [now]).right
    stale = {"text": "Lives in Leeds", "status": "active"}
    assert not follow(case, [now, then], [now, stale]).checks["query_no_stale"]


def test_most_cases_of_precisionmembench_apply() -> None:
    applying = precision.applying()
    assert len(applying) >= 77 / 2
    beliefs = {one["_id"]: one for one in precision.beliefs()}
    by_id = {case["caseId"]: case for case in applying}
    case = by_id["conflict-scope-disambiguation-redis-code"]
    right = precision.judge(case, ["b-redis-code"], beliefs)
    assert (right.found, right.kept_out, right.nothing_else) == (True, True, True)
    more = precision.judge(case, ["b-redis-code", "b-ts-pref"], beliefs)
    assert (more.found, more.kept_out, more.nothing_else) == (True, True, False)
    leak = precision.judge(case, ["b-redis-writing"], beliefs)
    assert (leak.found, leak.kept_out) == (False, False)
    old = precision.judge(case, ["b-redis-code", "b-sqlalchemy-superseded"], beliefs)
    assert not old.kept_out
