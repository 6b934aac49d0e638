"""Tastes that are told by what kind of person one is, or by what one would rather have."""

import re
from collections.abc import Iterator
from dataclasses import replace

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, rule
from services.memory_writer.extraction.en.taste import GO_ON, liking, tastes_in
from services.memory_writer.extraction.en.words import STOPS, word_set
from services.memory_writer.extraction.found import Found

_OF_PERSONS = word_set(
    """coffee tea cat cats dog dogs wine beer cider whisky whiskey gin rum beach mountain mountains
    book books car cars train trains bike country city outdoors indoors cake chocolate sweets
    savoury savory spice pasta pizza rice bread potato cheese meat fish breakfast brunch winter
    summer autumn spring rain sun snow vinyl horse bird plant garden music jazz rock metal techno
    opera ballet theatre film films movie movies board_game board_games video_game puzzle crossword
    museum gadget android pc console football cricket rugby tennis cocktail juice smoothie matcha
    espresso sci-fi fantasy horror crime history poetry comic anime manga lake sea forest"""
)
_KIND = r"(?:person|people|guy|gal|girl|woman|man|type|drinker|eater|kind\sof\s(?:person|guy|girl))"
_NEVER = re.compile(
    r"[,;]?\s(?:and\s|but\s)?(?:never|not(?:\sa|\sso\smuch)?|rather\sthan|more\sthan|over|no)\s"
    r"(?:an?\s)?(?P<what>[\w-]+)(?:\s(?:person|one|guy|girl))?(?=\s*(?:$|[.,;!]))"
)
_BOOKS = {"cat": "cats", "dog": "dogs", "book": "books", "car": "cars", "mountain": "mountains"}


def _person(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "coffee person, never tea"."""
    what = match["what"]
    if what not in _OF_PERSONS:
        return
    # "I'm a coffee person" is read among the pastimes.
    if not match[0].startswith("i"):
        predicate = "dislikes" if match["no"] else "likes"
        yield reading.found(predicate, _BOOKS.get(what, what), Span(*match.span()))
    other = _NEVER.match(reading.low, match.end())
    if other and other["what"] in _OF_PERSONS and not match["no"]:
        value = _BOOKS.get(other["what"], other["what"])
        yield reading.found("dislikes", value, Span(match.start(), other.end()))


_ONCE = re.compile(r"\b(?:tonight|today|tomorrow|this\stime|right\snow|for\sonce|this\sweek)\b")


def _rather(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'd rather read a paperback than an e-book": a taste, unless it is of today."""
    if _ONCE.search(reading.low):
        return
    span = phrase(reading, match.end(), words=4, go_on=GO_ON)
    if span is not None and reading.low.startswith((" than ", " over "), span.end):
        found = liking("likes", reading, match.start(), span)
        if found is not None:
            yield found


def _dislikes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4, go_on=GO_ON)
    if span is not None:
        yield from tastes_in("dislikes", reading, match.start(), [span])


def _likes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4, go_on=GO_ON)
    if span is not None:
        yield from tastes_in("likes", reading, match.start(), [span])


_GOOD = (
    r"(?:relaxing|soothing|calming|delicious|fascinating|therapeutic|beautiful|irresistible|comforting"
    r"|adorable|addictive|thrilling|so\smuch\sfun)"
)
_BAD = (
    r"(?:unbearable|boring|disgusting|tedious|insufferable|annoying|overrated|exhausting|dull|gross"
    r"|revolting|repulsive|stressful|creepy|unpleasant|pointless|intolerable|awful|horrible|terrible)"
)


def _judged(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I find opera unbearable"."""
    predicate = "dislikes" if match["bad"] else "likes"
    yield from tastes_in(predicate, reading, match.start(), [Span(*match.span("what"))])


def _always(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Black coffee, always": what a message consists of."""
    alone = not reading.low[: match.start()].strip() and not reading.context.before
    first = reading.low[match.start() : match.end("what")].split()[0]
    if alone and first not in STOPS and not re.search(r"\b(?:over|first|last|on)\b", match["what"]):
        span = Span(*match.span("what"))
        found = liking("likes", reading, match.start(), span)
        if found is not None:
            value = found.value or ""
            yield replace(found, value=value[:1].lower() + value[1:])


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"i\s<adv>(?:find|found|consider)\s(?P<what>[\w'-]+(?:\s[\w'-]+){0,3}?)\s(?:to\sbe\s)?(?:so\s|really\s"
            rf"|very\s|quite\s|pretty\s|incredibly\s|absolutely\s|deeply\s)?(?:(?P<bad>{_BAD})|{_GOOD})"
            r"(?=\s*(?:$|[.,!;]|and\b|but\b|so\b))"
        ),
        _judged,
    ),
    rule(
        (
            r"(?P<what>[a-z-]+(?:\s[a-z-]+){0,2}),\s(?:always|any\s?day|every\s(?:single\s)?(?:time|day)"
            r"|all\sday\slong)(?=\s*[.!]?$)"
        ),
        _always,
    ),
    rule(r"(?:<im>|we're|we\sare)\smore\sinto\s(?!it\b|this\b|that\b)", _likes),
    rule(
        (
            r"(?:<im>\s|we're\s|we\sare\s|i've\salways\sbeen\s|i\sam\s)?<adv>(?P<no>not\s(?:really\s"
            r"|much\sof\s)?|never\sbeen\s(?:much\sof\s)?)?(?:an?\s|more\sof\san?\s|more\san?\s)?"
            rf"(?:big\s|huge\s|real\s|total\s|proper\s)?(?P<what>[\w-]+(?:\sgame)?s?)\s{_KIND}"
            r"(?=\s*(?:$|[,.;!]|here\b|not\b|rather\b|more\b|through\b|and\b|myself\b|at\sheart\b))"
        ),
        _person,
    ),
    rule(
        (
            r"(?:i'd|i\swould|we'd)\s(?:always\s|much\s|far\s)*(?:rather|sooner)\s(?:read|eat|drink"
            r"|watch|play|listen\sto|have|take|wear|ride|use|cook|go\sto|spend\sa\sday\s(?:in|at))\s"
        ),
        _rather,
    ),
    rule(
        (
            r"(?:<im>\s|i've\snever\sbeen\s|we're\s)?<adv>(?:not|never(?:\sbeen)?)\s<adv>(?:too\s"
            r"|that\s|all\sthat\s|overly\s)?(?:big|hot|mad|wild|nuts|huge)\s(?:on|about)\s(?!the\s"
            r"idea|this|that\b)"
        ),
        _dislikes,
    ),
    rule(
        r"(?:i\s|i've\s|i\shave\s)?(?:never|hardly)\s(?:really\s)?(?:got|gotten|cared|warmed)\s"
        r"(?:into|for|to|the\spoint\sof|the\sappeal\sof)\s(?!it\b|this\b|that\b|you)",
        _dislikes,
    ),
    rule(
        r"(?:can't|cannot|can\snever)\s(?:go\swrong\swith|go\sa\sday\swithout|function\swithout)\s",
        _likes,
    ),
    rule(
        r"i\s(?:can't|cannot|can\snever)\s(?:go\swrong\swith|go\sa\sday\swithout|function\swithout)\s",
        _likes,
    ),
)
