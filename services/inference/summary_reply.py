"""What is kept of a summary that a model has written: nothing that was not said.

Pure. Refused are numbers and names that do not occur in what the model has read. A name is a word
with a capital inside of a sentence, a Latin word in a Russian one, or at the beginning of a Russian
one what the dictionary knows for a name. An English name that begins a sentence cannot be told from
any other word there, and is let through.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.contracts.parts import Language
from shared.lexemes import lemma
from shared.morphology import morph

LONGEST = 600
"""Characters of a summary; what is over is cut at a sentence."""

SHORTEST = 20
ABSURD = 2_400
"""Characters of an answer that is no summary."""

_ENOUGH: dict[Language, float] = {"ru": 0.5, "en": 0.8}
"""Share of the language's own letters: a Russian summary may be full of names of techniques."""

_MANY = 0.5
"""Share of sentences that stand in it twice, from which on it repeats itself."""

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_MARKS = re.compile(r"^[\s#>*+\-•]+|^\s*\d+[.)]\s+|[*_`]{1,3}", re.MULTILINE)
_PREAMBLE = re.compile(
    r"\A\s*(?:(?:sure|certainly|of course|okay|ok|конечно|хорошо)[,!.]\s*"
    r"|(?:here['’]s|here (?:is|are)|the summary|summary|before|вот|краткое содержание|резюме|итог"
    r"|раньше)\b[^\n:.!?]{0,80}:\s*)+",
    re.IGNORECASE,
)
_TRANSCRIPT = re.compile(
    r"\b(?:user|assistant|conversation|before|пользователь|ассистент|разговор|раньше)\s?:",
    re.IGNORECASE,
)
# A model may fall into Chinese, and is caught at it.
_END = ".!?…。！？"
_SENTENCE = re.compile(
    rf"[^{_END}]+(?:[{_END}]+(?!\s|$)[^{_END}]+)*[{_END}]+[\"'»”)]*|[^{_END}]+\Z"
)
_ENDED = re.compile(rf"[{_END}][\"'»”)]*\Z")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_LAST_LATIN = "\u024f"
_NAMES = ("Name", "Surn", "Patr", "Geox", "Orgn")
_SPEAKERS = ("user", "assistant", "ai", "i", "пользователь", "ассистент", "ии")


class Read(NamedTuple):
    """A summary, or why there is none."""

    summary: str = ""
    why: str = ""


def read_summary(answer: str, *, source: str, lang: Language) -> Read:
    """Return the plain sentences of an answer about what the model has read.

    Reasons to refuse it: empty, too_long, copied (the conversation itself), other_language,
    repeats, unknown_number, unknown_name.
    """
    text = _CODE.sub("\n", _THOUGHT.sub("", answer))
    if len(text) > ABSURD:
        return Read(why="too_long")
    plain = " ".join(_PREAMBLE.sub("", _MARKS.sub("", text)).split())
    if _TRANSCRIPT.search(plain):
        return Read(why="copied")
    sentences = [part.strip() for part in _SENTENCE.findall(plain)]
    # Cut off where the tokens were spent.
    if len(sentences) > 1 and not _ENDED.search(sentences[-1]):
        sentences.pop()
    once = list(dict.fromkeys(sentences))
    if len(sentences) - len(once) > _MANY * len(sentences):
        return Read(why="repeats")
    kept = " ".join(_within(once))
    if not once or len(plain) < SHORTEST:
        return Read(why="empty")
    return Read(kept) if not (why := _wrong(kept, source, lang)) else Read(why=why)


def _within(sentences: Iterable[str]) -> Iterator[str]:
    length = 0
    for sentence in sentences:
        length += len(sentence) + 1
        if length > LONGEST + 1:
            return
        yield sentence


def _wrong(summary: str, source: str, lang: Language) -> str:
    if not summary:
        return "too_long"
    if not _is_in(lang, summary, source):
        return "other_language"
    if not {*map(_figure, _NUMBER.findall(summary))} <= {*map(_figure, _NUMBER.findall(source))}:
        return "unknown_number"
    known = {*map(lemma, _WORD.findall(source)), *map(lemma, _SPEAKERS)}
    if any(lemma(name) not in known for name in _names(summary, lang)):
        return "unknown_name"
    return ""


def _is_in(lang: Language, summary: str, source: str) -> bool:
    cyrillic, latin = len(_CYRILLIC.findall(summary)), len(_LATIN.findall(summary))
    own = cyrillic if lang == "ru" else latin
    letters = {letter for letter in summary.casefold() if letter.isalpha()}
    others = {letter for letter in letters if letter > _LAST_LATIN and not _CYRILLIC.match(letter)}
    return own >= _ENOUGH[lang] * (cyrillic + latin) > 0 and others <= set(source.casefold())


def _figure(number: str) -> str:
    return number.replace(",", ".")


def _names(summary: str, lang: Language) -> Iterator[str]:
    """Yield the words of a summary that name somebody or something."""
    for sentence in _SENTENCE.findall(summary):
        for place, word in enumerate(_WORD.findall(sentence)):
            foreign = lang == "ru" and not _CYRILLIC.search(word)
            capital = word[0].isupper()
            if foreign or (capital and (place > 0 or _is_name(word))):
                yield word


def _is_name(word: str) -> bool:
    if not _CYRILLIC.search(word):
        return False
    best = morph().parse(word.casefold())[0]
    return any(mark in best.tag for mark in _NAMES)
