"""Taste that is told of the thing: "knitting keeps me sane", "my favourite band is …"."""

import re
from collections.abc import Iterator
from dataclasses import replace

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.taste import GO_ON, POINTING, liking
from services.memory_writer.extraction.en.words import STOPS
from services.memory_writer.extraction.found import Found


def _subject(predicate: str, match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    first, last = match.span("what")
    text = reading.low[first:last]
    words = text.split()
    if (
        not words
        or words[0] in STOPS - {"no"}
        or (words[0] in {"the", "this", "your", "a"} and len(words) == 1)
    ):
        return
    span = phrase(reading, first, go_on=GO_ON)
    if span is None or span.end < last - 1:
        return
    found = liking(predicate, reading, first, span)
    if found is not None:
        yield reading.found(predicate, found.value, Span(*match.span()))


def _liked_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("likes", match, reading)


def _disliked_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("dislikes", match, reading)


def _favourite(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=6, go_on=_TITLE_WORDS)[:3]:
        value = reading.text(span)
        if not POINTING.match(value.lower()):
            yield reading.found("favorite", value, Span(match.start(), span.end))


_TITLE_WORDS = frozenset({"of", "in", "on", "at", "from", "with"})


def _favourite_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("favorite", match, reading)


_WHAT = r"(?P<what>[\w'#&-]+(?:\s[\w'#&-]+){0,3}?)"

_FAVOURITE_OF = r"(?:[\w-]+\s){1,3}?(?:of\sall\stime\s|ever\s)?"

_FLIP = re.compile(
    r"[,;]?\s(?:but\s|and\s|—\s|-\s)?(?:now\s|these\sdays\s|nowadays\s)?i\s(?:now\s"
    r"|actually\s|really\s)*(?P<verb>love|like|enjoy|adore|crave|can't\sget\senough\sof"
    r"|can't\sstand|hate|dislike)\s(?:it|them)\b"
)


def _flipped(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I used to hate olives, now I can't get enough of them"."""
    span = phrase(reading, match.end(), words=4)
    now = _FLIP.match(reading.low, span.end) if span else None
    if span is not None and now:
        bad = now["verb"] in {"can't stand", "hate", "dislike"}
        yield reading.found(
            "dislikes" if bad else "likes", reading.text(span), Span(match.start(), now.end())
        )


def _over(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Sushi over pizza, always"."""
    if re.compile(
        r"[\w\s'-]{2,30},?\s(?:always|any\s?day|every\s?time|all\sthe\sway|for\sme)\b"
    ).match(reading.low, match.end()):
        yield from _subject("likes", match, reading)


def _no_thanks(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Country music? No thanks.": what was asked just before."""
    before = reading.context.before[-1:]
    words = before[0].text.rstrip("? ").split() if before and before[0].question else []
    if words and len(words) <= 3 and words[0].lower() not in STOPS and before[0].text[-1:] == "?":  # noqa: PLR2004
        value = " ".join(words)
        text = reading.context.text[before[0].start : before[0].start + len(before[0].text)]
        found = reading.found(
            "dislikes" if match["no"] else "likes",
            value[:1].lower() + value[1:],
            Span(*match.span()),
        )
        yield replace(found, quote=text)


def _heaven(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Rainy Sundays with a thick book are my idea of heaven": all that stands before."""
    first, last = match.span("what")
    if not reading.low[:first].strip() and reading.low[first:last].split()[0] not in STOPS:
        value = re.sub(r"^(?:[Aa]n?|[Tt]he)\s", "", reading.text(Span(first, last)))
        predicate = "dislikes" if match["hell"] else "likes"
        yield reading.found(predicate, value, Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?P<what>[\w'#&-]+(?:\s[\w'#&-]+){0,7}?)\s(?:is|are|'s)\s(?:really\s|just\s)?my\s"
            r"(?:idea\sof\s(?:an?\s)?(?:(?P<hell>hell|torture|nightmare)|heaven|happiness|fun|bliss"
            r"|paradise|(?:good|perfect|great|nice|lovely)\s\w+))\b"
        ),
        _heaven,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are|'s)\s(?:totally\s|really\s|just\s|definitely\s|absolutely\s"
            rf"|so\s)*(?:my\s(?:thing|jam|passion|obsession|happy\splace|guilty\spleasure"
            rf"|comfort\sfood|weakness)|right\sup\smy\salley|the\sbest\sthing\sever)\b"
        ),
        _liked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:isn't|aren't|is\snot|are\snot|ain't|isnt|arent)\s(?:really\s"
            rf"|exactly\s|quite\s)*(?:my\s(?:thing|jam|cup\sof\stea|favou?rite|style|scene)"
            rf"|for\sme)\b"
        ),
        _disliked_subject,
    ),
    rule(
        rf"{_WHAT}\s(?:bores?|disgusts?|annoys?|irritates?|grosses|repulses?)\sme\b",
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\smakes?\sme\s(?:gag|sick|vomit|cringe|nauseous|want\sto\s(?:vomit"
            rf"|puke))\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:i\s(?:could|can)\sdo\swithout|does\snothing\sfor\sme"
            rf"|do\snothing\sfor\sme|drives?\sme\s(?:mad|crazy|nuts))\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"(?:my|our)\s(?:all[\s-]time\s|absolute\s|personal\s"
            rf"|current\s)*favou?rites?\s{_FAVOURITE_OF}(?:is|are|has\sto\sbe|must\sbe"
            rf"|would\sbe|will\salways\sbe|:|'s)\s(?:called\s|probably\s|definitely\s|still\s"
            rf"|always\s|easily\s|by\sfar\s)*(?!when\b|not\b)"
        ),
        _favourite,
    ),
    rule(r"favou?rite\s(?:[\w-]+\s?){1,3}(?::|=|\sis)\s", _favourite),
    rule(
        (
            rf"{_WHAT}\s(?:is|are|'s|has\sto\sbe)\s(?:by\sfar\s|still\s|probably\s"
            rf"|definitely\s)?my\s(?:all[\s-]time\s|absolute\s)?favou?rite\b"
        ),
        _favourite_subject,
    ),
    rule(
        (
            r"i\sused\sto\s(?:really\s|absolutely\s)?(?:hate|dislike|love|like|enjoy|despise"
            r"|detest|loathe|adore)\s"
        ),
        _flipped,
    ),
    rule(rf"{_WHAT}\sover\s", _over),
    rule(
        (
            r"(?P<no>no\sthanks|no\sthank\syou|hard\spass|not\sfor\sme|no\sway|never)(?=\s*(?:$"
            r"|[.!]))|(?:yes\splease|count\sme\sin|love\sit|always)(?=\s*(?:$|[.!]))"
        ),
        _no_thanks,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:keeps?\sme\ssane|makes?\sme\s(?:so\s|really\s|very\s)?(?:happy"
            rf"|smile)|relaxes\sme|calms\sme(?:\sdown)?|cheers?\sme\sup|never\sgets\sold"
            rf"|is\slife|is\sbliss|is\sheaven|are\slife|brings?\sme\sjoy|does\sit\sfor\sme"
            rf"|is\smy\stherapy|is\sgood\sfor\smy\ssoul|always\shits\sthe\sspot)\b"
        ),
        _liked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:disgusting|gross"
            rf"|vile|revolting|yucky|repulsive)\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:awful|terrible"
            rf"|the\sworst|boring|horrible|unbearable|torture|overrated)\s(?:imo|to\sme|for\sme"
            rf"|in\smy\s(?:opinion|book)|if\syou\sask\sme)\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:the\sbest|amazing"
            rf"|a\swin|delicious|awesome|fantastic|wonderful|unbeatable)\s(?:imo|to\sme|for\sme"
            rf"|in\smy\s(?:opinion|book)|if\syou\sask\sme)\b"
        ),
        _liked_subject,
    ),
    rule(
        (
            r"\bmy\s(?:comfort|go-to|desert\sisland|dream|ultimate)\s(?:movie|film|food|show"
            r"|book|drink|snack|band|album|dish|car|game|meal|restaurant|song)\s(?:is|are|:"
            r"|'s)\s"
        ),
        _favourite,
    ),
    rule(rf"{_WHAT}\s(?:all\sthe\sway|for\sthe\swin|ftw|forever)(?=\s*(?:$|[.!]))", _liked_subject),
    rule(
        (
            rf"{_WHAT}\stastes?\s(?:like\s(?:soap|dirt|cardboard|feet|vomit|mud|metal|poison"
            rf"|nothing)|awful|horrible|terrible|disgusting|vile)\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:stress(?:es)?\sme\sout|gives?\sme\s(?:anxiety|the\screeps)"
            rf"|freaks?\sme\sout|scares?\sme|terrif(?:y|ies)\sme)\b"
        ),
        _disliked_subject,
    ),
)
