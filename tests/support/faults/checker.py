"""Holds what clients were promised and told against what is stored: the rules of a turn.

They look at Redis; that the record holds the same is a rule of its own (`agreement.py`).

Each rule is a function of the ledger, the stores and what the scenario allows, and yields the
violations it finds. A rule without a way to fail proves nothing: `tests/faults/test_checker.py`
gives each of them a ledger or a store that was tampered with.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from shared.contracts.ids import reply_message_id, user_message_id
from shared.contracts.parts import Message, Outcome
from tests.support.faults.agreement import (
    counts_true,
    forgotten_is_gone,
    nothing_superseded,
    stores_agree,
)
from tests.support.faults.case import Allowed, Case, Violation
from tests.support.faults.ledger import Asked, Ending, Ledger, Note
from tests.support.faults.stores import Record, Stores

FINAL = {"completed", "failed", "cancelled", "expired"}
CONTEXT_MESSAGES = 6
"""The setting's default: how many messages a prompt holds beside its question."""

DELIVERIES = 3
"""Of a prompt; a worker killed as often may cost the turn, visibly."""


Rule = Callable[[Case], Iterator[Violation]]


def nothing_hangs(case: Case) -> Iterator[Violation]:
    """Every client hears how its turn ended, unless it went away or never knew of a turn."""
    for asked in case.ledger.asked:
        if asked.has("hung"):
            yield case.violation("nothing hangs", "the client waited for ever", asked)
        elif asked.accepted and not asked.over:
            yield case.violation("nothing hangs", "the client was never told the end", asked)
        elif asked.has("missing") and not asked.forgetting and not case.hit(asked, "redis"):
            yield case.violation("nothing hangs", "an accepted turn is not known", asked)
        waited_s = asked.ended_at - asked.sent_at
        if waited_s > case.allowed.longest_s and not case.hit(asked):
            yield case.violation("nothing hangs", f"the client waited {waited_s:.1f} s", asked)


def nothing_lost(case: Case) -> Iterator[Violation]:
    """Every accepted turn has a record, and every record that was not refused has an outcome."""
    for asked in case.remembered:
        if asked.refused:
            continue
        records = case.records[asked.question]
        if asked.accepted and case.outcome(asked) is None:
            yield case.violation("nothing lost", "an accepted turn has no outcome", asked)
        elif asked.accepted and not records and not case.hit(asked, "redis"):
            yield case.violation("nothing lost", "an accepted turn has no record", asked)
        for record in records:
            if record.status not in FINAL and not _withdrawn(record):
                yield case.violation("nothing lost", f"its record is {record.status}", asked)


def nothing_doubled(case: Case) -> Iterator[Violation]:
    """A question is one turn: one id told, one record, one closing event, one pair of messages."""
    for asked in case.ledger.asked:
        told = {note.turn_id for note in asked.notes if note.turn_id}
        if len(told) > 1:
            yield case.violation("nothing doubled", f"one key, several turns: {told}", asked)
        live = [record for record in case.records[asked.question] if not _withdrawn(record)]
        if len(live) > 1:
            yield case.violation("nothing doubled", f"{len(live)} records", asked)
        closed = len(case.closed.get(case.turn_id(asked) or "", []))
        if asked.accepted and closed != 1 and not asked.forgetting:
            yield case.violation("nothing doubled", f"closed {closed} times in MEMORY", asked)
    for (user, _), messages in case.stores.conversations.items():
        # Two answers that were stopped early may be the same few words.
        whole = [m.content for m in messages if m.status == "complete"]
        for text, number in Counter(whole).items():
            if number > 1:
                yield case.of_user("nothing doubled", f"{number} times {text!r}", user)


def told_is_stored(case: Case) -> Iterator[Violation]:
    """Whatever a client was told of the end is what is stored, in the record and in MEMORY."""
    for asked in case.remembered:
        outcome = case.outcome(asked)
        for note in asked.all("told"):
            if note.ending is not None and outcome is not None and not same(note.ending, outcome):
                what = f"told {note.ending}, stored {outcome.status} {outcome.content!r}"
                yield case.violation("told is stored", what, asked)
        for event in case.closed.get(case.turn_id(asked) or "", []):
            if outcome is not None and (event.outcome.status, event.outcome.content) != (
                outcome.status,
                outcome.content,
            ):
                what = f"MEMORY has {event.outcome.status} {event.outcome.content!r}"
                yield case.violation("told is stored", what, asked)


def same(ending: Ending, outcome: Outcome) -> bool:
    """Whether an ending that was told is the outcome."""
    if ending.completed:
        return outcome.status == "completed" and outcome.content == ending.content
    if outcome.problem is None:
        return outcome.status == "cancelled"
    problem = outcome.problem
    return (problem.status, problem.title, problem.detail) == (
        ending.status,
        ending.title,
        ending.detail,
    )


