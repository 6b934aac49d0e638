"""What somebody is a lover of, plays, and has for a hobby."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, rule
from services.memory_writer.extraction.en.taste import tastes_in
from services.memory_writer.extraction.en.words import STOPS
from services.memory_writer.extraction.found import Found


def _lover(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(
        (
            r"(?i)^(?:(?:an?|huge|big|massive|total|real|proud|avid|fellow|true|bit\sof\sa"
            r"|lifelong|keen|absolute|the|such\sa|biggest|hardcore|die-hard)(?:\s|$))+"
        ),
        "",
        value,
    ).strip()
    if value and value.lower() not in STOPS and not re.match(r"(?i)(?:not|no|never|your)\b", value):
        yield reading.found("likes", value, Span(*match.span()))


def _hobby(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    spans = items(reading, match.end(), commas=True)
    yield from tastes_in("likes", reading, match.start(), spans)


_SPORT = (
    r"(?:tennis|football|soccer|basketball|volleyball|golf|chess|badminton|squash|hockey"
    r"|rugby|cricket|baseball|padel|poker|bridge|darts|table\stennis|ping\spong|d&d"
    r"|dungeons\s(?:and|&)\sdragons|handball|go|paintball|pool|snooker|video\sgames"
    r"|board\sgames|floorball|ultimate\sfrisbee|water\spolo|lacrosse|netball|pickleball"
    r"|minecraft|fortnite)"
)


def _plays(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("likes", match["what"], Span(*match.span()))


def _drinker(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    doing = {
        "drinker": "drinking",
        "reader": "reading",
        "cook": "cooking",
        "dancer": "dancing",
        "runner": "running",
        "swimmer": "swimming",
        "gamer": "gaming",
        "traveller": "travelling",
        "traveler": "traveling",
        "eater": "eating",
        "shopper": "shopping",
        "talker": "talking",
        "morning person": "mornings",
    }
    what = match["what"]
    value = doing.get(what) or re.sub(r"\s(?:person|fan|guy|girl|lover)$", "", what)
    if what in doing or value != what:
        yield reading.found("dislikes", value, Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:<im>|i\sam)\s(?:more\s)?(?:of\s)?an?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:person"
            r"|guy|girl|lover|fan|enthusiast|addict|buff|nerd|geek|junkie|fanatic|aficionado"
            r"|freak|nut|nerd|obsessive|hobbyist)\b"
        ),
        _lover,
    ),
    rule(
        (
            r"\bas\san?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:lover|fan|enthusiast|addict|buff"
            r"|nerd|geek|junkie|fanatic|aficionado)\b"
        ),
        _lover,
        "anywhere",
    ),
    rule(
        (
            r"(?:an?\s)?(?:big|huge|massive|long-time|lifelong)\s(?P<what>[\w-]+"
            r"(?:\s[\w-]+){0,2})\sfan\b"
        ),
        _lover,
    ),
    rule(r"(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:lover|fan|addict|enthusiast)\shere\b", _lover),
    rule(
        (
            r"(?:my|our)\s(?:main\s|biggest\s|favou?rite\s|only\s|other\s|new\s)*(?:hobb(?:y"
            r"|ies)|interests?|passions?|pastimes?|guilty\spleasure|favou?rite\spastime)\s(?:is"
            r"|are|include|includes|:)\s"
        ),
        _hobby,
    ),
    rule(r"(?:hobbies|interests|likes|loves):\s", _hobby),
    rule(rf"i\s<adv>play\s(?P<what>{_SPORT})\b", _plays),
    rule(
        (
            r"<im>\s(?:really\s)?not\s(?:really\s)?(?:much\sof\s)?(?:an?\s)(?:big\s|huge\s"
            r"|great\s)?(?P<what>[\w-]+(?:\s(?:person|fan|guy|girl|lover))?)\b"
        ),
        _drinker,
    ),
    rule(
        (
            r"(?:<im>|we're|we\sare)\san?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:household"
            r"|family)\b(?=\s*(?:$|[,.!;]))"
        ),
        _lover,
    ),
)
