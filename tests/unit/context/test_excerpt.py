"""Which part of a long message is told."""

from hypothesis import given
from hypothesis import strategies as st

from services.context.excerpt import excerpt, sought

FILLER = "Some words that nobody asked for stand here in a long row. "
WANTED = sought(["собаку", "зовут", "vet"])


def test_a_short_message_is_told_whole_on_one_line() -> None:
    assert excerpt("My dog\nis called  Rex.", WANTED, length=400) == "My dog is called Rex."


def test_what_fits_is_told_whole_wherever_the_words_stand_in_it() -> None:
    text = (FILLER * 6)[:340] + "the vet said so"
    assert excerpt(text, WANTED, length=400) == text


def test_of_a_pasted_file_the_part_that_was_asked_for_is_told() -> None:
    told = excerpt(FILLER * 200 + "Мою собаку зовут Рекс. " + FILLER * 100, WANTED, length=200)
    assert "Мою собаку зовут Рекс." in told
    assert told.startswith("… ")
    assert told.endswith(" …")


def test_a_long_one_is_cut_to_what_was_asked_for() -> None:
    told = excerpt(FILLER * 20 + "Мою собаку зовут Рекс. " + FILLER * 20, WANTED, length=200)
    assert "Мою собаку зовут Рекс." in told
    assert told.startswith("… ")
    assert told.endswith(" …")
    assert len(told) <= 204


def test_and_to_its_beginning_where_nothing_of_it_was_asked_for() -> None:
    told = excerpt("It begins so. " + FILLER * 20, WANTED, length=100)
    assert told.startswith("It begins so. Some words")
    assert told.endswith(" …")


def test_words_are_known_again_in_another_form() -> None:
    told = excerpt(FILLER * 20 + "Собакой довольны все.", WANTED, length=100)
    assert told.endswith("Собакой довольны все.")


def test_a_short_word_is_no_beginning_of_another() -> None:
    assert "veto" not in excerpt(FILLER * 20 + "They put a veto on it.", WANTED, length=100)


def test_where_nothing_is_wanted_the_beginning_is_told() -> None:
    assert sought([]) is None
    assert excerpt(FILLER * 20, None, length=50).startswith("Some words")


def test_the_place_with_the_most_different_words_is_told() -> None:
    text = "vet vet vet. " + FILLER * 10 + "The vet said that собака is well." + FILLER * 10
    assert "The vet said that собака" in excerpt(text, WANTED, length=120)


def test_what_lies_far_behind_is_said_to_be_missing() -> None:
    assert excerpt("a" + " " * 30_000 + "b", WANTED, length=100) == "a …"


@given(st.text(max_size=3_000) | st.just("собаку " * 2_000), st.integers(50, 400))
def test_it_is_never_much_longer_and_never_more_than_a_line(text: str, length: int) -> None:
    told = excerpt(text, WANTED, length=length)
    assert len(told) <= length + len("…  …") + 2
    assert len(told.splitlines()) <= 1
