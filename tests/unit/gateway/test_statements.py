"""What a user states by hand as claims: what is missing is taken from the text."""

import pytest

from services.gateway import statements
from services.gateway.facts_schemas import FactBody, FactChanges
from shared.contracts.memory import FactsStated
from shared.contracts.parts import utcnow
from shared.memory.claims import stated
from shared.memory.facts import fold
from shared.memory.models import Fact
from shared.memory.predicates import PREDICATES, sentence


def told(*events: FactsStated) -> list[Fact]:
    claims = [one for place, event in enumerate(events) for one in stated(event, place + 1)]
    return fold(claims, at=utcnow())


def stating(**fields: object) -> FactsStated:
    return statements.statement("u", FactBody.model_validate(fields))


@pytest.mark.parametrize(
    ("text", "predicate", "value"),
    [
        ("Lives in New York", "lives_in", "New York"),
        ("lives in Porto.", "lives_in", "Porto"),
        ("Живёт в Казани", "lives_in", "Казань"),
        ("Любит шахматы", "likes", "шахматы"),
        ("I live in Porto", "other", "I live in Porto"),
        ("Lives in", "other", "Lives in"),
    ],
)
def test_a_sentence_of_the_table_is_taken_apart(text: str, predicate: str, value: str) -> None:
    [claim] = stating(text=text).claims
    assert (claim.predicate, claim.value, claim.text) == (predicate, value, text)


@pytest.mark.parametrize("predicate", sorted(PREDICATES))
def test_every_english_sentence_is_read_back(predicate: str) -> None:
    [claim] = stating(text=sentence(predicate, "Zanzibar 7", "en")).claims
    assert (claim.predicate, claim.value) == (predicate, "Zanzibar 7")


def test_a_type_that_is_given_counts() -> None:
    [claim] = stating(text="Lives in a dream", type="plan").claims
    assert (claim.predicate, claim.type, claim.value) == ("plan", "plan", "Lives in a dream")
    [claim] = stating(text="x", predicate="employer").claims
    assert claim.type == "work"
    [claim] = stating(text="x", predicate="ship", value="Argo").claims
    assert (claim.type, claim.value) == ("other", "Argo")


def test_a_change_by_text_alone_keeps_a_value_that_is_more_than_the_text() -> None:
    first = stating(text="Works at IKEA", predicate="employer", value="IKEA")
    [fact] = told(first)
    change = statements.change("u", fact, FactChanges(text="Earns a living at IKEA"))
    [fact] = told(first, change)
    assert (fact.value, fact.text) == ("IKEA", "Earns a living at IKEA")
    free = stating(text="My boat leaks")
    [fact] = told(free)
    [fact] = told(free, statements.change("u", fact, FactChanges(text="My boat sank")))
    assert (fact.value, fact.text) == ("My boat sank", "My boat sank")


def test_a_change_reaches_every_claim_that_was_merged() -> None:
    events = [stating(text="Lives in Porto") for _ in range(3)]
    [fact] = told(*events)
    assert len(fact.ids) == 3
    wrong = statements.retracted("u", fact)
    assert {claim.fact_id for claim in wrong.claims} == set(fact.ids)
    # Also where one of the three is forgotten later.
    [fact] = told(events[1], wrong)
    assert fact.status == "retracted"
    [fact] = told(*events, wrong, statements.restored("u", fact))
    assert fact.status == "active"
