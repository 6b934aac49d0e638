"""What somebody does for a living, told by the doing: driving trams, writing thrillers."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.occupations import (
    DRIVEN,
    agent,
    singular,
)
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.en.work import OF, employer_after, occupation_in
from services.memory_writer.extraction.found import Found

_TRADES = {
    "accounting": "accountant",
    "bookkeeping": "bookkeeper",
    "gardening": "gardener",
    "plumbing": "plumber",
    "nursing": "nurse",
    "translation": "translator",
    "translations": "translator",
    "recruiting": "recruiter",
    "research": "researcher",
    "consulting": "consultant",
    "web development": "web developer",
    "graphic design": "graphic designer",
    "interior design": "interior designer",
    "landscaping": "landscaper",
}


def _trade(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    trade = match["trade"]
    yield reading.found("occupation", _TRADES.get(trade, trade), Span(*match.span("trade")))
    yield from employer_after(reading, match.start(), match.end("trade"))


def _driver(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = f"{singular(match['what'])} driver"
    yield reading.found("occupation", value, Span(*match.span()))
    yield from employer_after(reading, match.start(), match.end())
    article = re.compile(r"\s(?:at|for)\san?\s").match(reading.low, match.end())
    if article:
        span = proper(reading, article.end())
        if span is not None:
            yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


def _teacher(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    if span is None:
        return
    value = reading.text(span)
    if not re.match(
        r"(?i)(?:myself|you|people|kids|children|students|adults|classes|a\s|lessons)\b", value
    ):
        yield reading.found("occupation", f"{value} teacher", Span(match.start(), span.end))
    elif re.match(r"(?i)(?:kids|children|students|adults)\b", value):
        yield reading.found("occupation", "teacher", Span(match.start(), span.end))


def _for_a_living(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    thing = reading.text(Span(*match.span("thing"))) if match["thing"] else ""
    value = agent(
        match["verb"], re.sub(r"^(?:the|a|an|my|other\speople's|people's)\s", "", thing.lower())
    )
    text = reading.text(
        Span(match.start("verb"), match.end("thing") if match["thing"] else match.end("verb"))
    )
    yield reading.found("occupation", value or text, Span(*match.span()))


def _job_is(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    gerund = re.compile(r"(?P<verb>\w+ing)\s(?P<thing>[\w'-]+)").match(reading.low, match.end())
    if gerund:
        value = agent(gerund["verb"], gerund["thing"])
        text = reading.text(Span(*gerund.span()))
        yield reading.found("occupation", value or text, Span(match.start(), gerund.end()))
        return
    span = phrase(reading, match.end(), words=4, go_on=OF)
    if span is not None:
        yield from occupation_in(reading, match.start(), span, known=True)


_FIELDS = (
    r"(?P<field>(?:\w+\s)?(?:marketing|insurance|hr|it|tech|finance|sales|construction"
    r"|education|healthcare|hospitality|advertising|publishing|logistics|retail|banking"
    r"|real\sestate|law\senforcement|accounting|manufacturing|aviation|agriculture"
    r"|journalism|customer\s(?:service|support)|human\sresources|cybersecurity|biotech"
    r"|pharma|consulting|government|social\swork|childcare|procurement|fashion|film"
    r"|television|media|security|research|telecoms|robotics|shipping|catering|tourism"
    r"|recruitment|fintech|data\sscience|software))"
)


def _field(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("field")))
    yield reading.found("occupation", re.sub(r"^(?:the|my)\s", "", value), Span(*match.span()))
    yield from employer_after(reading, match.start(), match.end())


def _habit(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I write thrillers": what one does all the time, of things that are somebody's trade."""
    value = agent(match["verb"], match["thing"])
    if value is not None:
        yield reading.found("occupation", value, Span(*match.span()), confidence=0.7)


