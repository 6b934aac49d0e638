"""The part of a long message that answers what is asked, as one line."""

import re
from collections.abc import Iterable

from services.context.one_line import one_line

READ_CHARACTERS = 20_000
"""Of a message: what is further behind was not found by its words either."""

_WORD = re.compile(r"\w+")
# Enough of a word to know it again in another form, and too little to take it for a shorter one.
_STEM = 5
_LEAD = 60
"""Characters before the first word that was asked for: a sentence is read from its beginning."""


def stems(words: Iterable[str]) -> frozenset[str]:
    """Return what words are known again by, whatever their endings."""
    return frozenset(word.casefold()[:_STEM] for word in words)


def excerpt(text: str, wanted: frozenset[str], *, length: int) -> str:
    """Return `text` as one line of about `length` characters.

    A longer one is cut, at blanks and with "…" where something is missing, to the part that has
    most of the words with the `wanted` stems, and to its beginning where it has none.
    """
    line = one_line(text[:READ_CHARACTERS])
    cut = len(text) > READ_CHARACTERS
    if len(line) <= length:
        return f"{line} …" if cut else line
    start = _best_start(line, wanted, length)
    if start:
        # A word is not begun in its middle; one without an end is.
        start = line.find(" ", start, start + _LEAD) + 1 or start
    end = start + length
    if end < len(line):
        end = max(line.rfind(" ", start + length // 2, end), -1)
        end = end if end > 0 else start + length
    before = "… " if start else ""
    after = " …" if cut or end < len(line) else ""
    return f"{before}{line[start:end].strip()}{after}"


def _best_start(line: str, wanted: frozenset[str], length: int) -> int:
    """Return where to begin so that the most different words are in it; the earliest such place."""
    found = [
        (match.start(), stem)
        for match in _WORD.finditer(line)
        if (stem := match.group().casefold()[:_STEM]) in wanted
    ]
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
