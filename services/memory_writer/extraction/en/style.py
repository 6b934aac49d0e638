"""How somebody wants to be answered, as a rule and not this once."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.en.words import LANGUAGES
from services.memory_writer.extraction.found import Found

_LANGUAGE = r"(?P<language>" + "|".join(sorted(LANGUAGES, key=len, reverse=True)) + r")"
_GENERAL = re.compile(
    r"\b(?:from\s(?:now|here)\son(?:wards)?|always|never|in\s(?:the\s)?future"
    r"|going\sforward|henceforth|whenever|every\stime|by\sdefault|each\stime|all\syour"
    r"|your\s(?:answers|replies|responses|messages|explanations|tone|answer\sstyle)|"
    r"(?:to|with|answer|answering|for)\sme\b|in\sgeneral|as\sa\srule|at\sall\stimes"
    r"|any\s?more|from\stoday"
    r"|when\s(?:you|talking|answering|replying)|all\sthe\stime|in\sthis\schat|i\s"
    r"(?:prefer|like|hate|want|would\srather|'d\srather|'d\sprefer)|you\scan|please)\b"
)
# A request for one text: "write a short summary", "give me five bullet points about Rome".
_ONE_TEXT = re.compile(
    r"\b(?:about|summary|summar\w+|this\s(?:article|text|email|paragraph|question|one"
    r"|table|code)|the\s(?:article|text|following|code|essay|list|table|report"
    r"|function)|essay|poem|story|translat\w+|e-?mail|letter|quiz|recipe|rewrite|script"
    r"|function)\b"
)


def _is_general(reading: Reading) -> bool:
    return bool(_GENERAL.search(reading.low)) and not _ONE_TEXT.search(reading.low)


def _found(predicate: str, value: str, match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found(predicate, value, Span(*match.span()))


def _language(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not _ONE_TEXT.search(reading.low) and not re.compile(r":|\s(?:grammar|food)").match(
        reading.low, match.end()
    ):
        yield from _found(
            "language", match["language"][0].upper() + match["language"][1:], match, reading
        )


_FORMS = (
    r"(?:emojis?|emoticons?|smileys?|bullet\s?points?|bullets|bulleted\slists"
    r"|numbered\slists|tables?|markdown|headers?|headings?|lists?|bold(?:\stext)?|latex"
    r"|exclamation\s(?:marks|points)|asterisks|hashtags"
    r"|em[\s-]dashes|code\sblocks|footnotes|disclaimers?|follow-?up\squestions"
    r"|preambles?|intros?|introductions?|summaries|caveats|apologies|warnings|comments"
    r"|links|abbreviations|acronyms|explanations?|filler|fluff|all\scaps|capitals"
    r"|italics|html|analogies|metaphors|rhetorical\squestions|small\stalk|pleasantries"
    r"|plain\stext|prose|plain\sprose|code\sexamples?|examples?|sources|references"
    r"|citations|step[\s-]by[\s-]step(?:\sinstructions)?|short\sparagraphs"
    r"|full\ssentences|diagrams|type\shints|british\s(?:spelling|english)|american\s"
    r"(?:spelling|english)|uk\sspelling|us\sspelling|lower\s?case|code\sonly"
    r"|the\scode\sfirst)"
)


def _no_form(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    what = match["form"]
    if what in {"emoji", "emojis", "emoticons", "emoticon", "smileys", "smiley"}:
        what = "emojis" if what.startswith("emoji") else what
    predicate = "tone" if what in {"apologies", "small talk", "pleasantries"} else "format"
    yield from _found(predicate, f"no {what}", match, reading)


def _form(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading):
        rest = re.compile(r"\swith\s[\w-]+(?:\s[\w-]+)?(?=\s*(?:$|[.,!;]))").match(
            reading.low, match.end()
        )
        value = match["form"] + (rest[0] if rest and "me" not in rest[0].split() else "")
        yield reading.found(
            "format",
            value,
            Span(match.start(), match.start() + len(match[0]) + (len(rest[0]) if rest else 0)),
        )


def _step_by_step(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading):
        yield from _found("format", "step by step", match, reading)


def _length(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not _ONE_TEXT.search(reading.low):
        yield from _found("length", re.sub(r",\s?", " ", match["length"]), match, reading)


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
    if re.search(r"\bconvert\b", reading.low) or _ONE_TEXT.search(reading.low):
        return
    yield from _found("units", _UNITS.get(what, what), match, reading)


def _general_units(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading):
        yield from _units(match, reading)


def _tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not re.search(r"\b(?:rewrite|e-?mail|letter|essay|text)\b", reading.low):
        yield from _found("tone", match["tone"], match, reading)


def _jargon(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _found("tone", "no jargon", match, reading)


def _no_sugar(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _found("tone", "no sugarcoating", match, reading)


def _like_a(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not re.search(r"\b(?:no\sjargon|without\sjargon)\b", reading.low):
        yield from _found(
            "tone", f"like {match['who']}".replace("like i'm ", "like ").strip(), match, reading
        )


def _apologies(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _found("tone", "no apologies", match, reading)


def _not_called(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), words=2)
    if span is not None:
        value = "not " + reading.text(span)
        yield reading.found("address", value, Span(match.start(), span.end))


def _model(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _GENERAL.search(reading.low):
        yield reading.found("model", match["model"], Span(*match.span()))


def _only_code(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading):
        yield from _found("format", "code only, no explanations", match, reading)


def _skip(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading) and "code" not in reading.low[: match.start()]:
        yield from _found("format", f"no {match['form']}", match, reading)


_DO = (
    r"(?:(?:(?:can|could|would|will)\s(?:you|u)\s|please\s|pls\s|always\s|just\s|only\s|i"
    r"(?:'d|\swould)\s(?:like|prefer|love|appreciate)\s(?:you\sto\s|it\sif\syou\s(?:could\s"
    r"|would\s)?)?|i\s(?:like|love|prefer)\sit\s(?:when|if)\syou\s|(?:it\swould|it'd)\sbe\s"
    r"(?:great|nice|good|better)\sif\syou\s(?:could\s|would\s)?|would\syou\smind\s"
    r"|i'd\sbe\sgrateful\sif\syou\s|when\sanswering,?\s|if\spossible,?\s|i\s(?:want"
    r"|need)\syou\sto\s|you\s(?:should|can|must)\s|from\snow\son,?\s|in\s"
    r"(?:the\s)?future,?\s|kindly\s|make\ssure\s(?:you\s|to\s)|try\sto\s|going\sforward,?\s"
    r"|be\ssure\sto\s|let's\s|and\s|also\s)*)"
)
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
    if not _ONE_TEXT.search(reading.low) and reading.low[match.end() : match.end() + 1] != ":":
        yield from _found("length", match["length"], match, reading)


def _shorter(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    words = {"long": "shorter", "short": "longer", "brief": "longer"}
    value = words.get(match["length"], f"less {match['length']}")
    yield from _found("length", value, match, reading)


def _not_tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _found("tone", f"not {match['tone']}", match, reading)


def _stop(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Any other habit that shall end: "stop repeating my question every time"."""
    if _GENERAL.search(reading.low) or "every" in match[0]:
        value = reading.text(Span(*match.span("what")))
        yield reading.found("answer_style", f"no {value}", Span(*match.span()))


