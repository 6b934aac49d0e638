"""What an extractor finds in a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.contracts.parts import Language


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a message says of its author.

    `op` as in `FactClaim`: assert, end or retract. `value` is normalised (nominative, proper case);
    None with `end` and `retract`: whatever the predicate holds. `quote` is a part of the message,
    letter by letter. `corrects`: what this supersedes was never true; `instead_of` is that value.
    """

    op: Literal["assert", "end", "retract"]
    predicate: str
    value: str | None
    quote: str
    lang: Language
    confidence: float = 0.9
    corrects: bool = False
    instead_of: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was found in a message, in the order of the text, and what was dropped by reason."""

    found: tuple[Found, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
