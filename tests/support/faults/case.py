"""Ledger and stores side by side, and what a scenario permits: what the rules look at."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.contracts.parts import Outcome
from tests.support.faults.ledger import Asked, Ledger
from tests.support.faults.stores import Record, Stores

if TYPE_CHECKING:
    from shared.contracts.memory import TurnClosed

OF_TURNS = ("nats", "redis", "llm")
"""The servers without which a turn may fail: the record is none of them."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a scenario permits beyond the promise.

    `outages`: spans (start, end, server) in which a server was away; a turn that was in work then
    may fail visibly, or lack what that server keeps, but for PostgreSQL's sake it may do neither.
    `burials`: a turn whose workers died at every delivery may end in DEAD. `longest_s`: how long a
    client may wait, in seconds, where no outage lengthens it.
    """

    outages: tuple[tuple[float, float, str], ...] = ()
    burials: bool = False
    longest_s: float = math.inf

    def hit(self, began: float, ended: float, *servers: str) -> bool:
        """Whether one of these servers (any that a turn needs) was away between two moments."""
        return any(
            began <= end and start <= ended
            for start, end, server in self.outages
            if server in (servers or OF_TURNS)
        )


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise, with all that happened to the turn, which was asked for at `at`."""

    rule: str
    what: str
    turn_id: str | None = None
    history: Sequence[str] = field(default=())
    at: float | None = None

    def __str__(self) -> str:
        lines = [f"{self.rule}: {self.what} (turn {self.turn_id})", *self.history]
        return "\n    ".join(lines)


class Case:
    """Ledger and stores, indexed by question and turn."""

    def __init__(self, ledger: Ledger, stores: Stores, allowed: Allowed) -> None:
        self.ledger = ledger
        self.stores = stores
        self.allowed = allowed
        self.records: defaultdict[str, list[Record]] = defaultdict(list)
        for record in stores.records:
            self.records[record.question].append(record)
        self.closed: defaultdict[str, list[TurnClosed]] = defaultdict(list)
        for event in stores.closed:
            self.closed[event.turn.turn_id].append(event)
        self._began: dict[str, float] = {}
        self.asked_by: defaultdict[str, list[Asked]] = defaultdict(list)
        for asked in ledger.asked:
            self._began.setdefault(asked.user, asked.sent_at)
            self.asked_by[asked.user].append(asked)
        self.messages = {
            message.message_id: message
            for messages in stores.conversations.values()
            for message in messages
        }

    @property
    def remembered(self) -> list[Asked]:
        """The questions that nobody asked to be forgotten."""
        return [asked for asked in self.ledger.asked if asked.forgetting is None]

    def turn_id(self, asked: Asked) -> str | None:
        """The turn of a question: as the client was told, or as the store says."""
        if asked.turn_id is not None:
            return asked.turn_id
        found = self.records[asked.question]
        return found[0].turn_id if found else None

    def outcome(self, asked: Asked) -> Outcome | None:
        """How a question's turn ended: its record's outcome, else its closing event's."""
        for record in self.records[asked.question]:
            if record.turn_id == self.turn_id(asked) and record.outcome is not None:
                return record.outcome
        closed = self.closed.get(self.turn_id(asked) or "", [])
        return closed[0].outcome if closed else None

    def hit(self, asked: Asked, *servers: str) -> bool:
        """Whether one of these servers (or any it needs) was away while it was in work."""
        ended, outcome = asked.ended_at, self.outcome(asked)
        if outcome is not None:
            # A turn goes on when its client has left.
            ended = max(ended, outcome.ended_at.timestamp())
        return self.allowed.hit(asked.sent_at, ended, *servers)

    def of_user(self, rule: str, what: str, user: str) -> Violation:
        return Violation(rule, f"{user}: {what}", at=self._began.get(user))

    def violation(self, rule: str, what: str, asked: Asked) -> Violation:
        turn_id = self.turn_id(asked)
        stored = [
            f"  record: {r.turn_id} {r.status}"
            f"{' cancelled' * r.cancelled}{' withdrawn' * r.withdrawn}"
            for r in self.records[asked.question]
        ]
        stored += [
            f"  closed: {event.turn.turn_id} {event.outcome.status} {event.outcome.content[:40]!r}"
            for event in self.closed.get(turn_id or "", [])
        ]
        history = [asked.question, *asked.history(), *stored]
        return Violation(rule, what, turn_id, history, asked.sent_at)
