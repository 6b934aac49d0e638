"""What somebody speaks, is able to do, and is learning."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.tech import PROGRAMMING, TOOLS
from services.memory_writer.extraction.en.words import LANGUAGES, word_set
from services.memory_writer.extraction.found import Found

_LANGUAGE = r"(?P<language>" + "|".join(sorted(LANGUAGES, key=len, reverse=True)) + r")"
_LEVEL = (
    r"(?:(?:fluent|fluently|some|a\sbit\sof|a\slittle|a\slittle\sbit\sof|basic|good|broken"
    r"|decent|native|perfect|conversational|bad|passable|both|only|intermediate|rusty|very"
    r"|really|enough|a|my|also|native-level)\s){0,3}"
)
_ONE_LANGUAGE = re.compile(_LEVEL + _LANGUAGE + r"\b")
_NEXT = re.compile(r"\s*(?:,\s*(?:and\s|plus\s)?|\s(?:and|&|plus|or)\s(?:also\s)?|/)")


def _cased(language: str) -> str:
    return language.upper() if language in {"bsl", "asl"} else language[0].upper() + language[1:]


def _speaks(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read a list of languages: "English, some Dutch and a bit of Thai"."""
    position = match.end()
    while one := _ONE_LANGUAGE.match(reading.low, position):
        if re.compile(r"\s(?:food|music|people|film|movies|cuisine|cooking|literature)").match(
            reading.low, one.end()
        ):
            return
        yield reading.found("speaks", _cased(one["language"]), Span(match.start(), one.end()))
        link = _NEXT.match(reading.low, one.end())
        if link is None:
            return
        position = link.end()


