"""Cuts a message into the sentences of its author: code, quotations and addresses are no speech."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.parts import Language

LONGEST_SENTENCE = 600
"""Characters: longer ones are cut at a blank, so that no pattern ever sees more than this."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a message: `text` is what stands at `start` in it, letter by letter.

    In `speech` code, quotations and addresses are blanked out, a blank for a letter, so that
    offsets are the same. `question`: it ends in a question mark, or asks by its words.
    """

    text: str
    speech: str
    start: int
    lang: Language
    question: bool


@dataclass(frozen=True, slots=True)
class Context:
    """What a sentence is read in: when it was said, the whole message, and its place there.

    `sentences` are those of the author in `text`, `index` is the place of the one that is read.
    """

    said_at: datetime
    text: str
    sentences: tuple[Sentence, ...]
    index: int

    @property
    def before(self) -> tuple[Sentence, ...]:
        """The sentences of the author that come before this one, oldest first."""
        return self.sentences[: self.index]


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a message that hold any speech, in their order.

    The time taken grows with the length of the text, whatever stands in it.
    """
    speech, ends = _blanked(text)
    message_lang = _lang(speech, "en")
    found = []
    for start, end in _spans(text, speech, ends):
        said = speech[start:end]
        if any(map(str.isalnum, said)):
            lang = _lang(said, message_lang)
            asks = _asks(said, lang)
            found.append(Sentence(text[start:end], said, start, lang, asks))
    return found


# --- what is no speech -----------------------------------------------------------------------

