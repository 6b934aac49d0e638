"""Every rule of the checker finds what it is there for: it is fed a turn that went wrong."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.events import DeadLettered
from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Outcome, Problem
from shared.memory.messages import turn_messages
from tests.support.faults.case import Allowed
from tests.support.faults.checker import check
from tests.support.faults.ledger import Asked, Ending, Forgetting, Ledger, Note, Scope
from tests.support.faults.record import Archived, Figures
from tests.support.faults.stores import Prompted, Record, Stores
from tests.support.samples import turn_ref

pytestmark = pytest.mark.faults

WHERE = ("alice", "c")
NOW = time.time()


class World:
    """Two turns of one conversation, all as it should be."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.stores = Stores(users={"alice": "u-1"})
        self.turns = [self._turn(number) for number in range(2)]
        self.show()
        self.archive()

    def _turn(self, number: int) -> Asked:
        turn = turn_ref(10 * number)
        question, answer = f"user0-0-{number} question {number}", f"answer 1-{number}"
        ended = datetime.fromtimestamp(NOW + number + 0.5, UTC)
        outcome = Outcome(status="completed", content=answer, model="m", ended_at=ended)
        ending = Ending(completed=True, content=answer)
        at = NOW + number
        notes = [
            Note("sent", at),
            Note("accepted", at + 0.1, turn_id=turn.turn_id),
            Note("token", at + 0.2, text="answer"),
            Note("token", at + 0.3, text=f" 1-{number}"),
            Note("told", at + 0.6, turn_id=turn.turn_id, ending=ending),
        ]
        asked = self.ledger.ask(Asked(question, "alice", "c", "sse", "key", notes))
        self.stores.records.append(
            Record(
                turn_id=turn.turn_id,
                question=question,
                user_id="u-1",
                conversation="c",
                status="completed",
                order=turn.order,
                cancelled=False,
                withdrawn=False,
                outcome=outcome,
            )
        )
        event = TurnClosed(turn=turn, question=question, outcome=outcome)
        self.stores.closed.append(event)
        kept = self.stores.conversations.setdefault(WHERE, [])
        history = tuple((m.role, m.content) for m in kept)
        self.stores.prompts.append(Prompted(question, str(number), (*history, ("user", question))))
        kept += turn_messages(turn, outcome, question)
        return asked

    def show(self) -> None:
        """Let the API show what is stored."""
        self.stores.shown[WHERE] = [{"id": m.message_id} for m in self.stores.conversations[WHERE]]

    def archive(self, **values: Any) -> None:
        """Let the record hold what is stored, with what is given."""
        messages = list(self.kept)
        tokens = sum(m.tokens or 0 for m in messages)
        archived = Archived(messages, message_count=len(messages), total_tokens=tokens)
        self.stores.archived[WHERE] = replace(archived, **values)
        self.stores.live_counts[WHERE] = len(messages)
        self.stores.totals = self.stores.counted = Figures(1, 1, len(messages), tokens)

    @property
    def recorded(self) -> list[Any]:
        return self.stores.archived[WHERE].messages

    @property
    def kept(self) -> list[Any]:
        return self.stores.conversations[WHERE]

    def note(self, **values: Any) -> None:
        """Add something that happened to the second turn."""
        self.turns[1].notes.append(Note(at=NOW + 2, **values))

    def record(self, **values: Any) -> None:
        """Change the second turn's record."""
        self.stores.records[1] = replace(self.stores.records[1], **values)

    def end(self, outcome: Outcome) -> None:
        """Let the second turn end in another way, everywhere but in what its client was told."""
        self.record(status=outcome.status, outcome=outcome)
        event = self.stores.closed[1].model_copy(update={"outcome": outcome})
        self.stores.closed[1] = event
        self.kept[2:] = turn_messages(event.turn, outcome, event.question or "")
        self.show()
        self.archive()

    def forget(self, scope: Scope, **values: Any) -> None:
        """Let both turns, or their replies, be forgotten as they should be."""
        for asked in self.turns:
            forgetting = Forgetting(scope, NOW + 3, NOW + 4, 200)
            asked.forgetting = replace(forgetting, **values)
        self.stores.records.clear()
        self.stores.closed.clear()
        self.kept[:] = [m for m in self.kept if scope == "message" and m.role == "user"]
        self.show()
        self.archive()

    def rules(self, allowed: Allowed | None = None) -> set[str]:
        return {violation.rule for violation in check(self.ledger, self.stores, allowed)}


