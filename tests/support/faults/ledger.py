"""What clients asked, and what they were promised and told: written down as it happens."""

import json
import time
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TextIO

Form = Literal["json", "sse", "async"]
Scope = Literal["conversation", "message", "user"]
Kind = Literal[
    "sent",  # the request is on its way
    "accepted",  # a turn id was told: start event, 202, or the answer itself
    "token",
    "reset",
    "told",  # how the turn ended: done, error, a JSON body, a poll
    "refused",  # a problem without a turn
    "broken",  # the connection ended before its time
    "cancel",  # the client asked to stop the turn
    "left",  # the client went away on purpose
    "missing",  # the client was told that there is no such turn
    "hung",  # nothing came for too long
]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended, as a client was told it: its text, or its problem."""

    completed: bool
    content: str = ""
    status: int = 200
    title: str = ""
    detail: str = ""
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened to a question, and when (`time.time()`)."""

    kind: Kind
    at: float
    turn_id: str | None = None
    text: str = ""
    ending: Ending | None = None
    status: int | None = None

    def line(self) -> str:
        """All of it but the time and a token's text."""
        fields = {k: v for k, v in asdict(self).items() if v not in (None, "") and k != "at"}
        if self.kind == "token":
            fields.pop("text", None)
        return json.dumps(fields, ensure_ascii=False)


LONGEST, HEAD = 24, 10
"""A history of more lines is shown by its beginning and its end."""


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A request to forget that a question may have fallen under, between two moments.

    `status` is what the client was told in the end. `certain`: the question's turn was accepted
    before, and the request was heard; otherwise it may be gone or not. Of a `message` it is the
    reply that is forgotten.
    """

    scope: Scope
    began: float
    ended: float
    status: int | None
    certain: bool = True

    def line(self) -> str:
        sure = "" if self.certain else ", not for certain"
        return (
            f"  {self.began:.3f} forget the {self.scope}: {self.status} at {self.ended:.3f}{sure}"
        )


@dataclass(slots=True)
class Asked:
    """A question, which no other question is equal to, and all that came of it."""

    question: str
    user: str
    conversation: str
    form: Form
    key: str | None = None
    notes: list[Note] = field(default_factory=list)
    forgetting: Forgetting | None = None

    def all(self, kind: Kind) -> list[Note]:
        return [note for note in self.notes if note.kind == kind]

    def has(self, kind: Kind) -> bool:
        return any(note.kind == kind for note in self.notes)

    @property
    def turn_id(self) -> str | None:
        """The turn that the client was told first."""
        return next((note.turn_id for note in self.notes if note.turn_id), None)

    @property
    def accepted(self) -> bool:
        """Whether the client was promised an answer."""
        return self.has("accepted")

    @property
    def refused(self) -> bool:
        """Whether the last that the client was told is that there is no such turn."""
        told = [note.kind for note in self.notes if note.kind in {"accepted", "refused", "broken"}]
        return bool(told) and set(told) == {"refused"}

    @property
    def over(self) -> bool:
        """Whether there is nothing more that the client waits for."""
        return self.has("told") or self.has("left") or self.has("missing")

    @property
    def sent_at(self) -> float:
        return self.notes[0].at

    @property
    def ended_at(self) -> float:
        return self.notes[-1].at

    @property
    def streamed(self) -> str:
        """The text of the tokens since the answer last began, for this client."""
        text = ""
        for note in self.notes:
            if note.kind in {"reset", "sent"}:
                text = ""
            elif note.kind == "token":
                text += note.text
        return text

    def history(self) -> list[str]:
        """What happened, a line each; what came several times on end is drawn together."""
        lines = [f"{self.form}, key {self.key}, conversation {self.conversation} of {self.user}"]
        told = [(note.at, note.line()) for note in self.notes]
        # Asking and being refused alternate for as long as a server is away.
        for line, group in groupby(told, key=lambda one: one[1]):
            times = [at for at, _ in group]
            again = f" × {len(times)} until {times[-1]:.3f}" if len(times) > 1 else ""
            lines.append(f"  {times[0]:.3f} {line}{again}")
        if self.forgetting is not None:
            lines.append(self.forgetting.line())
        return lines if len(lines) <= LONGEST else [*lines[:HEAD], "  …", *lines[-HEAD:]]


class Ledger:
    """Every question in the order of asking; also in a file, one note a line."""

    def __init__(self, path: Path | None = None) -> None:
        self.asked: list[Asked] = []
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def ask(self, asked: Asked) -> Asked:
        self.asked.append(asked)
        return asked

    def note(self, asked: Asked, kind: Kind, **values: Any) -> None:
        """Write down what happened to a question."""
        note = Note(kind, time.time(), **values)
        asked.notes.append(note)
        if self._file is not None:
            line = json.dumps({"question": asked.question, **asdict(note)}, ensure_ascii=False)
            self._file.write(line + "\n")

    def open_at(self, moment: float) -> list[Asked]:
        """Return the questions that were in work at a moment."""
        return [a for a in self.asked if a.notes and a.sent_at <= moment <= a.ended_at]

    def of_users_since(self, moment: float) -> "Ledger":
        """Return a ledger of the users who asked anything since a moment, whole."""
        users = {a.user for a in self.asked if a.notes and a.sent_at >= moment}
        recent = Ledger()
        recent.asked = [a for a in self.asked if a.user in users]
        return recent

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
