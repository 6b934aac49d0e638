"""Small talk finds nothing, and questions about what was said find it."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.context.floor import BEST, is_own, worth_telling
from services.context.follow_up import search_text
from shared.memory.passages import Passage, Pool, terms_of
from shared.memory.questions import question_of
from shared.memory.ranking import rank
from shared.memory.recall import RecalledPassage, RecallQuery
from tests.support.passages import message, recalled
from tests.support.samples import NOON

DATA = Path(__file__).parents[2] / "data" / "recall"


def rows(name: str) -> list[dict[str, Any]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def told(text: str, *passages: RecalledPassage) -> list[str]:
    return [one.message.content for one in worth_telling(text, passages)]


def weak(number: int, **more: Any) -> RecalledPassage:
    return recalled(f"said {number}", conversation=str(number), evidence=0.05, **more)


STRONG = recalled("strong", evidence=0.9)


@pytest.mark.parametrize(
    "text",
    [
        "Как зовут мою собаку?",
        "Где я оставил ключ?",
        "What did I promise Tom?",
        "where did i park?",
        "What's our wifi called?",
        "What did you recommend?",
        "Какой ресторан ты посоветовал?",
    ],
)
def test_who_asks_for_something_of_their_own(text: str) -> None:
    assert is_own(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tell me a joke",
        "How do I undo the last commit in git?",
        "Can I freeze milk?",
        "Напиши мне функцию сортировки",
        "Как мне сварить яйцо?",
        "What is the capital of France?",
        "for i in range(10): print(i)",
        "Столица Франции?",
    ],
)
def test_who_asks_about_the_world_or_for_work(text: str) -> None:
    assert not is_own(text)


def test_whoever_asks_for_their_own_is_told_the_best_however_weak() -> None:
    passages = [weak(number) for number in range(BEST + 3)]
    assert len(told("Where is my key?", *passages)) == BEST
    assert len(told("Where is my key?", *passages, STRONG)) == BEST + 1
    # Who only tells is told what has to do with it.
    assert told("I lost my key today.", *passages, STRONG) == ["strong"]


def test_others_are_told_nothing_unless_something_answers() -> None:
    assert told("What is a key?", *[weak(number) for number in range(3)]) == []
    assert told("Which paw had the operation?", STRONG, weak(1)) == ["strong"]
    fair = recalled("fair", evidence=0.6)
    assert told("Which paw had the operation?", fair) == ["fair"]
    assert told("An operation on the paw", fair) == []


def test_the_assistant_s_own_words_are_no_memory_of_the_world() -> None:
    answer = recalled("strong", evidence=0.9, role="assistant")
    assert told("What is the capital of France?", answer) == []
    assert told("What did you say about the capital?", answer) == ["strong"]


def test_what_stands_beside_an_answer_that_is_left_out_is_not_told_for_it() -> None:
    beside = message("Thanks a lot, good night")
    answer = recalled("the third flowerpot", evidence=0.9, role="assistant", after=beside)
    assert told("Where is the key?", answer, recalled(beside, evidence=0.54)) == []
    own = recalled("under the mat", evidence=0.95)
    assert told("Where is the key?", answer, recalled(beside, evidence=0.54), own) == [
        "under the mat"
    ]


def test_what_only_fills_the_ranks_is_not_told() -> None:
    first = recalled("first", score=6.0, evidence=0.1)
    close = recalled("close", score=2.0, evidence=0.1)
    rest = [recalled(f"rest {n}", score=score) for n, score in enumerate((1.5, 0.2, -1.4))]
    assert told("Where is my key?", first, close, *rest) == ["first", "close"]
    # The best that is there is told even where what the prompt shows already was better.
    assert told("Where is my key?", recalled("left", score=-0.5), rest[2]) == ["left"]
    # Where nothing stands out nothing is left out.
    assert len(told("Where is my key?", *[weak(number) for number in range(5)])) == 5


def test_whoever_names_a_speaker_asks_about_them() -> None:
    assert told("Where did Caroline go?", weak(1, name="Caroline")) == ["said 1"]
    assert told("Where did Melanie go?", weak(1, name="Caroline")) == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_most_small_talk_finds_nothing_and_most_questions_something(language: str) -> None:
    """By words alone: in docs/architecture/recall-prompt.md are the figures with vectors."""
    said = [
        message(one["content"], role=one["role"], when=datetime.fromisoformat(one["time"]))
        for one in rows(f"floor_memories_{language}.jsonl")
    ]
    terms = [terms_of(one) for one in said]
    holders = Counter(term for one in terms for term in one)

    def found(text: str) -> int:
        looked_for = search_text(text, (), at=NOON)
        if looked_for is None:
            return 0
        question = question_of(looked_for, at=NOON)
        passages = [
            Passage(
                conversation_id=one.message_id,
                message=one,
                terms={term: own[term] for term in question.terms if term in own},
                length=own.total(),
            )
            for one, own in zip(said, terms, strict=True)
        ]
        pool = Pool(
            passages=passages,
            count=len(said),
            mean_length=sum(one.length for one in passages) / len(passages),
            holders={term: holders[term] for term in question.terms},
        )
        ranked = rank(question, pool, RecallQuery(text=looked_for, at=NOON, limit=30))
        return len(worth_telling(text, ranked.passages))

    asked = rows(f"floor_{language}.jsonl")
    junk = [one["text"] for one in asked if not one["needs_memory"] and found(one["text"])]
    missed = [one["text"] for one in asked if one["needs_memory"] and not found(one["text"])]
    assert len(junk) <= 2, junk
    assert len(missed) <= 6, missed
