"""Who somebody is: name, age, birthday, nationality, gender."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.dates import DAY, day
from services.memory_writer.extraction.en.occupations import is_occupation
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, proper, rule, tokens
from services.memory_writer.extraction.en.words import (
    FIRST_NAMES,
    LANGUAGES,
    MONTHS,
    NATIONALITIES,
    word_set,
)
from services.memory_writer.extraction.found import Found

_NO_NAME = word_set(
    """a an the my your his her their our this that these those not no me him back later when if
    maybe crazy stupid dumb old lazy tomorrow today anytime what whatever names out on in at
    from for it its so very just also all here there now sorry sure ready fine good great ok
    okay happy sad tired busy new looking trying using going working having getting doing being
    making writing reading sick stuck lost confused hungry bored done back home still really too
    only using used interested curious wondering asking planning thinking vegan vegetarian
    english thanks hello hi hey please yes yep nope great perfect christmas easter mum mom dad
    god jesus which who how why and or but everything nothing something someone everyone nobody
    enough either none both python java react linux windows it's that's there's let's excellent
    awesome cool nice right wrong true false next muslim christian jewish hindu buddhist
    catholic atheist sikh mormon protestant orthodox spelled spelt pronounced written same
    spring summer autumn winter everybody people somebody anybody mine yours i you he she we
    they is was are im fluent friends"""
)
_TITLE = re.compile(r"(?:dr|mr|mrs|ms|mx|prof|sir|captain|lady|lord)\.?$")
_WEAK_BAD = word_set(
    "monday tuesday wednesday thursday friday saturday sunday america europe god"
) | {
    *MONTHS,
}


def name_at(reading: Reading, start: int, *, strict: bool = False, words: int = 3) -> str | None:
    """Return the name of a person at `start`, or None.

    `strict` where the words before could introduce anything: only a name with a capital will do.
    """
    span = name_span(reading, start, strict=strict, words=words)
    return None if span is None else cased(reading.text(span))


def name_span(reading: Reading, start: int, *, strict: bool = False, words: int = 3) -> Span | None:
    """Return where the name of a person at `start` stands, or None."""
    first = next(tokens(reading, start), None)
    if first is None:
        return None
    word = reading.low[first.start : first.end]
    if word in _NO_NAME or not re.match(r"[^\W\d_]", word):
        return None
    if _TITLE.match(word):
        rest = proper(reading, first.end, words=2)
        alone = first if _ends(reading, first.end) else None
        return Span(first.start, rest.end) if rest else alone
    span = proper(reading, start, words=words)
    if span is None:
        plain = re.fullmatch(r"[^\W\d_]+(?:-[^\W\d_]+)?", word)
        return first if not strict and plain and len(word) > 1 else None
    if strict and (word in NATIONALITIES or word in LANGUAGES or word in _WEAK_BAD):
        return None
    return span


def cased(name: str) -> str:
    """Return a name with capitals, where it was written without any."""
    if name != name.lower():
        return name
    return re.sub(r"(^|[\s-])(\w)", lambda match: match[1] + match[2].upper(), name)


# --- names -----------------------------------------------------------------------------------

FORMS = (
    r"(?:doc|boss|chief|sir|ma'am|madam|master|sensei|coach|professor|mate|buddy|dude|bro|my\slord"
    r"|your\s(?:majesty|highness|excellency|grace)|milady|my\slady|commander|skipper|friend)"
)
"""How one may be addressed that is no name."""
_FORM = re.compile(FORMS + r"\b")
_NICK = re.compile(
    r"\b(?:go\sby|call\sme|calls\sme|says|known\sas|goes\sby|use)\s(?P<nick>[\w'-]+)"
    r"|\bprefer\s(?P<other>[\w'-]+)|\bbut\s(?P<works>[\w'-]+)\s(?:works|is\sfine|will\sdo|is\sok)\b"
)


def _name(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end())
    if span is None:
        return
    if "call" in match[0] and _FORM.match(reading.low, span.start):
        return
    value = cased(reading.text(span))
    nick = _NICK.search(reading.low, span.end)
    if nick and (nick["works"] or nick["nick"]) not in _NO_NAME:
        yield reading.found("full_name", value, Span(match.start(), span.end))
        return
    wrong = re.compile(r",?\s(?:and\s)?not\s").match(reading.low, span.end)
    other = name_at(reading, wrong.end()) if wrong else None
    yield reading.found(
        "name", value, Span(match.start(), span.end), corrects=bool(other), instead_of=other
    )


def _strict_name(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), strict=True)
    if span is not None and _ends(reading, span.end) and not is_occupation(reading.text(span)):
        yield reading.found("name", reading.text(span), Span(match.start(), span.end))


def _greeted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Hi, I'm sam", where nothing follows that would make it an adjective."""
    span = name_span(reading, match.end(), strict=True)
    if span is None and _GREETING.match(reading.low):
        word = name_span(reading, match.end(), words=1)
        span = word if word and reading.low[word.start : word.end] in FIRST_NAMES else None
    if span is not None and _ends(reading, span.end) and not is_occupation(reading.text(span)):
        yield reading.found("name", cased(reading.text(span)), Span(match.start(), span.end))


