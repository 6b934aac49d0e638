"""What is looked for in memory: the question, and what it leans on where it says too little."""

import re
from collections.abc import Sequence
from datetime import datetime

from shared.memory.questions import question_of

SHORT = 80
"""Characters: a longer question says itself what it is about."""

FEW_TERMS = 2

_LEANS = re.compile(
    r"\b(?:эт(?:о|от|а|и|у|ого|ой|их|ом|им)|т(?:от|ого|ому|ом|ой|ех)|там|туда|оттуда|тогда"
    r"|он|она|оно|они|его|её|ее|ему|ей|их|им|ним|ней|них|нём|нем|так(?:ой|ая|ое|ие)"
    r"|it|its|that|this|these|those|there|then|he|she|they|him|her|his|hers|their|them|one)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\W*(?:а|и|но|ну|and|but|or|so|(?:what|how) about)\b(?!\s*(?:спасибо|thank))", re.IGNORECASE
)
_ASKS = re.compile(
    r"\W*(?:(?:а|и|но|ну|and|but|so|or) )?"
    r"(?:напомни\w*|вспомни\w*|помнишь|подскажи\w*|remind|recall|remember|do you"
    r"|когда|где|куда|откуда|кто|кого|кому|что|чего|чем|как|почему|зачем|сколько|чей|чья|чьё"
    r"|как(?:ой|ая|ое|ие|ого|ую)|when|where|who|whom|whose|what|why|how|which)\b",
    re.IGNORECASE,
)


def search_text(question: str, before: Sequence[str], *, at: datetime) -> str | None:
    """Return what to look for, or None where a question asks for nothing that is remembered.

    `before` is what the user said earlier in the conversation, oldest first. "When was that?" is
    looked for with what was said last.
    """
    words = question_of(question, at=at)
    leans = (
        len(question) <= SHORT
        and len(words.content) <= FEW_TERMS
        and _leans(question, says_nothing=not words.content)
    )
    if leans and before:
        text = f"{before[-1]}\n{question}"
        return text if words.content or question_of(before[-1], at=at).content else None
    return question if words.content or words.periods else None


def asks(text: str) -> bool:
    """Tell whether a text asks for something, or to be reminded of it."""
    return bool(_ASKS.match(text)) or text.rstrip().endswith("?")


def _leans(question: str, *, says_nothing: bool) -> bool:
    if _GOES_ON.match(question):
        return True
    return asks(question) and (says_nothing or bool(_LEANS.search(question)))
