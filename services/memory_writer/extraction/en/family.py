"""Whom somebody has: partner, children, parents, brothers and sisters, and other relatives."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.en.words import word_set
from services.memory_writer.extraction.found import Found

_KINDS = {
    "wife": "spouse",
    "husband": "spouse",
    "hubby": "spouse",
    "missus": "spouse",
    "spouse": "spouse",
    "partner": "spouse",
    "fiancé": "spouse",
    "fiancée": "spouse",
    "fiance": "spouse",
    "fiancee": "spouse",
    "girlfriend": "spouse",
    "boyfriend": "spouse",
    "gf": "spouse",
    "bf": "spouse",
    "son": "child",
    "daughter": "child",
    "stepson": "child",
    "stepdaughter": "child",
    "baby boy": "child",
    "baby girl": "child",
    "little boy": "child",
    "little girl": "child",
    "toddler": "child",
    "baby": "child",
    "kid": "child",
    "child": "child",
    "newborn": "child",
    "eldest": "child",
    "youngest": "child",
    "teenager": "child",
    "mum": "parent",
    "mom": "parent",
    "mother": "parent",
    "dad": "parent",
    "father": "parent",
    "stepmum": "parent",
    "stepmom": "parent",
    "stepmother": "parent",
    "stepdad": "parent",
    "stepfather": "parent",
    "brother": "sibling",
    "sister": "sibling",
    "half-brother": "sibling",
    "half-sister": "sibling",
    "stepbrother": "sibling",
    "stepsister": "sibling",
    "twin brother": "sibling",
    "twin sister": "sibling",
    "twin": "sibling",
    "sis": "sibling",
    "bro": "sibling",
    "grandson": "grandchild",
    "granddaughter": "grandchild",
    "grandchild": "grandchild",
    "aunt": "relative",
    "uncle": "relative",
    "auntie": "relative",
    "cousin": "relative",
    "niece": "relative",
    "nephew": "relative",
    "grandma": "relative",
    "grandpa": "relative",
    "grandmother": "relative",
    "grandfather": "relative",
    "granny": "relative",
    "gran": "relative",
    "grandad": "relative",
    "granddad": "relative",
    "nan": "relative",
    "mother-in-law": "relative",
    "father-in-law": "relative",
    "mother in law": "relative",
    "father in law": "relative",
    "sister-in-law": "relative",
    "brother-in-law": "relative",
    "son-in-law": "relative",
    "daughter-in-law": "relative",
    "godson": "relative",
    "goddaughter": "relative",
    "godmother": "relative",
    "godfather": "relative",
}
_KIND = r"(?P<kind>" + "|".join(sorted(map(re.escape, _KINDS), key=len, reverse=True)) + r")"
# Those that need no name to be worth knowing: not everybody has them.
_NAMELESS = word_set(
    "wife husband hubby fiancé fiancée fiance fiancee girlfriend boyfriend son daughter toddler"
    " partner"
    " grandson granddaughter newborn stepson stepdaughter gf bf missus teenager"
)
_COMMON_AFTER = re.compile(
    r"\s(?:tongue|shower|project|boards?|company|in\scrime|language|nature|process"
    r"|organi[sz]ation|hood|store"
    r"|programme|program|theory|node|class|element|steps?|universit\w+|school|town|city"
    r"|photos?|pictures?)\b"
)
_NAMED = re.compile(
    r"(?:'s|s)?\s(?:(?:first\s)?name\s(?:is|was)\s|name's\s)|(?:'s|\sis|\sare)?\s"
    r"(?:called|named)\s|,\s|\s\(|\s"
)


def _relative(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    kind = match["kind"]
    predicate = _KINDS[kind]
    end = match.end()
    if _COMMON_AFTER.match(reading.low, end) or (
        kind == "twin" and reading.low[end : end + 1] == "s"
    ):
        return
    link = _NAMED.match(reading.low, end)
    span = (
        name_span(reading, link.end(), strict=not link[0].strip() or link[0].strip() in {",", "("})
        if link
        else None
    )
    if span is not None and link is not None and link[0].strip() in {",", "("}:
        # "my wife, Elena, …": an apposition ends as it began.
        close = re.compile(r"\s*(?:[,.)!?;]|$|-)").match(reading.low, span.end)
        span = span if close else None
    if span is not None:
        name = reading.text(span)
        value = f"{kind} {name}" if predicate == "relative" else name
        yield reading.found(
            predicate,
            value[:1].upper() + value[1:] if value == value.lower() else value,
            Span(match.start(), span.end),
        )
    elif kind in _NAMELESS and not re.compile(
        r"(?:'s(?!\s(?:an?|not|always|so|very|been|from|in|also|really)\b)|s'|s\b)|-"
    ).match(reading.low, end):
        yield reading.found(predicate, kind, Span(match.start(), end), confidence=0.7)


_NUMBER = r"(?:two|three|four|five|six|seven|eight|2|3|4|5|6|7|8)"
_PLURAL = {
    "brothers": "sibling",
    "sisters": "sibling",
    "siblings": "sibling",
    "grandchildren": "grandchild",
    "grandkids": "grandchild",
    "grandsons": "grandchild",
    "granddaughters": "grandchild",
}


def _counted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(r"(?i)^(?:an?|our|my|the)\s", "", value)
    head = value.lower().rsplit(" ", 1)[-1]
    predicate = _PLURAL.get(head) or _KINDS.get(head) or "child"
    if predicate in {"parent", "relative", "spouse"}:
        return
    yield reading.found(predicate, value, Span(*match.span()))


def _parent_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    what = match["what"]
    value = (
        f"{what} children"
        if re.fullmatch(_NUMBER, what)
        else reading.text(Span(*match.span("what")))
    )
    yield reading.found("child", re.sub(r"^(?:an?|my)\s", "", value), Span(*match.span()))
    if "single" in match[0]:
        yield reading.found("status", "single", Span(*match.span()), confidence=0.6)


def _only_child(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("sibling", "only child", Span(*match.span()))


_STATES = {
    "a widow": "widowed",
    "a widower": "widowed",
    "wed": "married",
    "happily married": "married",
}


def _status(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = match["status"]
    yield reading.found("status", _STATES.get(value, value), Span(*match.span()))


_AFTER = (
    r"(?=\s*(?:$|[,.!;:()—–]|-|and\b|now\b|with\b|to\b|for\b|last\b|since\b|so\b|but\b|in\b"
    r"|btw\b|again\b|this\b|at\b|again\b|recently\b|yesterday\b|father\b|dad\b|mum\b"
    r"|mom\b))"
)
_CHILDREN = (
    r"(?:kids?|children|sons?|daughters?|boys|girls|twins|twin\s(?:boys|girls|sons"
    r"|daughters)|triplets|grandchildren|grandkids|grandsons?|granddaughters?|brothers?"
    r"|sisters?|siblings|stepsons?|stepdaughters?|toddlers?|little\sones|teenagers"
    r"|step-?kids)"
)


def _several(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "My brothers Dan and Lou"."""
    kind = match["kind"].removesuffix("s")
    position = match.end()
    for _ in range(4):
        span = name_span(reading, position, strict=True, words=1)
        if span is None:
            return
        yield reading.found(_KINDS[kind], reading.text(span), Span(match.start(), span.end))
        link = re.compile(r"(?:,\s(?:and\s)?|\s(?:and|&)\s)").match(reading.low, span.end)
        if link is None:
            return
        position = link.end()


