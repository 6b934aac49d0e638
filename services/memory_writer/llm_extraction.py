"""Finds facts by the model in what users say, after the rules and while no chat turn is open."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import structlog

from services.memory_writer.extraction.extract import extract
from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.llm import ASKED, EXTRACTOR, accepted, telling
from services.memory_writer.fact_extractor import (
    LONG_MESSAGE,
    Policies,
    Said,
    claims_of,
    said_by_user,
    stated,
)
from shared.broker import Bus
from shared.contracts.events import ExtractAnswered, ExtractAsked
from shared.contracts.memory import FactsStated, MessageAdded, TurnClosed
from shared.contracts.parts import utcnow
from shared.contracts.subjects import LLM_EXTRACT
from shared.failures import DependencyDownError
from shared.lexemes import key, language_of
from shared.memory.barrier import user_of
from shared.memory.predicates import PREDICATES
from shared.telemetry import Telemetry

log = structlog.get_logger()

Read = TypeVar("Read")

LATE = timedelta(hours=1)
"""How long a message waits for idle time. What comes in faster than the model reads is let go."""

SHORTEST = 12
"""Characters of a message that is worth the model's time."""

BUSY_PAUSE_S = 2.0
DOWN_PAUSE_S = 10.0
"""Before the question is asked again: a turn takes seconds, a server's start longer."""

HOLD_EVERY_S = 15.0
"""A quarter of the ack wait."""

ASK_TIMEOUT_S = 150.0
"""Longer than inference lets an extraction run."""


class LlmExtraction:
    """Has the model read every user message that is worth it, one after another.

    `time_scale` shortens the pauses (tests).
    """

    def __init__(
        self, *, bus: Bus, policies: Policies, telemetry: Telemetry, time_scale: float = 1.0
    ) -> None:
        self._bus = bus
        self._policies = policies
        self._telemetry = telemetry
        self._time_scale = time_scale

    async def extract(
        self,
        event: TurnClosed | MessageAdded,
        *,
        sequence: int,
        hold: Callable[[], Awaitable[None]],
    ) -> FactsStated | None:
        """Return what the model finds in an event's message, or None where that is nothing.

        It waits for idle time, and for a model server that does not answer, until the message is
        too old; `hold` tells meanwhile that the event is in work. `sequence` is the event's first
        stream sequence. Raises DependencyDownError.
        """
        said = said_by_user(event)
        late = _is_late(event)
        if said is None or (not late and await self._policies.of(user_of(event)) == "off"):
            return None
        text = "" if late else await _beside(said, _worth_reading)
        async with _held(hold, every_s=HOLD_EVERY_S * self._time_scale):
            answer = await self._ask(event, text) if text else None
        if answer is not None:
            return await self._stated(event, said, answer, sequence)
        self._tell({"dropped.late" if _is_late(event) else "dropped.nothing_told": 1})
        return None

    async def _ask(self, event: TurnClosed | MessageAdded, text: str) -> ExtractAnswered | None:
        """Return the model's answer, None where there was none until the message was too old."""
        question = ExtractAsked(text=text, lang=language_of(text), predicates=ASKED)
        while not _is_late(event):
            try:
                answer = await self._bus.ask(
                    LLM_EXTRACT, question, ExtractAnswered, timeout_s=ASK_TIMEOUT_S
                )
            except DependencyDownError as error:
                pause_s, why = DOWN_PAUSE_S, str(error)
            else:
                if answer.problem is None and not answer.busy:
                    return answer
                pause_s, why = (BUSY_PAUSE_S, "busy")
                if answer.problem is not None:
                    pause_s, why = DOWN_PAUSE_S, answer.problem.detail
            log.debug("extraction waits for the model", why=why)
            await asyncio.sleep(pause_s * self._time_scale)
        return None

    async def _stated(
        self, event: TurnClosed | MessageAdded, said: Said, answer: ExtractAnswered, sequence: int
    ) -> FactsStated | None:
        policy = await self._policies.of(user_of(event))
        if policy == "off":
            return None
        read = await _beside(said, lambda text: accepted(text, answer.facts))
        ruled = await _beside(said, lambda text: extract(text, said_at=said.said_at))
        new = [one for one in read.found if not _known(one, ruled.found)]
        claims, dropped = claims_of(
            new,
            source=said.message_id,
            extractor=EXTRACTOR,
            proposed=policy == "ask",
            expires_at=said.expires_at,
        )
        dropped.update(answer.dropped)
        dropped.update(read.dropped)
        dropped.update({"found_by_rules": len(read.found) - len(new)})
        found = Counter(f"found.{claim.predicate}" for claim in claims)
        self._tell({**found, **{f"dropped.{why}": count for why, count in dropped.items()}})
        if not claims:
            return None
        named = hashlib.sha256(publish_id(said.message_id).encode()).hexdigest()[:28]
        event_of_rules = stated(event, said, claims, sequence=sequence)
        return event_of_rules.model_copy(update={"event_id": named})

    def _tell(self, counts: dict[str, int]) -> None:
        values = {name: float(count) for name, count in counts.items() if count}
        if values:
            self._telemetry.metric("facts-extracted-llm", values=values)


@asynccontextmanager
async def _held(hold: Callable[[], Awaitable[None]], *, every_s: float) -> AsyncIterator[None]:
    """Tell that the event is in work for as long as it takes."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(every_s)
            await hold()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


def publish_id(message_id: str) -> str:
    """Return the id under which the model's facts of a message are published: once."""
    return f"{message_id}:facts:llm"


def _worth_reading(text: str) -> str:
    """Return what of a message a model should read; nothing where that says too little."""
    told = telling(text)
    return told if len(told) >= SHORTEST else ""


def _known(found: Found, ruled: Sequence[Found]) -> bool:
    """Tell whether the rules found the same, or something else where there can be only one.

    They know better: two values of one message would supersede each other.
    """
    row, named = PREDICATES[found.predicate], set(key(found.value or ""))
    for one in ruled:
        other = PREDICATES[one.predicate]
        if row is other and (row.cardinality == "single" or one.op != "assert"):
            return True
        together = row is other or (row.group and row.group == other.group)
        # A part of it, or more words around it, is the same said less well.
        if together and named & set(key(one.value or "")):
            return True
    return False


def _is_late(event: TurnClosed | MessageAdded) -> bool:
    return utcnow() - event.at > LATE


async def _beside(said: Said, read: Callable[[str], Read]) -> Read:
    """Read a message; a long one in a thread, so that the others need not wait."""
    if len(said.text) < LONG_MESSAGE:
        return read(said.text)
    return await asyncio.to_thread(read, said.text)
