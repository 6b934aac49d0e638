"""Which facts are told, in which order and words."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.context.facts import told
from services.context.language import Language
from services.context.prompt import PromptInputs, build
from services.context.tokens import estimate_tokens
from shared.contracts.parts import ReceiptFact
from shared.memory.models import ToldFact
from shared.memory.predicates import sentence
from tests.support.samples import NOON


def known(number: int, **more: Any) -> ToldFact:
    values: dict[str, Any] = {
        "id": f"f{number}",
        "type": "preference",
        "predicate": "likes",
        "value": f"tea {number}",
        "time": NOON + timedelta(seconds=number),
        "message_id": f"m{number}",
        **more,
    }
    values.setdefault("text", sentence(values["predicate"], values["value"], "en"))
    return ToldFact(**values)


PINNED = known(1, pinned=True, priority="low")
CRITICAL = known(2, priority="critical")
HOME = known(3, type="location", predicate="lives_in", value="Kazan")
WORK = known(4, type="work", predicate="occupation", value="nurse")
OLDER = known(5)
NEWER = known(6)
LEAST = known(9, type="identity", predicate="name", value="Ann", priority="low")


def test_the_best_comes_first_whatever_the_store_says() -> None:
    facts = [PINNED, CRITICAL, WORK, HOME, NEWER, OLDER]
    for some in permutations(facts):
        assert [fact.id for fact in told(some, "en")] == ["f1", "f2", "f4", "f3", "f6", "f5"]
    assert [fact.id for fact in told([LEAST, OLDER], "en")] == ["f5", "f9"]


def test_facts_of_the_same_moment_keep_one_order() -> None:
    twins = [known(1, time=NOON), known(2, time=NOON)]
    assert told(twins, "en") == told(twins[::-1], "en")


def test_how_to_answer_is_no_fact() -> None:
    style = known(7, type="answer_style", predicate="length", value="short")
    assert [fact.id for fact in told([style, HOME], "en")] == ["f3"]


def test_a_fact_names_its_message_and_its_time() -> None:
    [fact] = told([HOME], "en")
    assert fact == ReceiptFact(id="f3", text=HOME.text, message_id="m3", time=HOME.time)


@pytest.mark.parametrize(("said_in", "asked_in"), [("en", "ru"), ("ru", "en"), ("ru", "ru")])
def test_a_fact_is_told_in_the_prompts_language(said_in: Language, asked_in: Language) -> None:
    text = sentence("lives_in", "Казань", said_in)
    fact = known(1, predicate="lives_in", value="Казань", text=text, lang=said_in)
    assert told([fact], asked_in)[0].text == sentence("lives_in", "Казань", asked_in)


def test_what_was_written_by_hand_stays_as_it_is() -> None:
    by_hand = known(1, predicate="lives_in", value="Kazan", text="Has a flat in Kazan.")
    own = known(2, predicate="shoe size", value="42", text="Wears 42")
    assert {fact.text for fact in told([by_hand, own], "ru")} == {by_hand.text, own.text}


@pytest.mark.parametrize("form", ["chat", "text"])
def test_facts_take_no_more_than_their_part(form: Any) -> None:
    facts = [ReceiptFact(id=f"f{n}", text=f"Knows the city of Number {n} well") for n in range(40)]
    inputs = PromptInputs(
        model="llama3.2",
        role="an AI assistant",
        language="en",
        preferences={},
        facts=facts,
        history=[],
        question="Hello?",
    )
    whole = build(inputs, budget_tokens=4096, form=form)
    assert len(whole.receipt.facts) == 40
    built = build(inputs, budget_tokens=4096, facts_tokens=100, form=form)
    kept = len(built.receipt.facts)
    assert 0 < kept < 20
    assert built.receipt.facts == tuple(facts[:kept])
    assert built.receipt.cut.facts == 40 - kept
    bare = build(inputs, budget_tokens=4096, facts_tokens=0, form=form)
    assert bare.receipt.facts == ()
    taken = built.prompt.tokens_estimated - bare.prompt.tokens_estimated
    one_more = estimate_tokens("; " + facts[kept].text)
    assert taken <= 100 < taken + one_more
