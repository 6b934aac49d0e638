"""The measures of `benchmarks.recall`, against values worked out by hand."""

import math

import pytest

from benchmarks.recall.dialogues import Asked
from benchmarks.recall.metrics import (
    Answer,
    figures,
    fitting,
    gain,
    recall,
    reciprocal_rank,
    tokens,
)

RANKING = ["a", "b", "c", "d", "e", "f"]


def test_recall_is_the_share_of_the_evidence_that_is_high_enough() -> None:
    assert recall(RANKING, {"a", "f"}, 5) == 0.5
    assert recall(RANKING, {"a", "f"}, 6) == 1.0
    assert recall(RANKING, {"a", "nowhere", "nor here"}, 6) == pytest.approx(1 / 3)
    assert recall([], {"a"}, 5) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_evidence() -> None:
    assert reciprocal_rank(RANKING, {"c", "e"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKING, {"a"}) == 1.0
    assert reciprocal_rank(RANKING, {"nowhere"}) == 0.0


def test_gain_is_one_where_the_evidence_comes_first_and_less_further_down() -> None:
    assert gain(RANKING, {"a", "b"}) == 1.0
    # 1/log2(2) and 1/log2(5), of 1/log2(2) and 1/log2(3).
    found = (1 + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert gain(RANKING, {"a", "d"}) == pytest.approx(found)
    assert gain(RANKING, {"f"}, depth=5) == 0.0
    assert gain(RANKING[:2], {"a", "b", "nowhere"}, depth=2) == 1.0


def test_a_token_is_four_characters_rounded_up_for_each_text() -> None:
    assert [tokens(text) for text in ("", "abcd", "abcde")] == [0, 1, 2]


def test_a_budget_is_filled_from_the_top_and_a_shorter_text_may_follow_a_long_one() -> None:
    texts = {"a": "x" * 4, "b": "x" * 40, "c": "x" * 8}
    assert fitting(["a", "b", "c"], texts, 3) == ["a", "c"]
    assert fitting(["b"], texts, 9) == []


def test_questions_count_alike_however_much_evidence_they_have() -> None:
    one = Asked(text="?", evidence=("a",), kind="direct")
    two = Asked(text="?", evidence=("a", "z"), kind="multi")
    found = figures(
        [
            (one, Answer(ranking=["z", "a"], within={500: ["a"], 1_000: ["a"]}, took_ms=10.0)),
            (two, Answer(ranking=["b"], within={500: [], 1_000: ["a"]}, took_ms=30.0)),
        ]
    )
    assert found.questions == 2
    assert found.recall == {5: 0.5, 10: 0.5, 20: 0.5, 50: 0.5}
    assert found.reciprocal_rank == 0.25
    assert found.gain == pytest.approx(1 / math.log2(3) / 2)
    assert found.within == {500: 0.5, 1_000: 0.75, 2_000: 0.0}
    assert found.p50_ms == 20.0