def _force(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("occupation", match["what"], Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"i\s<adv>do\s(?P<trade>accounting|bookkeeping|marketing|recruiting|consulting"
            r"|translation|translations|nursing|gardening|plumbing|payroll|data\sentry"
            r"|customer\ssupport|tech\ssupport|quality\sassurance|qa|web\sdevelopment"
            r"|graphic\sdesign|interior\sdesign|landscaping|research)\s(?:for|at)\s"
        ),
        _trade,
    ),
    rule(
        (
            r"my\s(?:day\s)?(?:job|occupation|profession|work|current\sjob|day-job)(?:\sis"
            r"|'s)\s(?:to\sbe\s)?(?:being\s)?(?:as\s)?(?:an?\s)?"
        ),
        _job_is,
    ),
    rule(
        (
            r"(?:i\s|<im>\s|i've\s|been\s)?<adv>(?:been\s)?(?:drive|driving)\s(?:an?\s)?"
            r"(?P<what>"
        )
        + DRIVEN
        + (
            r")(?:e?s)?\b(?=\s(?:for|at|in|since)\b|\s*$|[.,;])(?!\s(?:for\s)?(?:my|fun"
            r"|the\sfirst|work))"
        ),
        _driver,
    ),
    rule(r"i\s<adv>teach\s(?!my\b|him|her|them|you)", _teacher),
    rule(
        (
            r"i\s<adv>(?P<verb>[a-z]+)(?:\s(?P<thing>[\w'-]+"
            r"(?:\s[\w'-]+){0,3}?))?\sfor\sa\sliving\b"
        ),
        _for_a_living,
    ),
    rule(
        (
            r"(?:i|<im>|i've)\s<adv>(?:work|working|worked|been|am)?\s?(?:always\s"
            r"|mostly\s)?in\s(?:the\s)?"
        )
        + _FIELDS
        + (
            r"\b(?=\s*(?:$|[,.!;:()—–]|-|for\b|at\b|and\b|industry\b|business\b"
            r"|sector\b"
            r"|since\b|so\b|but\b|now\b))"
        ),
        _field,
    ),
    rule(
        r"my\s(?:day\s)?(?:job|work|career|background)(?:'s|\sis)\s(?:all\s)?in\s"
        + _FIELDS
        + r"\b",
        _field,
    ),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:spent|spend)\s(?:my\s\w+|my\s\w+\s\w+|\w+\syears"
            r"|most\sof\smy\scareer)\sin\s"
        )
        + _FIELDS
        + r"\b",
        _field,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s)?(?P<verb>write)\s(?P<thing>thrillers|novels|books"
            r"|songs|poetry|screenplays|romance\snovels|crime\snovels|children's\sbooks"
            r"|fantasy\snovels|grants|comics)\b"
        ),
        _habit,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s)?(?P<verb>translate|sell|repair|train|restore"
            r"|breed|groom|install|tune|build)\s(?P<thing>manuals|cars|insurance|houses|bikes"
            r"|bicycles|dogs|horses|furniture|pianos|boats|guitars|violins|flowers|books"
            r"|clothes|solar\spanels|kitchens|watches|contracts|novels|tractors|phones"
            r"|computers|clocks|antiques|shoes|software)\b"
        ),
        _habit,
    ),
    rule(
        (
            r"i\s<adv>(?:serve|am|work|'m)\sin\sthe\s(?P<what>army|navy|air\sforce|marines"
            r"|military|coast\sguard|fire\sbrigade|police)\b"
        ),
        _force,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s|now\s)?(?P<verb>make)\s(?P<thing>cheese|furniture"
            r"|jewellery|jewelry|candles|soap|violins|guitars|wine|clothes|shoes|hats|films"
            r"|documentaries|watches|knives|games|cakes|toys)\b(?=\s*(?:$|[.,;!]|now\b"
            r"|for\b))"
        ),
        _habit,
    ),
    rule(
        (
            r"now\si\s(?P<verb>make|sell|build|repair|teach|train|write|restore)\s"
            r"(?P<thing>[\w-]+)(?=\s*(?:$|[.,;!]))"
        ),
        _habit,
    ),
    rule(r"(?:i've\s|i\shave\s)?been\steaching\s(?!my\b|him|her|them|you)", _teacher),
)
