"""What somebody likes, and what not."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.words import STOPS
from services.memory_writer.extraction.found import Found

GO_ON = frozenset({"of", "about"})
# What points at something in the talk is no taste: "I like your idea", "I love this version".
POINTING = re.compile(
    r"^(?:it|this|that|these|those|them|him|her|you|your|his|their|its|one|ones|both"
    r"|all|everything|something|none|first|second"
    r"|third|last|other|another|new\s(?:version|one|design)|option|idea|answer|reply"
    r"|way|look|sound|version|result|suggestion|approach"
    r"|how|what|when|where|being|getting|having|waiting|paying|knowing|seeing|hearing"
    r"|losing|spending\stwo|standing|sitting\sin|asking"
    r"|myself|people\swho|fact|thought|feeling|concept|not|no|more|most|previous|to"
    r"|doing\staxes|lot|bit|whole|kind|sort|part|name|title|colou?r\sscheme|tone|style"
    r"|wording|ending|beginning|moment|plot|twist|intro|conclusion|paragraph|sentence"
    r"|chapter|rest|middle|best|job|my|our|yours|so|too|very)\b"
)
_POINTED = re.compile(
    r"\b(?:idea|option|version|answer|suggestion|approach|one|draft|paragraph|ending"
    r"|sentence|draft|answers|replies|responses|explanations|messages|response|explanation"
    r"|example|above)$"
)
_TRAILING = re.compile(
    r"\s(?:a\slot|so\smuch|very\smuch|the\smost|to\s(?:bits|death|pieces)|lots|tons|loads"
    r"|session|sessions|the\sbest)$"
)
# "Be more detailed, I like depth" is about answers, and no taste.
_OF_ANSWERS = re.compile(
    r"(?:celsius|fahrenheit|(?:the\s)?metric(?:\s\w+)?|imperial(?:\s\w+)?|kilomet(?:re|er)s|km"
    r"|24-?\s?h(?:our)?\s?(?:clock|time|format)?|(?:\w+\s)?(?:depth|brevity|detail|details"
    r"|clarity|conciseness|directness|nuance|bluntness|precision|simplicity|thoroughness"
    r"|structure|consistency|fluff|filler|jargon|emojis?|bullet\s?points?|bullets|waffle|waffling|padding"
    r"|hand-?holding|preambles?|disclaimers?|step[\s-]by[\s-]step|tl;?dr|markdown"
    r"|walls?\sof\stext|plain\s(?:language|english)|(?:straight|direct)\s\w+))"
)
_DETERMINED = re.compile(r"\b(?:this|that|these|those|your|his|her|their|its|my|our|the)\s*$")
_LITTLE = frozenset(
    {
        "a",
        "i",
        "if",
        "big",
        "fan",
        "huge",
        "thing",
        "things",
        "person",
        "stuff",
        "life",
        "people",
        "guy",
        "girl",
        "now",
    }
)


def tastes_in(predicate: str, reading: Reading, start: int, spans: list[Span]) -> Iterator[Found]:
    """Yield the phrases of a list as likes or dislikes, up to the first that is none."""
    for span in spans:
        found = liking(predicate, reading, start, span)
        if found is None:
            return
        yield found


def liking(predicate: str, reading: Reading, start: int, span: Span) -> Found | None:
    """Return a phrase as something liked or disliked; None where it only points at something."""
    value = _TRAILING.sub("", reading.text(span))
    low = value.lower()
    before = _DETERMINED.search(reading.low, max(start, span.start - 8), span.start)
    if POINTING.match(low) or _POINTED.search(low) or low in STOPS or low in _LITTLE:
        return None
    if _OF_ANSWERS.fullmatch(low):
        return None
    if before and (before[0].strip() != "the" or low in {"way", "idea"}):
        return None
    return reading.found(predicate, value, Span(start, span.end))


def _not_liked(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "can't say I enjoy karaoke"."""
    yield from tastes_in("dislikes", reading, match.start(), _things(reading, match.end()))


def _likes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from tastes_in("likes", reading, match.start(), _things(reading, match.end()))


def _dislikes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from tastes_in("dislikes", reading, match.start(), _things(reading, match.end()))


def _things(reading: Reading, start: int) -> list[Span]:
    """Return what is liked; "to cook" is read as "cook"."""
    verb = re.compile(
        r"to\s(?!be\b|know\b|see\b|think\b|ask\b|have\b|say\b|use\b|get\b|make\ssure|hear\b"
        r"|admit|do\b|bother|interrupt)"
    ).match(reading.low, start)
    going = re.compile(r"going\sto\s(?:the\s)?").match(reading.low, start)
    if going:
        span = phrase(reading, going.end(), words=3)
        return [Span(start, span.end)] if span else []
    return items(reading, verb.end() if verb else start, go_on=GO_ON)


