"""What holds no longer, was never so, or shall not be known."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.conditions import condition
from services.memory_writer.extraction.en.occupations import is_occupation
from services.memory_writer.extraction.en.places import place, place_value
from services.memory_writer.extraction.en.reading import (
    Reading,
    Rule,
    Span,
    items,
    phrase,
    proper,
    rule,
)
from services.memory_writer.extraction.en.tech import TOOLS
from services.memory_writer.extraction.en.words import DIETS
from services.memory_writer.extraction.found import Found

_VERBS = {
    "like": "likes",
    "love": "likes",
    "enjoy": "likes",
    "care for": "likes",
    "hate": "dislikes",
    "mind": "dislikes",
    "use": "uses",
    "drive": "uses",
    "ride": "uses",
    "own": "uses",
    "work at": "employer",
    "work for": "employer",
    "work with": "employer",
    "work as": "occupation",
    "live in": "lives_in",
    "study at": "studies_at",
    "study": "field_of_study",
    "speak": "speaks",
    "play": "likes",
    "want to": "goal",
    "plan to": "goal",
    "collect": "likes",
    "do": "likes",
}
_VERB = r"(?P<verb>" + "|".join(sorted(map(re.escape, _VERBS), key=len, reverse=True)) + r")"


def _ended(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    predicate = _VERBS[match["verb"]]
    span = (
        place(reading, match.end(), known=True)
        if predicate == "lives_in"
        else phrase(reading, match.end(), words=5)
    )
    if span is None:
        return
    value = place_value(reading, span) if predicate == "lives_in" else reading.text(span)
    yield reading.found(predicate, value, Span(match.start(), span.end), op="end")


def _no_more(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm not a vegetarian anymore", "no longer single", "not at Shell any more"."""
    value = re.sub(r"^(?:an?|the)\s", "", reading.text(Span(*match.span("what"))))
    low = value.lower()
    quote = Span(*match.span())
    if low in DIETS:
        yield reading.found("diet", low, quote, op="end")
    elif low in {"married", "single", "engaged", "divorced"}:
        yield reading.found("status", low, quote, op="end")
    elif (named := condition(value)) is not None:
        yield reading.found("condition", named, quote, op="end")
    elif is_occupation(value) or low in {"unemployed", "retired", "freelance", "student"}:
        yield reading.found("occupation", value, quote, op="end")
    elif (place_match := re.match(r"(?i)(?:in|at|with)\s(.+)", value)) is not None:
        predicate = "lives_in" if low.startswith("in ") else "employer"
        yield reading.found(predicate, place_match[1], quote, op="end")


_GERUNDS = {
    "smoking": ("condition", "smoker"),
    "vaping": ("condition", "vaper"),
    "freelancing": ("occupation", "freelance"),
}
_GERUND_VERBS = {
    "using": "uses",
    "learning": "learning",
    "studying": "learning",
    "playing": "likes",
    "collecting": "likes",
    "driving": "uses",
    "working at": "employer",
    "working for": "employer",
    "working as": "occupation",
    "eating": "",
    "drinking": "likes",
    "taking": "",
    "liking": "likes",
}
_GERUND = re.compile(r"(?P<verb>working\s(?:at|for|as)|\w+ing)\b\s?")


def _stopped(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    gerund = _GERUND.match(reading.low, match.end())
    if gerund is None:
        return
    verb = " ".join(gerund["verb"].split())
    if verb in _GERUNDS:
        predicate, value = _GERUNDS[verb]
        yield reading.found(predicate, value, Span(match.start(), gerund.end("verb")), op="end")
        return
    predicate = _GERUND_VERBS.get(verb, "")
    span = phrase(reading, gerund.end(), words=4)
    if predicate and span is not None:
        yield reading.found(predicate, reading.text(span), Span(match.start(), span.end), op="end")
    elif verb not in _GERUND_VERBS and span is None:
        yield reading.found("likes", verb, Span(match.start(), gerund.end("verb")), op="end")


def _given_up(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    stopped = list(_stopped(match, reading))
    if stopped:
        yield from stopped
        return
    span = phrase(reading, match.end(), words=4)
    if span is not None:
        yield reading.found("likes", reading.text(span), Span(match.start(), span.end), op="end")


def _gone_off(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=3):
        value = re.sub(r"\s(?:completely|entirely|a\sbit|lately)$", "", reading.text(span))
        yield reading.found("likes", value, Span(match.start(), span.end), op="end")
        yield reading.found("dislikes", value, Span(match.start(), span.end), confidence=0.7)


def _left_job(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.end(), words=4)
    if span is None and reading.lower:
        word = phrase(reading, match.end(), words=1)
        text = reading.low[word.start : word.end] if word else ""
        span = word if text not in {"work", "school", "home", "job", "it", "smoking", ""} else None
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end), op="end")


def _left(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I've left Siemens and started at Bosch": a company, by what follows."""
    span = proper(reading, match.end(), words=4)
    after = re.compile(
        r"\s*(?:,|;|and|to|for|after|—|-)?\s?(?:and\s|i\s|i've\s|then\s)?(?:just\s|now\s)?"
        r"(?:started|joined|join|work|begin|working|start|after\s\w+\syears|moved\sto\s)"
    )
    if span is not None and after.match(reading.low, span.end):
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end), op="end")


