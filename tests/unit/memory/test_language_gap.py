"""What embedders take from texts in two languages, and what is made good of it."""

from datetime import UTC, datetime

import pytest

from shared.memory.language_gap import language_gap
from shared.memory.passages import Passage, Pool
from shared.memory.questions import question_of
from shared.memory.ranking import rank
from shared.memory.recall import RecallQuery
from tests.support.passages import message

E5 = "multilingual-e5-small-q4"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
QUESTION = "Как зовут мою собаку?"


def passage(content: str, similarity: float) -> Passage:
    return Passage(
        conversation_id=content, message=message(content), terms={}, length=5, similarity=similarity
    )


ENGLISH, RUSSIAN = passage("She is called Rusty, a beagle.", 0.81), passage("Пора спать.", 0.82)


def test_what_is_in_the_other_language_is_lifted() -> None:
    assert list(language_gap([ENGLISH, RUSSIAN], QUESTION, model=E5)) == [pytest.approx(0.03), 0]
    assert list(language_gap([ENGLISH, RUSSIAN], "And my dog?", model=E5)) == [
        0,
        pytest.approx(0.03),
    ]


def test_of_other_models_nothing_is_known() -> None:
    assert list(language_gap([ENGLISH, RUSSIAN], QUESTION, model="nomic-embed-text")) == [0, 0]


def test_a_russian_question_finds_an_english_message_before_a_russian_one() -> None:
    pool = Pool(passages=(ENGLISH, RUSSIAN), count=2, mean_length=5)
    query = RecallQuery(text=QUESTION, at=NOW)
    found = rank(question_of(QUESTION, at=NOW), pool, query, model=E5).passages
    assert found[0].message == ENGLISH.message
    bare = rank(question_of(QUESTION, at=NOW), pool, query, model="other").passages
    assert bare[0].message == RUSSIAN.message
