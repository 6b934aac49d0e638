"""Illnesses, aids and habits of health."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.conditions import AIDS, STATES, condition
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.words import word_set
from services.memory_writer.extraction.found import Found


def _condition(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=4):
        value = re.sub(
            (
                r"(?i)^(?:(?:a\sbit\sof|severe|mild|terrible|bad|really\sbad"
                r"|chronic\sbut\smild|awful|slight)\s)+(?=(?:asthma|anxiety|depression|adhd"
                r"|eczema|insomnia|tinnitus|migraines?|arthritis)\b)"
            ),
            "",
            reading.text(span),
        )
        named = condition(value)
        if named is not None:
            yield reading.found("condition", named, Span(match.start(), span.end))


def _chronic(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "I suffer from" and "diagnosed with" any illness will do."""
    span = phrase(reading, match.end(), words=4)
    if span is not None and not re.match(
        r"(?:lack|fear|fomo|your|boredom|imposter|it|procrastination)\b", reading.low[span.start :]
    ):
        value = reading.text(span)
        yield reading.found("condition", condition(value) or value, Span(match.start(), span.end))


_STATE = (
    r"(?P<state>type[\s-](?:1|2|one|two|i|ii)\sdiabetic|"
    + "|".join(sorted(map(re.escape, STATES), key=len, reverse=True))
    + r")"
)


