"""Where somebody lives, and comes from."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.places import place, place_value, rural
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, read, rule
from services.memory_writer.extraction.found import Found

_WRONG = re.compile(r",?\s(?:and\s)?not\s(?:in\s|from\s)?")


def _lives(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _placed("lives_in", match, reading, known=False)


def _known(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Without capitals only a known place: these words stand before other things too."""
    yield from _placed("lives_in", match, reading, known=True)


def _origin(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _placed("origin", match, reading, known=False)


def _known_origin(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _placed("origin", match, reading, known=True)


def _placed(
    predicate: str, match: "re.Match[str]", reading: Reading, *, known: bool
) -> Iterator[Found]:
    span = place(reading, match.end(), known=known)
    if span is None:
        value = rural(reading, match.end())
        if value is not None:
            end = reading.said.find(value, match.end()) + len(value)
            yield reading.found(predicate, value, Span(match.start(), max(end, match.end())))
        return
    wrong = _WRONG.match(reading.low, span.end)
    other = place(reading, wrong.end(), known=True) if wrong else None
    yield reading.found(
        predicate,
        place_value(reading, span),
        Span(match.start(), span.end),
        corrects=other is not None,
        instead_of=place_value(reading, other) if other else None,
    )


_THENCE = re.compile(r"\s(?:over\s|back\s|down\s|up\s|out\s)?to\s")
_TOMORROW = re.compile(r"\b(?:next|soon|tomorrow|in\sa\sfew|in\stwo)\b")


def _moved(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Moved from A to B": the end of A as well."""
    there = match.end()
    if match["from"]:
        left = place(reading, there, known=True)
        if left is None:
            return
        quote = Span(match.start(), left.end)
        yield reading.found("lives_in", place_value(reading, left), quote, op="end")
        onward = _THENCE.match(reading.low, left.end)
        if onward is None:
            return
        there = onward.end()
    span = place(reading, there, known=True)
    if span is not None and not _TOMORROW.match(reading.low, span.end + 1):
        yield reading.found("lives_in", place_value(reading, span), Span(match.start(), span.end))


def _left_for(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    left = place(reading, match.end(), known=True)
    if left is None or not reading.low.startswith(" for ", left.end):
        return
    there = place(reading, left.end + len(" for "), known=True)
    if there is not None:
        quote = Span(match.start(), there.end)
        yield reading.found("lives_in", place_value(reading, left), quote, op="end")
        yield reading.found("lives_in", place_value(reading, there), quote)


def _named_first(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Vancouver has been home since 2016", "a Portland resident"."""
    span = place(reading, match.start("place"), known=True)
    if span is not None and span.end <= match.end():
        yield reading.found("lives_in", place_value(reading, span), Span(*match.span()))


def _left(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = place(reading, match.end(), known=True)
    if span is not None:
        quote = Span(match.start(), span.end)
        yield reading.found("lives_in", place_value(reading, span), quote, op="end")


def _zone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("timezone", match["zone"].upper(), Span(*match.span()))


def _inhabitant(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = " ".join(word.capitalize() for word in match["place"].split())
    yield reading.found(
        "lives_in", "Melbourne" if value == "Melbourn" else value, Span(*match.span())
    )


_ZONE = (
    r"(?P<zone>(?:utc|gmt)(?:\s?[+-]\s?\d{1,2}(?::\d\d)?)?|cet|cest|est|edt|pst|pdt|cst|cdt"
    r"|mst|mdt|bst|eat|wat|cat|sast|ist|pkt|jst|kst|sgt|hkt|aest|aedt|acst|awst|nzst|nzdt"
    r"|msk|eet|eest|wet|brt|art|wib|pht)"
)
_HOME = (
    r"(?:flat|room|house|apartment|place|home|studio|condo|cottage|garden|balcony|allotment"
    r"|farm|backyard)"
)


def _goodbye(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Goodbye Leeds, hello Bath"."""
    left = place(reading, match.end(), known=True)
    link = (
        re.compile(r"[,;.!]?\s(?:and\s)?(?:hello|hi|hey)\s").match(reading.low, left.end)
        if left
        else None
    )
    there = place(reading, link.end(), known=True) if link else None
    if left is not None and there is not None:
        quote = Span(match.start(), there.end)
        yield reading.found("lives_in", place_value(reading, left), quote, op="end")
        yield reading.found("lives_in", place_value(reading, there), quote)


_AWAY = re.compile(
    r"\b(?:holiday|holidays|vacation|trip|weekend|right\snow|tonight|today|tomorrow"
    r"|this\sweek|conference|visit\w*|airport|flight|hotel|layover|travell?ing|for\sa\sfew"
    r"|until|days|business|tour|honeymoon)\b"
)


def _being(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm in Jakarta": home, unless the words are of travels."""
    span = place(reading, match.end(), known=True)
    if span is None or _AWAY.search(reading.context.text.lower()):
        return
    if re.compile(
        r"\s*(?:$|[.!;]|,\s?(?:so|and|but|what|how|where|which|any|is|are)\b|so\b|btw\b)"
    ).match(reading.low, span.end):
        quote = Span(match.start(), span.end)
        yield reading.found("lives_in", place_value(reading, span), quote, confidence=0.6)


def _here(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Where can I buy tyres in Graz? I live here since May."."""
    for before in reading.context.before[-1:]:
        read_before = read(before, reading.context)
        for link in re.finditer(r"\bin\s", read_before.low):
            span = place(read_before, link.end(), known=True)
            if span is not None:
                yield reading.found("lives_in", place_value(read_before, span), Span(*match.span()))
                return


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)?\s<adv>(?:live|lived\shere|reside|been\sliving)\s(?:here\s"
            r"|now\s|happily\s|alone\s|together\s|with\s(?:my|our|the|two"
            r"|three)\s[\w\s]{2,30}?\s|(?!in\b|for\b|off\b|on\b|by\b|under\b)\w+\s(?:"
            r"(?!in\b)\w+\s)?)?(?:over\s|out\s|up\s|down\s)?(?:in|near|(?:just\s)?outside"
            r"(?:\sof)?|close\sto)\s"
        ),
        _lives,
    ),
    rule(r"(?:i|we)(?:'ve|\shave)\s<adv>lived\s(?:here\s)?in\s", _lives),
    rule(
        (
            r"(?:<im>|we're|we\sare)\s<adv>(?:living|based|located|residing|settled)\s(?:here\s"
            r"|out\s)?(?:in|out\sof)\s"
        ),
        _lives,
    ),
    rule(
        (
            r"(?:been\s)?(?:living|based|located|residing|settled|live)\s(?:here\s)?(?:now\s"
            r"|with\s(?:my|our|the|two|three)\s[\w\s]{2,30}?\s)?in\s"
        ),
        _lives,
    ),
    rule(
        (
            r"as\s(?:someone|somebody|a\sperson|a\s\w+(?:\s\w+)?)\s(?:who\slives|living|based"
            r"|residing)\sin\s"
        ),
        _lives,
        "anywhere",
    ),
    rule(
        r"(?:<im>|we're)\s(?:now\s)?in\s(?=[\w\s]{2,30}?\s(?:now|these\sdays|for\sgood)\b)", _known
    ),
    rule(r"(?:now|currently)\sin\s", _known, "anywhere"),
    rule(r"(?:i|we)(?:'ve|\shave|'d)?\s<adv>(?:ended\sup|settled(?:\sdown)?)\sin\s", _known),
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s(?:just\s|finally\s|recently\s|now\s|both\s|all\s)*)?"
            r"(?:just\s|finally\s)?(?:moved|relocated|emigrated|immigrated)\s(?:house\s)?"
            r"(?:back\s|over\s|down\s|up\s|out\s|here\s|away\s)?(?:(?P<from>from)\s"
            r"|to\s)"
        ),
        _moved,
    ),
    rule(r"(?:i|we)(?:'ve|\shave)?\s(?:just\s|finally\s)?left\s", _left_for),
    rule(r"(?:my\s)?home\s(?:is|'s)\s(?:now\s|currently\s|in\s)*", _known),
    rule(r"home(?:'s|\sis|\sbase\sis)\s(?:now\s|currently\s|in\s)*", _known),
    rule(
        (
            r"(?P<place>[\w'-]+(?:\s[\w'-]+){0,2}?)\s(?:has\sbeen|is|'s|has\sbecome)\s(?:my\s"
            r"|our\s)?(?:new\s)?home\b(?!\w)"
        ),
        _named_first,
    ),
    rule(
        (
            r"<im>\s(?:now\s)?an?\s(?P<place>[\w'-]+(?:\s[\w'-]+){0,2}?)\s(?:resident|local"
            r"|native)\b"
        ),
        _named_first,
    ),
    rule(r"\b(?:over\s|up\s|down\s|out\s|back\s)?here\sin\s", _known, "anywhere"),
    rule(
        rf"\b(?:my|our)\s(?:\w+\s){{0,2}}?{_HOME}\s(?:is\s)?(?:in|(?:just\s)?outside)\s",
        _known,
        "anywhere",
    ),
    rule(
        (
            rf"(?:i|we)(?:'ve|\shave)?\s(?:just\s)?(?:bought|rented|rent|own|moved\sinto|share"
            rf"|have|got|are\srenting)\s(?:an?|our|my)\s(?:\w+\s){{0,2}}?{_HOME}\s(?:in|near|(?:just\s)?outside(?:\sof)?)\s"
        ),
        _known,
    ),
    rule(
        (
            r"(?:<im>|as)\sa\s(?P<place>london|berlin|dublin|new\syork|hamburg|zurich|amsterdam"
            r"|melbourn)er\b"
        ),
        _inhabitant,
        "anywhere",
    ),
    rule(
        (
            r"(?:greetings|hello|hi|hey|cheers|regards|writing|typing|hola|love)(?:\severyone"
            r"|\sall)?\sfrom\s(?:(?:rainy|sunny|cold|snowy|lovely|beautiful|grey|gray|hot|windy"
            r"|dark|freezing|foggy|wet)\s)?"
        ),
        _known,
        "anywhere",
    ),
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)\s<adv>been\s(?:here\s)?in\s(?=[\w\s'-]{2,30}?\s(?:for"
            r"|since)\b)"
        ),
        _known,
    ),
    rule(
        r"(?:i|we)\s<adv>call\s(?P<place>[\w'-]+(?:\s[\w'-]+){0,2}?)\s(?:my\s)?home\b", _named_first
    ),
    rule(
        (
            r"\b(?:these\sdays|nowadays|now|currently)(?:\sthat)?,?\s(?:<im>\s|we're\s)?"
            r"(?:living\s)?in\s"
        ),
        _known,
        "anywhere",
    ),
    rule(r"<im>\s(?:right\s)?near\s", _known),
    rule(r"(?:goodbye|bye|bye\sbye|farewell)\s(?P<from>)", _goodbye),
    rule(
        (
            r"(?:<im>|i\scome|we're|we\scome|i\swas)?\s?(?:originally|orig)\s(?:from\s"
            r"|born\sin\s)"
        ),
        _origin,
    ),
    rule(r"(?:<im>|i\scome|i\shail)\s(?:originally\s)?from\s", _known_origin),
    rule(
        (
            r"(?:i\swas\s|was\s|<im>\s)?(?:born|born\sand\s(?:raised|bred)|raised"
            r"|born\s&\sraised)\s(?:and\sgrew\sup\s)?in\s"
        ),
        _known_origin,
    ),
    rule(r"born\s(?:on\s)?[\d./-]{4,10}\sin\s", _known_origin),
    rule(
        (
            r"(?:i\s|we\s|<im>\s)?(?:grew\sup|was\sraised|was\sbrought\sup)\s(?:here\s)?(?:in"
            r"|on|near)\s"
        ),
        _origin,
    ),
    rule(r"my\s(?:hometown|home\stown|birthplace|native\scity)(?:\sis|\swas|'s)\s", _origin),
    rule(r"from\s(?=[\w\s'-]{2,30}(?:$|[,.!;]))", _known_origin),
    rule(
        (
            rf"(?:<im>|we're|my\sclock\sis|(?:my\s)?time\s?zone(?:\sis|:)|i\slive|i\swork)\s"
            rf"(?:on\s|in\s)?(?:the\s)?{_ZONE}\b(?=\s*(?:$|[,.!;:)]|time|timezone|so\b|when\b"
            rf"|and\b|zone|for\sme))"
        ),
        _zone,
        "anywhere",
    ),
    rule(
        (
            r"(?:i|we)\s(?:don't|do\snot|dont)\slive\sin\s(?=[\w\s'-]{2,40}(?:any\s?more"
            r"|any\slonger))"
        ),
        _left,
    ),
    rule(r"(?:<im>|we're|we\sare)\sin\s", _being),
    rule(
        (
            r"(?:i|we)(?:'ve)?\s<adv>(?:live|lived|moved|settled)\s(?:right\s|over\s)?here\b"
            r"(?!\sin)"
        ),
        _here,
    ),
    rule(
        (
            r"(?:<im>|as)\san?\s(?:\w+\s)?(?:expat|immigrant|newcomer|resident|homeowner"
            r"|foreigner|local|citizen)\s(?:here\s)?(?:in|of)\s"
        ),
        _known,
        "anywhere",
    ),
    rule(
        r"\b(?:our|my)\s(?:town|city|village|neighbou?rhood|island)(?:,|\sof|\sis)\s",
        _known,
        "anywhere",
    ),
    rule(r"(?:location|city|home|based(?:\sin)?|residence|country)\s?:\s", _known),
    rule(r"i(?:'ve|\shave)\sbeen\s(?:based|located|settled)\sin\s", _lives),
    rule(r"(?:<im>|we're|we\sare)\s(?:up|down|over|out|back)\sin\s", _known),
    rule(r"(?:just\s|recently\s)?moved\shere\b(?!\sfrom)", _here),
    rule(r"(?:<im>|as)\s[^.;?]{3,40}?\s(?:living|based)\sin\s", _lives, "anywhere"),
)
