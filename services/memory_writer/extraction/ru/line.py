"""A sentence as tokens in clauses: what all rules look at."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.morphology import top
from services.memory_writer.extraction.ru.openings import (
    NUMBERS,
    possible,
    register,
    registered,
)
from services.memory_writer.extraction.sentences import Sentence

LONGEST_CLAUSE = 40
"""Words after which another clause begins, whatever they are: rules look all over a clause."""

MOST_MATCHES = 8
"""Times that a pattern is looked at in one sentence: who says "I" more often repeats himself."""

LONGEST = 1_000
"""What follows in a sentence is not looked at, in letters: nobody speaks like that of himself."""

_TOKEN = re.compile(
    r"[a-z][a-z0-9]*(?:[.'/][a-z0-9]+)*[+#]{1,2}(?![a-z0-9])"
    r"|utc[+-]\d+|gmt[+-]\d+"
    r"|[0-9a-zа-яё]+(?:[-'’][0-9a-zа-яё]+)*"
    r"|[^\w\s]",
    re.IGNORECASE,
)
_BREAKS = frozenset({"а", "но", "зато", "однако", "хотя"})
_STARTS = frozenset({"у", "я", "мы", "мне", "мой", "моя", "мое", "мои", "меня", "наш", "наша"})
_ASKS = re.compile(
    r"\b(?:ли|что|чем|чему|чего|как|где|куда|откуда|когда|почему|зачем|сколько|кто|кого|кому|кем"
    r"|какой|какая|какое|какие|какую|каких|каким|какого|чей|чья|разве|неужели|стоит|можно"
    r"|подскажи(?:те)?)\b"
)


_YOU = re.compile(r"\b(?:ты|вы|тебя|вас|тебе|вам|твое|твоя|твой)\b")
_BEFORE_ASKING = frozenset({"а", "и", "но", "ну", "вот", "так", "кстати", "привет"})
_REPORTS = re.compile(
    r"\b(?:подскажи|скажи|спроси|интересно|не знаю|объясни|расскажи|узнать|понять|посоветуй|помоги)"
)
_CONJUNCTION = re.compile(r"\b(?:что|как|когда|где|можно|стоит|какой|которая|кто)\b")


class Token(NamedTuple):
    """A word, number or punctuation mark; `low` is in lower case with е for ё.

    `start` and `end` are in the sentence, `clause` is the number of its clause.
    """

    text: str
    low: str
    start: int
    end: int
    clause: int

    @property
    def is_word(self) -> bool:
        """Whether it has a letter or a digit."""
        return self.text[0].isalnum()

    @property
    def is_latin(self) -> bool:
        """Whether it is written in Latin letters, as names of products are."""
        return self.text[0].isascii() and self.text[0].isalpha()

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()


class Line:
    """A sentence, cut into tokens and clauses."""

    def __init__(self, sentence: Sentence, *, opens: bool = False) -> None:
        """Cut the sentence; `opens`: nothing but a greeting was said before it."""
        self.sentence = sentence
        self.opens = opens
        self.text = sentence.text[:LONGEST]
        speech = sentence.speech[:LONGEST]
        self.low = speech.lower().replace("ё", "е")
        if len(self.low) != len(speech):
            # A letter without a lower-case form of its own length would shift all offsets.
            self.low = "".join(c.lower() if len(c.lower()) == 1 else c for c in speech)
        self.tokens = tuple(self._cut(speech))
        self._registered = registered()
        self._possible = possible(self.low, (token.start for token in self.tokens))
        self._clauses: dict[int, tuple[int, int]] = {}
        for i, token in enumerate(self.tokens):
            first = self._clauses.get(token.clause, (i, i))[0]
            self._clauses[token.clause] = (first, i + 1)
        # With what was found, so that its id is not given to another.
        self._places: dict[int, tuple[int, Found]] = {}
        self._at = {token.start: i for i, token in enumerate(self.tokens)}
        self._asked: dict[int, bool] = {}
        self._texts: dict[int, str] = {}
        self.told: dict[tuple[str, int], bool] = {}
        """What is so of a clause, by what it is and its number: kept, as all rules ask for it."""

    def _cut(self, speech: str) -> Iterator[Token]:
        clause, last_end, size, marks = 0, 0, 0, list(_TOKEN.finditer(speech))
        for i, match in enumerate(marks):
            low = self.low[match.start() : match.end()]
            apart = self.text[last_end : match.start()]
            size += 1
            breaks = not match[0][0].isalnum() or low in _BREAKS
            if "\n" in apart or size > LONGEST_CLAUSE or breaks:
                clause, size = clause + 1, 0
            elif low == "и" and i + 1 < len(marks) and self._opens(marks[i + 1]):
                clause += 1
            yield Token(match[0], low, match.start(), match.end(), clause)
            last_end = match.end()

    def _opens(self, match: "re.Match[str]") -> bool:
        word = self.low[match.start() : match.end()]
        reading = top(word)
        return word in _STARTS or (reading is not None and reading.pos == "VERB")

    def find(self, pattern: "re.Pattern[str]") -> Iterable[tuple["re.Match[str]", int, int]]:
        """Return matches in the lower-case speech: with the first token, and the one after."""
        # Called a hundred times a sentence, and nearly always in vain.
        number = NUMBERS.get(id(pattern))
        if number is None:
            number = register(pattern)
        if number < self._registered and number not in self._possible:
            return ()
        return self._find(pattern)

    def _find(self, pattern: "re.Pattern[str]") -> Iterator[tuple["re.Match[str]", int, int]]:
        for match in islice(pattern.finditer(self.low), MOST_MATCHES):
            first = self._at.get(match.start())
            if first is not None:
                yield match, first, self.after(match.end(), first)

    def after(self, offset: int, first: int = 0) -> int:
        """Return the index of the first token at or after an offset."""
        i = first
        while i < len(self.tokens) and self.tokens[i].start < offset:
            i += 1
        return i

    def token(self, i: int) -> Token | None:
        """Return a token, None beyond the ends."""
        return self.tokens[i] if 0 <= i < len(self.tokens) else None

    def word(self, i: int) -> str:
        """Return a token in lower case, empty beyond the ends."""
        token = self.token(i)
        return token.low if token else ""

    def clause(self, i: int) -> tuple[int, int]:
        """Return the first token of the clause of a token, and the one after its last."""
        return self._clauses[self.tokens[i].clause]

    def clause_text(self, i: int) -> str:
        """Return the lower-case speech of the clause of a token."""
        clause = self.tokens[i].clause
        text = self._texts.get(clause)
        if text is None:
            first, after = self._clauses[clause]
            text = self.low[self.tokens[first].start : self.tokens[after - 1].end]
            self._texts[clause] = text
        return text

    def asked(self, i: int) -> bool:
        """Whether the token stands in what is asked, and not in an aside of a question."""
        clause = self.tokens[i].clause
        if clause not in self._asked:
            self._asked[clause] = self._asks_in(*self._clauses[clause])
        return self._asked[clause]

    def _asks_in(self, first: int, after: int) -> bool:
        start, end = self.tokens[first].start, self.tokens[after - 1].end
        if not self.sentence.question:
            return self._asks_in_statement(first, after)
        if _ASKS.search(self.low, start, end):
            return True
        rest = self.low[self.tokens[after - 1].end :]
        if _YOU.search(rest):
            return False
        return self.sentence.question and not _ASKS.search(rest) and not self._asked_before(first)

    def _asks_in_statement(self, first: int, after: int) -> bool:
        """Whether a clause of a statement asks: it begins like a question, or one is reported."""
        opens = first == 0 or not self.tokens[first].is_word
        while first < after - 1 and (
            not self.tokens[first].is_word or self.tokens[first].low in _BEFORE_ASKING
        ):
            first += 1
        if not _ASKS.match(self.low, self.tokens[first].start):
            return bool(
                re.search(
                    r"\bли\b", self.low[self.tokens[first].start : self.tokens[after - 1].end]
                )
            )
        earlier = self.low[: self.tokens[first].start]
        if not any(letter.isalpha() for letter in earlier):
            return True
        return (opens and bool(_REPORTS.search(earlier))) or not _CONJUNCTION.match(
            self.low, self.tokens[first].start
        )

    def _asked_before(self, first: int) -> bool:
        return bool(first and _ASKS.search(self.low, 0, self.tokens[first].start))

    def negated(self, i: int) -> bool:
        """Whether "не" or "нет" stands right before a token, or one word before that."""
        if self.word(i - 1) in {"не", "ни", "нет"}:
            return True
        return self.word(i - 2) == "не" and self.word(i - 1) in {"очень", "особо", "совсем"}

    def title(self, i: int) -> str | None:
        """Return what stands in quotation marks right before token `i`, after the one before it."""
        start = self.tokens[i - 1].end if 0 < i <= len(self.tokens) else 0
        end = self.tokens[i].start if i < len(self.tokens) else len(self.text)
        match = re.search(r"[«\"„“]\s*([^«»\"“”„]{1,80}?)\s*[»\"“”]", self.text[start:end])
        return match[1] if match else None

    @cached_property
    def whole(self) -> str:
        """The sentence without the blanks around it."""
        return self.sentence.text.strip()

    def found(
        self,
        predicate: str,
        value: str | None,
        at: int,
        *,
        op: Literal["assert", "end", "retract"] = "assert",
        **more: Any,
    ) -> Found:
        """Return something found, whose quote is the sentence, or of a long one the clause."""
        quote = self.whole
        if len(quote) > QUOTE_MAX:
            first, after = self.clause(min(at, len(self.tokens) - 1))
            quote = self.text[self.tokens[first].start : self.tokens[after - 1].end]
        found = Found(op, predicate, value, quote[:QUOTE_MAX], "ru", **more)
        self._places[id(found)] = (at, found)
        return found

    def place_of(self, found: Found) -> int:
        """Return the token at which something was found."""
        return self._places[id(found)][0]


QUOTE_MAX = 300
"""A longer sentence is quoted by its clause, in letters: a quote is to be read at a glance."""
