"""The ways to an answer that a run compares, and what each has answered."""

from dataclasses import dataclass, field
from typing import TypeAlias

from benchmarks.recall.baselines import Baselines
from benchmarks.recall.dialogues import Asked, DataSet, Dialogue
from benchmarks.recall.metrics import BUDGETS, Answer, fitting
from benchmarks.recall.vectors import Kept, Rows
from shared.memory.recall import Mode

HYBRID: Mode = "hybrid"
KEYWORD: Mode = "keyword"
LAST, WORDS, DENSE, FUSED = "last 6 messages", "BM25", "dense", "RRF(BM25, dense)"

Answered: TypeAlias = list[tuple[Asked, Answer]]


@dataclass(frozen=True, slots=True)
class Result:
    """All answers to the questions of a set, by the way to them."""

    data: DataSet
    ways: dict[str, Answered] = field(default_factory=dict)

    def add(self, way: str, asked: Asked, answer: Answer) -> None:
        """Keep an answer."""
        self.ways.setdefault(way, []).append((asked, answer))


def compare(result: Result, dialogue: Dialogue, said: Rows, kept: Kept) -> None:
    """Answer the questions of a dialogue in the ways that need no Membus."""
    baselines = Baselines(dialogue, said)
    texts = {one.id: one.text for one in dialogue.said}
    for asked in dialogue.asked:
        vector = kept.question(asked.text)
        rankings = {
            LAST: baselines.last(),
            WORDS: baselines.words(asked.text),
            DENSE: baselines.dense(vector),
            FUSED: baselines.fused(asked.text, vector),
        }
        for way, ranking in rankings.items():
            within = {budget: fitting(ranking, texts, budget) for budget in BUDGETS}
            result.add(way, asked, Answer(ranking=ranking, within=within))
