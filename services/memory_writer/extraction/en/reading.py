"""A sentence as the rules of English read it: lower case, its clauses, and the phrases in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from services.memory_writer.extraction.en.words import CONNECTORS, DETERMINERS, STOPS, VERBS
from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.sentences import Context, Sentence

LONGEST_QUOTATION = 40
"""Characters: what is longer between quotation marks is no name or title, but somebody's speech."""


class Span(NamedTuple):
    """A part of a sentence, from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a clause begins, after "hi", "btw" and the like, and how it was introduced.

    `intro` is the conjunction before it, "," where a mark is, "" at the beginning. `asks`: it is
    the question of its sentence, and states nothing.
    """

    start: int
    intro: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence: `said` is its speech with short quoted titles put back, `low` is lower case.

    All three have the same offsets. `lower`: it is written without capitals.
    """

    sentence: Sentence
    context: Context
    said: str
    low: str
    lower: bool
    clauses: tuple[Clause, ...] = field(default=())

    def text(self, span: Span) -> str:
        """Return what is said there, with one blank between words."""
        return " ".join(self.said[span.start : span.end].split())

    def found(self, predicate: str, value: str | None, span: Span, **more: Any) -> Found:
        """Return something found, whose quote is the part of the message at `span`."""
        quote = self.sentence.text[span.start : span.end].strip()
        more.setdefault("op", "assert")
        return Found(predicate=predicate, value=value, quote=quote, lang="en", **more)


Read: TypeAlias = Callable[["re.Match[str]", Reading], Iterable[Found]]


class Rule(NamedTuple):
    """A pattern, and what a match of it says.

    `where`: at the beginning of a clause that states something; `anywhere` in the sentence, a
    question too (what is presupposed there is so); or at the beginning of any clause (`request`).
    """

    pattern: "re.Pattern[str]"
    read: Read
    where: Literal["clause", "anywhere", "request"] = "clause"


IM = r"(?:i'?m|i\sam|im)"
IVE = r"(?:i'?ve(?:\sgot)?|i\shave(?:\sgot)?|i\sgot|we'?ve(?:\sgot)?|we\shave(?:\sgot)?|we\sgot)"
ADV = (
    r"(?:(?:really|absolutely|totally|also|still|just|actually|honestly|always|currently|now|truly"
    r"|genuinely|basically|already|recently|finally|personally|simply|mostly|usually|proudly|both"
    r"|all|officially|definitely|generally|super|so|very|quite|rather|kinda|presently|only|mainly"
    r"|pretty|even|ever\sso|kind\sof|sort\sof|pretty\smuch|at\sthe\smoment)\s){0,3}"
)


def rule(
    pattern: str, read: Read, where: Literal["clause", "anywhere", "request"] = "clause"
) -> Rule:
    """Return a rule of a pattern, in which IM, IVE and ADV stand for their alternatives."""
    for name, meaning in (("<im>", IM), ("<ive>", IVE), ("<adv>", ADV)):
        pattern = pattern.replace(name, meaning)
    return Rule(re.compile(pattern), read, where)


# --- phrases ---------------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*([^\s,;:!?()\[\]\"“”«»—–…]+)")
_DASH = re.compile(r"-+$")
_INITIAL = 2


def tokens(reading: Reading, start: int) -> Iterator[Span]:
    """Yield the words from `start` on, up to a mark that ends a phrase."""
    position = start
    while match := _TOKEN.match(reading.said, position):
        first, last = match.span(1)
        word = reading.said[first:last]
        if _DASH.match(word):
            return
        stop = word.endswith(".") and word.lower() not in {"st.", "dr.", "mt.", "mr.", "mrs."}
        stop = stop and not (
            len(word) == _INITIAL and word[0].isupper() and match.end() < len(reading.said)
        )
        last -= len(word) - len(word.rstrip(".'*")) if stop or word[-1] in "'*" else 0
        if last > first:
            yield Span(first, last)
        if stop:
            return
        position = match.end()


def phrase(
    reading: Reading, start: int, *, words: int = 5, go_on: frozenset[str] = frozenset()
) -> Span | None:
    """Return the noun phrase at `start` without its article, or None where there is none.

    It ends at a mark, or before a word that begins something else, save those in `go_on`.
    """
    first: int | None = None
    end = start
    count = 0
    for span in tokens(reading, start):
        word = reading.low[span.start : span.end]
        if first is None and word in DETERMINERS:
            continue
        if (word in STOPS and word not in go_on) or count == words:
            break
        first = span.start if first is None else first
        end = span.end
        count += 1
    if first is None:
        return None
    return _without_end(reading, Span(first, end), go_on)


def _without_end(reading: Reading, span: Span, go_on: frozenset[str]) -> Span | None:
    """Cut prepositions and adverbs at the end of a phrase."""
    parts = reading.low[span.start : span.end].split(" ")
    end = span.end
    while parts and (parts[-1] in CONNECTORS or parts[-1] in go_on):
        end -= len(parts.pop()) + 1
    return Span(span.start, end) if parts and end > span.start else None


_SEPARATOR = re.compile(r"\s*(?:,\s*(?:and|or|&|plus)?\s+|\s(?:and|or|&|plus|as\swell\sas)\s+|/)")


def items(
    reading: Reading,
    start: int,
    *,
    words: int = 5,
    commas: bool = False,
    go_on: frozenset[str] = frozenset(),
) -> list[Span]:
    """Return the phrases of a list at `start`: "a, b and c".

    Commas alone make a list where `commas` says so: "I love tea, any ideas" is none.
    """
    found: list[Span] = []
    held: list[Span] = []
    position = start
    closed = commas
    while span := phrase(reading, position, words=words, go_on=go_on):
        if found or held:
            if _begins_clause(reading, span):
                break
            held.append(span)
        else:
            found.append(span)
        match = _SEPARATOR.match(reading.low, span.end)
        if match is None:
            break
        if "," not in match[0]:
            closed_now = phrase(reading, match.end(), words=words, go_on=go_on)
            if closed_now and not _begins_clause(reading, closed_now):
                closed = True
                found.extend(held)
                held = []
        position = match.end()
    return found + held if closed else found


def _begins_clause(reading: Reading, span: Span) -> bool:
    word = reading.low[span.start : span.end].split(" ", 1)[0]
    before = reading.low[max(0, span.start - 4) : span.start].split()
    written = reading.said[span.start]
    return (word in VERBS and not written.isupper()) or bool(before and before[-1] in {"my", "our"})


def proper(reading: Reading, start: int, *, words: int = 4) -> Span | None:
    """Return the proper name at `start`: words with capitals, "of", "de" and the like between."""
    first: int | None = None
    end = start
    count = 0
    for span in tokens(reading, start):
        word = reading.said[span.start : span.end]
        if first is None and word in {"the", "The"}:
            continue
        if word[0].isupper() or (first is not None and word[0].isdigit()):
            if word in {"I", "I'm", "I've", "I’m", "I’ve", "I'd"} or count == words:
                break
            first = span.start if first is None else first
            end = span.end
            count += 1
        elif first is None or word not in {
            "of",
            "de",
            "del",
            "la",
            "le",
            "van",
            "von",
            "di",
            "da",
            "do",
            "&",
            "der",
            "den",
            "el",
            "al",
            "am",
            "upon",
            "on",
        }:
            break
    return None if first is None else Span(first, end)


# --- clauses ---------------------------------------------------------------------------------

_BREAK = re.compile(
    r"[,;:!?…()—–]+\s*|\.\s+|\s-+\s+|\s(?P<word>and|but|so|because|cause|cuz|coz|since"
    r"|as|while|although"
    r"|though|if|unless|whether|when|whenever|once|until|that|which|or|plus|also|then|until|btw)\s+"
)
_LEAD = re.compile(
    r"(?:[^\w#*'+]+|(?:hi|hello|hey|hiya|yo|ok|okay|well|yeah|yes|yep|no(?=,)|nope|oh"
    r"|ah|aw|btw|fyi|so|also|and|but"
    r"|actually|honestly|sadly|unfortunately|luckily|finally|anyway|anyways|tbh|lol"
    r"|thanks|thx|please|pls"
    r"|plz|plus|currently|now|just|because|cause|cuz|since|though|although|correction"
    r"|sorry|ps|p\.s|update"
    r"|quick\supdate|fun\sfact|for\scontext|some\scontext|for\sthe\srecord|context"
    r"|by\sthe\sway|to\sbe\shonest"
    r"|to\sbe\sfair|turns\sout|as\sof\s(?:today|now|this\s\w+)|good\s(?:morning|evening"
    r"|afternoon|day|news)|there|guys|all"
    r"|yesterday|today|recently|lately|ever\ssince|for\swhat\sit's\sworth|fwiw|imo"
    r"|heads\sup|note|ngl|not\sgonna\slie"
    r"|never\sthought\si'd\ssay\sthis|believe\sit\sor\snot|like\si\ssaid|as\si\ssaid"
    r"|again|remember|i\smean|you\sknow"
    r"|don't\sforget|keep\sin\smind|in\scase\sit\smatters|if\syou\smust\sknow|about\sme"
    r"|bit\sabout\sme"
    r"|a\sbit\sabout\s(?:me|myself)|a\slittle\sabout\sme|intro|me|then|that"
    r"|been\sthinking|next\s(?:year|month|summer|spring|autumn|winter|week)|this\s"
    r"(?:year|summer|autumn|winter|spring|fall|month)|someday|one\sday|these\sdays|nowadays|eventually|this\stime|in\s"
    r"(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)|personally|weirdly|for\sme|hands\sdown|well\sthen)\b(?!['’]))"
)
_QUESTION = re.compile(
    r"(?:what|whats|how|why|who|which|where|when)\b(?!\sa\b)"
    r"|(?:any|ideas|idea|tips|advice|suggestions|recommendations|recs|thoughts|right"
    r"|correct|ok|okay|huh|eh|yeah)\b"
    r"|(?:do|does|did|is|are|am|was|were|can|could|would|should|will|have|has|isn't"
    r"|aren't|don't|doesn't|won't"
    r"|can't|shouldn't|couldn't|wouldn't|may|might|got|need)\s(?:i|you|u|he|she|it|we"
    r"|they|there|this|that|the|my|a|an|any\w*|some\w*|ideas|tips)\b"
    r"|(?:is|are|can|does|do|should|will|would|could)\s\w+"
)
_SUPPOSED = frozenset({"if", "unless", "whether", "when", "whenever", "once", "or", "until"})
_TAG = re.compile(
    r",?\s(?:(?:do|don't|am|aren't|isn't|haven't|didn't|won't|can't|is|wasn't)\s(?:i|it"
    r"|we|he|she|you)|right|correct|huh|eh|yes|no)\W*$"
)
_MOST_CLAUSES = 60


def clauses(low: str, *, question: bool) -> tuple[Clause, ...]:
    """Return where the clauses of a sentence begin; those that only suppose something are left out.

    In a question, what comes before what is asked states something.
    """
    places = [(0, "")]
    for match in _BREAK.finditer(low):
        places.append((match.end(), match["word"] or ","))
        if match["word"]:
            continue
    found: list[Clause] = []
    asks = False
    starts: set[int] = set()
    for place, intro in places[:_MOST_CLAUSES]:
        start = place
        while lead := _LEAD.match(low, start):
            start = lead.end()
        if low[start - 1 : start].isalnum() or start >= len(low):
            continue
        word = low[place:start].split()
        first = low[start:].split(" ", 1)[0]
        if first in _SUPPOSED - {"or"} or intro in _SUPPOSED or (word and word[-1] in _SUPPOSED):
            continue
        is_question = bool(question and _QUESTION.match(low, start))
        asks = is_question or (asks and intro != ",")
        if start not in starts:
            starts.add(start)
            found.append(Clause(start, intro, asks))
    if question and (_TAG.search(low) or not any(one.asks for one in found)):
        # "So I live in Leeds?" asks without a word for it: nothing is stated.
        return tuple(Clause(one.start, one.intro, asks=True) for one in found)
    return tuple(found)


_QUOTED = re.compile(r" {3,}")
_TITLE = re.compile(r"""^\s*["“”„«'‘’][\w.#&+’' -]{1,40}["“”»'’]\s*$""")


def read(sentence: Sentence, context: Context) -> Reading:
    """Return a sentence ready to be read."""
    said = _QUOTED.sub(lambda match: _title(sentence, match), sentence.speech)
    low = said.lower()
    if len(low) != len(said):
        low = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in said)
    low = low.replace("’", "'").replace("\n", " ").replace("\t", " ")
    capitals = [
        word for word in said.split() if word[0].isupper() and word[:2] not in {"I'", "I’", "I"}
    ]
    lower = not [word for word in capitals if word != "I" and not said.lstrip().startswith(word)]
    parts = clauses(low, question=sentence.question)
    return Reading(sentence, context, said, low, lower, parts)


def _title(sentence: Sentence, match: "re.Match[str]") -> str:
    """Put a short quotation back without its marks, a blank for each."""
    quoted = sentence.text[match.start() : match.end()]
    if len(quoted) > LONGEST_QUOTATION or not _TITLE.match(quoted):
        return match[0]
    inner = quoted.strip()[1:-1]
    if len(inner.split()) > 4 or re.match(r"(?i)(?:i|i'm|i’m|we|my|he|she|you)\b", inner):  # noqa: PLR2004
        return match[0]
    return re.sub(r"""["“”„«»]|(?<!\w)['‘’]|['’](?!\w)""", " ", quoted)
