"""What somebody plays."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.found import Found

_INSTRUMENT = (
    r"(?P<what>piano|guitar|bass|bass\sguitar|violin|viola|cello|flute|drums|trumpet"
    r"|saxophone|sax|clarinet|oboe|harp|ukulele|banjo|accordion|harmonica|trombone|tuba"
    r"|organ|keyboards?|mandolin|double\sbass|french\shorn|horn|bassoon|recorder|sitar|oud"
    r"|bagpipes|synth|electric\sguitar|acoustic\sguitar|fiddle|percussion|bongos|balalaika"
    r"|bandura|koto|erhu|lute)"
)


def _plays(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("knows", match["what"], Span(*match.span()))


_PLAYERS = {
    "guitarist": "guitar",
    "pianist": "piano",
    "drummer": "drums",
    "violinist": "violin",
    "cellist": "cello",
    "bassist": "bass",
    "flautist": "flute",
    "saxophonist": "saxophone",
    "trumpeter": "trumpet",
    "harpist": "harp",
    "accordionist": "accordion",
    "organist": "organ",
}


def _player(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "self-taught guitarist here": nobody's living, but a skill."""
    yield reading.found("knows", _PLAYERS[match["who"]], Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:<im>\s|as\s)?(?:an?\s)?(?:self-taught|amateur|hobby|weekend|bedroom|mediocre|decent|keen)\s"
            rf"(?P<who>{'|'.join(map(re.escape, _PLAYERS))})\b"
        ),
        _player,
    ),
    rule(
        r"(?:i've\s<adv>|i\shave\s)?been\splaying\s(?:the\s|lead\s)?" + _INSTRUMENT + r"\b",
        _plays,
    ),
    rule(
        r"(?:i\s(?:<adv>)?(?:can\s)?)?play\s(?:the\s|lead\s|jazz\s|classical\s)?"
        + _INSTRUMENT
        + r"\b",
        _plays,
    ),
)
