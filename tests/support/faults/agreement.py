"""Holds Redis and the record against each other, and both against what shall be forgotten.

With Redis and the record the same, every rule of `checker.py` that looks at Redis is one of both.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from shared.contracts.ids import user_message_id
from shared.contracts.parts import Message
from tests.support.faults.case import Case, Violation
from tests.support.faults.ledger import Asked, Forgetting
from tests.support.faults.record import Archived
from tests.support.faults.stores import marks_of

_NONE = Archived()


def stores_agree(case: Case) -> Iterator[Violation]:
    """Redis and the record hold the same messages in the same order, to the last field."""
    stores = case.stores
    for place in {**stores.conversations, **stores.archived}:
        live = stores.conversations.get(place, [])
        recorded = stores.archived.get(place, _NONE).messages
        if live != recorded:
            yield case.of_user("stores agree", _difference(live, recorded), place[0])


def _difference(live: Sequence[Message], recorded: Sequence[Message]) -> str:
    missing = {m.message_id: m for m in live}
    for message in recorded:
        missing.pop(message.message_id, None)
    more = {m.message_id: m for m in recorded}
    for message in live:
        more.pop(message.message_id, None)
    if missing or more:
        lacks = [m.content[:24] for m in missing.values()]
        has = [m.content[:24] for m in more.values()]
        return f"of {len(live)} messages the record lacks {lacks}, and it has {has} more"
    first = next((a, b) for a, b in zip_longest(live, recorded) if a != b)
    return f"Redis has {first[0]!r}, the record {first[1]!r}"


def counts_true(case: Case) -> Iterator[Violation]:
    """What is counted is what there is: of each conversation in both stores, and in all."""
    stores = case.stores
    for place, archived in stores.archived.items():
        told = (archived.message_count, archived.total_tokens)
        counted = (len(archived.messages), sum(m.tokens or 0 for m in archived.messages))
        if told != counted:
            what = f"the record tells {told} messages and tokens, and has {counted}"
            yield case.of_user("counts true", what, place[0])
    for place, messages in stores.conversations.items():
        if stores.live_counts.get(place, 0) != len(messages):
            what = f"Redis tells {stores.live_counts.get(place)} messages, and has {len(messages)}"
            yield case.of_user("counts true", what, place[0])
    if stores.totals != stores.counted:
        what = f"the totals are {stores.totals}, and there are {stores.counted}"
        yield Violation("counts true", what)


def nothing_superseded(case: Case) -> Iterator[Violation]:
    """What another turn has replaced is shown by neither store."""
    stores = case.stores
    for place, archived in stores.archived.items():
        ids = {m.message_id for m in stores.conversations.get(place, [])}
        ids |= {one["id"] for one in stores.shown.get(place, [])}
        if left := ids & archived.superseded:
            yield case.of_user("nothing superseded", f"still shown: {sorted(left)}", place[0])


def forgotten_is_gone(case: Case) -> Iterator[Violation]:
    """What was forgotten is nowhere: in no store, no stream, no turn's record; the rest stays."""
    for asked in case.ledger.asked:
        forgetting = asked.forgetting
        if forgetting is None:
            continue
        if forgetting.status == 500:
            yield case.violation("forgotten is gone", "HTTP 500 to a request to forget", asked)
        if not forgetting.certain or _not_found_without_redis(case, forgetting):
            continue
        for where, what in _left(case, asked, forgetting):
            yield case.violation("forgotten is gone", f"{what} is still in {where}", asked)
        if forgetting.scope == "message":
            question = case.messages.get(user_message_id(asked.turn_id or ""))
            if question is None or question.content != asked.question:
                yield case.violation("forgotten is gone", "the question went with it", asked)


def _not_found_without_redis(case: Case, forgetting: Forgetting) -> bool:
    # The record alone may not have had it yet.
    return forgetting.status == 404 and case.allowed.hit(
        forgetting.began, forgetting.ended, "redis"
    )


def _left(case: Case, asked: Asked, forgetting: Forgetting) -> Iterator[tuple[str, str]]:
    endings = [note.ending.content for note in asked.all("told") if note.ending is not None]
    marks = marks_of("\n".join((asked.question, asked.streamed, *endings)))
    if forgetting.scope == "message":
        marks -= marks_of(asked.question)
    for where, found in case.stores.traces.items():
        for mark in sorted(marks & found):
            yield where, f"{mark!r}"
    for record in case.records[asked.question]:
        if forgetting.scope == "message" and record.turn_id != asked.turn_id:
            # A request of before that was refused: it has no reply.
            continue
        yield "Redis", f"the record of turn {record.turn_id}"
    alone = all(a.forgetting and a.forgetting.certain for a in case.asked_by[asked.user])
    if forgetting.scope == "user" and alone:
        for where, users in case.stores.known_users.items():
            if case.stores.users.get(asked.user) in users:
                yield where, "the user"
