"""What comes of the kinds of things that are said one after the other."""

from datetime import timedelta

import pytest

from shared.memory.facts import active, find, fold, preferences_of
from shared.memory.models import Fact, SetPreference, StatedClaim
from tests.support.claims import LLM, day, end, forget, say, setting


def state(*claims: StatedClaim, at: int = 90) -> list[tuple[str, str]]:
    return [(fact.value, fact.status) for fact in fold(claims, at=day(at))]


def known(*claims: StatedClaim) -> list[str]:
    return [fact.value for fact in active(fold(claims, at=day(90)))]


def one(value: str, facts: list[Fact]) -> Fact:
    [found] = [fact for fact in facts if fact.value == value]
    return found


def test_a_move_supersedes_and_tells_since_when() -> None:
    facts = fold([say(1, "lives_in", "Пермь"), say(3, "lives_in", "Екатеринбург")], at=day(9))
    new, old = facts
    assert (new.text, new.status, new.valid_from) == ("Живёт в Екатеринбурге", "active", day(3))
    assert (old.status, old.valid_until, old.superseded_by) == ("superseded", day(3), new.id)
    assert [(version.at, version.status) for version in old.versions] == [
        (day(1), "active"),
        (day(3), "superseded"),
    ]


def test_there_and_back_again_is_a_new_fact() -> None:
    facts = fold(
        [say(1, "lives_in", "Dublin"), say(2, "lives_in", "Cork"), say(3, "lives_in", "Dublin")],
        at=day(9),
    )
    assert [(fact.value, fact.status) for fact in facts] == [
        ("Dublin", "active"),
        ("Cork", "superseded"),
        ("Dublin", "superseded"),
    ]
    assert [fact.superseded_by for fact in facts] == [None, facts[0].id, facts[1].id]


def test_several_values_add_up() -> None:
    assert known(say(1, "has_pet", "cat Miso"), say(2, "has_pet", "rabbit Clover")) == [
        "rabbit Clover",
        "cat Miso",
    ]


def test_taste_turns_over() -> None:
    claims = [say(1, "dislikes", "running"), say(2, "likes", "running")]
    new, old = fold(claims, at=day(9))
    assert (new.predicate, new.status) == ("likes", "active")
    assert (old.predicate, old.status, old.superseded_by) == ("dislikes", "superseded", new.id)


def test_a_favourite_is_liked_as_well_until_it_is_disliked() -> None:
    liked = [say(1, "likes", "jazz"), say(2, "favorite", "jazz")]
    assert len(active(fold(liked, at=day(9)))) == 2
    assert [f.predicate for f in active(fold([*liked, say(3, "dislikes", "jazz")], at=day(9)))] == [
        "dislikes"
    ]


def test_with_and_without_exclude_each_other() -> None:
    claims = [
        say(1, "likes", "кофе без сахара"),
        say(2, "likes", "кофе с сахаром"),
        say(3, "likes", "кофе без сахара"),
    ]
    assert state(*claims) == [
        ("кофе без сахара", "active"),
        ("кофе с сахаром", "superseded"),
        ("кофе без сахара", "superseded"),
    ]


def test_who_knows_it_is_no_longer_learning_it() -> None:
    claims = [say(1, "learning", "Spanish"), say(2, "speaks", "Spanish")]
    assert [fact.predicate for fact in active(fold(claims, at=day(9)))] == ["speaks"]
    assert len(active(fold([say(1, "knows", "Go"), say(2, "learning", "Go")], at=day(9)))) == 2


def test_an_end_closes_by_a_part_of_the_value() -> None:
    claims = [say(1, "has_pet", "dog Rusty"), say(2, "has_pet", "cat Miso")]
    rusty = one("dog Rusty", fold([*claims, end(3, "has_pet", "Rusty")], at=day(9)))
    assert (rusty.status, rusty.valid_until, rusty.superseded_by) == ("superseded", day(3), None)
    assert known(*claims, end(3, "has_pet", "Rusty")) == ["cat Miso"]


def test_an_end_of_something_else_closes_nothing() -> None:
    assert known(say(1, "uses", "Saab"), end(2, "uses", "car")) == ["Saab"]
    assert known(say(1, "employer", "Bosch"), end(2, "employer", "Siemens")) == ["Bosch"]
    assert known(say(1, "likes", "oat milk"), end(2, "likes", "milk")) == ["oat milk"]


def test_an_end_without_a_value_closes_all_that_there_is() -> None:
    assert known(say(1, "uses", "Saab"), say(1, "uses", "Vespa"), end(2, "uses", None)) == []


def test_an_end_leaves_what_the_same_message_says() -> None:
    assert known(say(1, "uses", "Saab"), say(2, "uses", "Vespa"), end(2, "uses", None)) == ["Vespa"]


