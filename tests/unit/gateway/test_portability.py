"""A file of an export comes back as it went, and one with a fault is told from it by its line."""

import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import exporter
from services.gateway.exporter import Exporter
from services.gateway.portability import LONGEST_LINE, FormatError, MessageLine, read
from services.gateway.problems import ProblemError
from services.gateway.slots import Slots
from shared.contracts.parts import Message
from shared.memory.claims import assertion
from shared.memory.models import ConversationMemory, StatedClaim
from shared.memory.portable import (
    Piece,
    PortableMessage,
    PortablePreference,
    UserTimes,
)
from tests.support.exports import (
    EARLY,
    PLACE,
    claim,
    conversation,
    decoded,
    encoded,
    ended,
    fact,
    header,
    message,
    preference,
    whole,
)

EXPORTS = Path(__file__).parents[2] / "data" / "export"
GOLDEN = EXPORTS / "format-2.ndjson"
"""What is written now. The one of the first format is what users may have."""
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def refusal(file: bytes) -> tuple[int, str]:
    """Return status and detail of what is wrong with a file."""
    with pytest.raises(FormatError) as raised:
        list(read(io.BytesIO(file)))
    return raised.value.status, str(raised.value)


# --- what is well ----------------------------------------------------------------------------


def everything() -> list[Piece]:
    question = Message(
        message_id="01-u",
        role="user",
        content='Меня зовут "Иван" 🦊\n\tи это \\ всё',
        time=NOON,
        order=PLACE,
        metadata={"source": {"app": "x", "n": [1, 2.5, None, True]}},
        tags=("дом", "work"),
        priority="high",
        expires_at=NOON + timedelta(days=3000),
    )
    answer = Message(
        message_id="01-a",
        role="assistant",
        # What a model may write, and no keyboard.
        content="\x1b[31m Привет \x7f",
        time=NOON + timedelta(seconds=2.5),
        order=PLACE + 1,
        name="bot",
        model="llama3.2",
        tokens=7,
        status="cancelled",
    )
    conversation = ConversationMemory(
        conversation_id="работа *'🦊",
        user_id="u-1",
        title="Знакомство",
        by_hand=frozenset({"title"}),
        message_count=2,
        total_tokens=7,
        created_at=NOON,
        updated_at=NOON + timedelta(seconds=2),
    )
    return [
        UserTimes(NOON, NOON + timedelta(hours=1)),
        PortablePreference("language", "ru", NOON),
        PortablePreference("length", 5, NOON + timedelta(microseconds=1)),
        conversation,
        PortableMessage(question, NOON),
        PortableMessage(answer, None),
        StatedClaim(
            claim=assertion(
                source="01-u",
                predicate="name",
                value="Иван",
                lang="ru",
                extractor="rules/1",
                quote="Меня зовут Иван",
                tags=("x",),
            ),
            conversation_id="работа *'🦊",
            message_id="01-u",
            said_at=NOON,
            sequence=7,
            index=1,
            recorded_at=NOON + timedelta(seconds=3),
            caused_at=NOON,
        ),
    ]


async def exported(pieces: list[Piece]) -> bytes:
    class Remembered:
        async def of(self, _user_id: str) -> AsyncIterator[Piece]:
            for piece in pieces:
                yield piece

    class Ready:
        async def caught_up(self, *_: Any, **__: Any) -> bool:
            return True

    bus: Any = Ready()
    working: Any = Remembered()
    source = Exporter(bus=bus, archive=None, working=working, version="0.1.0")
    return b"".join([chunk async for chunk in source.chunks("u-1")])


async def test_the_golden_file_is_what_an_export_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "utcnow", lambda: NOON)
    written = await exported(everything())
    assert written.decode() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("golden", sorted(EXPORTS.glob("format-*.ndjson")), ids=lambda p: p.stem)
