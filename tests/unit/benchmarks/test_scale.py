"""What `benchmarks.scale` fills the record with, and what its report says."""

from itertools import islice

import numpy as np

from benchmarks.counting import TurnCosts
from benchmarks.scale import report, texts
from benchmarks.scale.searching import Times


def test_messages_are_told_apart_and_the_same_in_every_run() -> None:
    first = [one.message.content for one in texts.messages("u", 60, seed=1)]
    assert first == [one.message.content for one in texts.messages("u", 60, seed=1)]
    assert first != [one.message.content for one in texts.messages("u", 60, seed=2)]
    assert len(set(first)) == 60


def test_conversations_are_short_and_times_go_on() -> None:
    events = list(texts.messages("u", 45))
    assert len({one.conversation_id for one in events}) == 3
    times = [one.message.time for one in events]
    assert times == sorted(times)
    assert len(set(times)) == 45


def test_made_up_vectors_lie_among_the_real_ones() -> None:
    # As those of an embedder, which lie close together.
    dice = np.random.default_rng(1)
    typical = dice.normal(0, 1, (40, 384)) + 2.0
    typical /= np.linalg.norm(typical, axis=1, keepdims=True)
    made = texts.vectors(typical, 200)
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0)
    assert (made @ typical.T).max(axis=1).min() > 0.7
    assert len(np.unique(made, axis=0)) == 200


def test_questions_are_asked_once_before_they_come_again() -> None:
    asked = texts.questions()
    assert len(asked) == len(set(asked)) > 300
    assert asked == list(islice(texts.questions(), len(asked)))


def _times(whole: float) -> Times:
    return Times(
        whole=[whole] * 3,
        embedding=[10.0] * 3,
        pool=[5.0] * 3,
        bare=[2.5] * 3,
        cpu=[9.0] * 3,
        embedding_cpu=[8.0] * 3,
        server_cpus=[0.0, 10.0, 5.0],
    )


def test_the_report_tells_the_ratio_to_the_bare_statement_with_the_embedding() -> None:
    size = report.Size("one user, 10,000 messages", 10_000, _times(30.0), "agent")
    found = report.Report(sizes=[size])
    assert report.ratio(size.times) == 30.0 / 12.5
    assert "2.4 x the bare SQL with the embedding, aim 2: missed" in report.told(found)
    assert "| 30.0 / 30.0 | 10.0 / 10.0 | 5.0 / 5.0 | 12.5 / 12.5 | 2.4 | 9, 8, 5 |" in (
        report.table(found)
    )


def test_the_gate_is_that_of_a_turn_that_recalls() -> None:
    trips = dict.fromkeys(("gateway", "context", "inference", "memory_writer"), 1)
    costs = [
        TurnCosts({"MEMORY": 1}, trips, {**dict.fromkeys(trips, 0), "context": number})
        for number in (3, 4)
    ]
    assert report.Report(costs=costs[:1]).broken == []
    assert report.Report(costs=costs).broken == ["4 SQL statements before the answer, more than 3"]
