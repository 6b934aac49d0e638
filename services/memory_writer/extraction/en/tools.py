"""What somebody uses: programs, devices, vehicles."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.tech import DEVICES, MAKES, TOOLS
from services.memory_writer.extraction.en.words import LANGUAGES, word_set
from services.memory_writer.extraction.found import Found

_NO_TOOL = word_set("i english metric imperial celsius fahrenheit wrong it ai ok")
_DEVICE = re.compile(rf"\b(?:{MAKES}|{DEVICES})\b")


def _is_tool(reading: Reading, span: Span) -> bool:
    """Tell whether a phrase names a product: it is known, or has a capital or a digit in it."""
    value = reading.text(span)
    low = value.lower()
    if low in _NO_TOOL or low in LANGUAGES:
        return False
    return low in TOOLS or value != low or bool(_DEVICE.search(low) and re.search(r"\d", low))


def _uses(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    last = None
    for span in items(reading, match.end(), words=4, commas=True):
        if not _is_tool(reading, span):
            break
        last = span
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end))
    if last is None:
        return
    # "I use Arch btw, with i3 and neovim"
    more = re.compile(
        r"(?:\sbtw|\stoo)?,?\s(?:with|on|under|plus|alongside|together\swith)\s(?:an?\s"
        r"|my\s)?"
    ).match(reading.low, last.end)
    if more:
        for span in items(reading, more.end(), words=3, commas=True):
            if not _is_tool(reading, span):
                return
            yield reading.found("uses", reading.text(span), Span(match.start(), span.end))


def _uses_known(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """One may run a marathon and be on a boat: only what is known, or has a version."""
    span = phrase(reading, match.end(), words=3)
    if span is not None:
        low = reading.low[span.start : span.end]
        words = low.split()
        if low in TOOLS or words[0] in TOOLS or re.search(rf"\b{MAKES}\b", low):
            yield from _uses(match, reading)


def _owned(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4)
    if span is not None and _is_tool(reading, span):
        value = re.sub(r"^(?:new|brand\snew|old|used)\s", "", reading.text(span))
        yield reading.found("uses", value, Span(match.start(), span.end))


def _bought(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read what was bought, where a make or a kind of device is named."""
    span = phrase(reading, match.end(), words=5)
    if span is not None and _DEVICE.search(reading.low, span.start, span.end):
        value = re.sub(
            r"(?i)^(?:new|brand\snew|used|second-hand|secondhand)\s", "", reading.text(span)
        )
        if re.search(rf"(?i)\b{MAKES}\b", value) or value != value.lower() or " " in value:
            yield reading.found("uses", value, Span(match.start(), span.end))


def _specified(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I have a motorbike, a Yamaha"."""
    span = phrase(reading, match.end(), words=4)
    if span is not None and _is_tool(reading, span):
        value = reading.text(span)
        yield reading.found("uses", value, Span(match.start(), span.end))


def _mine(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    yield reading.found("uses", value, Span(*match.span()))


def _device_is(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=4, commas=True):
        if not _is_tool(reading, span):
            return
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end))


def _switched(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    start = match.end()
    if match["from"]:
        left = phrase(reading, start, words=3)
        if left is None or not _is_tool(reading, left):
            return
        onward = re.compile(r"\s(?:over\s)?to\s").match(reading.low, left.end)
        yield reading.found("uses", reading.text(left), Span(match.start(), left.end), op="end")
        if onward is None:
            return
        start = onward.end()
    span = phrase(reading, start, words=3)
    if span is not None and _is_tool(reading, span):
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end))


def _user(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(r"(?i)^(?:an?|long-time|longtime|heavy|happy|new)\s", "", value)
    if value.lower() in TOOLS or value != value.lower():
        yield reading.found("uses", value, Span(*match.span()))


_MY = (
    r"(?:laptop|phone|car|camera|bike|pc|computer|keyboard|editor|ide|os|distro|browser"
    r"|printer|router|tablet|watch|setup|gpu|cpu|shell|terminal|daily\sdriver|motorbike"
    r"|motorcycle|tech\sstack|stack|operating\ssystem|machine|desktop|console|text\seditor"
    r"|ride|note\sapp|rig|guitar|scooter|server|nas|website|blog|backend|infra|homelab)"
)


def _vehicle(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4)
    if span is not None and _DEVICE.search(reading.low, span.start, span.end):
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end))


