"""How somebody wants to be answered, as a rule and not this once."""

import re
from collections.abc import Iterator

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
ONE_TEXT = re.compile(
    r"\b(?:about|summary|summar\w+|this\s(?:article|text|email|paragraph|question|one"
    r"|table|code)|the\s(?:article|text|following|code|essay|list|table|report"
    r"|function)|essay|poem|story|translat\w+|e-?mail|letter|quiz|recipe|rewrite|script"
    r"|function)\b"
)


def is_general(reading: Reading) -> bool:
    """Tell whether a request is about answers in general, and not about one text."""
    return bool(_GENERAL.search(reading.low)) and not ONE_TEXT.search(reading.low)


def matched_as(
    predicate: str, value: str, match: "re.Match[str]", reading: Reading
) -> Iterator[Found]:
    """Yield a found value whose quote is all that matched."""
    yield reading.found(predicate, value, Span(*match.span()))


def _language(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if not ONE_TEXT.search(reading.low) and not re.compile(r":|\s(?:grammar|food)").match(
        reading.low, match.end()
    ):
        yield from matched_as(
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
    yield from matched_as(predicate, f"no {what}", match, reading)


def _form(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if is_general(reading):
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
    if is_general(reading):
        yield from matched_as("format", "step by step", match, reading)


def _model(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _GENERAL.search(reading.low):
        yield reading.found("model", match["model"], Span(*match.span()))


def _only_code(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if is_general(reading):
        yield from matched_as("format", "code only, no explanations", match, reading)


def _skip(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if is_general(reading) and "code" not in reading.low[: match.start()]:
        yield from matched_as("format", f"no {match['form']}", match, reading)


DO = (
    r"(?:(?:(?:can|could|would|will)\s(?:you|u)\s|please\s|pls\s|always\s|just\s|only\s|i"
    r"(?:'d|\swould)\s(?:like|prefer|love|appreciate)\s(?:you\sto\s|it\sif\syou\s(?:could\s"
    r"|would\s)?)?|i\s(?:like|love|prefer)\sit\s(?:when|if)\syou\s|(?:it\swould|it'd)\sbe\s"
    r"(?:great|nice|good|better)\sif\syou\s(?:could\s|would\s)?|would\syou\smind\s"
    r"|i'd\sbe\sgrateful\sif\syou\s|when\sanswering,?\s|if\spossible,?\s|i\s(?:want"
    r"|need)\syou\sto\s|you\s(?:should|can|must)\s|from\snow\son,?\s|in\s"
    r"(?:the\s)?future,?\s|kindly\s|make\ssure\s(?:you\s|to\s)|try\sto\s|going\sforward,?\s"
    r"|be\ssure\sto\s|let's\s|and\s|also\s)*)"
)


def _habitual(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "End every answer with a summary": whatever it is, it is a habit."""
    value = reading.text(Span(*match.span("what")))
    yield reading.found("answer_style", value[:1].lower() + value[1:], Span(*match.span()))


def _stop(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Any other habit that shall end: "stop repeating my question every time"."""
    ways = ("ending ", "starting ", "opening ", "repeating ", "beginning ")
    if match["what"].startswith(ways) or _GENERAL.search(reading.low) or "every" in match[0]:
        value = reading.text(Span(*match.span("what")))
        yield reading.found("answer_style", f"no {value}", Span(*match.span()))


_BRITISH = r"(?P<form>(?:british|american|uk|us|australian|canadian)\s(?:english|spellings?))"

RULES: tuple[Rule, ...] = (
    rule(
        DO
        + (
            r"(?:write|answer|reply|respond|spell|speak)\s(?:everything\s|all\s|to\sme\s|me\s|words\s)*"
            r"(?:in|with|using)\s(?:the\s)?"
        )
        + _BRITISH
        + r"\b",
        _form,
        "request",
    ),
    rule(
        DO
        + (
            r"(?P<what>(?:end|start|begin|finish|open|close)\s(?:every|each|all|all\sof|your)\s"
            r"(?:\w+\s)?(?:answers?|repl(?:y|ies)|responses?|messages?)\swith\s[\w\s'-]{3,50}?)"
            r"(?=\s*(?:$|[,.!;]))"
        ),
        _habitual,
        "request",
    ),
    rule(
        DO
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
        DO
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
        DO
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
        DO
        + (
            r"(?:explain|show|answer|do|walk\sme\sthrough|teach|give)\s(?:me\s)?(?:everything"
            r"|things|it\sall|stuff|all|your\sanswers)?\s?"
            r"(?:to\sme\s)?step[\s-]by[\s-]step\b"
        ),
        _step_by_step,
        "request",
    ),
    rule(
        DO
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
        DO
        + (
            r"(?:give|show|send)\s(?:me\s)?(?:only\s|just\s)?(?:the\s)?code(?:\sonly)?\b(?=\s*"
            r"(?:$|[,.!]|without|and|no|skip))"
        ),
        _only_code,
        "request",
    ),
    rule(
        DO
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
        DO
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
        (
            r"(?:please\s)?(?:stop|quit)\s(?P<what>(?!us|call|apolog"
            r"|being)[a-z]+ing\s[\w\s']{3,50}?)(?=\s*(?:$|[,.!;]))"
        ),
        _stop,
        "request",
    ),
    rule(
        (
            r"(?:please\s)?(?:don't|do\snot|never)\s(?P<what>(?:start|end|begin|repeat|open"
            r"|finish|remind|lecture|summari[sz]e)\s(?=[\w\s]{0,30}(?:every|each|always|your"
            r"|me\b))[\w\s']{3,50}?)(?=\s*(?:$|[,.!;]))"
        ),
        _stop,
        "request",
    ),
)
