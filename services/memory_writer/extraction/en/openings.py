"""With which letters a pattern can begin: most rules need not even be tried on a clause."""

from collections.abc import Iterator
from itertools import pairwise


def first_letters(pattern: str) -> frozenset[str] | None:
    """Return the letters (lower case) that a match can begin with; None: any.

    Reads what the rules are written in: groups, alternatives, lookaheads, `?`, `*` and `{0,n}`.
    What it does not know may begin with anything.
    """
    letters: set[str] = set()
    for part in _alternatives(pattern):
        found = _first(part)
        if found is None:
            return None
        letters |= found
    return frozenset(letters)


def _first(part: str) -> frozenset[str] | None:
    """Return the first letters of a sequence, going on where its first element is optional."""
    letters: set[str] = set()
    position = 0
    while position < len(part):
        if part.startswith("\\b", position):
            position += 2
            continue
        if part.startswith(("(?=", "(?!", "(?<"), position) and part[position + 2] != "P":
            position = _close(part, position) + 1
            continue
        if part[position] == "(":
            end = _close(part, position)
            inner = first_letters(part[_inside(part, position) : end])
            position = end + 1
        elif part[position].isalpha():
            inner = frozenset({part[position]})
            position += 1
        else:
            return None
        if inner is None:
            return None
        letters |= inner
        if part.startswith(("?", "*", "{0"), position):
            position = part.index("}", position) + 1 if part[position] == "{" else position + 1
            position += part.startswith("?", position)
            continue
        return frozenset(letters)
    return None


def _inside(part: str, start: int) -> int:
    """Return where the contents of the group at `start` begin."""
    if part.startswith("(?:", start):
        return start + 3
    return part.index(">", start) + 1 if part.startswith("(?P<", start) else start + 1


def _close(pattern: str, start: int) -> int:
    """Return where the group that opens at `start` closes."""
    for position, depth in _depths(pattern, start):
        if depth == 0:
            return position
    return len(pattern)


def _alternatives(pattern: str) -> list[str]:
    """Split a pattern at the bars that stand in no group."""
    cuts = [-1]
    cuts += [place for place, depth in _depths(pattern, 0) if depth == 0 and pattern[place] == "|"]
    cuts.append(len(pattern))
    return [pattern[before + 1 : after] for before, after in pairwise(cuts)]


def _depths(pattern: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield every bracket and bar from `start` on, with the depth after it."""
    depth = 0
    position = start
    in_class = False
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\":
            position += 2
            continue
        if in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            yield position, depth
        elif letter == "|":
            yield position, depth
        position += 1