def test_what_ends_in_the_future_still_holds() -> None:
    leaving = end(2, "employer", "Siemens")
    leaving = leaving.model_copy(
        update={"claim": leaving.claim.model_copy(update={"valid_until": day(30)})}
    )
    claims = [say(1, "employer", "Siemens"), leaving]
    [before] = fold(claims, at=day(29))
    [after] = fold(claims, at=day(30))
    assert (before.status, before.valid_until) == ("active", day(30))
    assert (after.status, after.valid_until) == ("superseded", day(30))


def test_said_again_after_it_ended_it_is_a_new_fact() -> None:
    claims = [say(1, "diet", "vegan", valid_until=day(5)), say(9, "diet", "vegan")]
    assert state(*claims) == [("vegan", "active"), ("vegan", "superseded")]


def test_a_new_job_is_no_new_profession_and_who_retires_has_none() -> None:
    claims = [say(1, "occupation", "cook"), say(1, "employer", "Lidl"), say(2, "employer", "Aldi")]
    assert sorted(known(*claims)) == ["Aldi", "cook"]
    assert known(*claims, say(3, "occupation", "пенсионер")) == ["пенсионер"]


@pytest.mark.parametrize("status", ["divorced", "разведён", "в разводе", "вдова", "не женат"])
def test_a_divorce_ends_a_marriage(status: str) -> None:
    assert known(say(1, "spouse", "Elena"), say(2, "status", status)) == [status]


def test_a_correction_was_never_otherwise() -> None:
    facts = fold([say(1, "name", "Иван"), say(2, "name", "Игорь", corrects=True)], at=day(9))
    assert [(f.value, f.status, f.valid_until) for f in facts] == [
        ("Игорь", "active", None),
        ("Иван", "retracted", None),
    ]
    assert facts[1].superseded_by == facts[0].id


def test_a_correction_chooses_what_was_wrong() -> None:
    claims = [
        say(1, "allergy", "shellfish"),
        say(1, "allergy", "pollen"),
        say(2, "allergy", "dust mites", corrects=True, instead_of="shellfish"),
    ]
    assert sorted(known(*claims)) == ["dust mites", "pollen"]
    assert ("shellfish", "retracted") in state(*claims)


def test_what_was_retracted_stays_so_however_late_it_is_found() -> None:
    late = say(1, "lives_in", "Kazan", extractor=LLM, late=30)
    assert known(forget(2, "lives_in", "Kazan"), late) == []
    assert state(late, forget(2, "lives_in", "Kazan")) == [("Kazan", "retracted")]


def test_what_was_retracted_may_be_said_anew() -> None:
    claims = [say(1, "likes", "jazz"), forget(2, "likes", "jazz"), say(3, "likes", "jazz")]
    assert state(*claims) == [("jazz", "active"), ("jazz", "retracted")]


def test_a_retraction_takes_the_history_as_well() -> None:
    claims = [say(1, "lives_in", "Cork"), say(2, "lives_in", "Kazan")]
    assert state(*claims, forget(3, "lives_in", "Cork")) == [
        ("Kazan", "active"),
        ("Cork", "retracted"),
    ]
    assert known(*claims, forget(3, "lives_in", None)) == []


def test_a_proposal_neither_supersedes_nor_is_it_known() -> None:
    claims = [say(1, "lives_in", "Cork"), say(2, "lives_in", "Kazan", proposed=True)]
    assert [(f.value, f.status) for f in fold(claims, at=day(2))] == [
        ("Kazan", "proposed"),
        ("Cork", "active"),
    ]
    assert known(*claims) == ["Cork"]


def test_a_proposal_is_dropped_after_a_day() -> None:
    asked = say(2, "lives_in", "Kazan", proposed=True)
    assert len(fold([asked], at=day(3) - timedelta(seconds=1))) == 1
    assert fold([asked], at=day(3)) == []


def test_an_end_takes_a_proposal_with_it() -> None:
    asked = say(1, "uses", "Saab", proposed=True)
    assert state(asked, end(2, "uses", "Saab"), at=1) == [("Saab", "superseded")]


def test_what_is_known_is_not_proposed_again() -> None:
    again = say(2, "lives_in", "Cork", proposed=True)
    [fact] = fold([say(1, "lives_in", "Cork"), again], at=day(2))
    assert fact.status == "active"
    assert find([fact], again.claim.fact_id or "") is fact


def test_a_model_does_not_contradict_the_rules_about_a_message() -> None:
    rules = [say(1, "lives_in", "Tula"), end(1, "employer", "Siemens"), say(1, "likes", "tea")]
    model = [
        say(1, "lives_in", "Ryazan", extractor=LLM, late=1),
        say(1, "employer", "Siemens", extractor=LLM, late=1),
        say(1, "dislikes", "tea", extractor=LLM, late=1),
        say(1, "has_pet", "cat", extractor=LLM, late=1),
    ]
    assert sorted(known(*rules, *model)) == ["Tula", "cat", "tea"]