def answers_kept(case: Case) -> Iterator[Violation]:
    """A closed turn's question is in its conversation, and its reply if it was completed."""
    for asked in case.remembered:
        outcome, turn_id = case.outcome(asked), case.turn_id(asked)
        if outcome is None or turn_id is None or asked.refused or never_accepted(outcome):
            continue
        question = case.messages.get(user_message_id(turn_id))
        reply = case.messages.get(reply_message_id(turn_id))
        if question is None or question.content != asked.question:
            yield case.violation("answers kept", "the question is not remembered", asked)
        wanted = outcome.content if outcome.status in {"completed", "cancelled"} else ""
        kept = reply.content if reply else ""
        if kept != wanted:
            yield case.violation("answers kept", f"remembered {kept!r}, not {wanted!r}", asked)


def nothing_strange(case: Case) -> Iterator[Violation]:
    """Nothing is remembered that nobody asked or was answered, and the API shows what is stored."""
    asked = {a.question for a in case.ledger.asked}
    replies = {
        reply_message_id(event.turn.turn_id): event.outcome.content for event in case.stores.closed
    }
    for (user, conversation), messages in case.stores.conversations.items():
        for message in messages:
            known = (
                message.content in asked
                if message.role == "user"
                else replies.get(message.message_id) == message.content
            )
            if not known:
                yield case.of_user("nothing strange", f"who said {message.content!r}?", user)
        shown = case.stores.shown.get((user, conversation), [])
        if [one["id"] for one in shown] != [m.message_id for m in messages]:
            what = f"the API shows {len(shown)} messages of {len(messages)}, or in disorder"
            yield case.of_user("nothing strange", what, user)


def order_kept(case: Case) -> Iterator[Violation]:
    """A conversation has its questions in the order of acceptance, each reply next to its own."""
    for user, asked_of, messages in _conversations(case):
        for one, two in pairwise(messages):
            if one.order >= two.order:
                what = f"{one.content[:24]!r} and {two.content[:24]!r} have one place"
                yield case.of_user("order kept", what, user)
        place = {m.content: n for n, m in enumerate(messages) if m.role == "user"}
        known = [asked for asked in asked_of if asked.question in place]
        for asked in known:
            replied = reply_message_id(case.turn_id(asked) or "")
            after = messages[place[asked.question] + 1 :][:1]
            if replied in case.messages and [m.message_id for m in after] != [replied]:
                yield case.violation("order kept", "the reply is not next to it", asked)
        # Without Redis there is no order but that of one gateway, and clients are told so.
        ordered = [asked for asked in known if not case.hit(asked, "redis")]
        for earlier, later in _reversed(ordered, place):
            what = f"it stands after {later.question[:24]!r}"
            yield case.violation("order kept", what, earlier)


def _reversed(ordered: Sequence[Asked], place: dict[str, int]) -> Iterator[tuple[Asked, Asked]]:
    """Yield pairs of which the first was promised before the second was asked, but stands after."""
    promises = [(min(n.at for n in a.all("accepted")), a) for a in ordered if a.accepted]
    promises.sort(key=lambda one: one[0])
    last: Asked | None = None
    for later in sorted(ordered, key=lambda asked: asked.sent_at):
        while promises and promises[0][0] < later.sent_at:
            promised = promises.pop(0)[1]
            if last is None or place[promised.question] > place[last.question]:
                last = promised
        if last is not None and last is not later and place[last.question] > place[later.question]:
            yield last, later


def answers_known(case: Case) -> Iterator[Violation]:
    """Each prompt holds what was said before in its conversation, the answer before included."""
    prompts = defaultdict(list)
    for prompted in case.stores.prompts:
        prompts[prompted.question].append(prompted)
    for _, asked_of, messages in _conversations(case):
        # Without Redis a prompt knows what the record has by then, and its client is told so.
        if any(case.hit(asked, "redis") or asked.forgetting for asked in asked_of):
            continue
        place = {m.content: n for n, m in enumerate(messages) if m.role == "user"}
        for asked in asked_of:
            if asked.question not in place:
                continue
            before = _said(messages[: place[asked.question]])
            for prompted in prompts[asked.question]:
                history = [m for m in prompted.messages[:-1] if m[0] in {"user", "assistant"}]
                if history != before[-CONTEXT_MESSAGES:]:
                    what = f"the prompt knew {_short(history)}, not {_short(before[-6:])}"
                    yield case.violation("answers known", what, asked)


def _said(messages: Sequence[Message]) -> list[tuple[str, str]]:
    # As many as are loaded for a prompt; a question that was never answered is left out.
    loaded = messages[-2 * CONTEXT_MESSAGES :]
    return [(m.role, m.content) for m in loaded if m.status != "failed"]


