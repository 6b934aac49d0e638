"""Names that are told in passing, put right, or given as what one wants to be called."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import FORMS, cased, name_span
from services.memory_writer.extraction.en.occupations import is_occupation
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.en.words import FIRST_NAMES, LANGUAGES, NATIONALITIES
from services.memory_writer.extraction.found import Found

_WORD = r"[^\W\d_][\w'-]*"
_ABOUT_NAMES = re.compile(
    r"\b(?:name|names|named|call|called|calling|spel(?:t|led|ling)|written|pronounced|autocorrect"
    r"|typo)\b"
)


def _shown(match: "re.Match[str]", reading: Reading, group: str) -> str | None:
    """Return a group of a match as a name: it has a capital, or is known for a name."""
    word = match[group]
    span = name_span(reading, match.start(group), strict=word not in FIRST_NAMES, words=1)
    if span is None or span.end != match.end(group):
        return None
    return cased(reading.text(span))


def _alike(one: str, other: str) -> bool:
    """Tell whether two words are two names of somebody: one is known for a name, or both begin so.

    "It's Jan, not Jon" puts a name right, "it's Cork, not Dublin" does not.
    """
    low, other_low = one.lower(), other.lower()
    if {low, other_low} & (LANGUAGES | NATIONALITIES):
        return False
    return bool({low, other_low} & FIRST_NAMES)


def _renamed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "it's spelled Jan, not Jon", "not Jon, Jan": names where names are talked about."""
    new, old = _shown(match, reading, "new"), _shown(match, reading, "old")
    if new is None or old is None or new == old:
        return
    if _alike(new, old) or _ABOUT_NAMES.search(reading.low):
        quote = Span(*match.span())
        yield reading.found("name", new, quote, corrects=True, instead_of=old)


def _spelt(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), strict=True, words=1)
    if span is not None and re.compile(r"\s*(?:$|[.!,;]|with\b)").match(reading.low, span.end):
        value = reading.text(span)
        if not re.fullmatch(r"\w(?:-\w)+", value):
            quote = Span(match.start(), span.end)
            yield reading.found("name", value, quote, corrects=True)


