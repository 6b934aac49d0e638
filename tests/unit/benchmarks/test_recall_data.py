"""What `benchmarks.recall` reads, and the plain ways beside which recall stands."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.processes import BenchmarkError
from benchmarks.recall import locomo, own_set, report
from benchmarks.recall.baselines import Baselines, fused
from benchmarks.recall.dialogues import Asked, DataSet, Dialogue, Said
from benchmarks.recall.in_process import Indexed, Vectors
from benchmarks.recall.metrics import Answer
from benchmarks.recall.ways import HYBRID, WORDS, Result

# Made up, in LoCoMo's form.
SAMPLE: dict[str, Any] = {
    "sample_id": "conv-0",
    "conversation": {
        "speaker_a": "Ann",
        "speaker_b": "Bob",
        "session_10_date_time": "12:05 am on 1 June, 2023",
        "session_10": [{"speaker": "Bob", "dia_id": "D10:1", "text": "Hello again"}],
        "session_2_date_time": "1:56 pm on 8 May, 2023",
        "session_2": [
            {"speaker": "Ann", "dia_id": "D2:1", "text": "My kiln broke"},
            {"speaker": "Bob", "dia_id": "D2:2", "text": "Look", "blip_caption": "a red barn"},
        ],
        "session_3_date_time": "1:56 pm on 9 May, 2023",
    },
    "qa": [
        {"question": "What broke?", "answer": "kiln", "evidence": ["D2:1"], "category": 4},
        {"question": "Both?", "answer": "?", "evidence": ["D:2:02; D10:1", "D2:9"], "category": 1},
        {"question": "No evidence?", "answer": "?", "evidence": [], "category": 4},
        {"question": "A trap?", "adversarial_answer": "?", "evidence": ["D2:1"], "category": 5},
    ],
}


@pytest.fixture
def dialogue(tmp_path: Path) -> Dialogue:
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([SAMPLE]), encoding="utf-8")
    return locomo.load(path).dialogues[0]


def test_locomo_is_said_session_by_session_with_its_images(dialogue: Dialogue) -> None:
    assert [(one.id, one.conversation, one.name, one.text) for one in dialogue.said] == [
        ("D2:1", "session-2", "Ann", "My kiln broke"),
        ("D2:2", "session-2", "Bob", "Look [shared an image: a red barn]"),
        ("D10:1", "session-10", "Bob", "Hello again"),
    ]
    assert dialogue.said[0].time == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert dialogue.said[2].time == datetime(2023, 6, 1, 0, 5, tzinfo=UTC)


def test_locomo_asks_what_has_evidence_and_names_it_once_and_properly(dialogue: Dialogue) -> None:
    assert [(one.text, one.evidence, one.kind) for one in dialogue.asked] == [
        ("What broke?", ("D2:1",), "4 single-hop"),
        ("Both?", ("D2:2", "D10:1"), "1 multi-hop"),
    ]


def test_what_is_not_locomo_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('[{"x": 1}]', encoding="utf-8")
    with pytest.raises(BenchmarkError, match="is not LoCoMo"):
        locomo.load(path)


def test_the_own_set_is_large_and_hard_enough_and_whole() -> None:
    sets = [own_set.load(language) for language in own_set.LANGUAGES]
    for data in sets:
        assert data.messages >= 1_500
        assert data.questions >= 200
        assert len(data.dialogues) >= 10
        kinds = [one.kind for dialogue in data.dialogues for one in dialogue.asked]
        assert kinds.count("cross") >= 0.3 * len(kinds)
        assert kinds.count("paraphrase") >= 0.25 * len(kinds)
        for dialogue in data.dialogues:
            ids = [said.id for said in dialogue.said]
            assert len(ids) == len(set(ids))
            assert all(asked.evidence for asked in dialogue.asked)
            assert {one for asked in dialogue.asked for one in asked.evidence} <= set(ids)
        assert report.broken_gates(_by_words(data), gate=None) == []
    # The twins have the same people, who say and are asked as much.
    first, second = sets
    assert [len(one.said) for one in first.dialogues] == [len(one.said) for one in second.dialogues]
    assert first.questions == second.questions


def _by_words(data: DataSet) -> Result:
    result = Result(data)
    for dialogue in data.dialogues:
        baselines = Baselines(dialogue, np.zeros((len(dialogue.said), 2)))
        for asked in dialogue.asked:
            result.add(WORDS, asked, Answer(ranking=baselines.words(asked.text)))
    return result


def _dialogue(*texts: str) -> Dialogue:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    said = [
        Said(id=f"m{place}", conversation="c", time=at, text=text)
        for place, text in enumerate(texts)
    ]
    asked = Asked(text="Where is the kiln?", evidence=("m1",), kind="direct")
    return Dialogue(name="d", said=tuple(said), asked=(asked,))


def test_baselines_rank_as_their_names_say() -> None:
    said = _dialogue("a barn", "the kiln broke", "kiln kiln and a barn", *["fine"] * 5)
    vectors = np.eye(8)[:, :2]
    baselines = Baselines(said, vectors)
    assert baselines.last() == ["m7", "m6", "m5", "m4", "m3", "m2"]
    assert baselines.words("Where is the kiln?") == ["m2", "m1"]
    assert baselines.words("Nothing of it") == []
    assert baselines.dense(np.array([0.1, 1.0]))[:2] == ["m1", "m0"]
    # 1/61 + 1/62 twice: whoever was first comes first; then what only one way has found.
    assert fused(["a", "b"], ["b", "a", "c"]) == ["a", "b", "c"]


def test_recall_in_process_ranks_by_words_and_by_vectors_as_the_mode_says() -> None:
    said = _dialogue("a barn", "the kiln broke", *["fine"] * 5, "the oven is of no use any more")
    vectors = np.eye(8)
    indexed = Indexed(said, Vectors("toy", vectors))
    asked, at = said.asked[0], datetime(2026, 2, 1, tzinfo=UTC)
    by_words = indexed.answer(asked, vectors[7], mode="keyword", at=at)
    assert by_words.ranking[0] == "m1"
    assert "m7" not in by_words.ranking
    assert indexed.answer(asked, vectors[7], mode="semantic", at=at).ranking[0] == "m7"
    assert set(indexed.answer(asked, vectors[7], mode="hybrid", at=at).ranking[:2]) == {"m1", "m7"}
    assert by_words.within[500] == by_words.ranking


def test_the_gate_is_that_of_recall_among_the_first_ten() -> None:
    data = DataSet(name="LoCoMo", dialogues=(_dialogue("x", "y"),))
    result = Result(data)
    (asked,) = data.dialogues[0].asked
    result.add(HYBRID, asked, Answer(ranking=["m0", "m1"]))
    assert report.broken_gates(result, gate=0.74) == []
    missed = Result(data)
    missed.add(HYBRID, asked, Answer(ranking=["m0"]))
    assert report.broken_gates(missed, gate=0.74) == ["LoCoMo: recall@10 0.000, less than 0.74"]
    easy = Result(data)
    easy.add(WORDS, asked, Answer(ranking=["m1"]))
    assert report.broken_gates(easy, gate=None) == [
        "LoCoMo: BM25 alone finds 1.000, it is too easy"
    ]
