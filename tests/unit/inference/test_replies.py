"""Whatever a model replies: the candidates in it, every drop counted by reason, no exception."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.replies import MAX_FACTS, read_reply
from services.inference.tolerant import containers
from services.memory_writer.extraction.llm import ASKED
from shared.contracts.events import ExtractAnswered
from tests.support.replies import RECORDED, WRITTEN, title

REASONS = {
    *("not_json", "not_a_fact", "no_value", "unknown_predicate", "not_text"),
    *("repeated", "too_many"),
}


@pytest.mark.parametrize("reply", [*RECORDED, *WRITTEN], ids=title)
def test_a_reply_of_the_corpus(reply: dict[str, Any]) -> None:
    found = read_reply(reply["reply"], ASKED)
    assert [[fact.predicate, fact.value] for fact in found.facts] == reply["facts"]
    assert found.dropped == reply["dropped"]
    assert found.readable is reply["readable"]


def test_the_corpus_is_large_and_mostly_recorded() -> None:
    assert len(RECORDED) + len(WRITTEN) >= 60
    assert len(RECORDED) >= len(WRITTEN)
    assert {reply["lang"] for reply in RECORDED} == {"ru", "en"}
    assert {reply["schema"] for reply in RECORDED} == {True, False}
    assert sum(not is_json(reply["reply"]) for reply in RECORDED) >= 15
    assert {why for reply in (*RECORDED, *WRITTEN) for why in reply["dropped"]} == REASONS


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


PIECES = [
    *"{}[]\",:\\\n'`“”«»/#*",
    *("facts", "predicate", "value", "quote", "lives_in", "age", "Kazan", "null", "True", "12"),
    *("```json", "<think>", "</think>", "<|im_end|>", "//", "/*", "*/", "\\u12", "\ud800", "\0"),
]
NEARLY_JSON = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join)


@given(NEARLY_JSON)
def test_nothing_is_ever_raised_and_what_is_found_can_travel(text: str) -> None:
    found = read_reply(text, ASKED)
    assert len(found.facts) <= MAX_FACTS
    assert set(found.dropped) <= REASONS
    assert all(fact.predicate in ASKED and fact.value.strip() for fact in found.facts)
    answered = ExtractAnswered(facts=found.facts, dropped=dict(found.dropped))
    assert ExtractAnswered.model_validate_json(answered.model_dump_json()) == answered


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["facts", "predicate", "value", "age", ""]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_json_is_no_exception_either(value: Any) -> None:
    found = read_reply(json.dumps(value), ASKED)
    assert set(found.dropped) <= REASONS


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), max_size=4))
def test_what_is_json_is_read_as_json_does(value: dict[str, list[str]]) -> None:
    written = json.dumps(value, ensure_ascii=False)
    assert containers(f"Here: {written} Done.") in ([value], [json.loads(json.dumps(value))])


@pytest.mark.parametrize(
    "sign", ['"', "{", "[", "'", "\\", "/*", "// ", '{"a":', '["a",', "`", "#"]
)
def test_a_mebibyte_of_one_sign_is_read_to_its_end(sign: str) -> None:
    # With steps that grow with the square of this it would not end today.
    found = read_reply(sign * (2**20 // len(sign)), ASKED)
    assert found.facts == ()
