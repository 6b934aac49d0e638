"""The title of a conversation that nobody has named: the beginning of what its user said first.

Pure: it is made whenever it is read, so that it goes with the message that it rests on.
"""

import re

LONGEST = 60
"""Characters of a title: one line of a list."""

READ = 2_000
"""Characters of a message that may matter: a title is made of its first sentence."""

_FENCE = re.compile(r"(```|~~~).*?(?:\1|\Z)", re.DOTALL)
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+|\d{1,3}[.)][ \t]+)+", re.MULTILINE
)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_HTML = re.compile(r"</?[A-Za-z][^>\n]{0,200}>")
_EMPHASIS = re.compile(r"\*\*|__|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_SENTENCE_END = re.compile(r"[.!?…]+(?=[»”\"')\]]*(?:\s|$))|\n")
# A full stop behind one of these ends no sentence.
_ABBREVIATED = re.compile(
    r"(?:^|\W)(?:\w|г|гг|т\.\s?[едкп]|им|ул|стр|mr|mrs|dr|st|vs|e\.g|i\.e)\.$", re.IGNORECASE
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|привет(?:ик|ствую)?|здравствуй(?:те)?"
    r"|добр(?:ый|ое|ого) (?:день|вечер|утро|времени суток|дня)|салют|хай)"
    r"(?: there| all| everyone| всем| ещ[её] раз)?[\s.,!…)]*",
    re.IGNORECASE,
)
"""What nobody wants to read down a list of conversations."""


def title_of(text: str) -> str | None:
    """Return a title of at most LONGEST characters, or None where there are no words.

    Code and Markdown are left out, and a greeting before more; it ends with the first sentence, or
    at a word.
    """
    text = text[:READ]
    plain = _plain(_FENCE.sub("\n", text)) or _plain(_FENCE.sub(_inside, text))
    sentence = _first_sentence(plain)
    rest = plain[len(sentence) :].lstrip(".… \n")
    if _GREETING.fullmatch(sentence) and any(character.isalnum() for character in rest):
        sentence = _first_sentence(rest)
    if not any(character.isalnum() for character in sentence):
        return None
    return _shortened(sentence)


def _plain(text: str) -> str:
    text = _HTML.sub(" ", _LINK.sub(r"\1", _LINE_MARK.sub("", text)))
    text = _EMPHASIS.sub("", text).replace("`", "")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if any(c.isalnum() for c in line))


def _inside(found: re.Match[str]) -> str:
    """Return what a fence holds, without the fence and the name of its language."""
    return found[0].strip("`~").partition("\n")[2]


def _first_sentence(text: str) -> str:
    for end in _SENTENCE_END.finditer(text):
        sentence = text[: end.end()].strip()
        if end[0] == "." and _ABBREVIATED.search(sentence):
            continue
        return sentence.rstrip(".… ") if end[0] != "..." else sentence
    return text.strip().rstrip(".")


def _shortened(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    cut = sentence[: LONGEST - 1]
    if not sentence[LONGEST - 1].isspace():
        head, space, _ = cut.rpartition(" ")
        # One word that is longer than a title is cut in its middle.
        cut = head if space else cut
    return cut.rstrip(" ,;:—–-") + "…"