FAILED = Outcome(
    status="failed", model="m", problem=Problem(title="Broken", status=502, detail="it broke")
)
LETTER = DeadLettered(
    subject="chat.prompted.x",
    stream="PROMPTS",
    sequence=1,
    durable="inference",
    service="inference",
    deliveries=1,
    error_type="ValueError",
    error="it broke",
)


def hung(world: World) -> None:
    world.note(kind="hung")


def never_told(world: World) -> None:
    world.turns[1].notes.pop()


def unknown(world: World) -> None:
    world.note(kind="missing")


def no_record(world: World) -> None:
    del world.stores.records[1]


def no_outcome(world: World) -> None:
    world.record(status="running", outcome=None)
    del world.stores.closed[1]


def still_queued(world: World) -> None:
    world.record(status="queued")


def two_ids(world: World) -> None:
    world.note(kind="accepted", turn_id="another")


def two_records(world: World) -> None:
    world.stores.records.append(replace(world.stores.records[1], turn_id="another"))


def closed_twice(world: World) -> None:
    world.stores.closed.append(world.stores.closed[1])


def never_closed(world: World) -> None:
    del world.stores.closed[1]


def said_twice(world: World) -> None:
    world.kept.append(world.kept[-1].model_copy(update={"message_id": "x"}))


def told_another_answer(world: World) -> None:
    ending = Ending(completed=True, content="another answer")
    world.note(kind="told", turn_id=world.turns[1].turn_id, ending=ending)


def told_success_of_a_failure(world: World) -> None:
    world.end(FAILED)


def told_failure_of_a_success(world: World) -> None:
    ending = Ending(completed=False, status=502, title="Broken", detail="it broke")
    world.note(kind="told", turn_id=world.turns[1].turn_id, ending=ending)


def memory_has_another(world: World) -> None:
    event = world.stores.closed[1]
    other = event.outcome.model_copy(update={"content": "another"})
    world.stores.closed[1] = event.model_copy(update={"outcome": other})


def question_forgotten(world: World) -> None:
    del world.kept[2]


def reply_forgotten(world: World) -> None:
    del world.kept[3]


def reply_cut(world: World) -> None:
    world.kept[3] = world.kept[3].model_copy(update={"content": "answ"})


def from_nowhere(world: World) -> None:
    more = {"message_id": "x", "content": "nobody asked", "order": world.kept[-1].order + 1}
    world.kept.append(world.kept[2].model_copy(update=more))


def not_shown(world: World) -> None:
    world.stores.shown[WHERE].pop()


def exchanged(world: World) -> None:
    world.kept[:] = [*world.kept[2:], *world.kept[:2]]


def torn_apart(world: World) -> None:
    world.kept[1], world.kept[2] = world.kept[2], world.kept[1]


def one_place(world: World) -> None:
    world.kept[3] = world.kept[3].model_copy(update={"order": world.kept[2].order})


def asked_without_history(world: World) -> None:
    prompted = world.stores.prompts[1]
    world.stores.prompts[1] = replace(prompted, messages=prompted.messages[-1:])


def token_lost(world: World) -> None:
    world.turns[1].notes.pop(3)


def not_reset(world: World) -> None:
    world.turns[1].notes.insert(2, Note("token", NOW, text="the attempt before "))


def failed(world: World) -> None:
    world.end(FAILED)
    problem = Ending(completed=False, status=502, title="Broken", detail="it broke")
    world.turns[1].notes[-1] = replace(world.turns[1].notes[-1], ending=problem)