_GREETING = re.compile(r"\W*(?:hi|hello|hey|hiya|yo|good\s(?:morning|evening|day|afternoon))\b")


def _greeting_name(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Hey it's Pat"."""
    if _GREETING.match(reading.low):
        yield from _strict_name(match, reading)


_NO_FORM = re.compile(
    r"(?i)\b(?:yaml|json|config|password|user|toml|field|csv|table|example|demo)\b|\?"
)


def _form_name(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Name: Viktor", where it is no file that is talked about."""
    if not _NO_FORM.search(reading.context.text):
        yield from _strict_name(match, reading)


_AFTER_NAME = re.compile(
    r"\s*(?:$|[,.!;:()—–]|-|and\s(?:i|my|we|this)\b|from\b|here\b|btw\b|by\sthe\sway"
    r"|but\b|nice\b|again\b|\d|:\))"
)


_KIDDING = re.compile(r"\b(?:kidding|joking|jk|just\sjokes)\b")


def _ends(reading: Reading, end: int) -> bool:
    joke = _KIDDING.search(reading.context.text.lower())
    return bool(_AFTER_NAME.match(reading.low, end)) and joke is None


def _before(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Take the name that stands in the match: "Gareth is fine", "Katya here"."""
    first, last = match.span("name")
    span = name_span(reading, first, strict=True)
    if span is None or span.end != last:
        return
    value = reading.text(span)
    if not is_occupation(value) and not (
        match.end() < len(reading.low) and "here" in match[0] and reading.low[match.end()].isalnum()
    ):
        yield reading.found("name", value, Span(match.start(), match.end()))


def _introduced(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "About me: Sam, 34, …": the first of a list."""
    span = name_span(reading, match.end(), strict=True)
    if span is not None and re.compile(r",\s").match(reading.low, span.end):
        value = reading.text(span)
        if not is_occupation(value):
            yield reading.found("name", value, span)


# --- age, birthday ---------------------------------------------------------------------------

# "We have three kids, 4, 7 and 9": a number alone is the age of whom the words before name.
_NOT_MINE = re.compile(
    r"\b(?:kids|children|sons?|daughters?|twins|boys|girls|dogs?|cats?|years|ages|aged|wife"
    r"|husband|my)\b"
)
_YOUNGEST, _OLDEST = 5, 115


def _age(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    years = int(match["age"])
    bare = match.start() == match.start("age") or match[0].startswith("turned")
    if bare and _NOT_MINE.search(reading.low, 0, match.start()):
        return
    if _YOUNGEST <= years <= _OLDEST:
        wrong = re.compile(r",?\s(?:and\s)?not\s(\d{1,3})\b").match(reading.low, match.end("age"))
        other = wrong[1] if wrong else None
        yield reading.found(
            "age", str(years), Span(*match.span()), corrects=bool(other), instead_of=other
        )


def _birthday(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = day(match, reading.context.said_at)
    if value is not None:
        yield reading.found("birthday", value, Span(*match.span()))


# --- nationality, gender ---------------------------------------------------------------------

_NATION = r"(?P<nation>" + "|".join(sorted(NATIONALITIES, key=len, reverse=True)) + r")"
_GENDERS = {"girl": "woman", "lady": "woman", "female": "woman", "guy": "man", "male": "man"}


def _nation(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = match["nation"]
    value = " ".join(word[0].upper() + word[1:] for word in value.split())
    yield reading.found("nationality", value, Span(*match.span()))


def _gender(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = match["gender"]
    yield reading.found("gender", _GENDERS.get(value, value), Span(*match.span()))


_END = (
    r"(?=\s*(?:$|[,.!;:()—–?]|-\s|and\b|but\b|so\b|btw\b|living\b|in\b|by\b|who\b|with\b"
    r"|from\b|because\b|from\b|on\b|now\b))"
)
_AGE_END = (
    r"(?!\s*(?:%|kg|cm|km|lbs?|pounds|weeks?|months?|minutes?|mins?|hours?|days?|miles?"
    r"|seconds|percent|in\b|st\b|th\b|\d|:|/|\.\d|dollars|euros|feet))"
)

_NAME_TALK = re.compile(r"\b(?:name|names|call|called|mr|mrs|ms|sir|madam|miss)\b")


def _after_name(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read a name by itself, where the sentence is about names: "Not Mr. Hansen, just Erik"."""
    if _NAME_TALK.search(reading.low, 0, match.start()):
        yield from _before(match, reading)


def _listed_nation(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Name's Oskar, Swedish, living in Spain"."""
    if reading.low.count(",") > 1 and re.search(
        r"\b(?:i'm|name|about\sme|living)\b|,\s\d\d,", reading.low
    ):
        yield from _nation(match, reading)


_AGE_STOP = (
    r"(?=\s*(?:$|[,.!;()—–](?!\d)|-\s|and\b|now\b|btw\b|so\b|but\b|next\b|this\b|today\b"
    r"|with\b|from\b|living\b|years?\s(?:old|of)|not\b|male\b|female\b|[mf]\b|married\b"
    r"|single\b|if\b|\s?y/?o\b))"
)

RULES: tuple[Rule, ...] = (
    rule(r"my\s(?:real\s|first\s|actual\s|given\s)?name(?:'s|s|\sis)\s(?!not\b)", _name),
    rule(r"my\sfull\sname(?:'s|s|\sis)\s", _name),
    rule(r"(?:the\s)?name(?:'s|\sis)\s(?!not\b)", _strict_name),
    rule(
        r"(?:you\s(?:can|may|could|should)\s|u\scan\s|just\s|please\s|but\s)*call\sme\s",
        _name,
        "request",
    ),
    rule(
        (
            r"(?:everyone|everybody|people|friends|my\sfriends|most\speople|they)\s"
            r"(?:just\s)?calls?\sme\s"
        ),
        _name,
    ),
    rule(r"(?:everyone|everybody|people|friends)\ssays?\s(?=\w+\s*$)", _strict_name),
    rule(r"i\s(?:usually\s|mostly\s|just\s)?(?:go|goes)\sby\s(?:the\sname\s(?:of\s)?)?", _name),
    rule(r"<im>\s(?:called|known\sas|named)\s", _name),
    rule(r"(?:you\scan\s)?(?:address|refer\sto)\sme\sas\s", _name, "request"),
    rule(r"this\sis\s(?=[^!?]{1,60}$)", _strict_name),
    rule(r"it's\s", _greeting_name),
    rule(r"name:\s", _form_name),
    rule(r"(?P<name>[\w'-]+)(?=,\s\d{1,2}\b\s?(?:,|y/?o|years|$))", _before),
    rule(r"<im>\s", _greeted),
    rule(r"it's\s(?P<name>[a-z'-]+)\s(?:here|again)\b", _before),
    rule(r"(?P<name>[\w'-]+)\shere\b(?=\s*(?:$|[,.!;:()—–]|-|again))", _before),
    rule(
        (
            r"(?P<name>[\w'-]+)\s(?:is|'s|will\sbe|works)\s(?:fine|ok|okay|enough|good|great"
            r"|alright)\b"
        ),
        _before,
    ),
    rule(r"(?:please\s)?(?:just\s)?use\s(?P<name>[\w'-]+)(?=\s*(?:$|[.!]))", _after_name),
    rule(
        r"(?P<name>[\w'-]+)\s(?:please|pls|thanks|works|will\sdo)(?=\s*(?:$|[.!,;]|too\b))",
        _after_name,
    ),
    rule(r"it's\s(?P<name>[\w'-]+)(?=\s*(?:$|[.!,]))", _after_name),
    rule(r"(?P<name>[\w'-]+)\sspeaking\b(?=\s*(?:$|[,.!;]))", _before),
    rule(r"(?:i'd\s|i\s)<adv>(?:prefer|like|rather)\s(?:to\s)?(?:be\s)?called\s", _name),
    rule(r"i\sanswer\sto\s(?:the\sname\s)?", _strict_name),
    rule(
        r"(?:about\sme|bit\sabout\s(?:me|myself)|intro|me|hi|hello|hey)\s*[:!,-]+\s*",
        _introduced,
        "anywhere",
    ),
    rule(
        (
            rf"<im>\s(?:only\s|just\s|now\s|already\s|almost\s)?(?P<age>\d{{1,3}})(?:\s?(?:y/?o"
            rf"|years?\sold|years?\sof\sage|yrs?\sold))?\b{_AGE_STOP}"
        ),
        _age,
    ),
    rule(r"(?:i\s|i've\s|i\shave\s)<adv>turned\s(?P<age>\d{1,3})\b", _age),
    rule(
        r"turned\s(?P<age>\d{2})\b(?=\s*(?:$|[.,!;]|yesterday|today|last|this|on\b|in\b|and\b))",
        _age,
    ),
    rule(
        (
            rf"(?:aged\s|age:?\s)?(?P<age>\d{{1,2}})(?:\s?(?:y/?o|years?\sold|yrs?\sold))?"
            rf"(?:\s?[mf]\b)?(?=\s*[,)]|\s(?:married|single|living|from)"
            rf"|\sand\b){_AGE_END}"
        ),
        _age,
        "clause",
    ),
    rule(
        r"(?:as|<im>|i\sam)\san?\s(?P<age>\d{1,3})(?:-|\s)?(?:year|yr)s?(?:-|\s)olds?\b",
        _age,
        "anywhere",
    ),
    rule(
        (
            r"(?:<im>|as)\s[\w\s,]{0,20}?\ban?\s(?P<age>\d{1,3})(?:-|\s)(?:year|yr)s?(?:-"
            r"|\s)old\b"
        ),
        _age,
        "anywhere",
    ),
    rule(r"my\sage\sis\s(?P<age>\d{1,3})\b", _age),
    rule(
        (
            rf"my\s(?:birthday|bday|b-day|birthdate|date\sof\sbirth|dob)(?:'s|\sis|\sfalls|:)?"
            rf"(?:\son)?\s(?:{DAY})"
        ),
        _birthday,
        "anywhere",
    ),
    rule(rf"(?:i\swas\s|i'm\s[\w\s]{{1,20}},\s)?born\s(?:on\s|in\s)?(?:{DAY})", _birthday),
    rule(
        (
            rf"(?:<im>|i'll\sbe|i\sturn|i\swill\sbe)\s(?:turning\s)?[a-z-]+\s"
            rf"(?:years\sold\s)?on\s(?:{DAY})"
        ),
        _birthday,
    ),
    rule(rf"(?:birthday|bday)(?:\sis|:|'s)\s(?:on\s)?(?:{DAY})", _birthday),
    rule(
        (
            rf"\b(?:my|share\sa)\s(?:birthday|bday)\b(?!\sparty|\spresent"
            rf"|\scake)[\w\s,']{{0,30}}?[\s,](?:{DAY})"
        ),
        _birthday,
        "anywhere",
    ),
    rule(
        rf"(?:i\s|i'?ll\s)(?:will\s)?(?:be|turn|turned)\s\d{{1,3}}\s(?:on\s)?(?:{DAY})", _birthday
    ),
    rule(rf"it'?s\smy\s(?:birthday|bday|b-day|\d+th\sbirthday)\s(?:on\s)?(?:{DAY})", _birthday),
    rule(
        (
            r"(?P<relative>today|tomorrow)(?:'s|\sis)\smy\s(?:\d+th\s)?(?:birthday|bday"
            r"|b-day)\b(?P<holiday>)?(?P<iso>)?"
        ),
        _birthday,
    ),
    rule(rf"<im>\s<adv>(?:an?\s)?{_NATION}{_END}", _nation),
    rule(rf"as\san?\s{_NATION}\b(?=\s*(?:,|i\b|living|citizen|$))", _nation, "anywhere"),
    rule(
        r"as\sa\s(?P<gender>woman|man|girl|guy|female|male)\b(?=\s*(?:,|i\b|in\b|who\b))",
        _gender,
        "anywhere",
    ),
    rule(r"<im>\s(?:a\s)(?P<gender>woman|man|girl|guy|female|male)\b", _gender),
    rule(rf"{_NATION}(?=\s*,)", _listed_nation),
    rule(rf"(?:{DAY})\s?(?:is|'s)\smy\s(?:birthday|bday|b-day)\b", _birthday),
)
