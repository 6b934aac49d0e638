"""Passages: messages as recall finds them, and the pools of them that the stores return.

A passage has the terms of its text: hashes of its lemmas, so that the index holds no word. The text
that is indexed and embedded begins with who said it and when: both are asked for.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.contracts.parts import Message, Priority
from shared.lexemes import language_of, lemmas
from shared.memory.day_names import day_in_words

INDEXED_CHARACTERS = 20_000
"""Of a message: what comes behind is not found by its words."""


def term(lemma: str) -> int:
    """Return what stands for a lemma in the index: a signed 64-bit hash."""
    digest = hashlib.blake2b(lemma.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def indexed_text(message: Message) -> str:
    """Return the text by which a message is found: who said it, the day, what was said."""
    content = message.content[:INDEXED_CHARACTERS]
    day = day_in_words(message.time, language_of(content))
    return f"{message.name} ({day}): {content}" if message.name else f"{day}: {content}"


def terms_of(message: Message) -> Counter[int]:
    """Return the terms of a message, with how often each stands in it."""
    return Counter(map(term, lemmas(indexed_text(message))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What may be found. `as_of` is a moment: what was recorded later is not there."""

    conversation_id: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    include_superseded: bool = False
    include_expired: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time from `start` on, up to but without `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a store is asked for.

    The best `at_most` by `terms`, the nearest `at_most` to `vector` (of `model`), the latest
    `at_most` said in `periods`; where none of the three is given, the latest of all. Each comes
    with `around` neighbours on either side, which need not pass the filters but those of lifetime.
    """

    terms: tuple[int, ...] = ()
    vector: tuple[float, ...] | None = None
    model: str = ""
    periods: tuple[Period, ...] = ()
    filters: Filters = Filters()
    at_most: int = 200
    around: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A message of a pool.

    `terms` are those of the asked ones that it has; `length` counts all. `similarity` is the cosine
    to the vector, None where the passage has no vector of that model. A `candidate` passes the
    filters and may be a result; the others are neighbours, for the window alone.
    """

    conversation_id: str
    message: Message
    terms: Mapping[int, int]
    length: int
    similarity: float | None = None
    candidate: bool = True
    superseded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a store has to rank: passages by conversation and place in it, neighbours together.

    `count` and `mean_length` are of all passages of the user, `holders` says how many of them have
    each asked term. `total` is how many pass the filters and match, as far as the store counted.
    """

    passages: Sequence[Passage] = ()
    count: int = 0
    mean_length: float = 0.0
    holders: Mapping[int, int] = field(default_factory=dict)
    total: int = 0
