"""Facts are sought in what users say themselves, and nowhere else."""

from datetime import timedelta
from typing import Any

import pytest

from services.memory_writer.extraction.found import Found
from services.memory_writer.fact_extractor import FactExtractor, claims_of, said_by_user
from shared.contracts.memory import FactsStated, MessageAdded, TurnClosed
from shared.contracts.parts import CLAIMS_AT_ONCE
from shared.memory.policy import Policy
from shared.telemetry import Telemetry
from tests.support.samples import at, message_added, turn_closed

SAID = "I live in Leeds."
SMALL_TALK = "What is the weather like?"


class FakePolicies:
    """One policy for everybody."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def of(self, _user_id: str) -> Policy:
        return self._policy


class FakeMarks:
    """Remembers what was marked."""

    def __init__(self) -> None:
        self.marked: list[tuple[str, int]] = []

    async def mark_extracted(self, user_id: str, sequence: int) -> None:
        self.marked.append((user_id, sequence))


class Case:
    """An extractor, and what it was seen to do."""

    def __init__(self, policy: Policy = "automatic") -> None:
        self.marks = FakeMarks()
        self.telemetry = Telemetry("memory_writer")
        self.extractor = FactExtractor(
            policies=FakePolicies(policy), marks=self.marks, telemetry=self.telemetry
        )

    async def of(self, event: TurnClosed | MessageAdded) -> FactsStated | None:
        return await self.extractor.extract(event, sequence=7)


def found(value: str | None, **more: Any) -> Found:
    values: dict[str, Any] = {
        "op": "assert",
        "predicate": "likes",
        "value": value,
        "quote": value or "x",
        "lang": "en",
        **more,
    }
    return Found(**values)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "expired"])
async def test_a_turns_question_is_read_whatever_came_of_it(status: str) -> None:
    event = turn_closed(3, question=SAID, content="You live in Rome.", status=status)
    stated = await Case().of(event)
    assert stated is not None
    [claim] = stated.claims
    assert (claim.op, claim.predicate, claim.value) == ("assert", "lives_in", "Leeds")
    assert claim.quote is not None
    assert claim.quote in SAID
    assert stated.message_id == f"{event.turn.turn_id}-u"
    assert stated.conversation_id == event.turn.conversation_id
    assert stated.source_sequence == 7
    assert stated.said_at == stated.caused_at == event.turn.accepted_at
    assert not claim.proposed


async def test_a_message_from_outside_is_read_at_its_own_time() -> None:
    event = message_added(3, SAID)
    event = event.model_copy(
        update={"message": event.message.model_copy(update={"time": at(-9_000)})}
    )
    stated = await Case().of(event)
    assert stated is not None
    assert (stated.said_at, stated.caused_at) == (at(-9_000), at(3))
    assert stated.message_id == event.message.message_id


async def test_nothing_is_said_in_the_future() -> None:
    event = message_added(3, SAID)
    event = event.model_copy(update={"message": event.message.model_copy(update={"time": at(90)})})
    stated = await Case().of(event)
    assert stated is not None
    assert stated.said_at == at(3)


async def test_reading_again_states_the_same() -> None:
    event = turn_closed(question=SAID)
    assert await Case().of(event) == await Case().of(event)


@pytest.mark.parametrize(
    "event",
    [
        message_added(content=SAID, role="assistant"),
        message_added(content=SAID, role="system"),
        message_added(content=SAID, role="tool"),
        message_added(content=SAID, name="Ann"),
        message_added(content=SAID).model_copy(update={"imported_at": at(9)}),
        turn_closed(question=SMALL_TALK, content=SAID),
        turn_closed(question=SAID, memory="off"),
        turn_closed(question=SAID, memory="read"),
        turn_closed(question=None, memory="read"),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_nobody_elses_words_are_read(event: TurnClosed | MessageAdded) -> None:
    assert await Case().of(event) is None


async def test_what_says_nothing_is_marked_as_read_and_what_says_something_when_it_is_applied() -> (
    None
):
    case = Case()
    assert await case.of(message_added(content=SMALL_TALK)) is None
    assert case.marks.marked == [("u-1", 7)]
    assert await case.of(message_added(content=SAID)) is not None
    assert case.marks.marked == [("u-1", 7)]


async def test_an_incognito_turn_leaves_not_even_a_mark() -> None:
    case = Case()
    await case.of(turn_closed(question=None, memory="off"))
    assert case.marks.marked == []


async def test_off_learns_nothing_and_ask_only_proposes() -> None:
    off = Case("off")
    assert await off.of(message_added(content=SAID)) is None
    assert off.marks.marked == [("u-1", 7)]
    stated = await Case("ask").of(message_added(content=SAID))
    assert stated is not None
    assert [claim.proposed for claim in stated.claims] == [True]


async def test_what_a_message_tells_expires_with_it() -> None:
    event = message_added(content=SAID, expires_at=at(60))
    stated = await Case().of(event)
    assert stated is not None
    assert [claim.expires_at for claim in stated.claims] == [at(60)]


def test_what_cannot_be_a_claim_is_dropped_and_counted() -> None:
    claims, dropped = claims_of(
        [
            found("tea"),
            found("Tea"),
            found(" "),
            found(None),
            found("x", predicate="shoe_size"),
            found(None, op="end"),
            found("coffee", op="retract"),
        ],
        source="m",
    )
    assert [(claim.op, claim.value) for claim in claims] == [
        ("assert", "tea"),
        ("end", None),
        ("retract", "coffee"),
    ]
    assert dropped == {"twice": 1, "no_value": 2, "unknown_predicate": 1}


def test_one_message_states_only_so_much() -> None:
    many = [found(f"tea number {number}") for number in range(CLAIMS_AT_ONCE + 5)]
    claims, dropped = claims_of(many, source="m")
    assert len(claims) == CLAIMS_AT_ONCE
    assert dropped == {"too_many": 5}


async def test_telemetry_counts_and_never_quotes() -> None:
    case = Case()
    await case.of(turn_closed(question=SAID))
    told = [event.model_dump_json() for _, event in list(case.telemetry._queue._queue)]  # type: ignore[attr-defined]
    assert len(told) == 1
    assert '"found.lives_in":1' in told[0]
    assert "Leeds" not in told[0]


def test_the_time_of_a_turn_is_when_it_was_asked() -> None:
    event = turn_closed(5, question=SAID)
    said = said_by_user(event)
    assert said is not None
    assert said.said_at == event.turn.accepted_at == event.at - timedelta(seconds=1)