def _hosted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "running Proxmox on an old server": a product, by its capital and by what it runs on."""
    span = Span(*match.span("what"))
    if _is_tool(reading, span):
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:(?:i|we)\s<adv>|<im>\s<adv>)?(?:running|run|hosting|host|self-host|self-hosting)\s"
            r"(?P<what>[\w.-]+(?:\s[\w.-]+)?)\son\s(?:an?|my|our)\s(?:[\w-]+\s){0,2}?(?:server|laptop|vps|machine|pc"
            r"|computer|nas|box|desktop|raspberry|mini|thin\sclient|workstation|phone)\b"
        ),
        _hosted,
    ),
    rule(
        (
            r"(?:i|we)\s<adv>(?:get\saround|commute|travel|go\severywhere|get\sto\swork|cycle\sto\swork|ride\sto"
            r"\swork)\s(?:on|by|in|with)\s(?:an?|my|our)\s"
        ),
        _vehicle,
    ),
    rule(
        (
            r"(?:i|we)(?:'m|'re|\sam|\sare|'ve\sbeen|\shave\sbeen)?\s<adv>(?:use|using|rely\son"
            r"|stick\swith|stick\sto|deploy\son|develop\son)\s(?:a\slot\sof\s)?(?!case\b)"
        ),
        _uses,
    ),
    rule(
        (
            r"(?:i|we)(?:'m|'re|\sam|\sare|'ve\sbeen|\shave\sbeen)?\s<adv>(?:run|running"
            r"|work\swith|work\sin|work\son|on)\s(?:an?\s)?"
        ),
        _uses_known,
    ),
    rule(r"(?:running|using)\s", _uses_known),
    rule(r"i\s<adv>code\s(?:on|with)\s(?:an?\s|my\s)?", _uses),
    rule(
        (
            r"(?:i|we)\s<adv>(?:host|store|build|do|write|edit|take|keep|manage|track|draw"
            r"|record|make)\s(?:all\s)?(?:my\s)?(?:everything\s|\w+\s)?(?:in|with|on|using)\s"
            r"(?:an?\s|my\s)?"
        ),
        _uses,
    ),
    rule(
        (
            r"(?:i|we)\s<adv>(?:drive|ride|fly|commute\s(?:on|by|in))\s(?:an?\s|my\s|to\swork\s"
            r"(?:in|on)\s)"
        ),
        _owned,
    ),
    rule(r"drive\san?\s", _owned),
    rule(
        (
            r"(?:<ive>|i\s<adv>own|we\sown|i\s<adv>(?:bought|got|purchased|ordered)|"
            r"(?:just\s)?bought|got(?:\smyself)?|treated\smyself\sto|i've\s<adv>(?:bought"
            r"|ordered))\s(?:myself\s)?(?:an?|my|two|our)\s(?:first\s)?"
        ),
        _bought,
    ),
    rule(
        (
            rf"(?:<ive>|i\s<adv>own|i\s<adv>(?:bought|drive|ride|got))\s(?:an?|my)\s(?:\w+\s){{0,2}}?"
            rf"{DEVICES},\s(?:an?\s|the\s|it's\san?\s)"
        ),
        _specified,
    ),
    rule(
        (
            rf"\b(?:my|our)\s(?:\w+\s)?{_MY}(?:\sof\schoice)?(?:\sis|'s|\sruns|\sruns\son|:"
            rf"|\sconsists\sof|\sincludes|\shas)\s(?:an?\s|currently\s|on\s)?"
        ),
        _device_is,
    ),
    rule(rf"my\s{_MY}:\s", _device_is),
    rule(
        (
            rf"\bmy\s(?:new\s|old\s)?(?P<what>(?:[\w-]+\s)?{MAKES}(?:\s(?:[\w-]*\d[\w-]*|pro"
            rf"|air|max|mini|ultra|plus|x1|carbon|yaris|golf|civic|corolla|astra|fabia|focus"
            rf"|fiesta|polo|clio|galaxy|watch))*)\b(?!\s(?:account|dealer|subscription|store"
            rf"|support|app|code|case|statement|game))"
        ),
        _mine,
        "anywhere",
    ),
    rule(
        (
            r"(?:i(?:'ve|\shave)?\s|we(?:'ve)?\s)?(?:<adv>)?(?:switched|migrated|moved\sover"
            r"|converted|upgraded|changed)\s(?:over\s)?(?:(?P<from>from)|to)\s(?:an?\s"
            r"|my\s)?"
        ),
        _switched,
    ),
    rule(r"(?:<im>\s|as\s)an?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\suser\b", _user, "anywhere"),
    rule(r"(?P<what>[\w-]+(?:\s[\w-]+)?)\suser\s(?:here|since|for)\b", _user),
    rule(r"it's\s(?:all\s|only\s|just\s)?(?=[\w.+#\s]{1,20}\snow\b)", _uses_known),
)
