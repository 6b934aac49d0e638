"""What the model finds beside the rules: only what they did not."""

from typing import Literal

import pytest

from services.memory_writer.extraction.found import Found
from services.memory_writer.llm_extraction import _known, publish_id
from shared.contracts.parts import Language


def found(
    predicate: str, value: str, *, op: Literal["assert", "end"] = "assert", lang: Language = "en"
) -> Found:
    return Found(op=op, predicate=predicate, value=value, quote="", lang=lang)


@pytest.mark.parametrize(
    ("by_model", "by_rules", "known"),
    [
        (found("likes", "hiking"), found("likes", "Hiking"), True),
        (found("likes", "long hikes"), found("likes", "hiking"), True),
        (found("likes", "hiking"), found("dislikes", "hiking"), True),
        (found("likes", "hiking"), found("likes", "chess"), False),
        (found("likes", "hiking"), found("learning", "hiking"), False),
        (found("lives_in", "Oslo"), found("lives_in", "Bergen"), True),
        (found("lives_in", "Oslo"), found("origin", "Oslo"), False),
        (found("has_pet", "Pixel and Byte"), found("has_pet", "kitten Pixel"), True),
        (found("uses", "Vim"), found("uses", "Emacs", op="end"), True),
        (found("goal", "выучить немецкий", lang="ru"), found("goal", "выучить немецкого"), True),
    ],
    ids=str,
)
def test_the_rules_know_better(by_model: Found, by_rules: Found, known: bool) -> None:
    assert _known(by_model, [found("age", "40"), by_rules]) is known
    assert not _known(by_model, [])


def test_the_event_has_an_id_of_its_own() -> None:
    assert publish_id("t-u") == "t-u:facts:llm"
