"""Reads JSON as small models write it: nearly JSON, with words around it, or cut off.

Accepted beside JSON: words before, between and after, single quotes, names without quotes, Python's
literals, comments, line breaks and quotation marks inside strings, commas that are missing or too
many, and an end in the middle. What was cut off in the middle of a string or a number is left out:
half a name may be another name.
"""

from typing import Any, Final, TypeAlias

MAX_DEPTH = 32
"""Containers inside one another; no answer of ours has more than three."""

_LITERALS: Final = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "nan": None,
    "undefined": None,
}
_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "«": "»", "`": "`"}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_BLANK: Final = " \t\r\n\f\v\u00a0\ufeff"
_ENDS: Final = ",:{}[]\n"
_CLOSED_BEFORE: Final = ",:}]"

Json: TypeAlias = Any


class _Missing:
    """Stands for a value that is not there, or was cut off."""


_MISSING: Final = _Missing()


def containers(text: str) -> list[Json]:
    """Return every object and every list that stands in a text by itself, in their order.

    Never fails; the time is proportional to the length of the text.
    """
    reader = _Reader(text)
    found = []
    while reader.find_container():
        value = reader.value(0)
        if not isinstance(value, _Missing):
            found.append(value)
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def find_container(self) -> bool:
        """Go to the next object or list; False where there is none."""
        while self._at < len(self._text) and self._text[self._at] not in "{[":
            self._at += 1
        return self._at < len(self._text)

    def value(self, depth: int) -> Json:
        """Read one value; at a sign that begins none, nothing."""
        sign = self._peek()
        if sign in ("{", "["):
            if depth >= MAX_DEPTH:
                self._at = len(self._text)
                return _MISSING
            self._at += 1
            return self._object(depth + 1) if sign == "{" else self._list(depth + 1)
        if sign in _QUOTES:
            return self._string()
        return self._bare()

    def _peek(self) -> str:
        """Return the next sign that is neither blank nor comment; an empty one at the end."""
        text = self._text
        while self._at < len(text):
            if text[self._at] in _BLANK:
                self._at += 1
            elif text.startswith(("//", "#"), self._at):
                self._skip_to("\n")
            elif text.startswith("/*", self._at):
                self._skip_to("*/")
            else:
                return text[self._at]
        return ""

    def _skip_to(self, end: str) -> None:
        found = self._text.find(end, self._at)
        self._at = len(self._text) if found < 0 else found + len(end)

    def _object(self, depth: int) -> dict[str, Json]:
        read: dict[str, Json] = {}
        while (sign := self._peek()) not in ("}", ""):
            if sign in ",:":
                self._at += 1
                continue
            if sign == "]":
                # The bracket of a list outside: the brace was forgotten.
                return read
            name = self.value(depth)
            if self._peek() != ":":
                continue
            self._at += 1
            value = self._member(depth)
            if isinstance(name, str) and not isinstance(value, _Missing):
                read[name] = value
        self._at += sign == "}"
        return read

    def _member(self, depth: int) -> Json:
        """Read what stands behind a colon, if anything does."""
        return self.value(depth) if self._peek() not in (",", "}", "]", "") else _MISSING

    def _list(self, depth: int) -> list[Json]:
        """Read a list; named values in it are an object's, with a list's brackets around them."""
        read: list[Json] = []
        named: dict[str, Json] = {}
        while (sign := self._peek()) not in ("]", ""):
            if sign in ",:":
                self._at += 1
                continue
            if sign == "}":
                # The brace of an object outside: the bracket was forgotten.
                return read
            value = self.value(depth)
            if isinstance(value, str) and self._peek() == ":":
                self._at += 1
                member = self._member(depth)
                if not named or value in named:
                    named = {}
                    read.append(named)
                if not isinstance(member, _Missing):
                    named[value] = member
            elif not isinstance(value, _Missing):
                read.append(value)
        self._at += sign == "]"
        return read

    def _string(self) -> Json:
        """Read a string. A quotation mark ends it only where JSON could go on behind it."""
        end = _QUOTES[self._text[self._at]]
        self._at += 1
        parts: list[str] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            self._at += 1
            if sign == "\\":
                parts.append(self._escape())
            elif sign == end and self._may_close():
                return "".join(parts)
            else:
                parts.append(sign)
        return _MISSING

    def _may_close(self) -> bool:
        text, at = self._text, self._at
        while at < len(text) and text[at] in _BLANK:
            at += 1
        # A comma may be missing, but only at the end of a line.
        ends = at >= len(text) or text[at] in _CLOSED_BEFORE or "\n" in text[self._at : at]
        return ends or text.startswith(("/*", "//"), at)

    def _escape(self) -> str:
        sign = self._text[self._at : self._at + 1]
        self._at += 1
        if sign != "u":
            return _ESCAPES.get(sign, sign)
        digits = self._text[self._at : self._at + 4]
        try:
            code = int(digits, 16)
        except ValueError:
            return "u"
        self._at += 4
        return chr(code)

    def _bare(self) -> Json:
        """Read a number, a literal or words without quotes; nothing where they are cut off."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in _ENDS:
            self._at += 1
        words = self._text[start : self._at].strip()
        if self._at >= len(self._text) or not words:
            self._at += self._at == start
            return _MISSING
        return _LITERALS.get(words.lower(), words)
