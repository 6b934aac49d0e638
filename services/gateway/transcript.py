"""What one follower was sent of an answer, and so what it still lacks.

Frames travel at most once, and a follower may come late or come back: frames are dropped, doubled
and overlap. Whatever happens to them, the tokens since the last reset make up the final content.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from shared.contracts.events import TokenStreamed

EVENT_ID = re.compile(r"(\d{1,9})-(\d{1,9}|reset)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a follower has come: `sent` characters of the answer's `attempt`, both from 0."""

    attempt: int = 0
    sent: int = 0

    @classmethod
    def of(cls, event_id: str) -> "Place | None":
        """Return the place after the event with this id; None where it is none of a token's."""
        if event_id == "start":
            return cls()
        found = EVENT_ID.fullmatch(event_id)
        if found is None:
            return None
        attempt, sent = found.groups()
        return cls(int(attempt), 0 if sent == "reset" else int(sent))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the answer for the follower; without `text`: forget what you have of it."""

    event_id: str
    text: str | None = None


class Transcript:
    """Makes frames, in whatever state they come, into pieces that fit together."""

    def __init__(self, after: Place | None = None) -> None:
        after = after or Place()
        self._attempt, self._sent = after.attempt, after.sent
        # Of the text that was sent; None where an earlier connection sent it.
        self._digest = None if self._sent else blake2b()
        self.lacking = False
        """Whether the next frames cannot be shown, because some before them are missing."""

    def take(self, frame: TokenStreamed) -> list[Piece]:
        """Return what a token frame adds."""
        if frame.attempt < self._attempt:
            return []
        pieces = [] if frame.attempt == self._attempt else self._reset(frame.attempt)
        if frame.offset > self._sent:
            self.lacking = True
            return pieces
        if self._digest is None and frame.offset == 0 and len(frame.text) >= self._sent:
            self._digest = _digest(frame.text[: self._sent])
        return pieces + self._add(frame.text[self._sent - frame.offset :])

    def complete(self, content: str, *, attempt: int) -> list[Piece]:
        """Return what is missing of the final content; `attempt` is the one that made it."""
        if self._sent and self._fits(content, attempt):
            return self._add(content[self._sent :])
        return self._reset(max(attempt, self._attempt)) + self._add(content)

    def _fits(self, content: str, attempt: int) -> bool:
        if self._sent > len(content):
            return False
        if self._digest is None:
            return attempt == self._attempt
        return self._digest.digest() == _digest(content[: self._sent]).digest()

    def _add(self, text: str) -> list[Piece]:
        if not text:
            return []
        self._sent += len(text)
        self.lacking = False
        if self._digest is not None:
            self._digest.update(text.encode())
        return [Piece(f"{self._attempt}-{self._sent}", text)]

    def _reset(self, attempt: int) -> list[Piece]:
        said, self._attempt, self._sent = self._sent > 0, attempt, 0
        self._digest, self.lacking = blake2b(), False
        return [Piece(f"{attempt}-reset")] if said else []


def _digest(text: str) -> "blake2b":
    return blake2b(text.encode())