def stopped_by_nobody(world: World) -> None:
    world.end(Outcome(status="cancelled", model="m"))
    stopped = Ending(completed=False, status=409, title="Stopped")
    world.turns[1].notes[-1] = replace(world.turns[1].notes[-1], ending=stopped)


def refused_and_kept(world: World) -> None:
    world.turns[1].notes[1:] = [Note("refused", NOW + 1, status=503)]


def our_own_bug(world: World) -> None:
    world.turns[1].notes.insert(1, Note("refused", NOW + 1, status=500))


def buried(world: World) -> None:
    world.stores.dead.append(LETTER)


def left_open(world: World) -> None:
    world.stores.left_open.append("open:u-1:c")


def unrecorded(world: World) -> None:
    world.recorded.pop()


def recorded_alone(world: World) -> None:
    world.recorded.append(world.kept[-1].model_copy(update={"message_id": "x"}))


def recorded_in_disorder(world: World) -> None:
    world.recorded[:] = [*world.recorded[2:], *world.recorded[:2]]


def recorded_otherwise(world: World) -> None:
    world.recorded[3] = world.recorded[3].model_copy(update={"status": "cancelled"})


def not_recorded_at_all(world: World) -> None:
    del world.stores.archived[WHERE]


def not_in_redis_at_all(world: World) -> None:
    del world.stores.conversations[WHERE]


def conversation_miscounted(world: World) -> None:
    world.archive(message_count=3)


def tokens_miscounted(world: World) -> None:
    world.archive(total_tokens=1)


def miscounted_in_redis(world: World) -> None:
    world.stores.live_counts[WHERE] = 5


def totals_miscounted(world: World) -> None:
    world.stores.totals = replace(world.stores.counted, messages=5)


def superseded_and_shown(world: World) -> None:
    world.archive(superseded=frozenset({world.kept[0].message_id}))


WRONG: list[tuple[Callable[[World], None], str]] = [
    (hung, "nothing hangs"),
    (never_told, "nothing hangs"),
    (unknown, "nothing hangs"),
    (no_record, "nothing lost"),
    (no_outcome, "nothing lost"),
    (still_queued, "nothing lost"),
    (two_ids, "nothing doubled"),
    (two_records, "nothing doubled"),
    (closed_twice, "nothing doubled"),
    (never_closed, "nothing doubled"),
    (said_twice, "nothing doubled"),
    (told_another_answer, "told is stored"),
    (told_success_of_a_failure, "told is stored"),
    (told_failure_of_a_success, "told is stored"),
    (memory_has_another, "told is stored"),
    (question_forgotten, "answers kept"),
    (reply_forgotten, "answers kept"),
    (reply_cut, "answers kept"),
    (from_nowhere, "nothing strange"),
    (not_shown, "nothing strange"),
    (exchanged, "order kept"),
    (torn_apart, "order kept"),
    (one_place, "order kept"),
    (asked_without_history, "answers known"),
    (token_lost, "tokens make up"),
    (not_reset, "tokens make up"),
    (failed, "ends as promised"),
    (stopped_by_nobody, "ends as promised"),
    (refused_and_kept, "refused is nothing"),
    (our_own_bug, "refused is nothing"),
    (buried, "dead is empty"),
    (left_open, "nothing open"),
    (unrecorded, "stores agree"),
    (recorded_alone, "stores agree"),
    (recorded_in_disorder, "stores agree"),
    (recorded_otherwise, "stores agree"),
    (not_recorded_at_all, "stores agree"),
    (not_in_redis_at_all, "stores agree"),
    (conversation_miscounted, "counts true"),
    (tokens_miscounted, "counts true"),
    (miscounted_in_redis, "counts true"),
    (totals_miscounted, "counts true"),
    (superseded_and_shown, "nothing superseded"),
]


def test_nothing_is_found_where_all_is_well() -> None:
    world = World()
    assert not check(world.ledger, world.stores)