def _state(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = condition(match["state"])
    if value is not None and not re.compile(r"\sto\b|'").match(reading.low, match.end("state")):
        yield reading.found("condition", value, Span(*match.span()))


_ACRONYMS = word_set("ms eds pots cfs ibd hiv")


def _matched(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read the longest of up to three words that is a condition: "my arthritis makes …"."""
    words = reading.text(Span(*match.span("what"))).split()
    for size in range(len(words), 0, -1):
        text = " ".join(words[:size])
        value = condition(text)
        if value is not None and "'s" not in text and (text not in _ACRONYMS):
            yield reading.found("condition", value, Span(*match.span()))
            return


def _bad_part(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("condition", f"bad {match['what']}", Span(*match.span()))


def _sober(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("condition", "sober", Span(*match.span()))


def _aid(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = re.sub(r"^an?\s", "", match["aid"])
    yield reading.found("condition", value, Span(*match.span()))


def _smokes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("condition", "smoker", Span(*match.span()))


def _pressure(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("condition", f"{match['how']} {match['what']}", Span(*match.span()))


_HAVE = (
    r"(?:i've\shad|i\shave\shad|i've\salways\shad|<ive>|we\sboth\shave|i\sstill\shave"
    r"|i\salso\shave|i\sdo\shave|i\sactually\shave|having|with\smy)"
)


def _sensitive(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    noun = "sensitivity" if match["how"] == "sensitive" else "intolerance"
    for span in items(reading, match.end(), words=2):
        yield reading.found(
            "condition", f"{reading.text(span)} {noun}", Span(match.start(), span.end)
        )


def _listed_state(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if reading.low.count(",") > 1:
        yield from _state(match, reading)


RULES: tuple[Rule, ...] = (
    rule(rf"{_HAVE}\s<adv>(?:an?\s)?(?!to\b)", _condition),
    rule(
        (
            r"(?:i\s<adv>(?:suffer|struggle|live|deal|cope)|<im>\s<adv>(?:suffering|struggling"
            r"|living|dealing|coping))\s(?:from|with)\s(?!my\s|you|the\s|this|that"
            r"|people|a\s)"
        ),
        _condition,
    ),
    rule(r"(?:i\s<adv>suffer|i've\ssuffered|<im>\ssuffering)\sfrom\s", _chronic),
    rule(
        (
            r"(?:i\swas\s|i've\sbeen\s|i\sgot\s|i\sjust\sgot\s|<im>\s|was\s|got\s|recently\s)?"
            r"(?:\w+\s)?diagnosed\swith\s"
        ),
        _chronic,
    ),
    rule(
        (
            r"(?:the\s|my\s)?(?:doctors?|gp|psychiatrist|specialist|therapist)\s(?:says|said"
            r"|thinks|confirmed|told\sme)\s(?:that\s)?(?:it's|i\shave|i've\sgot)\s"
        ),
        _condition,
    ),
    rule(
        (
            rf"(?:<im>|i've\sbeen|i\swas\sborn|i\sam\sboth|i\shappen\sto\sbe|being)\s<adv>"
            rf"(?:an?\s|severely\s|mildly\s|slightly\s|legally\s|completely\s|partially\s|\w+\s"
            rf"(?:weeks|months)\s|heavy\s|chronic\s|strict\s|a\sheavy\s){{0,2}}{_STATE}\b(?!\s"
            rf"(?:spots?|faith|dates?|chef|test|trust|by\sthe|alley))"
        ),
        _state,
    ),
    rule(
        rf"\bas\san?\s(?:\w+\s)?{_STATE}\b(?=\s*(?:,|i\b|person|woman|man|\?|$|who))",
        _state,
        "anywhere",
    ),
    rule(rf"{_STATE}\shere\b", _state),
    rule(
        (
            r"(?P<what>(?:[\w'-]+\s){1,3})(?:has|have)\s(?:plagued|bothered|haunted|tormented"
            r"|troubled)\sme\b"
        ),
        _matched,
    ),
    rule(
        (
            r"\bmy\s(?P<what>[\w'-]+(?:\s[\w'-]+)?)\s(?:is|are|has|have|gets?|keeps?|flares?"
            r"|acts?)\s(?:been\s|really\s)?(?:acting\sup|killing\sme|getting\sworse|bad\sagain"
            r"|flaring|up\sagain|worse|playing\sup|back)\b"
        ),
        _matched,
        "anywhere",
    ),
    rule(
        (
            r"\bmy\s(?:own\s|chronic\s|severe\s|mild\s|bad\s(?=asthma))?(?P<what>[\w'-]+"
            r"(?:\s[\w'-]+){0,2})"
        ),
        _matched,
        "anywhere",
    ),
    rule(
        (
            r"(?:<im>\s|as\s|being\s)(?:an?\s)(?P<what>[\w'-]+(?:\s[\w'-]+)?)\s(?:sufferer"
            r"|patient|survivor|warrior)\b"
        ),
        _matched,
        "anywhere",
    ),
    rule(
        (
            r"(?:as|<im>|i\sam)\san?\s[\w\s-]{2,40}?\swith\s(?:an?\s|chronic\s)?"
            r"(?P<what>[\w'-]+(?:\s[\w'-]+){0,2})"
        ),
        _matched,
        "anywhere",
    ),
    rule(
        (
            r"\bmy\s(?P<what>knees?|back|hips?|shoulders?|eyesight|hearing|heart|wrists?|lungs"
            r"|kidneys)\s(?:is|are|'s)\s(?:shot|bad|weak|poor|terrible|failing|wrecked|dodgy"
            r"|ruined|messed\sup)\b"
        ),
        _bad_part,
    ),
    rule(
        (
            r"(?:<im>|i've\sbeen|been)\s(?:\w+\s(?:years|months)\s)?sober\b(?=\s*(?:$|[,.;!]"
            r"|for|since))"
        ),
        _sober,
    ),
    rule(
        (
            rf"i\s<adv>(?:wear|use|rely\son|carry|need|walk\swith|have)\s(?P<aid>{AIDS})\b"
            rf"(?=\s*(?:$|[,.!?;:()—–]|-|so\b|and\b|btw\b|for\b|since\b|because\b|but\b|to\b"
            rf"|every\b|daily\b|at\b|in\b|on\b|when\b|most\b|all\b))"
        ),
        _aid,
    ),
    rule(r"<im>\s(?:in|on)\s(?P<aid>an?\swheelchair|crutches)\b", _aid),
    rule(
        (
            r"i\s<adv>smoke(?:\s(?:a\spack|\d+|about|like|cigarettes|daily|a\slot|socially)\b"
            r"|\s*(?:$|[,.;!]))"
        ),
        _smokes,
    ),
    rule(
        (
            r"my\s(?P<what>blood\spressure|cholesterol|blood\ssugar)(?:\sis|'s)\s<adv>"
            r"(?P<how>high|low)\b"
        ),
        _pressure,
    ),
    rule(
        (
            r"<im>\s<adv>(?P<how>sensitive|intolerant)\sto\s(?=gluten|lactose|dairy|histamine"
            r"|fructose|caffeine|msg|sulfites|milk|eggs|soy|nickel|light|noise|perfume"
            r"|fragrance)"
        ),
        _sensitive,
    ),
    rule(rf"{_STATE}(?=\s*(?:,|$|\.))", _listed_state),
    rule(r"living\swith\s", _condition),
)
