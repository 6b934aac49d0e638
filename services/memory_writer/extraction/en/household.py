"""How many children, brothers and sisters somebody has, and whether they are married."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.family import KINDS
from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.found import Found

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


# Who is named is read by the name.
_NAME_AFTER = re.compile(r",?\s(?:called|named)\s|,\s")


def _counted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(r"(?i)^(?:an?|our|my|the)\s", "", value)
    head = value.lower().rsplit(" ", 1)[-1]
    named = _NAME_AFTER.match(reading.low, match.end())
    if named and name_span(reading, named.end(), strict=True):
        return
    predicate = _PLURAL.get(head) or KINDS.get(head) or "child"
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


def _grandparent_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    what = match["what"]
    value = f"{what} grandchildren" if re.fullmatch(_NUMBER, what) else what
    yield reading.found("grandchild", re.sub(r"^an?\s", "", value), Span(*match.span()))


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


def _one_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("sibling", match["what"], Span(*match.span()))


def _parted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "we divorced last spring": said of two by one of them."""
    value = match["status"]
    yield reading.found("status", value, Span(*match.span()))


def _divorced(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("status", "divorced", Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:we(?:'ve|\shave)?|(?:me\sand\s)?my\s(?:ex\s|now\sex-?\s?)?(?:ex|wife|husband"
            r"|partner)(?:\s\w+)?\s(?:and|&)\s(?:i|me)|i(?:'ve|\shave)?)\s(?:just\s|finally\s"
            r"|recently\s|have\s|both\s)*(?:got\s|gotten\s)?(?P<status>divorced|married|separated"
            r"|engaged)\b(?=\s*(?:$|[.,;!]|last\b|this\b|in\b|on\b|two\b|three\b|a\s|\d|years?"
            r"|and\b|but\b|after\b|when\b|yesterday\b|recently\b|so\b|my\s(?:wife|husband)\b))"
        ),
        _parted,
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
    rule(
        (
            r"(?:<im>\s|as\s)?(?:an?\s|the\s)?(?:proud\s|new\s|happy\s|first-time\s)*(?:grandfather"
            r"|grandmother|grandad|granddad|grandpa|grandma|granny|nana|nan|grandparent)\s(?:of|to)\s"
            rf"(?P<what>{_NUMBER}|(?:an?\s|{_NUMBER}\s)?(?:little\s)?(?:boys?|girls?|grandsons?"
            r"|granddaughters?|grandchildren|grandkids|twins|babies))\b(?!-)"
        ),
        _grandparent_of,
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
            r"(?P<status>married|divorced|widowed|engaged)(?=\s*(?:$|[,.;!]|with\s\w+\s(?:kids"
            r"|children)))"
        ),
        _status,
    ),
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
            r"<ive>\s(?P<what>an?\s(?:\d{1,2}|\w+)[\s-](?:year|month|yr)s?[\s-]olds?(?:\s"
            r"(?:son|daughter|boy|girl|kid))?|a\snewborn|a\stoddler|a\steenager|a\sbaby)\b"
            r"(?=\s*(?:$|[,.!?;]|and\b|who\b|that\b|at\b|with\b|so\b|but\b))"
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
    rule(
        (
            rf"(?:<im>|we're)\b[^.;?]{{0,60}}?\swith\s(?P<what>(?:an?|one|{_NUMBER})\s"
            rf"(?:\w+\s)?{_CHILDREN})\b"
        ),
        _counted,
        "anywhere",
    ),
)
