"""Claims have the same ids however often they are made."""

from shared.contracts.memory import FactAmendment, FactsStated
from shared.memory.claims import (
    BY_HAND,
    amendment,
    assertion,
    ending,
    fact_id,
    retraction,
    stated,
)
from tests.support.claims import day


def said(
    value: str = "Kazan", *, source: str = "m1", extractor: str = "rules/1"
) -> tuple[str, str]:
    claim = assertion(
        source=source, predicate="lives_in", value=value, lang="en", extractor=extractor
    )
    return claim.claim_id, claim.fact_id or ""


def test_a_new_version_of_an_extractor_claims_the_same() -> None:
    assert said() == said(extractor="rules/2")


def test_the_same_value_in_other_words_is_the_same_fact_of_a_message() -> None:
    assert said("two cats") == said("2 cats")


def test_another_extractor_claims_for_itself_of_the_same_fact() -> None:
    assert said()[0] != said(extractor="llm/1")[0]
    assert said()[1] == said(extractor="llm/1")[1]


def test_another_message_states_another_fact() -> None:
    assert not set(said()) & set(said(source="m2"))


def test_ids_keep_apart_what_only_joins_alike() -> None:
    assert fact_id("a", "bc", ()) != fact_id("ab", "c", ())
    assert fact_id("a", "b", ("c", "d")) != fact_id("a", "b", ("cd",))


def test_a_claim_brings_key_type_and_sentence() -> None:
    claim = assertion(
        source="m1", predicate="lives_in", value="Казань", lang="ru", extractor="rules/1"
    )
    assert (claim.key, claim.type, claim.text) == (("казань",), "location", "Живёт в Казани")


def test_what_is_stated_by_hand_keeps_its_words_and_type() -> None:
    claim = assertion(
        source="e1",
        predicate="shoe_size",
        value="43",
        lang="en",
        extractor=BY_HAND,
        text="I wear 43",
        fact_type="health",
    )
    assert (claim.text, claim.type) == ("I wear 43", "health")


def test_an_end_and_a_retraction_of_the_same_are_two_claims() -> None:
    ends = ending(source="m1", predicate="uses", value=None, lang="en", extractor="rules/1")
    takes = retraction(source="m1", predicate="uses", value=None, lang="en", extractor="rules/1")
    assert ends.claim_id != takes.claim_id
    assert (ends.op, ends.key, takes.op, takes.fact_id) == ("end", None, "retract", None)


def test_an_amended_value_brings_its_key() -> None:
    claim = amendment(
        event_id="e1", fact_id="f1", predicate="uses", amendment=FactAmendment(value="two cats")
    )
    assert claim.amendment is not None
    assert claim.amendment.key == ("2", "cat")


def test_claims_are_placed_where_their_source_stands() -> None:
    claims = tuple(
        assertion(source="m1", predicate="uses", value=value, lang="en", extractor="rules/1")
        for value in ("Saab", "Vespa")
    )
    event = FactsStated(
        user_id="u",
        claims=claims,
        conversation_id="c",
        message_id="m1",
        said_at=day(1),
        source_sequence=7,
        caused_at=day(2),
        at=day(3),
    )
    placed = stated(event, 99)
    assert [(one.sequence, one.index, one.message_id) for one in placed] == [
        (7, 0, "m1"),
        (7, 1, "m1"),
    ]
    assert {(one.said_at, one.caused_at, one.recorded_at) for one in placed} == {
        (day(1), day(2), day(3))
    }
    by_hand = event.model_copy(update={"source_sequence": None})
    assert [one.sequence for one in stated(by_hand, 99)] == [99, 99]