def test_the_rules_word_a_fact_that_a_model_finds_as_well() -> None:
    model = say(1, "has_pet", "Cat Miso", extractor=LLM)
    rules = say(1, "has_pet", "cat Miso")
    [fact] = fold([model, rules], at=day(9))
    assert (fact.value, fact.extractor) == ("cat Miso", "rules/1")


def test_two_extractors_of_a_message_find_one_fact() -> None:
    [fact] = fold(
        [
            say(1, "lives_in", "Tula", confidence=0.9),
            say(1, "lives_in", "Tula", extractor=LLM, late=1, confidence=0.5),
        ],
        at=day(9),
    )
    assert (fact.confidence, len(fact.ids), len(fact.sources)) == (0.9, 1, 1)


def test_forgetting_a_message_brings_back_what_it_superseded() -> None:
    claims = [say(1, "lives_in", "Cork"), say(2, "lives_in", "Kazan")]
    left = [claim for claim in claims if claim.message_id != "m2"]
    assert state(*left) == [("Cork", "active")]


def test_an_earlier_state_is_the_fold_of_what_was_recorded_by_then() -> None:
    claims = [
        say(1, "lives_in", "Cork"),
        say(2, "lives_in", "Kazan", late=10),
        say(5, "lives_in", "Perm"),
    ]
    recorded = [claim for claim in claims if claim.recorded_at <= day(6)]
    assert [f.value for f in active(fold(recorded, at=day(6)))] == ["Perm"]
    old = one("Cork", fold(claims, at=day(20)))
    assert old.valid_until == day(2)
    assert one("Cork", fold(recorded, at=day(6))).valid_until == day(5)


def test_what_has_expired_is_in_no_list() -> None:
    claim = say(1, "goal", "buy a boat", expires_at=day(5))
    assert len(fold([claim], at=day(5) - timedelta(seconds=1))) == 1
    assert fold([claim], at=day(5)) == []
    assert state(claim, say(6, "goal", "buy a boat")) == [("buy a boat", "active")]


def test_a_predicate_that_is_not_in_the_table_has_many_values() -> None:
    claims = [say(1, "shoe_size", "43"), say(2, "shoe_size", "44"), say(3, "shoe_size", "43")]
    facts = fold(claims, at=day(9))
    assert [(fact.value, fact.type, fact.status) for fact in facts] == [
        ("44", "other", "active"),
        ("43", "other", "active"),
    ]


def preferences(
    claims: list[StatedClaim], given: list[SetPreference]
) -> dict[str, str | int | float | bool]:
    return preferences_of(fold(claims, at=day(90), preferences=given), given)


def test_what_is_said_of_answers_is_a_preference() -> None:
    claims = [say(1, "length", "long"), say(2, "length", "brief"), say(3, "language", "русский")]
    assert preferences(claims, []) == {"language": "русский", "length": "brief"}


@pytest.mark.parametrize(("set_on", "value"), [(1, "brief"), (5, "long")])
def test_the_latest_of_said_and_set_wins(set_on: int, value: str) -> None:
    given = [setting(set_on, "length", "long")]
    assert preferences([say(3, "length", "brief")], given) == {"length": value}


def test_several_formats_are_joined_until_one_is_set() -> None:
    said = [say(1, "format", "no emojis"), say(2, "format", "bullet points")]
    assert preferences(said, []) == {"format": "no emojis; bullet points"}
    given = [setting(3, "format", "plain text")]
    assert preferences(said, given) == {"format": "plain text"}
    assert preferences([*said, say(4, "format", "no emojis")], given) == {
        "format": "plain text; no emojis"
    }


def test_removing_a_preference_ends_what_was_said_of_it() -> None:
    said = [say(1, "length", "brief")]
    given = [setting(2, "length", None)]
    assert preferences(said, given) == {}
    assert fold(said, at=day(9), preferences=given)[0].status == "superseded"
    assert preferences([*said, say(3, "length", "long")], given) == {"length": "long"}


def test_what_is_set_keeps_its_type_and_free_keys() -> None:
    given = [setting(1, "fact_policy", "ask"), setting(1, "length", 3), setting(1, "beta", True)]
    assert preferences([], given) == {"beta": True, "fact_policy": "ask", "length": 3}


def test_a_preference_that_was_set_is_in_no_list_of_facts() -> None:
    given = [setting(3, "length", "long")]
    facts = fold([say(1, "length", "brief")], at=day(9), preferences=given)
    assert active(facts) == []
    assert facts[0].by_hand
    assert facts[1].superseded_by == facts[0].id