def _free(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _found("tone", match["tone"], match, reading)


def _general_tone(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _is_general(reading):
        yield from _found("tone", match["tone"], match, reading)


RULES: tuple[Rule, ...] = (
    rule(
        _DO
        + (
            r"(?:reply|answer|respond|speak|talk|communicate|chat|write(?:\sback)?|switch|stick"
            r"|converse|answer\sme|continue)\s(?:back\s)?(?:to\sme\s|with\sme\s|me\s|always\s"
            r"|only\s|everything\s|all\smy\squestions\s)*(?:in|to)\s(?:simple\s"
            r"|plain\s)?"
        )
        + _LANGUAGE
        + r"\b",
        _language,
        "request",
    ),
    rule(
        (
            r"(?:i'd|i\swould)\s(?:rather|prefer)\s(?:if\s|that\s|it\sif\s)?(?:you\s)?"
            r"(?:answered?|repl(?:y|ied)|respond(?:ed)?|sp(?:oke|eak)|talk(?:ed)?|wrote)\s"
            r"(?:to\sme\s|me\s)?in\s"
        )
        + _LANGUAGE
        + r"\b",
        _language,
        "request",
    ),
    rule(
        (
            r"(?:i\s(?:want|prefer|need|like)|i'd\s(?:like|prefer)|give\sme)\s(?:all\s)?"
            r"(?:your\s|the\s|my\s)?(?:answers|replies|responses)\sin\s"
        )
        + _LANGUAGE
        + r"\b",
        _language,
        "request",
    ),
    rule(
        _LANGUAGE
        + r"\s(?:only|please|from\snow\son)(?:\splease|,?\sfrom\snow\son)?(?=\s*(?:$|[.!,;]))",
        _language,
        "request",
    ),
    rule(
        _DO
        + (
            r"(?:don't|do\snot|dont|stop|never|quit|avoid|no\smore|without|refrain\sfrom|skip"
            r"(?:ped|ping)?|dropp?(?:ed|ing)?|didn't|left\sout|not\susing|leave\sout"
            r"|leaving\sout|lay\soff|ditch|cut|enough\swith|not)\s(?:ever\s)?(?:use\s|using\s"
            r"|add\s|adding\s|put\s|putting\s|include\s|including\s|give\sme\s|write\sin\s"
            r"|with\s)?(?:any\s|so\smany\s|too\smany\s|all\s(?:the|those|these)\s|the\s|those\s"
            r"|these\s|a\s)?(?P<form>"
        )
        + _FORMS
        + r")\b(?!\s(?:from\sthe|in\sthis|in\sthe|for\sthis|about))",
        _no_form,
        "request",
    ),
    rule(
        r"(?:and\s|but\s|please\s|with\s)?no\s(?:more\s)?(?P<form>"
        + _FORMS
        + (
            r")\b(?=\s*(?:$|[,.!;:)]|please|pls|in\s(?:your|the)\s(?:answers|replies|responses)"
            r"|ever|thanks|when|from\snow)|\sin\syour)"
        ),
        _no_form,
        "request",
    ),
    rule(
        _DO
        + (
            r"(?:used?|using|respond(?:ed)?\s(?:in|with|using)|answer(?:ed|ing)?\s(?:in|with"
            r"|using)|repl(?:y|ied|ying)\s(?:in|with|using)|include|give\sme|add|show(?:\sme)?"
            r"|write\s(?:everything\s|all\s)?in|format\s(?:it|everything|your\s\w+)\s(?:in|as"
            r"|with)|put|prefer|i\sprefer|i\slike|cite)\s(?:your\s(?:answers?|replies)\s(?:in"
            r"|as)\s)?(?:your\s|some\s|the\s|an?\s|more\s)?(?P<form>"
        )
        + _FORMS
        + r")\b",
        _form,
        "request",
    ),
    rule(
        _DO
        + (
            r"(?:explain|show|answer|do|walk\sme\sthrough|teach|give)\s(?:me\s)?(?:everything"
            r"|things|it\sall|stuff|all|your\sanswers)?\s?"
            r"(?:to\sme\s)?step[\s-]by[\s-]step\b"
        ),
        _step_by_step,
        "request",
    ),
    rule(
        _DO
        + r"(?:keep|make)\s(?:all\s)?(?:your\s|the\s|ur\s)?(?:"
        + _REPLIES
        + r")\s(?:as\s|more\s|very\s|really\s|nice\sand\s)?"
        + _SHORT
        + r"\b",
        _length,
        "request",
    ),
    rule(
        _DO
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
        _DO
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
        _DO
        + (
            r"use\s(?:the\s)?(?P<units>metric|imperial|celsius|fahrenheit|kilomet(?:re|er)s|km"
            r"|kilos|kg|grams|miles|pounds|us\scustomary|24-?h(?:our)?s?(?:\stime|\sclock)?|si)"
            r"(?:\s(?:units?|system|measurements?))?\b(?!\s(?:instead\sof|in\sthis))"
        ),
        _units,
        "request",
    ),
    rule(
        _DO
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
    rule(_DO + r"be\s" + _TONES + r"\b(?!\s(?:about|in\sthis|whether))", _tone, "request"),
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
        _DO
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
        _DO
        + (
            r"(?:use|switch\sto|answer\swith|reply\swith|stick\s(?:to|with))\s(?:the\s)?"
            r"(?P<model>(?:llama|qwen|mistral|mixtral|gemma|phi|deepseek|gpt|claude|gemini"
            r"|command-r|yi|codellama|tinyllama|smollm|olmo)[\w.:-]*(?:\s?\d[\w.:]*)?)"
            r"(?:\smodel)?\b"
        ),
        _model,
        "request",
    ),
    rule(
        _DO
        + (
            r"(?:give|show|send)\s(?:me\s)?(?:only\s|just\s)?(?:the\s)?code(?:\sonly)?\b(?=\s*"
            r"(?:$|[,.!]|without|and|no|skip))"
        ),
        _only_code,
        "request",
    ),
    rule(
        _DO
        + (
            r"skip\s(?:the\s)?(?P<form>explanations?|preamble|intro|introduction|pleasantries"
            r"|small\stalk|disclaimers?|chit-?chat|summary)\b"
        ),
        _skip,
        "request",
    ),
    rule(
        (
            r"(?:all\s)?(?:your\s|the\s)?(?:answers|replies|responses)\s(?:should\sbe\s"
            r"|must\sbe\s|please\s)?(?:only\s)?in\s"
        )
        + _LANGUAGE
        + r"\b",
        _language,
        "request",
    ),
    rule(
        _DO
        + (
            r"(?:write|give|send|keep|make|have)\s(?:me\s)?(?:all\s)?(?:your|the)\s(?:answers"
            r"|replies|responses|messages)\sin\s"
        )
        + _LANGUAGE
        + r"\b",
        _language,
        "request",
    ),
    rule(
        _DO
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
        _DO
        + (
            r"(?:talk|speak|write|explain\sthings|explain\severything|answer|treat)\s(?:to\s)?"
            r"(?:me\s)?(?P<tone>like\s(?:an?|i'm|a\sgood|my)\s[\w'-]+(?:\s[\w'-]+)?)(?=\s*(?:$"
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
            r"(?:please\s)?(?:stop|quit)\s(?P<what>(?!us|call|apolog"
            r"|being)[a-z]+ing\s[\w\s']{3,50}?)(?=\s*(?:$|[,.!;]))"
        ),
        _stop,
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
