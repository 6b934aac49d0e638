"""What `python -m benchmarks.prefix` compares, without its engine."""

from benchmarks.prefix import (
    Sample,
    Turn,
    as_told,
    broken_gates,
    changing_first,
    inputs,
    prompt_of,
    table,
)


def test_both_layouts_tell_the_same_and_one_begins_alike() -> None:
    stable = prompt_of(inputs(0, [], recalls=False))[0].content
    first, second = (prompt_of(inputs(turn, [])) for turn in (0, 1))
    assert first[0].content != second[0].content
    for messages in (first, second):
        assert as_told(messages, stable)[0].content.startswith(stable)
        moved = changing_first(messages, stable)
        assert moved[0].content.endswith(stable)
        assert sorted(moved[0].content.split()) == sorted(messages[0].content.split())
        assert moved[1:] == messages[1:]


def test_a_turn_that_reads_again_what_had_not_changed_is_told() -> None:
    good = Sample((Turn(500, 500), Turn(600, 380)), stable=220)
    assert broken_gates(good) == []
    bad = Sample((Turn(500, 500), Turn(600, 600)), stable=220)
    assert broken_gates(bad) == ["turn 2 evaluated 600 of 600 tokens, though 220 had not changed"]
    assert "37%" in table({"good": good})
