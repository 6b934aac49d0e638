"""The part of a long message that answers what is asked, as one line."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from services.context.one_line import one_line

READ_CHARACTERS = 20_000
"""Of a message: what is further behind was not found by its words either."""

Wanted: TypeAlias = re.Pattern[str] | None

# Enough of a word to know it again in another form, and too little to take it for a shorter one.
_STEM = 5
_LEAD = 60
"""Characters before the first word that was asked for: a sentence is read from its beginning."""

_CLEANED = 4
"""How many times what is told is cleaned of what does not belong into a line."""


def sought(words: Iterable[str]) -> Wanted:
    """Return what finds words in a text again, whatever their endings; None for no words."""
    stems = {word.casefold()[:_STEM] for word in words if word}
    if not stems:
        return None
    found = [re.escape(stem) + ("" if len(stem) == _STEM else r"\b") for stem in sorted(stems)]
    return re.compile(rf"\b(?:{'|'.join(found)})", re.IGNORECASE)


def excerpt(text: str, wanted: Wanted, *, length: int) -> str:
    """Return `text` as one line of about `length` characters.

    A longer one is cut, at blanks and with "…" where something is missing, to the part that has
    most of the `wanted` words, and to its beginning where it has none.
    """
    read = text[:READ_CHARACTERS]
    # To clean a long text costs more than to look for words in it.
    first = _best_start(read, wanted, length) if len(read) > _CLEANED * length else 0
    line = one_line(read[first : first + _CLEANED * length])
    start = 0 if first or len(line) <= length else _best_start(line, wanted, length)
    if first or start:
        # A word is not begun in its middle; one without an end is.
        start = line.find(" ", start, start + _LEAD) + 1 or start
    end = len(line)
    if end > start + length:
        end = line.rfind(" ", start + length // 2, start + length)
        end = end if end > 0 else start + length
    more = end < len(line) or first + _CLEANED * length < len(text)
    before = "… " if first or start else ""
    return f"{before}{line[start:end].strip()}{' …' if more else ''}"


def _best_start(line: str, wanted: Wanted, length: int) -> int:
    """Return where to begin so that the most different words are in it; the earliest such place."""
    if wanted is None:
        return 0
    found = [(match.start(), match.group().casefold()) for match in wanted.finditer(line)]
    best, start, first = 0, 0, 0
    # What is shown before the first word takes room from what is shown after it.
    reach = max(0, length - _LEAD)
    for last in range(len(found)):
        while found[last][0] - found[first][0] > reach:
            first += 1
        different = len({stem for _, stem in found[first : last + 1]})
        if different > best:
            best, start = different, found[first][0]
    return min(max(0, start - _LEAD), len(line) - length) if start > reach else 0
