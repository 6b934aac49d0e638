"""How long, in which units and in which tone somebody wants to be answered."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.en.style import DO, ONE_TEXT, is_general, matched_as
from services.memory_writer.extraction.found import Found


def _length(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not ONE_TEXT.search(reading.low):
        yield from matched_as("length", re.sub(r",\s?", " ", match["length"]), match, reading)


_UNITS = {
    "kilometres": "metric",
    "kilometers": "metric",
    "km": "metric",
    "kg": "metric",
    "kilos": "metric",
    "grams": "metric",
    "miles": "imperial",
    "pounds": "imperial",
    "celsius": "Celsius",
    "fahrenheit": "Fahrenheit",
}


def _units(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    what = match["units"]
    if re.search(r"\bconvert\b", reading.low) or ONE_TEXT.search(reading.low):
        return
    yield from matched_as("units", _UNITS.get(what, what), match, reading)


def _general_units(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if is_general(reading):
        yield from _units(match, reading)


def _tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    text = reading.context.text.lower()
    if not re.search(r"\b(?:rewrite|e-?mail|letter|essay|text|message|review)\b|[\"“«]", text):
        yield from matched_as("tone", match["tone"], match, reading)


def _to_the_point(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not ONE_TEXT.search(reading.low):
        yield from matched_as("length", "to the point", match, reading)


def _no_formality(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", "informal", match, reading)


def _jargon(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", "no jargon", match, reading)


def _no_sugar(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", "no sugarcoating", match, reading)


def _like_a(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not re.search(r"\b(?:no\sjargon|without\sjargon)\b", reading.low):
        yield from matched_as(
            "tone", f"like {match['who']}".replace("like i'm ", "like ").strip(), match, reading
        )


def _apologies(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", "no apologies", match, reading)


def _not_called(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), words=2)
    if span is not None:
        value = "not " + reading.text(span)
        yield reading.found("address", value, Span(match.start(), span.end))


_SHORT = (
    r"(?P<length>short(?:er)?|brief(?:er)?|concise|succinct|to\sthe\spoint|crisp|terse|long"
    r"(?:er)?|detailed|thorough|in-depth|comprehensive|elaborate|snappy|minimal|extensive"
    r"|long,?\s(?:detailed|thorough)|short\sand\s(?:sweet|simple|to\sthe\spoint)|one-line"
    r"|one\sline|verbose)"
)

_TONES = (
    r"(?P<tone>(?:(?:more|less|very|a\sbit\s(?:more|less)|super|brutally|completely|totally"
    r"|a\slittle\s(?:more|less)|really)\s)?(?:formal|informal|casual|friendly|direct|blunt"
    r"|honest|polite|funny|humorous|professional|serious|playful|sarcastic|warm|encouraging"
    r"|supportive|critical|straightforward|strict|gentle|relaxed|chatty|enthusiastic"
    r"|neutral|frank|harsh|matter-of-fact|cheerful|witty|laid-back))"
)

_REPLIES = r"(?:answers?|repl(?:y|ies)|responses?|messages?|explanations?|things|everything|them)"


def _sentences(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not ONE_TEXT.search(reading.low) and reading.low[match.end() : match.end() + 1] != ":":
        yield from matched_as("length", match["length"], match, reading)


def _shorter(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    words = {"long": "shorter", "short": "longer", "brief": "longer"}
    value = words.get(match["length"], f"less {match['length']}")
    yield from matched_as("length", value, match, reading)


def _not_tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", f"not {match['tone']}", match, reading)


def _free(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from matched_as("tone", match["tone"], match, reading)


def _general_tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if is_general(reading):
        yield from matched_as("tone", match["tone"], match, reading)


RULES: tuple[Rule, ...] = (
    rule(
        DO
        + r"(?:keep|make)\s(?:all\s)?(?:your\s|the\s|ur\s)?(?:"
        + _REPLIES
        + r")\s(?:as\s|more\s|very\s|really\s|nice\sand\s)?"
        + _SHORT
        + r"\b",
        _length,
        "request",
    ),
    rule(
        DO
        + r"keep\s(?:it|this|things)\s(?:as\s|more\s|very\s|really\s|nice\sand\s)?"
        + _SHORT
        + r"\b",
        _length,
        "request",
    ),
    rule(
        (
            r"(?:i\s<adv>(?:prefer|like|want|love|need)|i'd\s(?:like|prefer)|give\sme|"
            r"(?:please\s)?(?:only\s)?(?:use|write))\s(?:your\s|some\s|only\s|more\s)?"
            r"(?:nice\s)?"
        )
        + _SHORT
        + (
            r"(?:,?\s(?:and\s)?(?:detailed|thorough|concise|clear|simple|direct))?\s"
            r"(?:answers"
            r"|replies|responses|explanations|messages)\b"
        ),
        _length,
        "request",
    ),
    rule(
        _SHORT
        + (
            r"\s(?:answers|replies|responses)(?:\sonly|,?\splease|\sfrom\snow\son|\spls)?(?=\s*"
            r"(?:$|[.!,]))"
        ),
        _length,
        "request",
    ),
    rule(
        DO
        + (
            r"(?:be|stay|get|answer|reply|respond|write)\s(?:as\s|more\s|very\s|less\s|really\s"
            r"|a\sbit\smore\s)?(?P<length>brief(?:ly)?|concise(?:ly)?|succinct(?:ly)?|short"
            r"|terse|less\swordy|verbose|wordy|to\sthe\spoint|detailed|thorough|in\s(?:one|two"
            r"|a\scouple\sof)\ssentences?|in\smore\sdetail|in\sdetail|at\slength)\b"
        ),
        _length,
        "request",
    ),
    rule(
        DO
        + (
            r"use\s(?:the\s)?(?P<units>metric|imperial|celsius|fahrenheit|kilomet(?:re|er)s|km"
            r"|kilos|kg|grams|miles|pounds|us\scustomary|24-?h(?:our)?s?(?:\stime|\sclock)?|si)"
            r"(?:\s(?:units?|system|measurements?))?\b(?!\s(?:instead\sof|in\sthis))"
        ),
        _units,
        "request",
    ),
    rule(
        DO
        + (
            r"(?:give|show|tell|write|list|state|put)\s(?:me\s)?(?:all\s|the\s|your\s)*"
            r"(?:temperatures?|distances?|weights?|measurements?|prices?|units|sizes|times"
            r"|recipes|everything)\s(?:to\sme\s)?in\s(?P<units>metric|imperial|celsius"
            r"|fahrenheit|kilomet(?:re|er)s|km|miles|grams|kg|pounds|euros|dollars|24-?hour\s"
            r"(?:time|format)|us\sdollars|yen|francs)\b"
        ),
        _units,
        "request",
    ),
    rule(
        (
            r"i\s<adv>(?:think|measure|cook|work|prefer|use)\s(?:in\s)?(?P<units>celsius"
            r"|fahrenheit|metric|imperial)\b(?:\sunits)?"
        ),
        _units,
    ),
    rule(
        (
            r"(?P<units>metric|imperial|celsius|fahrenheit)(?:\sunits)?(?:\sonly)?(?:,?\s"
            r"(?:please|pls)|\sfor\sme)(?=\s*(?:$|[.!,]))"
        ),
        _units,
        "request",
    ),
    rule(DO + r"be\s" + _TONES + r"\b(?!\s(?:about|in\sthis|whether))", _tone, "request"),
    rule(
        (
            r"(?:i\s(?:want|need|prefer|like)|use|keep|adopt|with)\s(?:it\s|things\s|an?\s"
            r"|your\s(?:tone|answers)\s)"
        )
        + _TONES
        + r"(?:\stone)?\b(?=\s*(?:$|[.,!;]|tone|with\sme|please|and|when|from))",
        _tone,
        "request",
    ),
    rule(
        (
            r"(?:speak|talk|write|answer|reply|respond)\s(?:to\sme\s)?(?:more\s)?"
            r"(?P<tone>plainly|simply|clearly|formally|informally|casually|politely|honestly"
            r"|bluntly|directly|in\s(?:plain|simple)\s(?:english|words|language"
            r"|terms))\b"
        ),
        _tone,
        "request",
    ),
    rule(
        DO
        + (
            r"(?:use|stick\sto|prefer)\s(?P<tone>(?:simple|plain|easy|simpler|everyday)\s"
            r"(?:words|language|english|terms))\b"
        ),
        _tone,
        "request",
    ),
    rule(
        (
            r"(?:(?:and|but|please|with|use|avoid|skip|drop|cut|less|stop\s(?:using\s)?"
            r"(?:the\s)?|don't\suse)\s)?(?:(?:no|without|avoid|skip|less|any)\s)?(?:tech"
            r"(?:nical)?\s)?jargon\b(?=\s*(?:$|[,.!]|please|with|when|in\syour"
            r"|at\sall))"
        ),
        _jargon,
        "request",
    ),
    rule(
        (
            r"(?:(?:and|please|no|without|don't|stop|never)\s)+(?:the\s)?sugar-?\s?coat"
            r"(?:ing)?\b"
        ),
        _no_sugar,
        "request",
    ),
    rule(
        (
            r"(?:please\s|always\s)?explain\s(?:things|everything|stuff|it\sall|concepts)\s"
            r"(?:to\sme\s)?(?:like|as\sif|as\sthough)\s(?:i'm|i\sam|i\swere|to)\s(?P<who>"
            r"(?:an?\s)?\w+)"
        ),
        _like_a,
        "request",
    ),
    rule(
        r"(?:can\syou\s|please\s)*(?:stop|quit|no\smore|don't\skeep)\sapologi[sz]ing\b",
        _apologies,
        "request",
    ),
    rule(
        (
            r"(?:please\s)?(?:don't|do\snot|dont|stop|never)\s(?:call|calling|address"
            r"|addressing)\sme\s(?:as\s)?"
        ),
        _not_called,
        "request",
    ),
    rule(
        DO
        + (
            r"(?:keep\s(?:it|them|your\s\w+)\s(?:to|under|within|at)\s|use\s|write\s|answer\s"
            r"(?:me\s)?(?:in|with)\s|no\smore\sthan\s|max(?:imum)?\s|at\smost\s)(?P<length>"
            r"(?:one|two|three|four|five|a\scouple\sof|a\sfew|\d{1,3})(?:\sor\s\w+)?\s"
            r"(?:sentences?|paragraphs?|lines?|words?))\b"
        ),
        _sentences,
        "request",
    ),
    rule(
        (
            r"(?P<length>(?:one|two|three|four|five|a\scouple\sof|\d{1,3})(?:\sor\s\w+)?\s"
            r"(?:sentences?|paragraphs?|lines?|words?))\s(?:max(?:imum)?|tops|at\s"
            r"(?:the\s)?most|per\s(?:answer|reply|response)|is\s(?:enough|plenty)|are\s"
            r"(?:enough|plenty)|or\s(?:less|fewer))\b"
        ),
        _sentences,
        "request",
    ),
    rule(
        (
            r"(?:your\s(?:answers|replies|responses|messages|explanations)\sare|you're"
            r"(?:\sbeing)?|you\sare|don't\sbe|stop\sbeing)\s(?:always\s|way\s|a\sbit\s|far\s"
            r"|much\s)*(?:too|so)\s(?P<length>long|wordy|verbose|long-winded|short|brief|chatty"
            r"|terse)\b"
        ),
        _shorter,
        "request",
    ),
    rule(
        DO
        + (
            r"(?:talk|speak|write|explain(?:\sthings|\severything)?|answer|treat)\s(?:to\s)?"
            r"(?:me\s|it\s|this\s)?(?P<tone>like\s(?:you\swould\s(?:to|with)\s)?(?:an?|i'm|a\sgood|my)\s[\w'-]+(?:\s[\w'-]+)?)(?=\s*(?:$"
            r"|[,.!;]))"
        ),
        _free,
        "request",
    ),
    rule(
        (
            r"(?:all\s)?(?:temperatures?|distances?|weights?|measurements?|prices?|sizes|times"
            r"|dates)\s(?:should\sbe\s|please\s)?in\s(?P<units>metric|imperial|celsius"
            r"|fahrenheit|kilomet(?:re|er)s|km|miles|grams|kg|pounds|euros|dollars|24-?hour\s"
            r"(?:time|format)|us\sdollars)\b"
        ),
        _general_units,
        "request",
    ),
    rule(
        (
            r"(?:you\s)?(?:don't|do\snot|needn't|no)\s(?:need\sto|have\sto"
            r"|need\sfor\syou\sto)\sbe\s(?:so\s|that\s|too\s)?"
        )
        + _TONES.replace("P<tone>", "P<tone>")
        + r"\b",
        _not_tone,
        "request",
    ),
    rule(
        r"(?:don't|do\snot|stop)\s(?:be|being)\s(?:so\s|that\s|too\s|all\s)" + _TONES + r"\b",
        _not_tone,
        "request",
    ),
    rule(
        (
            r"(?:please\s|just\s|and\s|get\s|come\s|go\s|be\s|always\s|be\sbrief\sand\s)*"
            r"(?:(?:straight|right|directly)\s)?to\sthe\spoint(?:,?\s(?:please|pls))?"
            r"(?=\s*(?:$|[.,!;]))"
        ),
        _to_the_point,
        "request",
    ),
    rule(
        (
            r"(?:you\s(?:can|may|could)\s|please\s|let's\s|feel\sfree\sto\s|no\sneed\s(?:for|to\sbe)\s"
            r"|we\scan\s)+(?:(?:drop|skip|lose|forget|leave\sout)\s)?(?:all\s|any\s|(?:all\s)?the\s"
            r"|so\s)?(?:formality|formalities|formal)\b"
        ),
        _no_formality,
        "request",
    ),
    rule(
        (
            r"(?:feel\sfree\sto|you\scan|you\smay|you're\sallowed\sto|it's\sok\sto)\s"
            r"(?P<tone>swear|curse|joke|use\sslang|disagree\swith\sme|be\s(?:blunt|rude|direct"
            r"|funny|sarcastic|honest|silly))\b"
        ),
        _free,
        "request",
    ),
    rule(
        (
            r"(?:i'd\slike\s|i\swant\s|give\sme\s|please\s|use\s|add\s)?(?:an?\s(?:bit|little"
            r"|touch)\s(?:of\s)?)?(?P<tone>(?:more|less)\s(?:humou?r|emotion|enthusiasm|warmth"
            r"|formality|sarcasm|empathy))\b"
        ),
        _general_tone,
        "request",
    ),
)
