"""Where somebody lives, told by the by: a demonym, a house "where I live", a place left early."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.places import is_known, place, place_value
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.found import Found

_DEMONYMS = {
    "glaswegian": "Glasgow",
    "liverpudlian": "Liverpool",
    "scouser": "Liverpool",
    "mancunian": "Manchester",
    "brummie": "Birmingham",
    "geordie": "Newcastle",
    "aberdonian": "Aberdeen",
    "bristolian": "Bristol",
    "dubliner": "Dublin",
    "corkonian": "Cork",
    "galwegian": "Galway",
    "parisian": "Paris",
    "lyonnais": "Lyon",
    "muscovite": "Moscow",
    "varsovian": "Warsaw",
    "neapolitan": "Naples",
    "milanese": "Milan",
    "viennese": "Vienna",
    "athenian": "Athens",
    "lisboeta": "Lisbon",
    "torontonian": "Toronto",
    "montrealer": "Montreal",
    "vancouverite": "Vancouver",
    "calgarian": "Calgary",
    "sydneysider": "Sydney",
    "melburnian": "Melbourne",
    "brisbanite": "Brisbane",
    "aucklander": "Auckland",
    "wellingtonian": "Wellington",
    "capetonian": "Cape Town",
    "nairobian": "Nairobi",
    "lagosian": "Lagos",
    "mumbaikar": "Mumbai",
    "delhiite": "Delhi",
    "bangalorean": "Bangalore",
    "angeleno": "Los Angeles",
    "chicagoan": "Chicago",
    "bostonian": "Boston",
    "seattleite": "Seattle",
    "portlander": "Portland",
    "philadelphian": "Philadelphia",
    "houstonian": "Houston",
    "new yorker": "New York",
    "londoner": "London",
    "berliner": "Berlin",
    "amsterdammer": "Amsterdam",
    "rotterdammer": "Rotterdam",
    "stockholmer": "Stockholm",
    "copenhagener": "Copenhagen",
    "californian": "California",
    "floridian": "Florida",
    "tasmanian": "Tasmania",
    "bavarian": "Bavaria",
    "sicilian": "Sicily",
}
_DEMONYM = r"(?P<who>" + "|".join(sorted(_DEMONYMS, key=len, reverse=True)) + r")"


def _inhabitant(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm a Glaswegian": by birth where it is said so, else by the home."""
    predicate = "origin" if re.search(r"\b(?:born|native|by\sbirth)\b", match[0]) else "lives_in"
    yield reading.found(predicate, _DEMONYMS[match["who"]], Span(*match.span()), confidence=0.7)


def _where(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = place(reading, match.start("place"), known=True)
    if span is not None and span.end == match.end("place"):
        yield reading.found("lives_in", place_value(reading, span), Span(*match.span()))


_YOUNG = re.compile(
    r"(?:,|\s)\s?(?:when|while)\s(?:i|we)\s(?:was|were)\s(?:\d{1,2}|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|little|small|young|a\s(?:kid|child|baby|toddler|teenager|boy"
    r"|girl)|still\sa\s\w+|in\s(?:school|my\steens))\b|\sas\sa\s(?:child|kid|baby|toddler|teenager)\b"
)


def _left_young(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Left Caracas when I was nine": where one comes from."""
    span = place(reading, match.end(), known=True)
    if span is not None and _YOUNG.match(reading.low, span.end):
        yield reading.found("origin", place_value(reading, span), Span(match.start(), span.end))


def _house(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = place(reading, match.end(), known=True)
    if span is not None:
        quote = Span(match.start(), span.end)
        yield reading.found("lives_in", place_value(reading, span), quote)


def _origin(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = place(reading, match.end(), known=True)
    if span is not None:
        quote = Span(match.start(), span.end)
        yield reading.found("origin", place_value(reading, span), quote)


def _named_from(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Aoife from Galway", but not "I'm writing from Galway"."""
    name = name_span(reading, match.start("name"), strict=True, words=1)
    if name is not None and name.end == match.end("name"):
        yield from _origin(match, reading)


_INTRODUCES = re.compile(r"\W*(?:\d\d,|[\w-]+,\s\d\d\b|(?:quick\s)?intro\b|about\sme\b|me:)")


def _listed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "46, truck driver, Nebraska": a known place that is a part of its own."""
    if not _INTRODUCES.match(reading.low) or not is_known(match["place"]):
        return
    span = Span(*match.span("place"))
    yield reading.found("lives_in", place_value(reading, span), span, confidence=0.7)


_CAPITALS = r"(?P<place>[\w'-]+(?:\s[\w'-]+){0,2}?)"

RULES: tuple[Rule, ...] = (
    rule(
        r"(?:for\s(?:me|us),?\s)?home(?:\sfor\s(?:me|us))?\sis\s(?:an?|my|our)\s(?:[\w-]+\s){1,3}?"
        r"(?:in|on|near|outside)\s",
        _house,
    ),
    rule(
        (
            r"\b(?:as|<im>)\s(?:someone|somebody|an?\s\w+)\s(?:who|that)\s(?:was\s)?(?:grew\sup|born|raised"
            r"|comes|came|hails)\s(?:in|from|on)\s"
        ),
        _origin,
        "anywhere",
    ),
    rule(
        r"(?:<im>|my\sname\sis|my\sname's|name's|it's|this\sis)\s(?P<name>[a-z'-]+)\sfrom\s",
        _named_from,
    ),
    rule(r"(?P<place>[a-z'-]+(?:\s[a-z'-]+){0,2}?)(?=\s*(?:,|\.?$))", _listed),
    rule(
        (
            r"\b(?:<im>|i've\sbeen|been)\s<adv>(?:an?\s)?(?:(?:proud|true|born|lifelong"
            r"|life-long|native|real|typical|born\sand\s(?:bred|raised)|adopted|fellow|die-hard)\s)"
            rf"{{0,2}}{_DEMONYM}\b(?!\s\w+(?:\s(?:restaurant|pizza|food|cuisine))?\s(?:fan|lover))"
        ),
        _inhabitant,
        "anywhere",
    ),
    rule(
        (
            rf"\b(?:in|outside|near|to|from|of|at)\s{_CAPITALS},?\swhere\s(?:i|we)(?:'m|'ve|\shave|\sam)?"
            r"\s(?:now\s|both\s|currently\s|have\s|also\s)*(?:live|lived|based|been\sliving|reside"
            r"|settled)\b(?!\s(?:as|when|until|before|during)\b)"
        ),
        _where,
        "anywhere",
    ),
    rule(
        r"(?:(?:i|we|my\sfamily|my\sparents)\s)?<adv>(?:left|moved\saway\sfrom|emigrated\sfrom|fled)\s",
        _left_young,
    ),
)