def _married_to(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), strict=True)
    if span is not None:
        yield reading.found("spouse", reading.text(span), Span(match.start(), span.end))
        if "engaged" not in match[0] and "dating" not in match[0] and "seeing" not in match[0]:
            yield reading.found("status", "married", Span(match.start(), span.end))


def _one_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("sibling", match["what"], Span(*match.span()))


def _divorced(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("status", "divorced", Span(*match.span()))


_BIRTH = re.compile(
    r"\b(?:the\sbaby|our\sbaby|gave\sbirth|newborn|became\sa\s(?:dad|mum|mom|father|mother"
    r"|parent)|our\s(?:first|second|third)\schild|had\sa\sbaby|it's\sa\s(?:girl|boy))\b"
)


def _born(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "The baby is here! Her name is Freya"."""
    texts = [
        reading.low[: match.start()],
        *(each.speech.lower() for each in reading.context.before[-1:]),
    ]
    span = name_span(reading, match.end(), words=2)
    if span is not None and any(_BIRTH.search(text) for text in texts):
        yield reading.found("child", reading.text(span), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        (
            rf"\b(?:my|our)\s(?!ex\b|late\sboss)(?:(?:little|big|older|younger|elder|eldest"
            rf"|youngest|oldest|late|dear|lovely|beloved|new|baby|teenage|adult|wonderful"
            rf"|\d{{1,2}}-year-old|\w+-year-old|\d{{1,2}}\syear\sold|\d{{1,2}}yo|twin|step"
            rf"|sweet|amazing|poor|middle|first|second|only|grown-up|dear\sold"
            rf"|ex-)\s){{0,2}}{_KIND}\b(?!-)"
        ),
        _relative,
        "anywhere",
    ),
    rule(
        (
            rf"\b(?:my|our)\s(?P<what>(?:(?:{_NUMBER}|little|young|older|younger|teenage|adult"
            rf"|grown-up|small)\s){{0,2}}(?:twins|twin\s\w+|kids|children|triplets"
            rf"|grandchildren|grandkids|sons|daughters|boys|girls))\b(?!\s(?:book|books|room"
            rf"|menu|hospital|show|in\sthe\sband))"
        ),
        _counted,
        "anywhere",
    ),
    rule(
        (
            rf"(?:<ive>|i'm\sraising|we're\sraising|raising|i\sam\sraising|with)\s<adv>"
            rf"(?P<what>(?:an?\s|one\s|{_NUMBER}\s)(?:(?:little|young|older|younger|teenage"
            rf"|adult|grown-up|small|big|lovely|wonderful|beautiful|grown|half"
            rf"|twin)\s){{0,2}}{_CHILDREN}(?:\sand\s(?:an?|one|{_NUMBER})\s{_CHILDREN})?)\b"
            rf"(?!')"
        ),
        _counted,
    ),
    rule(
        (
            rf"(?P<what>{_NUMBER}\s(?:little\s|young\s|small\s)?(?:kids|children|sons"
            rf"|daughters))(?=\s*(?:$|[,.;]))"
        ),
        _counted,
    ),
    rule(
        (
            rf"\b(?:married|single|divorced)\swith\s(?P<what>(?:an?\s|one\s|{_NUMBER}\s)(?:"
            rf"(?:little|young|small|grown)\s)?{_CHILDREN})\b"
        ),
        _counted,
        "anywhere",
    ),
    rule(
        (
            rf"(?:<im>\s|as\s)?(?:an?\s|the\s)?(?:proud\s|single\s|busy\s|new\s|tired\s"
            rf"|working\s|stay-at-home\s|full-time\s)*(?:mum|mom|mother|dad|father|parent|mama"
            rf"|papa|mommy|daddy)\s(?:of|to)\s(?P<what>{_NUMBER}\b(?!-|\s(?:year|month))|"
            rf"(?:an?\s|{_NUMBER}\s)?(?:[\w-]+\s){{0,3}}?(?:twins|twin\s\w+|boys?|girls?|kids"
            rf"|children|sons?|daughters?|triplets|toddlers?|baby|teenagers?|teens?|year-old"
            rf"|year\sold))\b"
        ),
        _parent_of,
        "anywhere",
    ),
    rule(r"(?:<im>|as|i\swas)\s(?:an\s|the\s)?only\schild\b(?!ren)", _only_child, "anywhere"),
    rule(
        r"i\s(?:don't\shave|have\sno)\s(?:any\s)?(?:siblings|brothers\sor\ssisters)\b", _only_child
    ),
    rule(
        (
            r"(?:<im>|we're|we\sare|i've\sbeen|we've\sbeen|i\sgot|we\sgot|i\sjust\sgot"
            r"|we\sjust\sgot|i'm\snow|i\srecently\sgot|being|i\sam\snow)\s<adv>(?:happily\s"
            r"|newly\s|recently\s)?(?P<status>married|divorced|single|widowed|engaged|separated"
            r"|a\swidower|a\swidow)\b"
        )
        + _AFTER,
        _status,
    ),
    rule(
        (
            r"(?P<status>married|divorced|widowed|engaged)(?=\s*(?:$|[,.;]|with\s\w+\s(?:kids"
            r"|children)))"
        ),
        _status,
    ),
    rule(
        (
            r"\b(?:my|our)\s(?:(?:little|big|older|younger|elder|two|three|four|twin|lovely"
            r"|both)\s){0,2}(?P<kind>brothers|sisters|sons|daughters|kids|grandsons"
            r"|granddaughters|cousins|nieces|nephews|uncles|aunts)\s(?=[a-z'-]+(?:,"
            r"|\sand|\s&))"
        ),
        _several,
        "anywhere",
    ),
    rule(
        (
            r"(?:<im>|i've\sbeen|been|we've\sbeen|i\sgot)\s<adv>(?:happily\s)?(?:married"
            r"|engaged)\sto\s"
        ),
        _married_to,
    ),
    rule(r"(?:<im>|i've\sbeen)\s(?:dating|seeing)\s", _married_to),
    rule(
        (
            r"(?:<im>|as|i\swas)\s(?:the\s)?(?P<what>(?:youngest|eldest|oldest|middle"
            r"(?:\schild)?|one|second|third)\s(?:child\s)?of\s(?:two|three|four|five|six|seven"
            r"|eight|nine|ten|\d{1,2})(?:\s(?:siblings|children|kids|brothers|sisters|boys"
            r"|girls))?)\b"
        ),
        _one_of,
        "anywhere",
    ),
    rule(
        (
            r"(?:recently|newly|happily|freshly|just)\s(?P<status>separated|divorced|married"
            r"|engaged|single|widowed)(?=\s*(?:$|[,.;]))"
        ),
        _status,
        "anywhere",
    ),
    rule(
        (
            r"my\sdivorce\s(?:is|was|has\sbeen|got|went|came)\s(?:now\s|finally\s)?(?:final"
            r"|finali[sz]ed|through|done|official|over)\b"
        ),
        _divorced,
    ),
    rule(
        (
            r"(?:her|his)\sname(?:'s|\sis)\s|(?:she's|he's|she\sis|he\sis)\s(?:called|named)\s"
            r"|we\s(?:called|named)\s(?:her|him)\s"
        ),
        _born,
    ),
    rule(
        (
            r"<ive>\s(?P<what>an?\s(?:\d{1,2}|\w+)[\s-](?:year|month|yr)s?[\s-]olds?(?:\s"
            r"(?:son|daughter|boy|girl|kid))?|a\snewborn|a\stoddler|a\steenager|a\sbaby)\b"
            r"(?!\s(?:car|laptop|house|dog|cat|puppy|kitten|phone|computer|bug"
            r"|mac\w*))"
        ),
        _counted,
    ),
    rule(
        (
            r"(?:<ive>|raising)\s[\w\s-]{3,30}?\sand\s(?P<what>an?\s(?:newborn|toddler|baby"
            r"|teenager))\b"
        ),
        _counted,
    ),
    rule(
        (
            rf"(?P<what>{_NUMBER}\s(?:grandkids|grandchildren|grandsons|granddaughters|brothers"
            rf"|sisters|siblings))(?=\s*(?:$|[,.;]))"
        ),
        _counted,
    ),
)
