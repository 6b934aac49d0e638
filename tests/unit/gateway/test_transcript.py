"""Whatever happens to the frames, what a follower was shown makes up the answer."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.transcript import Piece, Place, Transcript
from shared.contracts.events import TokenStreamed


def token(text: str, offset: int = 0, attempt: int = 1) -> TokenStreamed:
    return TokenStreamed(attempt=attempt, index=0, offset=offset, text=text)


class Page:
    """A client: it adds up tokens, forgets at a reset, and comes back from where it was."""

    def __init__(self) -> None:
        self.text = ""
        self.last_id = "start"
        self.ids: list[str] = []

    def show(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            self.text = "" if piece.text is None else self.text + piece.text
            self.last_id = piece.event_id
            self.ids.append(piece.event_id)


def test_frames_in_order_are_passed_on_with_the_place_after_them() -> None:
    page, transcript = Page(), Transcript()
    for frame in (token("one"), token(" two", 3), token(" три", 7)):
        page.show(transcript.take(frame))
    page.show(transcript.complete("one two три", attempt=1))
    assert page.text == "one two три"
    assert page.ids == ["1-3", "1-7", "1-11"]


def test_what_was_sent_is_skipped_and_what_overlaps_is_cut() -> None:
    transcript = Transcript(Place(1, 4))
    assert transcript.take(token("one", 0)) == []
    assert transcript.take(token("one two", 0)) == [Piece("1-7", "two")]
    assert transcript.take(token("two", 4)) == []


def test_after_a_gap_nothing_is_shown_until_all_of_it_came_again() -> None:
    transcript = Transcript()
    assert transcript.take(token(" two", 3)) == []
    assert transcript.lacking
    assert transcript.take(token("one two")) == [Piece("1-7", "one two")]
    assert not transcript.lacking


def test_a_new_attempt_resets_and_an_old_one_is_ignored() -> None:
    page, transcript = Page(), Transcript()
    for frame in (token("old"), token("new", attempt=2), token(" old", 3)):
        page.show(transcript.take(frame))
    assert page.ids == ["1-3", "2-reset", "2-3"]
    assert page.text == "new"


def test_there_is_no_reset_where_nothing_was_shown() -> None:
    assert Transcript().take(token("first", attempt=2)) == [Piece("2-5", "first")]
    assert Transcript().complete("all", attempt=3) == [Piece("3-3", "all")]


def test_the_final_content_is_brought_by_the_rest_or_by_all_of_it() -> None:
    transcript = Transcript()
    transcript.take(token("one"))
    assert transcript.complete("one two", attempt=1) == [Piece("1-7", " two")]
    other = Transcript()
    other.take(token("one"))
    # The same length and the same attempt, but another text.
    assert other.complete("two", attempt=1) == [Piece("1-reset"), Piece("1-3", "two")]


def test_who_comes_back_is_believed_when_the_attempt_is_the_same() -> None:
    assert Transcript(Place(1, 3)).complete("one two", attempt=1) == [Piece("1-7", " two")]
    assert Transcript(Place(1, 3)).complete("one two", attempt=2) == [
        Piece("2-reset"),
        Piece("2-7", "one two"),
    ]
    assert Transcript(Place(1, 99)).complete("one", attempt=1)[0] == Piece("1-reset")


def test_ids_are_read_as_they_were_written_and_nothing_else_is() -> None:
    assert Place.of("start") == Place(0, 0)
    assert Place.of("2-reset") == Place(2, 0)
    assert Place.of("2-17") == Place(2, 17)
    for wrong in ("", "done", "1", "1-", "-1", "1-2-3", "1-x", "x-1", " 1-2", "1-2\n", "1-²"):
        assert Place.of(wrong) is None
    assert Place.of("1-" + "9" * 5_000) is None


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[str], list[TokenStreamed | None]]:
    """Texts of the attempts, and what reaches a follower: frames, or None where it comes back."""
    texts = draw(st.lists(st.text("ab ж🦊", max_size=30), min_size=1, max_size=3))
    frames: list[TokenStreamed | None] = []
    for attempt, text in enumerate(texts, 1):
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
            frames.append(token(text[start:end], start, attempt))
            if draw(st.booleans()):
                # All of the text so far, as a worker sends it to those who lack some.
                frames.append(token(text[:end], 0, attempt))
    order = draw(st.lists(st.sampled_from([*range(len(frames)), None]), max_size=40))
    if draw(st.booleans()):
        # In order, with some left out.
        order = sorted(index for index in set(order) if index is not None)
    return texts, [None if index is None else frames[index] for index in order]


@given(journeys())
def test_dropped_doubled_and_disordered_frames_still_make_up_the_answer(
    journey: tuple[list[str], list[TokenStreamed | None]],
) -> None:
    texts, arrived = journey
    page, transcript = Page(), Transcript()
    for frame in arrived:
        if frame is None:
            transcript = Transcript(Place.of(page.last_id))
        else:
            page.show(transcript.take(frame))
            # At any moment a client has the beginning of one attempt's text.
            assert any(text.startswith(page.text) for text in texts)
    page.show(transcript.complete(texts[-1], attempt=len(texts)))
    assert page.text == texts[-1]


@given(journeys())
def test_an_answer_that_no_frame_agrees_with_replaces_them(
    journey: tuple[list[str], list[TokenStreamed | None]],
) -> None:
    _, arrived = journey
    page, transcript = Page(), Transcript()
    for frame in filter(None, arrived):
        page.show(transcript.take(frame))
    page.show(transcript.complete("stored by another", attempt=1))
    assert page.text == "stored by another"
