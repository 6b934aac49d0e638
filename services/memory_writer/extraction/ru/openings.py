"""Tells which patterns may match in a sentence, by the letters that its words begin with.

Most patterns match nothing in most sentences. To look up a number in a set tells so twenty times
faster than to search.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

LONGEST = 8
"""Letters and blanks: more of them tell hardly more apart, and take longer to look up."""

ENDS = "|"
"""Stands for the end of a first word, in what a pattern and a sentence begin with."""

NUMBERS: dict[int, int] = {}
"""The numbers of the patterns, by their ids, as their hash takes as long as a search."""

PATTERNS: "list[re.Pattern[str]]" = []
"""All that were looked for so far, by their numbers: held, so that their ids are not reused."""

_INDEX: "defaultdict[str, set[int]]" = defaultdict(set)
"""The numbers of the patterns by what a match may begin with, "" where that is not certain.

What only goes on to be one is there, too, with no number: what is not there, goes on to be none.
"""

_LETTER = re.compile(r"[а-яa-z0-9]")
_GROUP = re.compile(r"\((?:\?:|(?!\?))")
_AROUND = re.compile(r"\(\?<?[=!]")
_CLASS = re.compile(r"\[([а-яa-z]+)\]")
_WORD = re.compile(r"\w*")
_MANY = ("*", "+", "{")


def openings(pattern: "re.Pattern[str]") -> frozenset[str]:
    """Return what a match of a pattern may begin with, only "" where that is not certain.

    Each is up to `LONGEST` letters and blanks, or a whole word with `ENDS` after it.
    """
    found = frozenset(_alternatives(pattern.pattern, "", ""))
    return frozenset({""}) if "" in found else found


def register(pattern: "re.Pattern[str]") -> int:
    """Return the number of a pattern: how many were registered before it."""
    if id(pattern) not in NUMBERS:
        number = len(PATTERNS)
        for each in openings(pattern):
            _INDEX[each].add(number)
            for size in range(1, len(each)):
                _INDEX[each[:size]].update()
        PATTERNS.append(pattern)
        NUMBERS[id(pattern)] = number
    return NUMBERS[id(pattern)]


def registered() -> int:
    """Return how many patterns `possible` knows."""
    return len(PATTERNS)


def possible(low: str, starts: Iterator[int]) -> set[int]:
    """Return the numbers of the patterns that may match in a lower-case text where words begin."""
    found = set(_INDEX.get("", ()))
    for start in starts:
        for end in range(start + 1, min(start + LONGEST, len(low)) + 1):
            numbers = _INDEX.get(low[start:end])
            if numbers is None:
                break
            found |= numbers
        word = _WORD.match(low, start)
        if word and (whole := _INDEX.get(word[0] + ENDS)):
            found |= whole
    return found


def _alternatives(pattern: str, rest: str, got: str) -> Iterator[str]:
    for each in _top_level(pattern):
        yield from _from(each + rest, got)


def _from(pattern: str, got: str) -> Iterator[str]:
    """Yield what a match may begin with that has begun with `got` and goes on with a pattern."""
    if len(got) == LONGEST:
        yield got
    elif got and pattern.startswith(r"\b"):
        yield got if " " in got else got + ENDS
    elif pattern.startswith((r"\b", "^")):
        yield from _from(pattern.removeprefix("^").removeprefix(r"\b"), got)
    elif around := _AROUND.match(pattern):
        # Takes up no letters, and can only make it match less.
        yield from _from(_bracketed(pattern[around.end() :])[1], got)
    elif group := _GROUP.match(pattern):
        yield from _repeated(*_bracketed(pattern[group.end() :]), got)
    elif letters := _CLASS.match(pattern):
        yield from _repeated("|".join(letters[1]), pattern[letters.end() :], got)
    elif (_LETTER.match(pattern) or (got and pattern[:1] == " ")) and pattern[1:2] not in {
        "?",
        *_MANY,
    }:
        yield from _from(pattern[1:], got + pattern[0])
    elif _LETTER.match(pattern) or (got and pattern[:1] == " "):
        yield from _repeated("", pattern[1:], got, letter=pattern[0])
    else:
        yield got


def _repeated(body: str, rest: str, got: str, *, letter: str = "") -> Iterator[str]:
    """Yield the same of a group or a letter, and what follows: how often it may stand there."""
    if rest.startswith(_MANY):
        yield got
        return
    if rest.startswith("?"):
        rest = rest[1:]
        yield from _from(rest, got)
    if letter:
        yield from _from(rest, got + letter)
    else:
        yield from _alternatives(body, rest, got)


def _bracketed(text: str) -> tuple[str, str]:
    """Return a text up to the bracket that closes what was opened before it, and the rest."""
    depth = 1
    for i, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return text[:i], text[i + 1 :]
    return text, ""


def _top_level(text: str) -> Iterator[str]:
    """Yield the alternatives of a pattern that stand in no bracket."""
    depth, start = 0, 0
    for i, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "|" and depth == 0:
            yield text[start:i]
            start = i + 1
    yield text[start:]
