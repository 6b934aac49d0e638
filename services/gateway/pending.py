"""Whether something that a user said or changed is still on its way into memory."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import structlog

from services.gateway.settings import GatewaySettings
from shared.broker import Backlog, Bus
from shared.contracts.subjects import FACT_EXTRACTOR_LLM, Durable
from shared.failures import DependencyDownError
from shared.memory.applied import AppliedEvents
from shared.topology import declared_durables

log = structlog.get_logger()

STREAM = "MEMORY"
STEPS = 64
"""Events of one user that one question looks at; the next question goes on from there."""

REMEMBERED = 10_000
"""Users of whom is remembered up to where everything was applied."""

_NOT_THERE = Backlog(floor=0, waiting=1)
"""A durable that is gone: what it has not handled, it will when it is declared again."""


class Pending:
    """Answers whether an event of a user waits for a durable that it is meant for.

    What happens when: the durables' figures are read first, then the notes of what was handled,
    then the user's newest event. So whatever a durable published before it was done counts, and
    False means that all that was stored before the question can be read.

    It costs two requests to NATS. Only where another user's event holds a durable's figures back,
    those of this user behind it are looked at one by one, each once.
    """

    def __init__(self, *, settings: GatewaySettings, bus: Bus, applied: AppliedEvents) -> None:
        self._durables = [
            durable
            for durable in declared_durables(settings)
            # Its pass is made when the model has nothing else to do: nobody should wait for it.
            if durable.stream == STREAM and durable.name != FACT_EXTRACTOR_LLM.name
        ]
        self._bus = bus
        self._applied = applied
        self._clean: OrderedDict[str, int] = OrderedDict()

    async def of(self, user_id: str) -> bool:
        """Tell whether something of a user is not applied yet; True where nobody can tell."""
        try:
            return await self._waits(user_id)
        except DependencyDownError as error:
            log.warning("pending is not known", dependency=error.dependency, error=str(error))
            return True

    async def _waits(self, user_id: str) -> bool:
        found = await self._bus.backlogs(STREAM)
        backlogs = {durable: found.get(durable.name, _NOT_THERE) for durable in self._durables}
        behind = [backlog.floor for backlog in backlogs.values() if backlog.waiting]
        if not behind:
            # That nothing waits may be old news; what each was given is exact.
            newest = await self._bus.last(STREAM, f"memory.{user_id}.*")
            state = _State(backlogs, ())
            return newest is not None and state.lacks(newest.subject, newest.sequence)
        floor = min(behind)
        handled = await self._applied.above(user_id, floor)
        newest = await self._bus.last(STREAM, f"memory.{user_id}.*")
        if newest is None or newest.sequence <= floor:
            return False
        clean = self._clean.get(user_id, 0)
        # Its newest event was erased, or the stream was lost and counts anew: look at all again.
        start = max(floor, clean) if clean <= newest.sequence else floor
        if newest.sequence == start:
            return False
        state = _State(backlogs, handled)
        if state.lacks(newest.subject, newest.sequence):
            return True
        return await self._walk(user_id, state, start, newest.sequence)

    async def _walk(self, user_id: str, state: "_State", start: int, end: int) -> bool:
        """Look at a user's events one by one, up to the first that waits."""
        steps = 0
        events = self._bus.walk(STREAM, f"memory.{user_id}.*", after=start, until=end)
        async for event in events:
            if state.lacks(event.subject, event.sequence):
                return True
            # What was handled stays handled: nobody need look at it again.
            self._remember(user_id, event.sequence)
            steps += 1
            if steps >= STEPS and event.sequence < end:
                return True
        self._remember(user_id, end)
        return False

    def _remember(self, user_id: str, sequence: int) -> None:
        self._clean[user_id] = sequence
        self._clean.move_to_end(user_id)
        if len(self._clean) > REMEMBERED:
            self._clean.popitem(last=False)


class _State:
    """What the durables have handled of one user."""

    def __init__(
        self, backlogs: Mapping[Durable, Backlog], handled: Iterable[tuple[str, int]]
    ) -> None:
        self._reached = {durable: backlog.reached for durable, backlog in backlogs.items()}
        self._handled = frozenset(handled)

    def lacks(self, subject: str, sequence: int) -> bool:
        """Tell whether an event waits for one of them."""
        kind = subject.rpartition(".")[2]
        return any(
            reached < sequence and (durable.name, sequence) not in self._handled
            for durable, reached in self._reached.items()
            if any(wildcard.endswith(f".{kind}") for wildcard in durable.filters)
        )
