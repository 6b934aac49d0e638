"""What shall not be known any more: "forget that …", "forget my …"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.memory_writer.extraction.en.reading import Reading, Span
from services.memory_writer.extraction.found import Found

_WORDS = re.compile(r"\b(?:forget|remember\w*|store|save|erase|delete|remove)\b")
"""Without any of these a sentence asks for nothing to be forgotten."""

# Who forgets keys, or is told never to forget, asks for nothing of the kind.
_NOT_ASKED = r"(?<!n't\s)(?<!\bdont\s)(?<!\bnot\s)(?<!\bnever\s)(?<!\bi\s)(?<!\balways\s)"
_ASKED = re.compile(
    r"\b" + _NOT_ASKED + r"(?:(?P<plain>forget|don't\sremember|dont\sremember|do\snot\sremember"
    r"|don't\sstore|don't\ssave|stop\sremembering)|erase|delete|remove)\s"
    r"(?P<memory>from\s(?:your\s)?memory\s)?(?:the\sfact\s)?(?:(?:everything|all|anything)\s"
    r"(?:(?:that\s)?(?:you|i)(?:'ve)?\s(?:know|said|told\syou|remember|learn(?:ed|t))\s)?)?"
    r"(?:that\s|what\si\ssaid\sabout\s|about\s)?"
    r"(?:(?:i|we)(?:'ve)?\s(?:said|told\syou|mentioned)\s(?:that\s|about\s)?)?"
    r"(?=i\b|i'm|i've|my\b|we\b|me\b|(?:where|when|what|how\sold)\si\b)"
)
_GOES_ON = re.compile(
    r"[,;:—–]\s*(?:and\s|but\s|actually,?\s|now\s|because\s)*(?:i\b|i'|im\s|we\b|we'|my\s(?!name\sis))"
    r"|\s(?:but|because|since)\s"
)
"""What follows is said as well, and not to be forgotten."""

_KINDS = {
    "name": "name",
    "birthday": "birthday",
    "birth date": "birthday",
    "age": "age",
    "job": "occupation",
    "profession": "occupation",
    "occupation": "occupation",
    "employer": "employer",
    "address": "lives_in",
    "city": "lives_in",
    "location": "lives_in",
    "diet": "diet",
    "allergy": "allergy",
    "allergies": "allergy",
    "nationality": "nationality",
    "timezone": "timezone",
    "wife": "spouse",
    "husband": "spouse",
    "girlfriend": "spouse",
    "boyfriend": "spouse",
    "partner": "spouse",
    "where i live": "lives_in",
    "where i work": "employer",
    "how old i am": "age",
    "when i was born": "birthday",
    "what i do for a living": "occupation",
}
_KIND = re.compile(
    r"(?P<kind>where\si\slive|where\si\swork|how\sold\si\sam|when\si\swas\sborn"
    r"|what\si\sdo\sfor\sa\sliving|(?<=my\s)(?:name|birthday|birth\sdate|age|job|profession"
    r"|occupation|employer|address|city|location|diet|allergy|allergies|nationality|timezone"
    r"|wife|husband|girlfriend|boyfriend|partner))\b"
    r"(?!\s(?:is|was))(?=\s*(?:$|[,.!;?]|please|from|now|again))"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be forgotten stands from `start` up to `end`; what follows is said as usual.

    `plain`: it can mean nothing else. What is to be deleted may be in a picture or in a list.
    """

    start: int
    end: int
    plain: bool

    def kinds(self, reading: Reading) -> Iterator[Found]:
        """Yield what shall be forgotten whatever it is: "my name"."""
        after = re.compile(r"my\s").match(reading.low, self.start)
        match = _KIND.match(reading.low, after.end() if after else self.start)
        if match:
            quote = Span(self.start, match.end())
            yield reading.found(_KINDS[match["kind"]], None, quote, op="retract")


def wish(low: str) -> Wish | None:
    """Return what a sentence in lower case asks to be forgotten, None where it asks for nothing."""
    match = _ASKED.search(low) if _WORDS.search(low) else None
    if match is None:
        return None
    rest = _GOES_ON.search(low, match.end())
    plain = bool(match["plain"] or match["memory"])
    return Wish(match.end(), rest.start() if rest else len(low), plain)