# Each alternative can fail in a bounded number of steps, or stops where it could begin anew:
# none is quadratic, whatever is repeated.
_CITED = re.compile(
    r"""(?=[`~>"“„«‘'])(?:
      (?P<fence> ```.*?(?:```|\Z) | ~~~.*?(?:~~~|\Z) )
    | (?P<code> `[^`\n]{1,500}` )
    | (?P<quote>
          "[^"\n]{1,1000}"
        | “[^“”"\n]{1,1000}[”"“]
        | „[^„“”"\n]{1,1000}[“”"]
        | «[^«»]{1,1000}»
        | ‘(?=\S)(?:[^‘’\n]|(?<=\w)’(?=\w)){1,1000}’(?!\w)
        | (?<![\w'’)])'(?=[^\s'])(?:[^'\n]|(?<=\w)'(?=\w)){1,1000}(?<!\s)'(?!\w)
      )
    )""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED_LINE = re.compile(r"^[ \t]{0,8}>[^\n]*", re.MULTILINE)
_ADDRESS = re.compile(
    r"""(?:https?|ftp)://[^\s<>"»”]+ | \bwww\.[^\s<>"»”]+
    | (?<![\w.+-]) [\w.+-]{1,64} @ [\w-]{1,63} (?:\.[\w-]{1,63}){1,5}""",
    re.VERBOSE,
)
# A line of code that nobody put between fences.
_CODE_LINE = re.compile(
    r"""^[ \t]{0,40}(?:
        (?:def|class)\ \w+\s?[(:] | import\ \w+(?:\ as\ \w+)?\s?;?$ | from\ [\w.]+\ import\b
      | (?:const|let|var|int|float|double|char|string|bool|auto)\ \w+\s?= | \#include\b
      | (?:public|private|static|function|func|fn|void)\ [\w<>\[\] ]{1,60}\(
      | (?:for|while|if|elif|else)\b[^\n]{0,200}[:{]\s?$ | return\ [^\n]{1,200};\s?$
      | \w[\w.\[\]"']{0,60}\s?[-+*/:]?=\s?[^\n=]{1,400}$ | [^\n]{0,300}[;{}]\s?$
      | print\s?\( | console\. | </?\w[^>\n]{0,200}>\s?$ | "\w+"\s?: | \$\ \w
      | (?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER)\b[^\n]{1,300}\b(?:FROM|INTO|SET|TABLE)\b
      | Traceback\b | File\ "[^"\n]{1,200}",\ line
    )""",
    re.VERBOSE | re.MULTILINE,
)
# A typed smiley, or a sentence that ends in one, is no code.
_SMILEY_END = re.compile(r"(?:^|\s)[;:]['-]?[)}(]+\s?$")


def _blanked(text: str) -> tuple[str, set[int]]:
    """Return the text with blanks where its author does not speak, and where quotations end."""
    ends: set[int] = set()

    def blank(match: "re.Match[str]") -> str:
        start, end = match.span()
        if match["quote"] and end - start > 2 and text[end - 2] in ".!?…":  # noqa: PLR2004
            ends.add(end)
        if match["fence"]:
            ends.add(end)
        return " " * (end - start)

    speech = _CITED.sub(blank, text)
    if ">" in speech:
        speech = _QUOTED_LINE.sub(lambda match: " " * len(match[0]), speech)
    if "@" in speech or "://" in speech or "www." in speech:
        speech = _ADDRESS.sub(lambda match: " " * len(match[0]), speech)
    return _without_code(speech), ends


# A line without any of these is no code.
_CODE_SIGN = re.compile(
    r"[=;{}()<>:\"$]|\b(?:import|for|while|if|elif|else|return|SELECT|INSERT|UPDATE|DELETE"
    r"|CREATE|ALTER|Traceback|include)\b"
)


def _without_code(speech: str) -> str:
    """Blank the lines that are code by their looks."""
    parts = []
    for line in speech.splitlines(keepends=True):
        said = line.rstrip("\r\n")
        is_code = (
            _CODE_SIGN.search(said) and _CODE_LINE.match(said) and not _SMILEY_END.search(said[-8:])
        )
        parts.append(" " * len(said) + line[len(said) :] if is_code else line)
    return "".join(parts)


# --- where a sentence ends -------------------------------------------------------------------

_END = re.compile(r"[.!?…]+[)\]\"'”»]*(?=\s|\Z)|[!?…]+(?=\w)|\n+")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"«“])(?:st|mr|mrs|ms|dr|prof|jr|sr|vs|etc|e\.g|i\.e|no|approx|dept|inc|ltd|co|mt|ft"
    r"|[a-zа-яё]|т\.е|т\.к|т\.д|т\.п|т\.н|ул|им|руб|тыс|млн|млрд|гг|стр|см|др|пр|пос|обл|корп"
    r"|[a-z](?:\.[a-z]){1,3})$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s{0,8}\d{1,3}$")
# One letter is an initial or an abbreviation, save where it is a word that may end a sentence.
_NO_INITIALS = frozenset("iя")


def _spans(text: str, speech: str, ends: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where the sentences begin and end, without the blanks around them."""
    start = 0
    for cut in sorted({*_cuts(speech), *ends, len(speech)}):
        yield from _pieces(text, start, cut)
        start = cut


def _cuts(speech: str) -> Iterator[int]:
    for match in _END.finditer(speech):
        if match[0] == "." and _goes_on(speech, match.start()):
            continue
        yield match.end()


def _goes_on(speech: str, dot: int) -> bool:
    """Tell whether a full stop ends an abbreviation, an initial or the number of a list."""
    head = speech[max(0, dot - 12) : dot]
    if _LIST_NUMBER.search(head):
        return True
    match = _ABBREVIATED.search(head)
    if match is None:
        return False
    word = match[0].strip(' \t\n("«“').lower()
    rest = speech[dot + 1 : dot + 4].lstrip()
    if word == "etc" or word in {"т.д", "т.п", "др", "г", "гг", "no", "co"}:
        return not rest[:1].isupper()
    return word not in _NO_INITIALS


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence without the blanks around it, in pieces where it is too long."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        if stop - start > LONGEST_SENTENCE:
            blank = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
            stop = blank if blank > 0 else start + LONGEST_SENTENCE
        piece_end = stop
        while piece_end > start and text[piece_end - 1].isspace():
            piece_end -= 1
        if piece_end > start:
            yield start, piece_end
        start = stop


# --- language, questions ---------------------------------------------------------------------

_CYRILLIC = re.compile(r"[А-Яа-яЁё]+")
_LATIN = re.compile(r"[A-Za-z]+")
_ENGLISH = re.compile(
    r"\b(?:i|i'm|my|me|the|is|are|am|and|to|of|in|you|your|we|our|it|was|have|for|with)\b",
    re.IGNORECASE,
)


def _lang(said: str, otherwise: Language) -> Language:
    """Tell the language by script; names in the other script change nothing."""
    cyrillic = sum(map(len, _CYRILLIC.findall(said)))
    latin = sum(map(len, _LATIN.findall(said)))
    if not cyrillic:
        return "en" if latin else otherwise
    if not latin or not _ENGLISH.search(said):
        return "ru"
    return "ru" if cyrillic >= latin else "en"


_MARK = re.compile(r"\?[?!)\s'\"”»]*$")
_ASKS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"""^[\s\W]*(?:(?:so|and|but|ok|okay|hey|hi|hello|also|btw|pls|please|now|well
        |or)\b[\s,]+){0,2}(?:
            what(?!\s(?:a|an|i|we)\b)(?:'s|s)?\b | how(?!ever\b)(?!\s(?:i|we)\b)(?:'s|s)?\b
          | why\b | whose\b | which\b(?!\s(?:is|was|means)\b)
          | who(?:'s|s)?\b(?!\sknew) | (?:when|where)(?:'s|s|\s(?:is|are|do|does|did|can|could|will
          |should|was|were))\b
          | (?:do|does|did|is|are|am|was|were|can|could|would|should|will|have|has|had|may|might
          |shall
              |isn't|aren't|don't|doesn't|didn't|wasn't|won't|can't|couldn't|wouldn't|shouldn't
              |haven't|hasn't)
            \s(?:i|you|u|he|she|it|we|they|there|this|that|these|those|the|my|our|your|any\w*
            |some\w*|a|an|people)\b
          | (?:does|did|is|are|can|could|should|would)\s\w+ | do\s[a-z]+s\b(?<!\bthis)(?<!\bas)
          | any\s(?:idea|ideas|tips|advice|suggestions|recommendations|recs|chance|way)\b
        )""",
        re.VERBOSE | re.IGNORECASE,
    ),
    "ru": re.compile(
        r"""^[\s\W]*(?:(?:а|и|ну|но|так|скажи|подскажи|скажите|подскажите|привет
        |пожалуйста)\b[\s,]+){0,3}(?:
            что\s(?:такое|значит|делать|лучше|если|за|это|мне|можно)\b | кто\s(?:такой|такая
            |такие)\b | чем\sотлича
          | как(?:ой|ая|ое|ие|ого|ую|им|их)\b(?!-)(?!\sя\b) | сколько\b | почему\b | зачем\b
          | отчего\b | чей\b
          | как\s(?:лучше|мне|можно|сделать|правильно|называ|ты|вы|это|работа|быстро|быть|дела
          |найти|убрать)\w*
          | (?:где|куда|когда)\s(?:можно|лучше|мне|найти|купить|находится|будет|ты|вы|взять|это)\b
          | (?:можно|есть|стоит|нужно|надо|может|можешь|правда|знаешь|бывает)\sли\b
          | [а-яё]{2,30}\sли\b
          | разве\b | неужели\b
        )""",
        re.VERBOSE | re.IGNORECASE,
    ),
}


def _asks(said: str, lang: Language) -> bool:
    return bool(_MARK.search(said[-12:]) or _ASKS[lang].search(said))
