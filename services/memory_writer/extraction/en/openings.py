"""How a pattern can begin: most rules need not even be tried where a clause or a word begins.

The rules are held by the first letters that they can match, and a look at the text tells the few
that may match there. Reading a pattern may find too many beginnings, never too few.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from services.memory_writer.extraction.en.reading import Rule

DEPTH = 6
"""Letters of a beginning that are looked at: "i love", "my wif"."""

_MOST_BEGINNINGS = 4000
_MOST_REMEMBERED = 20_000


class _Start(NamedTuple):
    """A beginning; where it is not `whole`, nothing is known of what may follow."""

    text: str
    whole: bool


_ANYTHING = frozenset({_Start("", whole=False)})


@lru_cache(maxsize=2048)
def openings(pattern: str) -> frozenset[str]:
    """Return the beginnings of whatever a pattern can match, of at most `DEPTH` letters each.

    "" among them: it can begin with anything. Reads what the rules are written in: groups,
    alternatives, lookarounds and quantifiers; what it does not know may be anything.
    """
    return frozenset(each.text for each in _alternatives(pattern))


class Openings:
    """Rules by how they can begin; they are returned in the order in which they were given."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._by_beginning: dict[str, list[int]] = {}
        self._remembered: dict[str, tuple[Rule, ...]] = {}
        for number, each in enumerate(rules):
            for text in openings(each.pattern.pattern):
                self._by_beginning.setdefault(text, []).append(number)

    def at(self, low: str, start: int) -> tuple[Rule, ...]:
        """Return the rules that may match at `start` of a text in lower case."""
        text = low[start : start + DEPTH]
        known = self._remembered.get(text)
        return self._look_up(text) if known is None else known

    def _look_up(self, text: str) -> tuple[Rule, ...]:
        plain = "".join(" " if letter.isspace() else letter for letter in text)
        numbers: set[int] = set()
        for size in range(len(plain) + 1):
            numbers.update(self._by_beginning.get(plain[:size], ()))
        found = tuple(self._rules[number] for number in sorted(numbers))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[text] = found
        return found


def begins_words(rule: Rule) -> bool:
    """Tell whether a rule can begin only with the letter or digit that a word begins with."""
    return all(text[:1].isalnum() for text in openings(rule.pattern.pattern))


def _alternatives(pattern: str) -> frozenset[_Start]:
    """Return the beginnings of a pattern: those of each part between the bars in no group."""
    cuts = [-1]
    cuts += [place for place, depth in _depths(pattern, 0) if depth == 0 and pattern[place] == "|"]
    cuts.append(len(pattern))
    found: set[_Start] = set()
    for before, after in pairwise(cuts):
        found |= _sequence(pattern[before + 1 : after])
    return frozenset(found)


def _sequence(part: str) -> set[_Start]:
    """Return the beginnings of what stands in a row, as far as the letters go."""
    done: set[_Start] = set()
    growing = {""}
    position = 0
    while position < len(part) and growing:
        inner, position = _element(part, position)
        optional, repeated, position = _quantifier(part, position)
        if inner is None:
            continue
        grown = set(growing) if optional else set()
        for text in growing:
            for each in inner:
                longer = (text + each.text)[:DEPTH]
                if each.whole and not repeated and len(longer) < DEPTH:
                    grown.add(longer)
                else:
                    done.add(_Start(longer, whole=False))
        growing = grown
        if len(growing) > _MOST_BEGINNINGS:
            break
    # Where the loop ended early, anything may follow.
    return done | {_Start(text, whole=position >= len(part)) for text in growing}


def _element(part: str, position: int) -> tuple[frozenset[_Start] | None, int]:
    """Return the beginnings of the element at a position, and where it ends; None: of no width."""
    letter = part[position]
    end = position + 1
    inner: frozenset[_Start] | None = frozenset({_Start(letter, whole=True)})
    if letter == "\\":
        inner, end = _escaped(part[end]), end + 1
    elif letter == "(":
        close = _close(part, position)
        inner, end = _group(part, position, close), close + 1
    elif letter in "^$":
        inner = None
    elif letter in "[.":
        inner = _ANYTHING
        end = _class_end(part, position) + 1 if letter == "[" else end
    return inner, end


def _group(part: str, start: int, end: int) -> frozenset[_Start] | None:
    """Return the beginnings of a group; None where it only looks around."""
    if part.startswith(("(?=", "(?!", "(?<=", "(?<!"), start):
        return None
    if part.startswith("(?P=", start):
        return _ANYTHING
    return _alternatives(part[_inside(part, start) : end])


def _escaped(letter: str) -> frozenset[_Start] | None:
    if letter in "bB":
        return None
    if letter == "s":
        return frozenset({_Start(" ", whole=True)})
    return _ANYTHING if letter.isalnum() else frozenset({_Start(letter, whole=True)})


def _quantifier(part: str, position: int) -> tuple[bool, bool, int]:
    """Return whether the element before may be left out, may come again, and what is next."""
    sign = part[position : position + 1]
    if not sign or sign not in "?*+{":
        return False, False, position
    end = part.index("}", position) if sign == "{" else position
    optional = sign in "?*" or part.startswith("{0", position)
    end += part.startswith("?", end + 1)
    return optional, sign != "?", end + 1


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


def _class_end(pattern: str, start: int) -> int:
    """Return where the class that opens at `start` closes."""
    position = start + 1
    while pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position


def _depths(pattern: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield every bracket and bar from `start` on, with the depth after it."""
    depth = 0
    position = start
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\":
            position += 2
            continue
        if letter == "[":
            position = _class_end(pattern, position)
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            yield position, depth
        elif letter == "|":
            yield position, depth
        position += 1
