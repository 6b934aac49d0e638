"""Holds Redis and the record against each other: the rules of the two stores.

With Redis and the record the same, every rule of `checker.py` that looks at Redis is one of both.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from shared.contracts.events import Message
from tests.support.faults.case import Case, Violation
from tests.support.faults.record import Archived

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