def _no_job(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("employer", None, Span(*match.span()), op="end")


def _left_trade(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    trade = {
        "nursing": "nurse",
        "teaching": "teacher",
        "accounting": "accountant",
        "farming": "farmer",
        "driving": "driver",
        "law": "lawyer",
        "medicine": "doctor",
        "engineering": "engineer",
        "journalism": "journalist",
        "consulting": "consultant",
    }
    yield reading.found("occupation", trade[match["trade"]], Span(*match.span()), op="end")


def _sold(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4)
    if span is not None and not re.match(
        r"(?:house|flat|apartment|company|shares|stocks?|business|idea|soul|out)\b",
        reading.low[span.start : span.end],
    ):
        value = re.sub(r"^old\s", "", reading.text(span))
        yield reading.found("uses", value, Span(match.start(), span.end), op="end")
        link = re.compile(r"\s(?:for|with|by)\s(?:an?\s)?(?:new\s)?").match(reading.low, span.end)
        new = proper(reading, link.end(), words=3) if link else None
        if new is not None and "sold" not in match[0]:
            yield reading.found("uses", reading.text(new), Span(match.start(), new.end))


def _swapped(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Ditched Windows for Fedora": of tools that are known."""
    old = phrase(reading, match.end(), words=3)
    if old is None or reading.low[old.start : old.end] not in TOOLS:
        return
    link = re.compile(r"\s(?:for|with|in\sfavou?r\sof)\s(?:an?\s)?").match(reading.low, old.end)
    new = phrase(reading, link.end(), words=3) if link else None
    yield reading.found("uses", reading.text(old), Span(match.start(), old.end), op="end")
    if new is not None:
        low = reading.low[new.start : new.end]
        if low in TOOLS or low != reading.said[new.start : new.end]:
            yield reading.found("uses", reading.text(new), Span(match.start(), new.end))


_MORE = r"(?=[\w\s'+#&.-]{1,50}\b(?:any\s?more|any\slonger)\b)"


def _stopped_working(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("occupation", "retired", Span(*match.span()))


def _moved_on(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=2)
    if span is not None and reading.low[span.start : span.end] in TOOLS:
        yield reading.found("uses", reading.text(span), Span(match.start(), span.end), op="end")
        onward = re.compile(r"\sto\s").match(reading.low, span.end)
        new = phrase(reading, onward.end(), words=3) if onward else None
        if new is not None and reading.low[new.start : new.end] in TOOLS:
            yield reading.found("uses", reading.text(new), Span(match.start(), new.end))


def _no_more_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    named = condition(reading.text(span)) if span else None
    if span is not None and named is not None:
        yield reading.found("condition", named, Span(match.start(), span.end), op="end")


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?)?(?:ditched|dumped|swapped|traded|replaced"
            r"|abandoned|dropped|left|uninstalled|deleted|quit)\s"
        ),
        _swapped,
    ),
    rule(r"(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?no\slonger\s" + _VERB + r"\s", _ended),
    rule(
        r"(?:i|we)\s(?:<adv>)?(?:don't|do\snot|dont)\s(?:really\s)?" + _VERB + r"\s" + _MORE, _ended
    ),
    rule(
        (
            r"<im>\s(?:<adv>)?no\slonger\s(?P<what>[\w'-]+(?:\s[\w'-]+){0,3}?)(?=\s*(?:$"
            r"|[,.;!—–]|-|and\b|but\b|so\b|now\b))"
        ),
        _no_more,
    ),
    rule(
        (
            r"<im>\s(?:<adv>)?not\s(?P<what>[\w'-]+(?:\s[\w'-]+){0,3}?)\s(?:any\s?more"
            r"|any\slonger)\b"
        ),
        _no_more,
    ),
    rule(
        (
            r"(?:i(?:'ve|\shave)?\s(?:<adv>)?)?(?:stopped|quit|quitted)\s(?!my\b|working\s*(?:$"
            r"|[.,;!]))"
        ),
        _stopped,
    ),
    rule(
        (
            r"(?:i(?:'ve|\shave)?\s(?:<adv>)?)?stopped\sworking(?=\s*(?:$|[.,;!]|for\sgood"
            r"|last))"
        ),
        _stopped_working,
    ),
    rule(r"(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?moved\s(?:on|away)\sfrom\s", _moved_on),
    rule(r"no\smore\s", _no_more_of),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:<adv>)?(?:given\sup|gave\sup|dropped)\s(?:on\s)?(?!my\b"
            r"|hope)"
        ),
        _given_up,
    ),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:<adv>)?(?:gone\soff|went\soff|grown\stired\sof"
            r"|fallen\sout\sof\slove\swith|lost\sinterest\sin)\s"
        ),
        _gone_off,
    ),
    rule(
        (
            r"(?:i(?:'ve|\shave)?\s(?:<adv>)?)?(?:quit|handed\sin\smy\s(?:notice|resignation)"
            r"|resigned|got\s(?:laid\soff|fired|sacked|let\sgo)|was\s(?:laid\soff|fired|sacked"
            r"|let\sgo|made\sredundant))\s(?:my\s(?:job|post|position|role)\s)?(?:at"
            r"|from|by)\s"
        ),
        _left_job,
    ),
    rule(
        r"i(?:'ve|\shave)?\s(?:<adv>)?(?:left|leaving|quit)\s(?:my\sjob\s(?:at|with)\s)", _left_job
    ),
    rule(r"(?:i(?:'ve|\shave)?\s(?:<adv>)?)(?:left|quit)\s", _left),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:<adv>)?(?:quit|lost|left)\smy\s(?:old\s)?job\b(?!\s(?:at"
            r"|with)\b)"
        ),
        _no_job,
    ),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:<adv>)?(?:left|quit)\s(?P<trade>nursing|teaching|accounting"
            r"|farming|driving|law|medicine|engineering|journalism|consulting)\b"
        ),
        _left_trade,
    ),
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?)?(?:sold|scrapped|got\srid\sof|traded\sin"
            r"|ditched|dumped|swapped|replaced|traded|uninstalled|stopped\susing|crashed"
            r"|totalled)\s(?:my|the|our)\s"
        ),
        _sold,
    ),
)