def test_the_golden_files_are_read_without_fault(golden: Path) -> None:
    with golden.open("rb") as file:
        lines = list(read(file))
    assert [one.number for one in lines] == list(range(1, 10))
    kinds = [one.line.kind for one in lines]
    said = ["conversation", "message", "message"]
    assert kinds == ["export", "user", "preference", "preference", *said, "fact", "end"]
    pieces = everything()
    found = [one.line.message() for one in lines if isinstance(one.line, MessageLine)]
    assert found == [piece.message for piece in pieces if isinstance(piece, PortableMessage)]


async def test_a_large_export_leaves_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "CHUNK", 1_000)
    file = await exported([*everything()[:1], *everything()[1:3] * 200])
    assert len(list(read(io.BytesIO(file)))) == 403


written = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="/"),
    min_size=1,
    max_size=200,
).filter(lambda name: name not in {".", ".."})
moments = st.datetimes(datetime(1970, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
messages = st.builds(
    Message,
    message_id=names,
    role=st.sampled_from(["user", "assistant", "system", "tool"]),
    content=written,
    time=moments,
    order=st.integers(0, PLACE),
    name=st.none() | names,
    model=st.none() | names,
    tokens=st.none() | st.integers(0, 2**31 - 1),
    status=st.sampled_from(["complete", "failed", "cancelled"]),
    metadata=st.dictionaries(
        names,
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | written,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(written, inner, max_size=3),
            max_leaves=5,
        ),
        max_size=4,
    ),
    tags=st.lists(names, max_size=3).map(tuple),
    priority=st.sampled_from(["low", "medium", "high", "critical"]),
    expires_at=st.none() | moments,
)


@given(message=messages)
def test_whatever_a_message_says_it_comes_back(message: Message) -> None:
    given_line = MessageLine.model_construct(
        kind="message", conversation_id="c", recorded_at=NOON, **message.model_dump()
    )
    file = whole(conversation(), json.loads(given_line.encoded()))
    lines = [one.line for one in read(io.BytesIO(file))]
    [found] = [line for line in lines if isinstance(line, MessageLine)]
    assert found.message() == message
    assert found.recorded_at == NOON


@pytest.mark.parametrize("name", ["a*b", "it's", "🦊", "a.b>c", "%2F", "...", '"', "\\"])
def test_unusual_ids_are_taken(name: str) -> None:
    file = whole(conversation(name), message(conversation_id=name, message_id=name))
    assert len(list(read(io.BytesIO(file)))) == 4


def test_a_conversation_id_may_have_spaces_as_the_api_lets_it() -> None:
    file = whole(conversation("my chat"), message(conversation_id="my chat"))
    assert len(list(read(io.BytesIO(file)))) == 4


def test_blank_lines_and_carriage_returns_are_left_alone() -> None:
    file = whole(conversation(), message()).replace(b"\n", b"\r\n\r\n").removesuffix(b"\r\n\r\n")
    assert [one.number for one in read(io.BytesIO(file))] == [1, 3, 5, 7]


# --- what is not -----------------------------------------------------------------------------


def test_every_cut_of_a_file_is_noticed() -> None:
    file = GOLDEN.read_bytes()
    # The very last byte is a line end, which lacks nothing.
    for length in range(len(file) - 1):
        status, detail = refusal(file[:length])
        assert status == 400, (length, detail)


def test_a_cut_says_where() -> None:
    file = whole(conversation(), message())
    assert "cut off" in refusal(file[:-30])[1]
    assert "Line 4: the file was cut off in it" in refusal(file[:-30])[1]
    upto = file[: file.index(b'{"kind": "end"')]
    assert "cut off: after line 3" in refusal(upto)[1]


@pytest.mark.parametrize(
    ("file", "status", "named"),
    [
        (b"", 400, "empty"),
        (b"\n\n", 400, "empty"),
        (b"hello", 400, "Line 1: it is not JSON"),
        (b"\x1f\x8b\x08\x00gzip", 400, "Line 1: it is not JSON"),
        (whole(conversation()).replace(b"\n", b""), 400, "Line 1: it is not JSON"),
        (b"[]\n", 422, "Line 1"),
        (b"5\n", 422, "Line 1"),
        (b'{"a": 1}\n', 422, "kind: it must be one of"),
        (encoded([header()])[:-1] + b"\n{\n", 400, "Line 2: it is not JSON"),
        (encoded([header()]) + b'{"kind": "\xff"}\n', 400, "Line 2"),
        (encoded([header()]) + b'{"kind": "\\ud800"}\n', 400, "Line 2"),
        (encoded([header()]) + b"[" * 100_000 + b"\n", 400, "Line 2"),
        (encoded([header()]) + b" " * (LONGEST_LINE + 1), 413, "Line 2: it is longer than"),
        (encoded(ended([conversation()])), 422, "the first line must be of kind export"),
        (encoded(ended([header(), header()])), 422, "Line 2: a second header"),
        (encoded(ended([header(format=3)])), 422, "Line 1: format: it is 3"),
        (encoded(ended([header(format=0)])), 422, "this one knows the formats up to 2"),
        (encoded(ended([header(format="1")])), 422, "Line 1: format"),
        (encoded(ended([header(user_id="a b")])), 422, "Line 1: user_id"),
        (encoded(ended([header(user_id="../x")])), 422, "Line 1: user_id"),
        (whole() + encoded([preference()]), 422, "Line 3: there is more after the end"),
        (whole() + whole(), 422, "Line 3: there is more after the end"),
        (encoded([header(), {"kind": "end", "counts": {"message": 1}}]), 422, "counts.message"),
        (encoded([header(), preference(), {"kind": "end", "counts": {}}]), 422, "Line 3: counts"),
        (encoded([header(), {"kind": "end", "counts": {"songs": 1}}]), 422, "counts.songs"),
    ],
)
def test_a_file_that_is_no_whole_export(file: bytes, status: int, named: str) -> None:
    found, detail = refusal(file)
    assert found == status, detail
    assert named in detail
    assert len(detail) < 500


WRONG: list[tuple[Callable[..., dict[str, Any]], dict[str, Any], str]] = [
    (message, {"content": ""}, "content"),
    (message, {"content": "  "}, "content"),
    (message, {"content": "a\x00"}, "U+0000"),
    (message, {"role": "tool", "content": "a\x1b"}, "U+001B"),
    (message, {"content": "x" * 1_000_001}, "content"),
    (message, {"role": "assistant", "content": "x" * 1_000_001}, "content"),
    (message, {"role": "wizard"}, "role"),
    (message, {"role": None}, "role"),
    (message, {"message_id": ""}, "message_id"),
    (message, {"message_id": "a/b"}, "message_id: must not contain '/'"),
    (message, {"message_id": "a b"}, "message_id: must not have spaces"),
    (message, {"message_id": "a\nb"}, "message_id"),
    (message, {"message_id": "m" * 201}, "message_id"),
    (message, {"message_id": 5}, "message_id"),
    (message, {"conversation_id": "d"}, "conversation_id: it is not that of"),
    (message, {"time": "0001-01-01T00:00:00Z"}, "time: must be between 1970 and tomorrow"),
    (message, {"time": "0001-01-01T00:00:00+14:00"}, "time"),
    (message, {"time": "9999-12-31T23:59:59Z"}, "time: must be between 1970 and tomorrow"),
    (message, {"time": "9999-12-31T23:59:59-14:00"}, "time"),
    (message, {"time": "2024-01-01T00:00:00"}, "time"),
    (message, {"time": "yesterday"}, "time"),
    (message, {"time": 5}, "time"),
    (message, {"recorded_at": "9999-12-31T23:59:59Z"}, "recorded_at"),
    (message, {"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
    (message, {"expires_at": "0001-01-01T00:00:00Z"}, "expires_at"),
    (message, {"order": -1}, "order"),
    (message, {"order": 2**53}, "order: must be microseconds"),
    (message, {"order": 10**400}, "order"),
    (message, {"order": "1"}, "order"),
    (message, {"order": 1.5}, "order"),
    (message, {"tokens": 2**31}, "tokens"),
    (message, {"status": "superb"}, "status"),
    (message, {"metadata": {str(n): n for n in range(65)}}, "metadata"),
    (message, {"metadata": [1]}, "metadata"),
    (message, {"tags": ["t"] * 65}, "tags"),
    (message, {"tags": "t"}, "tags"),
    (message, {"priority": "urgent"}, "priority"),
    (message, {"name": "a\nb"}, "name"),
    (message, {"extra": 1}, "extra"),
    (conversation, {"conversation_id": "a/b"}, "conversation_id: must not contain '/'"),
    (conversation, {"conversation_id": ".."}, "conversation_id"),
    (conversation, {"conversation_id": " "}, "conversation_id"),
    (conversation, {"conversation_id": "c" * 201}, "conversation_id"),
    (conversation, {"created_at": "x"}, "created_at"),
    (preference, {"key": ""}, "key"),
    (preference, {"value": None}, "value"),
    (preference, {"value": [1]}, "value"),
    (preference, {"value": "a\nb"}, "value"),
    (preference, {"value": "x" * 1_001}, "value"),
    (preference, {"set_at": "9999-12-31T23:59:59Z"}, "set_at"),
    (lambda **more: {"kind": "song", **more}, {}, "kind: it must be one of"),
    (fact, {"claim": None}, "neither a claim nor a version"),
    (fact, {"said_at": None}, "said_at"),
    (fact, {"said_at": "9999-12-31T23:59:59Z"}, "said_at"),
    (fact, {"sequence": -1}, "sequence"),
    (fact, {"claim": {"claim_id": "c"}}, "claim.op"),
    (fact, {"claim": claim(fact_id="a b")}, "spaces"),
    (fact, {"claim": claim(predicate="p" * 201)}, "200"),
    (fact, {"claim": claim(value="v" * 1_000_001)}, "1000000"),
    (fact, {"claim": claim(tags=["t"] * 65)}, "64"),
    (fact, {"extra": 1}, "extra"),
]


@pytest.mark.parametrize(("made", "values", "named"), WRONG)
def test_a_wrong_line_is_named_with_its_field(
    made: Callable[..., dict[str, Any]], values: dict[str, Any], named: str
) -> None:
    status, detail = refusal(whole(conversation(), message(1), made(**values)))
    assert status == 422
    assert detail.startswith("Line 4: ")
    assert named in detail
    assert len(detail) < 500


def test_messages_stand_in_their_order() -> None:
    status, detail = refusal(whole(conversation(), message(2), message(1)))
    assert (status, detail.split(":")[1].strip()) == (422, "order")
    # Each conversation has an order of its own, and two messages may share a place.
    file = whole(
        conversation(),
        message(2),
        message(3, order=PLACE + 2),
        conversation("d"),
        message(1, conversation_id="d"),
    )
    assert len(list(read(io.BytesIO(file)))) == 7


def test_a_message_without_a_conversation_is_refused() -> None:
    assert "conversation_id" in refusal(whole(message()))[1]


def test_what_was_given_is_never_repeated() -> None:
    secret = "sesame-" * 20
    for broken in (
        message(role=secret),
        message(message_id=secret * 10),
        {"kind": secret},
        preference(value=[secret]),
    ):
        assert "sesame" not in refusal(whole(conversation(), message(1), broken))[1]


# --- one at a time ---------------------------------------------------------------------------


def test_one_user_has_one_place_and_all_have_so_many() -> None:
    slots = Slots("import", at_once=2)
    with slots.taken("a"), slots.taken("b"):
        for user, status in (("a", 429), ("c", 503)):
            with pytest.raises(ProblemError) as raised, slots.taken(user):
                pass
            assert raised.value.problem.status == status
            assert raised.value.headers
    with slots.taken("a"), slots.taken("c"):
        pass


def test_the_helpers_of_these_tests_make_whole_files() -> None:
    assert [line["kind"] for line in decoded(whole(preference()))] == [
        "export",
        "preference",
        "end",
    ]
    assert EARLY.startswith("2024")
