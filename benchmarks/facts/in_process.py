"""Remembers a case without servers: rules, claims, fold and search in this process."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.facts.cases import Remembered, steps_of
from services.memory_writer.extraction.extract import extract
from services.memory_writer.fact_extractor import claims_of
from shared.contracts.memory import FactsStated
from shared.contracts.parts import utcnow
from shared.memory.claims import stated
from shared.memory.facts import active, fold
from shared.memory.models import Fact, StatedClaim
from shared.memory.search import fact_item, rank

FOUND = 10


def remember(case: Mapping[str, Any]) -> Remembered:
    """Let a user say a case, and ask its question if it has one."""
    claims: list[StatedClaim] = []
    for number, step in enumerate(steps_of(case), 1):
        found = extract(step.text, said_at=step.said_at).found
        event = FactsStated(
            user_id="u",
            claims=tuple(claims_of(found, source=f"m{number}")[0]),
            message_id=f"m{number}",
            said_at=step.said_at,
            source_sequence=number,
            caused_at=step.said_at,
            at=step.said_at,
        )
        claims += stated(event, number)
    facts = fold(claims, at=utcnow())
    told = {fact.id: as_told(fact) for fact in facts}
    hits = rank(case.get("query", ""), map(fact_item, active(facts)), limit=FOUND)
    return Remembered(list(told.values()), [told[hit.item.id] for hit in hits])


def as_told(fact: Fact) -> dict[str, Any]:
    """Return what the measure looks at."""
    return {
        "type": fact.type,
        "predicate": fact.predicate,
        "value": fact.value,
        "text": fact.text,
        "status": fact.status,
    }


def rules_ms(texts: list[str]) -> list[float]:
    """Return the CPU time that the rules take for each of these texts, in ms."""
    taken = []
    for text in texts:
        started = time.process_time()
        extract(text, said_at=utcnow())
        taken.append((time.process_time() - started) * 1000)
    return taken


def messages(utterances: Sequence[str], *, characters: int, rounds: int) -> list[str]:
    """Return messages of a length, made of utterances in as many random orders as `rounds`."""
    dice = random.Random(0)  # noqa: S311 - the same messages in every run
    found, message = [], ""
    for _ in range(rounds):
        for utterance in dice.sample(utterances, len(utterances)):
            message = f"{message} {utterance}".strip()
            if len(message) >= characters:
                found.append(message[:characters])
                message = ""
    return found