def _short(said: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{role}: {content[:24]}" for role, content in said]


def tokens_make_up(case: Case) -> Iterator[Violation]:
    """What was streamed since the last `reset` is the reply, where any of it was streamed."""
    for asked in case.ledger.asked:
        told: Note | None = next(iter(asked.all("told")), None)
        if told is None or told.ending is None or not told.ending.completed or not asked.streamed:
            continue
        if told.status is not None:
            # The stream broke, and the end was asked for: its tokens were not to come any more.
            continue
        # Tokens are sent at most once: what NATS lost comes with the last event alone.
        if asked.streamed != told.ending.content and not case.hit(asked, "nats"):
            what = f"tokens {asked.streamed!r}, reply {told.ending.content!r}"
            yield case.violation("tokens make up", what, asked)


def ends_as_promised(case: Case) -> Iterator[Violation]:
    """A turn is completed, unless its user stopped it, went away, or a server was down."""
    for asked in case.remembered:
        outcome = case.outcome(asked)
        if outcome is None or outcome.status == "completed" or asked.refused:
            continue
        if _ended_before_promise(asked, outcome):
            continue
        if outcome.status == "cancelled" and (asked.has("cancel") or _gone(asked)):
            continue
        if case.hit(asked) and outcome.status in {"failed", "expired"}:
            continue
        buried = case.allowed.burials and _buried(case, asked)
        if not buried:
            yield case.violation("ends as promised", f"it is {outcome.status}", asked)


def _ended_before_promise(asked: Asked, outcome: Outcome) -> bool:
    """Whether a turn had failed as never accepted before anybody was told that it was.

    Its gateway died, or slept, between opening the turn and handing it on.
    """
    if outcome.status != "failed" or outcome.problem is None or outcome.problem.status != 503:
        return False
    promised = [note.at for note in asked.all("accepted")]
    return not promised or outcome.ended_at.timestamp() < promised[0]


def _gone(asked: Asked) -> bool:
    """Whether the client went away from a turn that is its connection's alone."""
    return asked.has("left") and asked.key is None and asked.form != "async"


def _buried(case: Case, asked: Asked) -> bool:
    turn_id = case.turn_id(asked) or ""
    return any(
        letter.subject.endswith(f".{turn_id}") and letter.deliveries >= DELIVERIES
        for letter in case.stores.dead
    )


def refused_is_nothing(case: Case) -> Iterator[Violation]:
    """What was refused is neither remembered nor answered, and no error is our own bug."""
    for asked in case.ledger.asked:
        if any(note.status == 500 for note in asked.all("refused")):
            yield case.violation("refused is nothing", "HTTP 500 without a turn", asked)
        if not asked.refused:
            continue
        for record in case.records[asked.question]:
            if not _withdrawn(record):
                what = f"refused, but its record is {record.status}"
                yield case.violation("refused is nothing", what, asked)
        if any(m.content == asked.question for m in case.messages.values()):
            yield case.violation("refused is nothing", "refused, but remembered", asked)


def _withdrawn(record: Record) -> bool:
    """Whether a record is only the trace of a turn that was taken back, or never handed on.

    The janitor ends the latter, where NATS and Redis went away together in mid-acceptance.
    """
    outcome = record.outcome
    if outcome is not None and never_accepted(outcome):
        return True
    return record.withdrawn and (outcome is None or outcome.status == "cancelled")


def never_accepted(outcome: Outcome) -> bool:
    """Whether a turn is told to have come into no queue: it failed visibly, and leaves nothing."""
    problem = outcome.problem
    return problem is not None and problem.title == "The request was lost before it was accepted"


def dead_is_empty(case: Case) -> Iterator[Violation]:
    """Nothing is given up that could have been handled."""
    for letter in case.stores.dead:
        if case.allowed.burials and letter.deliveries >= DELIVERIES:
            continue
        what = f"{letter.subject} of {letter.durable}: {letter.error_type}: {letter.error[:200]}"
        yield Violation("dead is empty", what, letter.subject.rpartition(".")[2])


def nothing_open(case: Case) -> Iterator[Violation]:
    """No turn stays open, no message stays in a queue."""
    for what in case.stores.left_open:
        yield Violation("nothing open", what)


RULES: tuple[Rule, ...] = (
    nothing_hangs,
    nothing_lost,
    nothing_doubled,
    told_is_stored,
    answers_kept,
    nothing_strange,
    order_kept,
    answers_known,
    tokens_make_up,
    ends_as_promised,
    refused_is_nothing,
    dead_is_empty,
    nothing_open,
    stores_agree,
    counts_true,
    nothing_superseded,
    forgotten_is_gone,
)


def check(ledger: Ledger, stores: Stores, allowed: Allowed | None = None) -> list[Violation]:
    """Return every violation of every rule."""
    case = Case(ledger, stores, allowed or Allowed())
    return [violation for rule in RULES for violation in rule(case)]


def _conversations(case: Case) -> Iterator[tuple[str, list[Asked], list[Message]]]:
    by_place: defaultdict[tuple[str, str], list[Asked]] = defaultdict(list)
    for asked in case.ledger.asked:
        by_place[asked.user, asked.conversation].append(asked)
    for place, messages in case.stores.conversations.items():
        yield place[0], by_place[place], messages
