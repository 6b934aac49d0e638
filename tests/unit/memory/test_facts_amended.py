"""What a user changes of facts by hand."""

import pytest

from shared.contracts.memory import FactAmendment
from shared.lexemes import key
from shared.memory.facts import active, find, fold
from shared.memory.models import Fact, StatedClaim
from tests.support.claims import LLM, amend, day, forget, say

CORK = say(1, "lives_in", "Cork")
AGAIN = say(2, "lives_in", "Cork")
KAZAN = say(3, "lives_in", "Kazan")
WRONG = FactAmendment(status="retracted")
RIGHT = FactAmendment(status="active")


def fact_of(claim: StatedClaim, *claims: StatedClaim) -> Fact:
    found = find(fold(claims, at=day(90)), claim.claim.fact_id or "")
    assert found is not None
    return found


def test_any_merged_id_names_the_fact() -> None:
    fact = fact_of(AGAIN, CORK, AGAIN, amend(5, AGAIN, FactAmendment(pinned=True, tags=("home",))))
    assert (fact.id, fact.pinned, fact.tags) == (CORK.claim.fact_id, True, ("home",))
    assert fact.ids == (CORK.claim.fact_id, AGAIN.claim.fact_id)


def test_a_value_brings_its_sentence_and_its_key() -> None:
    change = FactAmendment(value="Galway", key=key("Galway"))
    fact = fact_of(CORK, CORK, amend(5, CORK, change), say(6, "lives_in", "Galway"))
    assert (fact.value, fact.text, len(fact.ids)) == ("Galway", "Lives in Galway", 2)
    assert [version.value for version in fact.versions] == ["Cork", "Galway"]


def test_a_text_alone_leaves_the_value() -> None:
    fact = fact_of(CORK, CORK, amend(5, CORK, FactAmendment(text="Lives by the harbour")))
    assert (fact.value, fact.text) == ("Cork", "Lives by the harbour")


def test_a_value_that_another_fact_has_takes_its_place() -> None:
    dog, cat = say(1, "has_pet", "dog"), say(2, "has_pet", "cat")
    change = amend(3, dog, FactAmendment(value="cat", key=key("cat")))
    facts = fold([dog, cat, change], at=day(9))
    assert [(f.value, f.status) for f in facts] == [("cat", "superseded"), ("cat", "active")]


def test_what_ended_in_the_past_is_outdated() -> None:
    change = amend(5, CORK, FactAmendment(valid_until=day(4)))
    fact = fact_of(CORK, CORK, change)
    assert (fact.status, fact.valid_until) == ("superseded", day(4))
    assert [version.at for version in fact.versions] == [day(1), day(5)]


def test_what_ends_later_holds_until_then() -> None:
    change = amend(5, CORK, FactAmendment(valid_until=day(20)))
    assert len(active(fold([CORK, change], at=day(19)))) == 1
    assert active(fold([CORK, change], at=day(20))) == []


def test_what_expires_by_hand_is_gone_then() -> None:
    change = amend(5, CORK, FactAmendment(expires_at=day(20)))
    assert len(fold([CORK, change], at=day(19))) == 1
    assert fold([CORK, change], at=day(20)) == []


def test_wrong_is_for_good_against_all_that_was_said_before() -> None:
    late = say(1, "lives_in", "Cork, Ireland", extractor=LLM, late=30)
    facts = fold([CORK, amend(5, CORK, WRONG), late], at=day(90))
    assert active(facts) == []
    assert len(facts) == 1


def test_wrong_is_not_against_what_is_said_anew() -> None:
    facts = fold([CORK, amend(5, CORK, WRONG), say(6, "lives_in", "Cork")], at=day(90))
    assert [fact.status for fact in facts] == ["active", "retracted"]


@pytest.mark.parametrize("taken", [amend(5, CORK, WRONG), forget(5, "lives_in", "Cork"), KAZAN])
def test_a_restored_fact_holds_again_whatever_took_it(taken: StatedClaim) -> None:
    fact = fact_of(CORK, CORK, taken, amend(7, CORK, RIGHT))
    assert (fact.status, fact.valid_until, fact.superseded_by) == ("active", None, None)
    assert [version.status for version in fact.versions][-1] == "active"


def test_a_restored_fact_supersedes_what_holds_in_its_place() -> None:
    facts = fold([CORK, KAZAN, amend(7, CORK, RIGHT)], at=day(90))
    kazan, cork = facts
    assert (kazan.status, kazan.superseded_by, kazan.valid_until) == (
        "superseded",
        cork.id,
        day(7),
    )


def test_a_restored_fact_takes_the_place_of_the_same_said_anew() -> None:
    anew = say(6, "likes", "jazz")
    first = say(1, "likes", "jazz")
    facts = fold([first, amend(5, first, WRONG), anew, amend(7, first, RIGHT)], at=day(90))
    assert [(fact.id, fact.status) for fact in facts] == [
        (anew.claim.fact_id, "superseded"),
        (first.claim.fact_id, "active"),
    ]


def test_a_change_waits_for_its_fact() -> None:
    # A message may be dated later than the change of its fact.
    later = say(9, "lives_in", "Cork")
    assert fact_of(later, amend(5, later, FactAmendment(pinned=True)), later).pinned


def test_a_change_of_a_forgotten_fact_changes_nothing() -> None:
    assert fold([amend(5, CORK, FactAmendment(value="Galway", key=key("Galway")))], at=day(9)) == []


def test_a_change_for_each_id_outlives_the_first_message() -> None:
    changes = [amend(5, CORK, WRONG), amend(5, AGAIN, WRONG)]
    assert active(fold([CORK, AGAIN, *changes], at=day(9))) == []
    assert active(fold([AGAIN, *changes], at=day(9))) == []


def test_a_pin_ranks_and_does_not_hold_against_what_is_said() -> None:
    facts = fold([CORK, amend(2, CORK, FactAmendment(pinned=True)), KAZAN], at=day(9))
    assert [(f.value, f.status, f.pinned) for f in facts] == [
        ("Kazan", "active", False),
        ("Cork", "superseded", True),
    ]


def test_an_accepted_proposal_counts_from_when_it_was_said() -> None:
    asked = say(3, "lives_in", "Kazan", proposed=True)
    accepted = amend(4, asked, RIGHT)
    assert [f.value for f in active(fold([CORK, asked, accepted], at=day(90)))] == ["Kazan"]
    moved = say(3, "lives_in", "Perm").model_copy(
        update={"said_at": day(3) + (day(1) - day(0)) / 2}
    )
    assert [f.value for f in active(fold([asked, moved, accepted], at=day(90)))] == ["Perm"]


def test_an_accepted_proposal_merges() -> None:
    asked = say(3, "lives_in", "Cork", proposed=True)
    fact = fact_of(asked, CORK, asked, amend(4, asked, RIGHT))
    assert (fact.id, len(fact.sources)) == (CORK.claim.fact_id, 2)


def test_a_refused_proposal_may_still_be_restored() -> None:
    asked = say(3, "lives_in", "Cork", proposed=True)
    refused = amend(4, asked, WRONG)
    assert fact_of(asked, asked, refused).status == "retracted"
    assert fact_of(asked, asked, refused, amend(5, asked, RIGHT)).status == "active"