def _whole(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "The name is Okonkwo, Chidi Okonkwo"."""
    yield reading.found("name", reading.text(Span(*match.span("name"))), Span(*match.span()))


def _this_is(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "This is Dmitri from accounting", but not "This is Paris from the air"."""
    name = _shown(match, reading, "name")
    if name is not None and not is_occupation(name):
        yield reading.found("name", name, Span(match.start(), match.end("name")))


def _known_as(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    name = _shown(match, reading, "name")
    if name is not None and not is_occupation(name):
        yield reading.found("name", name, Span(*match.span()))


def _signed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Kind regards, Hamid": what a message ends with."""
    if not reading.context.sentences[reading.context.index + 1 :]:
        yield from _known_as(match, reading)


_SIGNED = re.compile(r"\b(?:signed|yours|regards|sincerely)\b\W*$")


def _after_signed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Signed, your grateful student Hamid"."""
    if _SIGNED.search(reading.low[: match.start()]):
        yield from _signed(match, reading)


def _name_now(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Jane Porter now", where names are talked about."""
    span = name_span(reading, match.start("name"), strict=True, words=2)
    if span is not None and span.end == match.end("name") and _ABOUT_NAMES.search(reading.low):
        yield reading.found("name", reading.text(span), Span(*match.span()))


def _to_friends(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm officially Katharina, but Kat to my friends"."""
    if re.search(r"\b(?:officially|legally|i'm|name|called)\b", reading.low[: match.start()]):
        yield from _known_as(match, reading)


def _official(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "it says Margaret on my passport": hardly what one is called."""
    name = _shown(match, reading, "name")
    if name is not None:
        yield reading.found("full_name", name, Span(*match.span()), confidence=0.7)


_DEPARTMENT = (
    r"(?:(?:accounting|hr|it|sales|marketing|support|finance|legal|logistics|engineering"
    r"|reception|security|purchasing|payroll|procurement|operations|product|design|r&d|billing)\b"
    r"|(?:the\s)?(?:\w+\s)?(?:department|desk|team|office)\b)"
)


def _form(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("form")))
    yield reading.found("address", value, Span(*match.span()))


_PAIR = (
    rf"(?P<new>{_WORD})(?:\swith\san?\s[\w']+)?,?\s(?:and\s)?not\s(?:as\s|with\s)?"
    rf"(?P<old>{_WORD})(?=\s*(?:$|[.!,;]))"
)
_FIRST = r"(?:it's|it\sis|that's|its|(?:the\s)?name(?:\sis|'s)|i'm|i\sam|i\smeant|i\ssaid)"
_SPELT = r"(?:spel(?:led|t)|written|pronounced|supposed\sto\sbe|meant\sto\sbe)"

_LINE_END = r"(?=\s*(?:$|[.,!;)]))"

RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:you\scan\s)?(?:\w+\s){0,3}?(?:shortens?|shortened|abbreviates?)\s(?:it|that|my\sname"
            rf"|me)\sto\s(?P<name>{_WORD}){_LINE_END}"
        ),
        _known_as,
    ),
    rule(rf"(?P<name>{_WORD})\sfor\sshort\b", _known_as),
    rule(rf"(?P<name>{_WORD})\sto\s(?:my\s)?(?:friends|mates|family)\b", _to_friends),
    rule(
        rf"(?:<im>|my\sname\sis)\s(?:officially|legally|formally)\s(?P<name>{_WORD})\b", _official
    ),
    rule(
        (
            r"(?:my\s(?:parents|mum|mom|mother|dad|father|folks)\s|i\swas\s)(?:have\s)?(?:named|called"
            rf"|christened)\s(?:me\s)?(?P<name>{_WORD}){_LINE_END}"
        ),
        _known_as,
    ),
    rule(
        rf"(?P<name>{_WORD}),\s(?:pleased|nice|good|glad|happy|delighted)\sto\smeet\syou",
        _known_as,
    ),
    rule(
        rf"<im>\s(?P<name>{_WORD}\s{_WORD}|{_WORD})\snow(?=\s*(?:$|[.,!;]))",
        _name_now,
    ),
    rule(
        (
            r"(?:you\scan\s|please\s|just\s)*(?:write\sto|think\sof|greet)\sme\sas\s"
            r"(?P<form>(?:mr|mrs|ms|mx|dr|prof|professor)\.?\s\w+)"
        ),
        _form,
        "request",
    ),
    rule(rf"(?:my\sname\sis\s|{_FIRST}\s)(?:<adv>)?(?:{_SPELT}\s)?{_PAIR}", _renamed),
    rule(_PAIR, _renamed),
    rule(
        (
            rf"(?:{_FIRST}\s)?not\s(?P<old>{_WORD})(?:,?\sbut\s|[,;]\s|\s?[-—–]\s)(?:it's\s|i'm\s"
            rf"|just\s|actually\s|rather\s)*(?P<new>{_WORD})(?=\s*(?:$|[.!,;]))"
        ),
        _renamed,
    ),
    rule(
        (
            rf"(?:you\s)?(?:keep\s|kept\s)?(?:calling|called|call|spelled|spelt)\sme\s"
            rf"(?P<old>{_WORD})[,;]?\s(?:but\s)?(?:it's|i'm|my\sname\sis|my\sname's)\s"
            rf"(?:actually\s|really\s)?(?P<new>{_WORD})(?=\s*(?:$|[.!,;]))"
        ),
        _renamed,
    ),
    rule(rf"my\sname\sis\s<adv>{_SPELT}\s|my\sname's\s{_SPELT}\s", _spelt),
    rule(
        rf"(?:the\s|my\s)?name(?:'s|\sis)\s(?P<last>{_WORD}),\s(?P<name>{_WORD}\s(?P=last))\b",
        _whole,
    ),
    rule(
        (
            rf"(?:it's|this\sis)\s(?P<name>{_WORD})(?:\s{_WORD})?\s(?:from|at|in)\s"
            rf"(?={_DEPARTMENT})"
        ),
        _this_is,
    ),
    rule(
        rf"(?P<name>{_WORD})\s(?:from|in|at)\s(?:the\s)?{_DEPARTMENT}\s(?:again|here|speaking)\b",
        _known_as,
    ),
    rule(
        (
            r"(?:everyone|everybody|people|they|most\speople|friends|my\s\w+)\s"
            r"(?:(?:at|in|on|from)\s(?:the\s|my\s)?\w+\s)?(?:all\s|only\s|just\s)?(?:knows?\sme\s(?:as|by)"
            rf"|refers?\sto\sme\sas|calls?\sme)\s(?P<name>{_WORD})(?=\s*(?:$|[.,!;)]|so\b|and\b|but\b))"
        ),
        _known_as,
    ),
    rule(
        (
            r"<im>\s(?:better\s|also\s|mostly\s)?known\s(?:\w+\s){0,3}as\s"
            rf"(?P<name>{_WORD})(?=\s*(?:$|[.,!;)]))"
        ),
        _known_as,
    ),
    rule(
        (
            r"(?:signed|yours(?:\s\w+)?|(?:best|kind|warm)(?:est)?\s(?:regards|wishes)|regards"
            r"|sincerely)(?:,\s|\s)(?:your\s(?:\w+\s){1,2})?"
            rf"(?P<name>{_WORD})(?=\s*[.!]?$)"
        ),
        _signed,
    ),
    rule(rf"your\s(?:\w+\s){{1,2}}(?P<name>{_WORD})(?=\s*[.!]?$)", _after_signed),
    rule(
        (
            rf"it\ssays\s(?P<name>{_WORD})\son\smy\s(?:passport|id|birth\scertificate|licen[cs]e"
            r"|driving\slicen[cs]e|papers|documents|payslip|badge)\b(?!\s(?:form|check|scan|screen))"
        ),
        _official,
    ),
    rule(rf"it's\s(?P<name>{_WORD})\swith\san?\s[\w']+(?=\s*(?:$|[.,!;]))", _known_as),
    rule(
        (
            r"(?:you\s(?:can|may|could|should)\s|u\scan\s|just\s|please\s|but\s)*(?:call|address)"
            rf"\sme\s(?:as\s)?(?P<form>{FORMS})\b(?=\s*(?:$|[.!,;]|from\b|please\b|instead\b|when))"
        ),
        _form,
        "request",
    ),
)
