"""How passages from earlier conversations are told: which of them, in which order and words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.context.excerpt import Wanted, excerpt, sought
from services.context.frame import Frame
from services.context.language import Language
from services.context.one_line import one_line
from services.context.repeats import Repeats
from services.context.tokens import estimate_tokens
from shared.contracts.parts import Message, ReceiptPassage
from shared.lexemes import lemmas
from shared.memory.day_names import day_in_words
from shared.memory.recall import RecalledPassage

PASSAGE_CHARACTERS = 400
"""Of a passage: three or four sentences."""

NEIGHBOUR_CHARACTERS = 200
"""Of what only makes a passage understood."""

_NAME_CHARACTERS = 60
_QUESTION_CHARACTERS = 2_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it is told: `text` of it, in a line that costs `tokens`."""

    message: Message
    conversation_id: str
    text: str
    score: float
    tokens: int

    @property
    def receipt(self) -> ReceiptPassage:
        """What the receipt says of it."""
        return ReceiptPassage(
            message_id=self.message.message_id,
            conversation_id=self.conversation_id,
            text=self.text,
            time=self.message.time,
            score=self.score,
        )


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of a prompt's section, its heading first; what they tell, and what did not fit."""

    lines: Sequence[str] = ()
    told: Sequence[Told] = ()
    cut: int = 0
    tokens: int = 0


class Telling:
    """Puts passages into words. `asked_at` is today, in the time zone of whoever asks."""

    def __init__(
        self, frame: Frame, language: Language, *, question: str, asked_at: datetime
    ) -> None:
        self._frame = frame
        self._language: Language = language
        self._asked_at = asked_at
        self._wanted = _content_of(question[:_QUESTION_CHARACTERS])

    def section(
        self, passages: Iterable[RecalledPassage], repeats: Repeats, *, room: int
    ) -> Section:
        """Return the section that fits into `room` (estimated tokens), the best passages first.

        Each comes with what it answers, or what answers it; no message is told twice. They stand in
        the order in which they were said.
        """
        heading = self._frame.heading(day_in_words(self._asked_at, self._language))
        tokens = opening = estimate_tokens(f"\n\n{heading}")
        told: dict[str, Told] = {}
        runs: set[tuple[str, str]] = set()
        cut = 0
        for passage in passages:
            runs |= _pairs(passage)
            if passage.message.message_id in told or repeats.has(passage.message):
                continue
            own = self._told(passage, passage.message, PASSAGE_CHARACTERS)
            if not own.text:
                continue
            if tokens + own.tokens > room:
                cut += 1
                continue
            for one in (own, *self._neighbours(passage)):
                # One of them may say what another one has just said.
                known = one.message.message_id in told or repeats.has(one.message)
                if not known and tokens + one.tokens <= room:
                    tokens += one.tokens
                    told[one.message.message_id] = one
                    repeats.add(one.message)
        if not told:
            return Section(cut=cut)
        in_order = _in_order(told.values())
        return Section(
            lines=[heading, *self._lines(in_order, runs)],
            told=in_order,
            cut=cut,
            tokens=max(tokens, opening),
        )

    def _neighbours(self, passage: RecalledPassage) -> list[Told]:
        neighbours = _explaining(passage)
        explaining = [self._told(passage, one, NEIGHBOUR_CHARACTERS) for one in neighbours]
        return [one for one in explaining if one.text]

    def _told(self, passage: RecalledPassage, message: Message, length: int) -> Told:
        text = excerpt(message.content, self._wanted, length=length)
        # With the day, which only the first of a run of messages has.
        tokens = estimate_tokens(f"\n- {self._day(message)}, {self._said(message, text)}")
        return Told(message, passage.conversation_id, text, passage.score, tokens)

    def _lines(self, told: Sequence[Told], runs: set[tuple[str, str]]) -> list[str]:
        """Return a line for each; one that follows on the line before has the day of that."""
        lines, before, day_before = [], "", ""
        for one in told:
            said, day = self._said(one.message, one.text), self._day(one.message)
            follows = (before, one.message.message_id) in runs and day == day_before
            lines.append(f"  {said}" if follows else f"- {day}, {said}")
            before, day_before = one.message.message_id, day
        return lines

    def _said(self, message: Message, text: str) -> str:
        name = one_line((message.name or "")[:_NAME_CHARACTERS])
        return f"{name or self._frame.phrases[f'speaker.{message.role}'].lower()}: {text}"

    def _day(self, message: Message) -> str:
        return day_in_words(message.time.astimezone(self._asked_at.tzinfo), self._language)


def _explaining(passage: RecalledPassage) -> list[Message]:
    """Return the neighbours without which a passage is not understood.

    To an answer belongs what was asked, and to a question what was answered.
    """
    message, before, after = passage.message, passage.before, passage.after
    explaining = []
    if before is not None and (message.role == "assistant" or _asks(before)):
        explaining.append(before)
    if after is not None and _asks(message):
        explaining.append(after)
    return explaining


def _pairs(passage: RecalledPassage) -> set[tuple[str, str]]:
    """Return which messages follow on each other, as far as a passage knows."""
    row = [passage.before, passage.message, passage.after]
    ids = [one.message_id for one in row if one is not None]
    return set(pairwise(ids))


def _asks(message: Message) -> bool:
    return message.content.rstrip()[-1:] == "?"


def _in_order(told: Iterable[Told]) -> list[Told]:
    """Return messages as they were said; those of one moment stay with their conversation."""
    return sorted(told, key=lambda one: (one.message.time, one.conversation_id, one.message.order))


def _content_of(question: str) -> Wanted:
    return sought(word for word in _WORD.findall(question) if lemmas(word))
