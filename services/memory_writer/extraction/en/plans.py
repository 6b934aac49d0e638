"""What somebody means to do."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.places import place
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule, tokens
from services.memory_writer.extraction.en.words import word_set
from services.memory_writer.extraction.found import Found

_STOPS = word_set(
    """next this by before after until when once if so and but because since while soon someday
    though although which that who what how any need today tomorrow tonight now please again lol
    i i'm my_own sometime within eventually later anyway btw or then could can would should will
    with_you need is are was were help ideas where as"""
)
_TIME = re.compile(
    r"\s(?:in\s(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|spring|summer|autumn|fall|winter"
    r"|\d{4}|a\s(?:few|couple|year|month|week)\b|(?:two|three|six|\d+)\s(?:weeks?"
    r"|months?|years?|days?)|the\s(?:spring|summer|autumn|fall|winter|near|future"
    r"|new\syear))"
    r"|one\sday|at\s(?:the\smoment|last|some\spoint|\d{1,2}\b(?=\s*(?:pm|am)))|on\s"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)|for\sgood"
    r"|from\s\w+\son|with\smy\b|with\sme\b)"
)
_LONGEST = 8
# What is wanted right now of the assistant, or passes in an hour, is no plan.
_TASK = re.compile(
    r"(?:ask|know|see|understand|figure|find\sout|find|fix|solve|get\sthis|get\sit"
    r"|get\sthe|install|debug|use|say|tell|think|thank|try\b(?!\sfor)|print|parse"
    r"|write\san?\s(?:e-?mail|function|query|regex|script|letter|message|test)"
    r"|be\b|do\b|have\s(?:a\slook|lunch|dinner|breakfast|to)|need|want|go\s(?:now|to\s"
    r"(?:bed|sleep|the\s(?:shop|store|gym|toilet|dentist|doctor))|home|with\b"
    r"|back\sto\sthe\s(?:first|second|previous))|check|show|give|send|call|add|remove"
    r"|compile|sleep|eat|take\sa\s(?:nap|break|shower)|assume|guess|help|follow|copy"
    r"|paste|look\b"
    r"|explain|decide|remember|recall|come\sup|convert|calculate|compute|choose|pick"
    r"|test|post|reply|answer|read\s(?:this|that|it)|it|this|that|make\s(?:it|this|sure"
    r"|dinner|lunch|a\s(?:cake|soup|list|table))|let|keep|cry|lie|die|kill|miss|lose\s"
    r"(?:it|my\smind)|throw|scream|deploy|refactor|implement|connect|set\sup|run\s(?:it"
    r"|this|the|my)|put|get\s(?:my\shead|rid|an?\sanswer)|work\b|stay\b|wait|open\s"
    r"(?:it|this|the)|access|log|import|load|match|select|loop|change\s(?:it|this"
    r"|the))\b"
)
_LIFE = re.compile(
    r"(?:quit|stop|give\sup|cut\s(?:down|back|out)|lose\s(?:weight|\d+|some|a\sfew)"
    r"|gain|save|buy|move|relocate|emigrate|learn|become|retire|open\san?|start\san?"
    r"|start\smy|launch|found\b|marry|get\s(?:married|pregnant|fit|in(?:to)?\sshape"
    r"|better|a\s(?:dog|cat|new|second|job|degree|tattoo|promotion|driving|house|raise)"
    r"|healthier|back\sinto|into\s\w+|my\s(?:driving|degree|licen[cs]e|life|black))"
    r"|travel|visit|go\s(?:to|back|on\sa|vegan|vegetarian|freelance|part-time|solo"
    r"|abroad)|run\san?|apply|publish|write\san?\s(?:book|novel|memoir|thesis"
    r"|screenplay|phd)|build\san?|renovate|pass\b|finish\s(?:my|a|the)|graduate|study"
    r"|eat\s(?:healthier|less|more|better)|exercise|sleep\smore|drink\sless|read\s"
    r"(?:more|\d+)|change\s(?:careers?|jobs)|switch\s(?:careers?|jobs|to)|adopt|climb"
    r"|hike|walk\sthe|cycle|swim|sail|have\s(?:a\sbaby|kids|children)|sell\s(?:my|our"
    r"|the)|pay\soff|work\s(?:less|abroad|part-time|remotely)|live\s(?:in|abroad|off)"
    r"|improve\s(?:my|our)|grow\s(?:my|our|a)|earn|train|compete|volunteer|spend\s(?:a"
    r"|the|two|three|more)|ride|drive\s(?:to|across|around)|propose|plant|teach\b"
    r"|invest|leave\s(?:my|the)|return|self-publish|breed|foster|cook\smore|meditate"
    r"|declutter|downsize|see\s(?:the\snorthern|japan|more\sof)|host|organi[sz]e|hit\b"
    r"|reach|complete|master)\b"
)


def _aim(reading: Reading, start: int) -> Span | None:
    """Return what somebody means to do, without the time by which."""
    end = start
    count = 0
    for span in tokens(reading, start):
        word = reading.low[span.start : span.end]
        learns = word == "how" and reading.low.endswith("learn ", 0, span.start)
        if (
            (count and word in _STOPS and not learns)
            or count == _LONGEST
            or _TIME.match(reading.low, span.start - 1)
        ):
            break
        end = span.end
        count += 1
    if count == 0:
        return None
    text = reading.low[start:end]
    cut = re.search(r"\s(?:for|in|to|at|on|with|the|a|of|my|from)$", text)
    return Span(start, start + cut.start()) if cut else Span(start, end)


def _horizon(reading: Reading, end: int) -> bool:
    """Tell whether a time is told that is not today: "next year", "by summer"."""
    return bool(
        _HORIZON_BEFORE.search(reading.low, 0, end)
        or re.compile(
            r"[\w\s'-]{0,40}?\b(?:next\s(?!to\b|step|question)|from\s(?:january"
            r"|february|march|april|may|june|july|august|september|october|november"
            r"|december)\b|by\s(?:the\send|christmas|summer|winter|spring|autumn"
            r"|january|february|march|april|may|june|july|august|september|october"
            r"|november|december|\d{4})"
            r"|before\s(?:my|i|the|christmas|we)|this\s(?:year|summer|winter|spring"
            r"|autumn|fall|december|june|july|august|september)|one\sday|someday|in\s"
            r"(?:january|february|march|april|may|june|july|august|september|october"
            r"|november|december|spring|summer|autumn|winter|\d{4}|the\sspring"
            r"|the\ssummer|two|three|six|a\sfew\s(?:weeks|months|years)|a\s(?:month"
            r"|year)))"
        ).match(reading.low, end)
    )


_HORIZON_BEFORE = re.compile(
    r"\b(?:next\s(?:year|month|summer|spring|autumn|winter|week)|one\sday|someday"
    r"|this\s(?:year|summer|winter|autumn|spring)|in\s(?:january|february|march|april"
    r"|june|july|august|september|october|november|december))\b"
)


def _goal(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = _aim(reading, match.end())
    if span is not None and not _TASK.match(reading.low, span.start):
        yield reading.found("goal", _clean(reading.text(span)), Span(match.start(), span.end))


def _clean(value: str) -> str:
    return re.sub(r"^(?:an?|the|our|to|on)\s", "", value)


def _life_goal(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "I want to" and "I'm trying to" only what changes a life, or has a time, is a plan."""
    span = _aim(reading, match.end())
    if span is None or _TASK.match(reading.low, span.start):
        return
    if _LIFE.match(reading.low, span.start) or _horizon(reading, span.end):
        yield reading.found("goal", _clean(reading.text(span)), Span(match.start(), span.end))