def _language_is(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not re.search(
        r"\b(?:not|isn't|bad|terrible|non-existent|zero|teacher|homework)\b",
        reading.low[match.start() : match.end() + 12],
    ):
        yield reading.found("speaks", _cased(match["language"]), Span(*match.span()))


_THIS_TASK = re.compile(
    r"^(?:this|that|it|these|your|why|what|how|all|more|about|to|if|whether|something"
    r"|anything|things|lot|from|new|exercise|chapter|lesson|it's|here|area|field|topic"
    r"|subject|job|company|team|place|app|forum|site|group|role)\b"
)


def _learning(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=4, go_on=frozenset({"of"})):
        value = reading.text(span)
        value = re.sub(r"(?i)\s(?:basics|from\sscratch|lessons|classes|class|course)$", "", value)
        if not _THIS_TASK.match(value.lower()):
            cased = _cased(value) if value.lower() in LANGUAGES else value
            yield reading.found("learning", cased, Span(match.start(), span.end))


def _class(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    yield reading.found(
        "learning", _cased(value) if value.lower() in LANGUAGES else value, Span(*match.span())
    )


def _studying(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("learning", _cased(match["language"]), Span(*match.span()))


def _knows(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Only what is known to be a skill, or is written with a capital: "I know Paris" is none."""
    for span in items(reading, match.end(), words=2, commas=True):
        value = reading.text(span)
        if value.lower() in LANGUAGES:
            yield reading.found("speaks", _cased(value), Span(match.start(), span.end))
        elif value.lower() in PROGRAMMING or value.lower() in _SKILLS:
            yield reading.found("knows", value, Span(match.start(), span.end))
        else:
            return


def _able(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=3, go_on=frozenset({"of"})):
        value = reading.text(span)
        if value.lower() in LANGUAGES:
            yield reading.found("speaks", _cased(value), Span(match.start(), span.end))
        elif not _THIS_TASK.match(value.lower()) and value.lower() not in _NO_SKILL:
            yield reading.found("knows", value, Span(match.start(), span.end))


def _bare_able(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Decent at woodworking": what a sentence begins with, and no praise of the answerer."""
    if not reading.low[: match.start()].strip() and not reading.sentence.question:
        yield from _able(match, reading)


_NO_SKILL = word_set(
    """that listening remembering names procrastinating forgetting being sleeping directions people
    explaining most everything nothing finding reading_this following"""
)
_SKILLS = word_set(
    """sewing knitting judo karate first_aid sign_language morse_code origami carpentry welding
    photography chess accounting shorthand braille"""
)
_CAN = (
    r"(?:sew|knit|crochet|juggle|weld|sing|draw|paint|cook|bake|ski|snowboard|surf|sail"
    r"|swim|dance|type\s\w+|solder|ride\sa\shorse|drive\sa\struck|fly\sa\splane"
    r"|read\ssheet\smusic|touch\stype|unicycle|ice\sskate|scuba\sdive)"
)


def _can(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("knows", match["what"], Span(*match.span()))


_SPEAK = r"(?:i|we)\s<adv>(?:speak|understand|can\sspeak|also\sspeak|know|read\sand\swrite)\s"


def _started(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Just started with Blender": only what is known to be learnt."""
    span = phrase(reading, match.end(), words=2)
    low = reading.low[span.start : span.end] if span else ""
    if span is not None and (low in TOOLS or low in LANGUAGES or low in _SKILLS):
        value = reading.text(span)
        yield reading.found(
            "learning", _cased(value) if low in LANGUAGES else value, Span(match.start(), span.end)
        )


def _known_first(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    if value.lower() in PROGRAMMING:
        yield reading.found("knows", value, Span(*match.span()))


def _speaks_any(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read languages; one that is not in the list is known by its capital."""
    for span in items(reading, match.end(), words=1, commas=True):
        value = reading.text(span)
        if value[0].isupper() or value.lower() in LANGUAGES:
            yield reading.found("speaks", _cased(value), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:<im>\s|i've\s|i\s)?<adv>(?:taking|making|taken|made|took|doing)\s(?:my|the)\s"
            r"(?:very\s)?first\s(?:baby\s)?steps\s(?:in|with|into)\s"
        ),
        _started,
    ),
    rule(
        r"(?:i\s)?(?:was\s|were\s)?(?:grew\sup|raised)\s(?:with|on|in)\s(?:both\s)?(?="
        + _LEVEL
        + _LANGUAGE.replace("P<language>", ":")
        + r"\s(?:and|&)\s)",
        _speaks,
    ),
    rule(
        r"(?:pretty\s|quite\s|fairly\s|really\s)?(?:decent|good|great|handy|skilled)\sat\s"
        r"(?=[a-z]+ing\b[a-z\s]{0,30}(?:,|\sbut\b))(?!being|having|making\sup|explaining)",
        _bare_able,
    ),
    rule(_SPEAK + r"(?=" + _LEVEL + _LANGUAGE + r"\b)", _speaks),
    rule(
        r"(?:speak|speaking)\s(?=" + _LEVEL + _LANGUAGE.replace("P<language>", ":") + r"\b)",
        _speaks,
    ),
    rule(
        (
            r"(?:<im>|i've\sbecome|i\sbecame)\s<adv>(?:fluent|bilingual|conversational|native"
            r"|proficient)\sin\s"
        ),
        _speaks,
    ),
    rule(r"fluent\s(?:in\s)?", _speaks),
    rule(
        (
            r"(?:my|our)\s(?:native|first|mother|home|second|third)\s(?:language|tongue)(?:\sis"
            r"|'s|s\sare)\s"
        ),
        _speaks,
    ),
    rule(
        (
            rf"{_LANGUAGE}\s(?:is|'s)\s(?:actually\s|also\s)?my\s(?:native|first|mother|second"
            rf"|third|home)\s(?:language|tongue)\b"
        ),
        _language_is,
    ),
    rule(
        (
            rf"my\s{_LANGUAGE}\s(?:is\s|'s\s)?(?:still\s|pretty\s|quite\s|really\s|only\s"
            rf"|very\s|about\s|at\s|around\s|just\s|more\sor\sless\s|a\sbit\s|kinda\s)*"
            rf"(?:native|native-level|fluent|good|ok|okay|decent|rusty|basic|[abc][12]\b"
            rf"|conversational|intermediate|perfect|fine|passable|limited|advanced|great|solid"
            rf"|excellent)"
        ),
        _language_is,
    ),
    rule(rf"(?:<im>\s|as\s)?(?:an?\s)?native\s{_LANGUAGE}\sspeaker\b", _language_is, "anywhere"),
    rule(
        (
            r"(?:<im>|i've\sbeen|i\shave\sbeen|we're)?\s?<adv>(?:learning|practising|practicing"
            r"|picking\sup(?!\smy|\sour|\sthe\b|\sa\b|\sgroceries|\skids)|teaching\smyself"
            r"|taking\sup|self-studying|brushing\sup\s(?:on\s)?(?:my\s)?|getting\sback\sinto"
            r"|starting\sto\slearn)\s(?:how\sto\s|to\s|some\s|a\sbit\sof\s)?(?:play\s|speak\s)?"
            r"(?:the\s)?"
        ),
        _learning,
    ),
    rule(
        (
            r"(?:i|i've|i\shave)\s<adv>(?:started|began|begun|taken\sup|decided\sto)\s"
            r"(?:learning|to\slearn|learn|studying(?=\s"
        )
        + _LANGUAGE.replace("P<language>", ":")
        + r"))\s(?:how\sto\s)?",
        _learning,
    ),
    rule(
        (
            r"(?:<im>\s)?(?:also\s|now\s|just\s|slowly\s)?trying\sto\s(?:learn|pick\sup"
            r"|teach\smyself|improve\smy)\s(?:how\sto\s|to\s|some\s)?"
        ),
        _learning,
    ),
    rule(r"i\s(?:taught)\smyself\s(?:how\sto\s|to\s)?", _able),
    rule(
        (
            r"(?:<im>\s<adv>|i've\sbeen\s)(?:taking|doing|attending)\s(?:an?\s|some\s|weekly\s"
            r"|online\s)*(?P<what>(?!an?\s)[\w-]+(?:\s[\w-]+)?)\s(?:class|classes|lessons|course"
            r"|workshop)\b"
        ),
        _class,
    ),
    rule(
        (
            r"i\s<adv>(?:take|have)\s(?:weekly\s|private\s|online\s)?"
            r"(?P<what>[\w-]+)\slessons\b"
        ),
        _class,
    ),
    rule(
        (
            rf"(?:<im>|i've\sbeen)\s<adv>studying\s{_LANGUAGE}\b(?!\s(?:literature|history"
            rf"|law))"
        ),
        _studying,
    ),
    rule(
        (
            r"(?:<im>|i\sam)\s<adv>(?:brand\s|totally\s|completely\s|fairly\s|relatively\s"
            r"|quite\s)?(?:new\sto|an?\s(?:total\s|complete\s|absolute\s)?(?:beginner|novice)\s"
            r"(?:in|at|with)|a\snewbie\s(?:in|to|at|with)|a\snoob\s(?:in|at|with))\s(?!this\b"
            r"|the\b|here)"
        ),
        _learning,
    ),
    rule(
        (
            r"i\s<adv>(?:know|am\sfamiliar\swith)\s(?:some\s|basic\s|a\sbit\sof\s|a\slittle\s)?"
            r"(?!that|how|what|you|it)"
        ),
        _knows,
    ),
    rule(
        (
            r"i\s<adv>(?:can\s)?(?:code|program|write\scode|develop|script)\s(?:mostly\s"
            r"|mainly\s|primarily\s)?(?:in\s|with\s)?"
        ),
        _knows,
    ),
    rule(
        (
            r"(?:<im>|i've\sgotten|i\sam)\s<adv>(?:good|great|skilled|proficient|experienced"
            r"|decent|excellent|competent|comfortable|handy|an\sexpert|talented)\s(?:at|in"
            r"|with)\s(?:playing\s)?"
        ),
        _able,
    ),
    rule(r"i(?:'ve|\shave)\s(?:got\s)?an?\s\w+\sbelt\sin\s", _able),
    rule(
        (
            rf"i\s(?:can|know\show\sto)\s<adv>(?P<what>{_CAN})(?:\s(?:well|quite\swell"
            rf"|pretty\swell))?(?=\s*(?:$|[,.!;]|and\b|but\b))"
        ),
        _can,
    ),
    rule(r"(?:<im>\s|as\s)?an?\snative\sspeaker\sof\s", _speaks, "anywhere"),
    rule(
        (
            r"(?:i\sgrew\sup\s|<im>\s|i\swas\sraised\s|raised\s|grew\sup\s)(?:bilingual"
            r"|trilingual|speaking|multilingual)[,:]?\s(?:in\s|with\s|between\s"
            r"|both\s)*"
        ),
        _speaks,
    ),
    rule(
        r"(?:i\s|i've\s)(?:also\s)?(?:picked\sup|learned|learnt)\s(?="
        + _LEVEL
        + _LANGUAGE.replace("P<language>", ":")
        + r"\b)",
        _speaks,
    ),
    rule(
        (
            r"(?:taking|doing|attending)\s(?:an?\s|some\s|weekly\s|online\s)*(?P<what>[\w-]+"
            r"(?:\s[\w-]+)?)\s(?:classes|lessons|course)\b"
        ),
        _class,
    ),
    rule(
        (
            r"(?:i\s|i've\s|i\shave\s|<im>\s)?<adv>(?:started|starting|getting\sstarted"
            r"|dabbling|getting\sinto|dipping\smy\stoes|began)\s(?:out\s)?(?:with\s|in\s"
            r"|into\s)?"
        ),
        _started,
    ),
    rule(r"(?P<what>[\w+#.]+)\s(?:i\sknow|i'm\sfluent\sin|i\sspeak)\b", _known_first),
    rule(
        (
            r"(?:i\shave\s|i've\sgot\s|with\s)?(?:\w+|\d+)\+?\syears\s(?:of\s(?:experience\s"
            r"(?:in|with)\s)?|in\s)(?P<what>[\w+#.]+)\b"
        ),
        _known_first,
    ),
    rule(
        (
            r"i(?:'ve|\shave)\s(?:been\s)?(?:written|writing|coded|coding|programmed"
            r"|programming|worked\swith|working\swith|used|using)\s(?:in\s)?(?P<what>[\w+#]+)\s"
            r"(?:since|for)\b"
        ),
        _known_first,
    ),
    rule(
        (
            r"i\scan\s(?P<what>read\s(?:sheet\smusic|braille|latin|hieroglyphs|music|tarot)"
            r"|do\s(?:magic\stricks|a\sbackflip|cpr))\b"
        ),
        _can,
    ),
    rule(
        (
            r"(?:<ive>)\s(?:an?\s)?(?=(?:intermediate|basic|fluent|some|good|decent"
            r"|conversational|[abc][12](?:-level)?|advanced|a\slittle|rusty|school)\s"
        )
        + _LANGUAGE.replace("P<language>", ":")
        + r"\b)(?:[abc][12](?:-level)?\s|school\s|advanced\s)?",
        _speaks,
    ),
    rule(r"i\sknow\smy\sway\saround\s(?!here|the\s(?:city|town|area))", _able),
    rule(
        (
            r"(?:i\s|i've\s|i\sjust\s)?(?:just\s|recently\s)?(?:started|began|begun"
            r"|signed\sup\sfor|enrolled\sin|joined)\s(?:an?\s|some\s|my\s)?(?P<what>[\w-]+"
            r"(?:\s[\w-]+)?)\s(?:lessons|classes|course)\b"
        ),
        _class,
    ),
    rule(r"(?:i|we)\s<adv>speak\s", _speaks_any),
    rule(
        (
            r"(?:<im>\s|i've\sbeen\s)?<adv>(?:taking|doing|attending)\san?\s(?:\w+\s)?(?:course"
            r"|class|workshop)\s(?:in|on|about)\s"
        ),
        _learning,
    ),
)