@pytest.mark.parametrize(("spoil", "rule"), WRONG, ids=[spoil.__name__ for spoil, _ in WRONG])
def test_a_broken_promise_is_found(spoil: Callable[[World], None], rule: str) -> None:
    world = World()
    spoil(world)
    assert rule in world.rules()


SCOPES: tuple[Scope, ...] = ("conversation", "message", "user")


@pytest.mark.parametrize("scope", SCOPES)
def test_what_was_forgotten_is_missed_by_nobody(scope: Scope) -> None:
    world = World()
    world.forget(scope)
    assert not world.rules()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("where", ["Redis", "PostgreSQL", "MEMORY", "DEAD"])
def test_what_was_forgotten_is_found_wherever_it_is_left(scope: Scope, where: str) -> None:
    world = World()
    world.forget(scope)
    world.stores.traces[where].add("user0-0-1")
    # A reply is forgotten without its question.
    assert world.rules() == (set() if scope == "message" else {"forgotten is gone"})
    world.stores.traces[where] = {"answer 1-1"}
    assert world.rules() == {"forgotten is gone"}


@pytest.mark.parametrize("scope", SCOPES)
def test_the_record_of_a_forgotten_turn_is_found(scope: Scope) -> None:
    world = World()
    record = world.stores.records[1]
    world.forget(scope)
    world.stores.records.append(record)
    assert world.rules() == {"forgotten is gone"}


@pytest.mark.parametrize("where", ["Redis", "PostgreSQL"])
def test_a_forgotten_user_is_found(where: str) -> None:
    world = World()
    world.forget("user")
    world.stores.known_users[where] = frozenset({"u-1"})
    assert world.rules() == {"forgotten is gone"}


def test_a_question_is_not_forgotten_with_its_reply() -> None:
    world = World()
    world.forget("message")
    del world.kept[1]
    world.show()
    world.archive()
    assert world.rules() == {"forgotten is gone"}


def test_a_request_to_forget_that_met_our_own_bug_is_found() -> None:
    world = World()
    world.forget("user", status=500)
    assert world.rules() == {"forgotten is gone"}


def test_what_nobody_was_promised_to_forget_may_be_left() -> None:
    perhaps = World()
    perhaps.forget("conversation", certain=False, status=None)
    perhaps.stores.traces["Redis"].add("user0-0-1")
    assert not perhaps.rules()
    missing = World()
    missing.forget("conversation", status=404)
    missing.stores.traces["Redis"].add("user0-0-1")
    assert missing.rules(Allowed(outages=((NOW + 3, NOW + 4, "postgres"),)))
    assert not missing.rules(Allowed(outages=((NOW + 3, NOW + 4, "redis"),)))


@pytest.mark.parametrize("wrong", [failed, told_another_answer, said_twice, no_outcome])
def test_an_outage_excuses_a_visible_failure_alone(wrong: Callable[[World], None]) -> None:
    world = World()
    wrong(world)
    during = Allowed(outages=((NOW + 1.2, NOW + 1.4, "llm"),))
    assert bool(world.rules(during)) == (wrong is not failed)
    long_before = Allowed(outages=((NOW - 20, NOW - 10, "llm"),))
    assert world.rules(long_before)


@pytest.mark.parametrize("wrong", [failed, unknown, asked_without_history])
def test_postgresql_away_excuses_nothing(wrong: Callable[[World], None]) -> None:
    world = World()
    wrong(world)
    assert world.rules(Allowed(outages=((NOW + 1.2, NOW + 1.4, "postgres"),)))


def test_a_client_may_not_wait_too_long() -> None:
    world = World()
    assert not world.rules(Allowed(longest_s=1.0))
    assert world.rules(Allowed(longest_s=0.5)) == {"nothing hangs"}


def test_a_violation_tells_all_that_happened() -> None:
    world = World()
    hung(world)
    told = str(check(world.ledger, world.stores)[0])
    for part in (
        str(world.turns[1].turn_id),
        "nothing hangs",
        "question 1",
        '"accepted"',
        "record:",
        "closed:",
    ):
        assert part in told