def _preferred(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Tea over coffee": the one is liked, the other is not."""
    span = phrase(reading, match.end(), go_on=GO_ON)
    if span is None:
        return
    link = re.compile(r"\s(?:over|to|rather\sthan|instead\sof|more\sthan|than)\s").match(
        reading.low, span.end
    )
    inside = re.compile(r"\s(?:over|instead\sof)\s").search(reading.low, span.start, span.end)
    first = Span(span.start, inside.start()) if inside else span
    liked = liking("likes", reading, match.start(), first)
    if liked is None:
        return
    yield liked
    after = inside or link
    other = phrase(reading, after.end(), go_on=GO_ON) if after else None
    if other is not None:
        disliked = liking("dislikes", reading, match.start(), other)
        if disliked is not None:
            yield disliked


_OVER = re.compile(r"\s(?:over|instead\sof|rather\sthan)\s")


def _rather(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _OVER.search(reading.low, match.end(), match.end() + 60):
        yield from _preferred(match, reading)


_OTHERS = re.compile(r"(?:my|our|the|his|her|their)\s(?!.*(?:\bi\b|'s\b|\b(?:is|are|i'm|we)\b))")


def _bare_dislikes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "hate olives", save in "my guinea pigs, Salt and Pepper, hate the vacuum"."""
    if not _OTHERS.match(reading.low[: match.start()].lstrip()):
        yield from _dislikes(match, reading)


def _bare_likes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "love olives", of which another may be the subject as well."""
    if not _OTHERS.match(reading.low[: match.start()].lstrip()):
        yield from _likes(match, reading)


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:i\s)?(?:can't|cannot|can\snot)\s(?:really\s|honestly\s)?say\s(?:that\s)?"
            r"(?:i|i'm|i've\sever)\s<adv>(?:am\s)?(?:an?\s(?:big\s|huge\s)?)?(?:love|like|enjoy|liked"
            r"|enjoyed|adore|care\sfor|fond\sof|fan\sof|keen\son|into|miss)\s(?!it\b|that\b|this\b)"
        ),
        _not_liked,
    ),
    rule(
        (
            r"(?:i|we)\s<adv>(?:avoid|shun|stay\saway\sfrom|steer\sclear\sof)\s"
            r"(?=[\w\s'-]{2,40}?\s(?:like\sthe\splague|at\sall\scosts?|whenever\si\scan|if\si\scan))"
        ),
        _not_liked,
    ),
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?(?:also\s|grew\sto\s|(?:learned|learnt|came"
            r"|come|grown)\sto\s)?(?:love|like|enjoy|adore|dig|fancy|cherish|worship|do\slove"
            r"|do\slike|do\senjoy|love\slove)\s(?:<adv>)?(?!.{0,40}\bif\syou)"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:love|adore|enjoy)\s(?!you\b|it\b|the\b|that\b|this\b|your\b|how\b|to\ssee"
            r"|to\shear)"
        ),
        _bare_likes,
    ),
    rule(
        (
            r"(?:<im>|i've\sbeen|we're|i\shave\sbeen)\s<adv>(?:really\s|massively\s|big\s)?"
            r"(?:in\slove\swith|into|(?:big|heavily|deep|massively|seriously)\sinto|obsessed\s"
            r"(?:with|by)|crazy\sabout|mad\sabout|passionate\sabout|fond\sof|keen\son"
            r"|all\sabout|hooked\son|addicted\sto|a\ssucker\sfor|nuts\sabout|partial\sto"
            r"|a\sbig\sbeliever\sin|always\sup\sfor|enamou?red\swith|big\son"
            r"|getting\sreally\sinto)\s"
        ),
        _likes,
    ),
    rule(r"(?:really|massively|super|very|totally|big|heavily|seriously)\sinto\s", _likes),
    rule(
        (
            r"(?:<im>|i've\salways\sbeen|i\sam)\s<adv>an?\s(?:\w+\s)?(?:fan|lover|admirer"
            r"|devotee)\sof\s"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:i\s)?(?:can't|cannot|can\snever|could\snever|cant)\s(?:get\senough\sof"
            r"|live\swithout|resist|say\sno\sto)\s"
        ),
        _likes,
    ),
    rule(
        (
            r"i\s(?:have|'ve\sgot)\sa\s(?:soft\sspot|weakness|thing|passion"
            r"|sweet\stooth)\sfor\s"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:nothing|not\smuch|there's\snothing|there\sis\snothing)\s(?:i\s(?:love|enjoy"
            r"|like)\s(?:more|better)\sthan|(?:quite\s)?like\s(?=an?\s(?:good|nice|cold|hot"
            r"|long|strong|proper|warm)\b)|beats|better\sthan|tops|compares\sto"
            r"|is\sbetter\sthan)\s"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:but\s)?i(?:'ll|\swill|'d|\swould)\s(?:\w+\s)?(?:watch|eat|read|listen\sto"
            r"|play)\sany\s"
        ),
        _likes,
    ),
    rule(r"i\s<adv>(?:prefer|favou?r)\s", _preferred),
    rule(r"give\sme\s(?=[^.!?]{0,60}\bany\s?day\b)", _rather),
    rule(
        (
            r"(?:i'd|i\swould|i'll)\s(?:always\s|rather\s|much\srather\s|sooner\s)*(?:take|pick"
            r"|choose|have|go\sfor)\s"
        ),
        _rather,
    ),
    rule(r"i\s<adv>(?:choose|pick|take)\s", _rather),
    rule(r"<im>\smore\sof\san?\s(?=night\sowl|early\sbird|homebody|morning)", _likes),
    rule(r"i\s<adv>collect\s", _likes),
    rule(
        (
            r"in\smy\s(?:free|spare)\stime,?\s(?:i|we)\s(?:like\sto\s|love\sto\s|usually\s"
            r"|mostly\s|enjoy\s|love\s|like\s)?"
        ),
        _likes,
    ),
    rule(
        (
            r"i\s<adv>go\s(?=(?:climbing|hiking|running|swimming|cycling|bouldering|fishing"
            r"|camping|skiing|surfing|sailing|dancing|jogging|kayaking|birdwatching"
            r"|snowboarding|skating|diving|snorkel\w+|mushroom\spicking)\b)"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:i|we)\s<adv>(?:hate|dislike|despise|detest|loathe|abhor)\s(?:<adv>)?(?!to\s"
            r"|that\b|it\b)"
        ),
        _dislikes,
    ),
    rule(r"(?:hate|dislike|despise|loathe|detest)\s(?!to\s|that\b|it\b|you\b)", _bare_dislikes),
    rule(
        (
            r"(?:i\s)?(?:<adv>)?(?:can't|cannot|cant|can\snot|couldn't)\s(?:<adv>)?(?:stand"
            r"|bear|abide|stomach|get\sinto|deal\swith)\s(?!the\sidea)"
        ),
        _dislikes,
    ),
    rule(
        (
            r"i\s(?:<adv>)?(?:don't|do\snot|dont|didn't\sever|never|have\snever"
            r"|'ve\snever)\s<adv>(?:like[sd]?|enjoy(?:ed)?|care\sfor|fancy|cared\sfor|love)\s"
            r"(?!to\b|it\b|that\b)"
        ),
        _dislikes,
    ),
    rule(
        (
            r"(?:<im>\s|i've\snever\sbeen\s|i\swas\snever\s)?<adv>(?:not|never\sbeen|never"
            r"|no)\s<adv>(?:an?\s)?(?:(?:big|huge|great|massive|real)\s)?(?:fan\sof|into"
            r"|keen\son|fond\sof|crazy\sabout|interested\sin|a\sfan\sof|one\sfor"
            r"|sold\son)\s"
        ),
        _dislikes,
    ),
    rule(r"(?:i\s)?(?:could|can)\sdo\swithout\s", _dislikes),
    rule(
        (
            r"i\s(?:have\s|'ve\sgot\s)?(?:got\s)?(?:zero|no|little|very\slittle)\s(?:patience"
            r"|time|tolerance|love|interest)\s(?:for|in)\s"
        ),
        _dislikes,
    ),
    rule(
        r"i'?ve\s(?:got\s)?(?:zero|no)\s(?:patience|time|tolerance|interest)\s(?:for|in)\s",
        _dislikes,
    ),
    rule(
        (
            r"you(?:'ll|\swill)\snever\s(?:catch|see|find)\sme\s(?:on\s|in\s|at\s|eating\s"
            r"|doing\s|near\s)?"
        ),
        _dislikes,
    ),
    rule(
        (
            r"i(?:'d|\swould)\srather\s(?:die|starve|eat\s\w+|stay\shome|do\sanything)\sthan\s"
            r"(?:go\s|eat\s|have\sto\s|do\s|watch\s)?"
        ),
        _dislikes,
    ),
    rule(r"i\s(?:<adv>)?(?:live|yearn|die)\sfor\s", _likes),
    rule(
        (
            r"(?:i|we)\s(?:mostly|mainly|usually|always|only|often|generally|regularly)\s"
            r"(?:read|watch|listen\sto|cook|bake|paint|play)\s"
        ),
        _likes,
    ),
    rule(
        (
            r"(?:i|we)\s(?:read|watch|listen\sto|cook|eat|drink|play)\s(?:a\slot\sof|lots\sof"
            r"|tons\sof|mostly|mainly|nothing\sbut|loads\sof)\s"
        ),
        _likes,
    ),
    rule(
        (
            r"i\s<adv>spend\s(?:every\s|all\smy\s|my\s|most\s|most\sof\smy\s|all\s)(?:free\s"
            r"|spare\s)?(?:weekends?|time|evenings?|sundays?|saturdays?|money|nights?)\s"
            r"(?:on\s)?(?!at\b|with\b|in\b|working|here|alone)"
        ),
        _likes,
    ),
    rule(r"(?:crazy|mad|nuts|passionate|obsessed)\s(?:about|with)\s", _likes),
    rule(
        (
            r"i\scould\s(?:eat|drink|listen\sto|watch|play)\s(?=[\w\s]{2,30}?\s(?:every"
            r"|all\sday|forever|for\sever|non-stop))"
        ),
        _likes,
    ),
    rule(r"(?:i\s)?(?:<adv>)?can't\sbe\s(?:bothered|doing|arsed)\swith\s", _dislikes),
)
