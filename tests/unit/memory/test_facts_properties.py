"""The state is the same in whatever order claims come, however often, and however late."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.contracts.memory import FactAmendment
from shared.lexemes import key
from shared.memory.facts import active, find, fold
from shared.memory.models import Fact, SetPreference, StatedClaim
from shared.memory.predicates import is_single
from tests.support.claims import LLM, RULES, amend, day, end, forget, say, setting

END = day(60)

# Few values, so that they collide: fuller and vaguer ones, negations, both languages.
SINGLE = st.sampled_from(
    ["Dublin", "Cork", "Kazan", "Kazan, Russia", "Казань", "retired", "single"]
)
MULTI = st.sampled_from(
    ["dog", "dog Rusty", "Rusty", "two cats", "2 cats", "кофе без сахара", "кофе с сахаром", "кофе"]
)
SAID = st.one_of(
    st.tuples(
        st.sampled_from(["lives_in", "employer", "occupation", "length", "status", "spouse"]),
        SINGLE,
    ),
    st.tuples(
        st.sampled_from(["has_pet", "likes", "dislikes", "learning", "knows", "format", "shoes"]),
        MULTI,
    ),
)
DAY = st.integers(min_value=0, max_value=12)


@st.composite
def assertions(draw: st.DrawFn) -> StatedClaim:
    predicate, value = draw(SAID)
    until = draw(st.none() | DAY)
    return say(
        draw(DAY),
        predicate,
        value,
        extractor=draw(st.sampled_from([RULES, LLM])),
        late=draw(st.sampled_from([0, 0, 20])),
        corrects=draw(st.booleans()),
        instead_of=draw(st.none() | MULTI | SINGLE),
        proposed=draw(st.sampled_from([False, False, True])),
        confidence=draw(st.sampled_from([0.5, 0.9])),
        valid_until=None if until is None else day(until),
        expires_at=draw(st.sampled_from([None, None, day(5), day(90)])),
    )


CHANGES = st.builds(
    FactAmendment,
    status=st.sampled_from([None, "active", "retracted"]),
    value=st.sampled_from([None, None, "Cork", "dog"]),
    pinned=st.none() | st.booleans(),
    valid_until=st.sampled_from([None, day(3), day(80)]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[StatedClaim]:
    claims = draw(st.lists(assertions(), min_size=1, max_size=10))
    for number in draw(st.lists(DAY, max_size=3)):
        predicate, value = draw(SAID)
        closing = draw(st.sampled_from([end, forget]))
        claims.append(closing(number, predicate, draw(st.sampled_from([value, None]))))
    for number in draw(st.lists(DAY, max_size=3)):
        claims.append(amend(number, draw(st.sampled_from(claims)), draw(CHANGES)))
    return claims


PREFERENCES = st.lists(
    st.builds(
        setting, DAY, st.sampled_from(["length", "format", "fact_policy"]), st.none() | MULTI
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(histories(), PREFERENCES, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(
    claims: list[StatedClaim], preferences: list[SetPreference], dice: random.Random
) -> None:
    expected = fold(claims, at=END, preferences=preferences)
    shuffled = claims + dice.choices(claims, k=5)
    dice.shuffle(shuffled)
    dice.shuffle(preferences)
    assert fold(shuffled, at=END, preferences=preferences) == expected


@settings(max_examples=100, deadline=None)
@given(histories())
def test_what_a_single_valued_predicate_holds_is_one(claims: list[StatedClaim]) -> None:
    facts = active(fold(claims, at=END))
    singles = [fact.predicate for fact in facts if is_single(fact.predicate)]
    assert len(singles) == len(set(singles))


@settings(max_examples=100, deadline=None)
@given(histories())
def test_no_two_facts_that_hold_say_the_same(claims: list[StatedClaim]) -> None:
    facts = active(fold(claims, at=END))
    said = [(fact.predicate, key(fact.value)) for fact in facts]
    assert len(said) == len(set(said))


# A message told the same twice, once as over when it was said.
@example([say(0, "likes", "dog", extractor=LLM), say(0, "likes", "dog", valid_until=day(0))])
@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_fact_is_found_by_each_of_its_ids_and_knows_its_history(
    claims: list[StatedClaim],
) -> None:
    facts = fold(claims, at=END)
    for fact in facts:
        assert all(find(facts, one) is fact for one in fact.ids)
        assert fact.ids[0] == fact.id
        _check_history(fact)
    named = [one for fact in facts for one in fact.ids]
    assert len(named) == len(set(named))


def _check_history(fact: Fact) -> None:
    last = fact.versions[-1]
    assert (last.status, last.value, last.text) == (fact.status, fact.value, fact.text)
    assert last.valid_until == fact.valid_until
    assert fact.source == fact.sources[0]


@settings(max_examples=100, deadline=None)
@given(histories(), st.sampled_from(["likes", "has_pet"]), MULTI)
def test_what_is_retracted_last_is_never_known(
    claims: list[StatedClaim], predicate: str, value: str
) -> None:
    facts = active(fold([*claims, forget(40, predicate, value)], at=END))
    assert value not in {fact.value for fact in facts if fact.predicate == predicate}


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_what_is_said_last_is_known(claims: list[StatedClaim], data: st.DataObject) -> None:
    predicate, value = data.draw(SAID)
    last = say(50, predicate, value)
    facts = fold([*claims, last], at=END)
    found = find(facts, last.claim.fact_id or "")
    assert found is not None
    assert found.status == "active"