def _timed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm running the Berlin marathon next September": only with a time that is not today."""
    span = _aim(reading, match.start("what"))
    if span is None or not (
        _horizon(reading, span.end) or "exam" in reading.low[span.start : span.end]
    ):
        return
    if not _TASK.match(reading.low, span.start):
        yield reading.found("goal", reading.text(span), Span(match.start(), span.end))


def _trip(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    there = place(reading, match.end(), known=True)
    if there is not None:
        verb = "move to" if "mov" in match[0] or "relocat" in match[0] else "go to"
        yield reading.found("goal", f"{verb} {reading.text(there)}", Span(match.start(), there.end))


_WE = r"(?:<im>|we're|we\sare)"


def _needed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read what one has to do: a plan only where it changes a life, and has a time."""
    span = _aim(reading, match.end())
    if span is None or _TASK.match(reading.low, span.start):
        return
    if _LIFE.match(reading.low, span.start) and _horizon(reading, span.end):
        yield reading.found("goal", _clean(reading.text(span)), Span(match.start(), span.end))


def _hunting(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("goal", match["what"], Span(*match.span()))


def _dreamt(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "my dream is to" anything may stand."""
    span = _aim(reading, match.end())
    if span is not None:
        yield reading.found("goal", _clean(reading.text(span)), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        _WE
        + (
            r"\s<adv>(?:planning|hoping|aiming|determined|preparing|saving\s(?:up\s)?|intending"
            r"|set|working|training|dreaming\sof)\s?(?:to|on)\s(?!be\sable)"
        ),
        _goal,
    ),
    rule(
        _WE
        + (
            r"\s<adv>(?:planning|organi[sz]ing)\s(?=(?:an?|our|my)\s(?:\w+\s){0,2}?(?:trip"
            r"|wedding|move|holiday|vacation|honeymoon|road\strip|renovation|party|gap\syear"
            r"|sabbatical|reunion)\b)"
        ),
        _goal,
    ),
    rule(
        (
            r"(?:i|we)\s(?:<adv>)?(?:plan|hope|intend|aim|am\sdetermined|dream\sof|mean)\s(?:to"
            r"|on)\s(?!be\sable|hear|god)"
        ),
        _goal,
    ),
    rule(r"(?:planning|hoping|aiming|saving(?:\sup)?)\sto\s", _goal),
    rule(
        (
            r"(?:i|we)(?:\s(?:<adv>)?(?:want|would\s(?:love|like)|wanna)|'d\s<adv>(?:love"
            r"|like))\s(?:to\s)?"
        ),
        _life_goal,
    ),
    rule(r"(?:(?:i|we)\s(?:<adv>)?)?(?:need\sto|have\sto|must|gotta)\s", _needed),
    rule(r"(?:<im>\s|we're\s|been\s)?<adv>working\stowards?\s(?:an?\s|my\s|the\s)?", _goal),
    rule(
        (
            r"(?:<im>|we're|we\sare)?\s?<adv>(?:trying|looking|starting|about|attempting"
            r"|preparing|hoping)\sto\s(?!learn\b|teach\smyself|pick\sup)"
        ),
        _life_goal,
    ),
    rule(_WE + r"\s<adv>(?:going\sto|gonna)\s(?!be\b)", _life_goal),
    rule(
        (
            r"(?:i|we)(?:'ll|\swill)\s(?:finally\s)?(?=[\w\s]{3,40}\b(?:next|in)\s(?:year|month"
            r"|summer|spring|january|february|march|april|may|june|july|august|september"
            r"|october|november|december)\b)"
        ),
        _life_goal,
    ),
    rule(
        (
            r"\bmy\s(?:main\s|big\s|biggest\s|next\s|new\syear's\s|long-term\s|current\s"
            r"|ultimate\s|fitness\s)*(?:goal|dream|plan|aim|resolution|ambition)s?(?:\sfor\s"
            r"(?:this|next)\syear|\sthis\syear)?(?:\sis|'s|:|\sare)\s(?:still\s|now\s)?"
            r"(?:to\s)?(?!not\b|the\b)"
        ),
        _dreamt,
    ),
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)?\s<adv>(?:decided|resolved|promised\smyself"
            r"|made\sup\smy\smind|vowed|signed\sup)\s(?:to|for)\s"
        ),
        _goal,
    ),
    rule(
        (
            r"(?:<im>\s|we're\s|i've\sbeen\s)?<adv>(?:training|preparing|prepping|studying"
            r"|revising|cramming|practising|practicing|saving(?:\sup)?|gearing\sup)\sfor\s"
            r"(?:an?\s|the\s|my\s|our\s)?(?!fun\b|it\b|this\b|that\b|years?\b|\d|months?\b"
            r"|hours?\b|weeks?\b|ages)"
        ),
        _goal,
    ),
    rule(
        (
            r"(?P<what>(?:taking|buying|opening|starting|launching|moving|retiring|having"
            r"|going\s(?:back|on|vegan|freelance))\b)(?!\s(?:it|this|that|an?\serror"
            r"|errors?)\b)"
        ),
        _timed,
    ),
    rule(
        _WE
        + (
            r"\s<adv>(?P<what>house\shunting|job\shunting|flat\shunting|apartment\shunting"
            r"|wedding\splanning)\b"
        ),
        _hunting,
    ),
    rule(
        _WE
        + (
            r"\s<adv>(?P<what>(?:going\s(?:back|on|vegan|freelance)|running|doing|entering"
            r"|taking|sitting|competing\sin|riding|getting|buying|opening|starting|launching"
            r"|having|building|hosting|applying|retiring|quitting|changing|graduating|adopting"
            r"|publishing|writing|leaving|selling|hiking|climbing|walking|cycling|renovating"
            r"|expecting)\b)(?!\s(?:it|this|that|an?\serror|errors?)\b)"
        ),
        _timed,
    ),
    rule(
        (
            r"(?:<im>|we're|we\sare)\s<adv>(?:going|travelling|traveling|flying|heading|off)\s"
            r"(?:back\s)?to\s(?=[\w\s']{2,40}?\b(?:in|next|this|for|soon)\b)"
        ),
        _trip,
    ),
    rule(
        (
            r"(?:<im>|we're|we\sare)\s<adv>visiting\s(?=[\w\s']{2,40}?\b(?:in|next|this|for"
            r"|soon)\b)"
        ),
        _trip,
    ),
    rule(
        (
            r"(?:<im>|we're|we\sare)\s<adv>(?:moving|relocating|emigrating)\s(?:back\s|over\s"
            r"|abroad\s)?to\s"
        ),
        _trip,
    ),
    rule(
        (
            r"<im>\s<adv>(?:writing|working\son)\s(?=(?:an?|my)\s(?:\w+\s)?(?:novel|book|thesis"
            r"|dissertation|memoir|phd|screenplay|album)\b)"
        ),
        _goal,
    ),
    rule(
        r"(?:i|we)(?:'ll|\swill)?\s(?:finally\s)?(?P<what>(?:start|begin|open|retire|graduate|marry"
        r"|get\smarried|launch|publish|emigrate)\b)",
        _timed,
    ),
    rule(r"(?:want|wanting|would\slove|dreaming)\s(?:to|of)\s", _life_goal),
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s)?(?:just\s|finally\s)?booked\s(?:an?\s|our\s|my\s)?"
            r"(?:\w+\s){0,2}?(?:flights?|tickets?|trip|holiday|vacation|train)\sto\s"
        ),
        _trip,
    ),
)
