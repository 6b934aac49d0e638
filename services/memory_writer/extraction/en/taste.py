"""What somebody likes, and what not."""

import re
from collections.abc import Iterator
from dataclasses import replace

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, phrase, rule
from services.memory_writer.extraction.en.words import STOPS
from services.memory_writer.extraction.found import Found

_GO_ON = frozenset({"of", "about"})
# What points at something in the talk is no taste: "I like your idea", "I love this version".
_POINTING = re.compile(
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


def _taste(predicate: str, reading: Reading, start: int, spans: list[Span]) -> Iterator[Found]:
    for span in spans:
        found = _liked(predicate, reading, start, span)
        if found is None:
            return
        yield found


def _liked(predicate: str, reading: Reading, start: int, span: Span) -> Found | None:
    value = _TRAILING.sub("", reading.text(span))
    low = value.lower()
    before = _DETERMINED.search(reading.low, max(start, span.start - 8), span.start)
    if _POINTING.match(low) or _POINTED.search(low) or low in STOPS or low in _LITTLE:
        return None
    if before and (before[0].strip() != "the" or low in {"way", "idea"}):
        return None
    return reading.found(predicate, value, Span(start, span.end))


def _likes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _taste("likes", reading, match.start(), _things(reading, match.end()))


def _dislikes(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _taste("dislikes", reading, match.start(), _things(reading, match.end()))


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
    return items(reading, verb.end() if verb else start, go_on=_GO_ON)


def _preferred(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Tea over coffee": the one is liked, the other is not."""
    span = phrase(reading, match.end(), go_on=_GO_ON)
    if span is None:
        return
    link = re.compile(r"\s(?:over|to|rather\sthan|instead\sof|more\sthan|than)\s").match(
        reading.low, span.end
    )
    inside = re.compile(r"\s(?:over|instead\sof)\s").search(reading.low, span.start, span.end)
    first = Span(span.start, inside.start()) if inside else span
    liked = _liked("likes", reading, match.start(), first)
    if liked is None:
        return
    yield liked
    after = inside or link
    other = phrase(reading, after.end(), go_on=_GO_ON) if after else None
    if other is not None:
        disliked = _liked("dislikes", reading, match.start(), other)
        if disliked is not None:
            yield disliked


_OVER = re.compile(r"\s(?:over|instead\sof|rather\sthan)\s")


def _rather(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if _OVER.search(reading.low, match.end(), match.end() + 60):
        yield from _preferred(match, reading)


def _subject(predicate: str, match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    first, last = match.span("what")
    text = reading.low[first:last]
    words = text.split()
    if (
        not words
        or words[0] in STOPS - {"no"}
        or (words[0] in {"the", "this", "your", "a"} and len(words) == 1)
    ):
        return
    span = phrase(reading, first, go_on=_GO_ON)
    if span is None or span.end < last - 1:
        return
    found = _liked(predicate, reading, first, span)
    if found is not None:
        yield reading.found(predicate, found.value, Span(*match.span()))


def _liked_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("likes", match, reading)


def _disliked_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("dislikes", match, reading)


def _favourite(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=6, go_on=_TITLE_WORDS)[:3]:
        value = reading.text(span)
        if not _POINTING.match(value.lower()):
            yield reading.found("favorite", value, Span(match.start(), span.end))


_TITLE_WORDS = frozenset({"of", "in", "on", "at", "from", "with"})


def _favourite_subject(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _subject("favorite", match, reading)


def _lover(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(
        (
            r"(?i)^(?:(?:an?|huge|big|massive|total|real|proud|avid|fellow|true|bit\sof\sa"
            r"|lifelong|keen|absolute|the|such\sa|biggest|hardcore|die-hard)(?:\s|$))+"
        ),
        "",
        value,
    ).strip()
    if value and value.lower() not in STOPS and not re.match(r"(?i)(?:not|no|never|your)\b", value):
        yield reading.found("likes", value, Span(*match.span()))


def _hobby(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    spans = items(reading, match.end(), commas=True)
    yield from _taste("likes", reading, match.start(), spans)


_SPORT = (
    r"(?:tennis|football|soccer|basketball|volleyball|golf|chess|badminton|squash|hockey"
    r"|rugby|cricket|baseball|padel|poker|bridge|darts|table\stennis|ping\spong|d&d"
    r"|dungeons\s(?:and|&)\sdragons|handball|go|paintball|pool|snooker|video\sgames"
    r"|board\sgames|floorball|ultimate\sfrisbee|water\spolo|lacrosse|netball|pickleball"
    r"|minecraft|fortnite)"
)


def _plays(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("likes", match["what"], Span(*match.span()))


_WHAT = r"(?P<what>[\w'#&-]+(?:\s[\w'#&-]+){0,3}?)"
_FAVOURITE_OF = r"(?:[\w-]+\s){1,3}?(?:of\sall\stime\s|ever\s)?"

_FLIP = re.compile(
    r"[,;]?\s(?:but\s|and\s|—\s|-\s)?(?:now\s|these\sdays\s|nowadays\s)?i\s(?:now\s"
    r"|actually\s|really\s)*(?P<verb>love|like|enjoy|adore|crave|can't\sget\senough\sof"
    r"|can't\sstand|hate|dislike)\s(?:it|them)\b"
)


def _flipped(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I used to hate olives, now I can't get enough of them"."""
    span = phrase(reading, match.end(), words=4)
    now = _FLIP.match(reading.low, span.end) if span else None
    if span is not None and now:
        bad = now["verb"] in {"can't stand", "hate", "dislike"}
        yield reading.found(
            "dislikes" if bad else "likes", reading.text(span), Span(match.start(), now.end())
        )


def _over(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Sushi over pizza, always"."""
    if re.compile(
        r"[\w\s'-]{2,30},?\s(?:always|any\s?day|every\s?time|all\sthe\sway|for\sme)\b"
    ).match(reading.low, match.end()):
        yield from _subject("likes", match, reading)


def _no_thanks(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Country music? No thanks.": what was asked just before."""
    before = reading.context.before[-1:]
    words = before[0].text.rstrip("? ").split() if before and before[0].question else []
    if words and len(words) <= 3 and words[0].lower() not in STOPS and before[0].text[-1:] == "?":  # noqa: PLR2004
        value = " ".join(words)
        text = reading.context.text[before[0].start : before[0].start + len(before[0].text)]
        found = reading.found(
            "dislikes" if match["no"] else "likes",
            value[:1].lower() + value[1:],
            Span(*match.span()),
        )
        yield replace(found, quote=text)


def _drinker(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    doing = {
        "drinker": "drinking",
        "reader": "reading",
        "cook": "cooking",
        "dancer": "dancing",
        "runner": "running",
        "swimmer": "swimming",
        "gamer": "gaming",
        "traveller": "travelling",
        "traveler": "traveling",
        "eater": "eating",
        "shopper": "shopping",
        "talker": "talking",
        "morning person": "mornings",
    }
    what = match["what"]
    value = doing.get(what) or re.sub(r"\s(?:person|fan|guy|girl|lover)$", "", what)
    if what in doing or value != what:
        yield reading.found("dislikes", value, Span(*match.span()))


RULES: tuple[Rule, ...] = (
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
        _likes,
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
    rule(
        (
            r"(?:<im>|i\sam)\s(?:more\s)?(?:of\s)?an?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:person"
            r"|guy|girl|lover|fan|enthusiast|addict|buff|nerd|geek|junkie|fanatic|aficionado"
            r"|freak|nut|nerd|obsessive|hobbyist)\b"
        ),
        _lover,
    ),
    rule(
        (
            r"\bas\san?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:lover|fan|enthusiast|addict|buff"
            r"|nerd|geek|junkie|fanatic|aficionado)\b"
        ),
        _lover,
        "anywhere",
    ),
    rule(
        (
            r"(?:an?\s)?(?:big|huge|massive|long-time|lifelong)\s(?P<what>[\w-]+"
            r"(?:\s[\w-]+){0,2})\sfan\b"
        ),
        _lover,
    ),
    rule(r"(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:lover|fan|addict|enthusiast)\shere\b", _lover),
    rule(r"<im>\smore\sof\san?\s(?=night\sowl|early\sbird|homebody|morning)", _likes),
    rule(
        (
            r"(?:my|our)\s(?:main\s|biggest\s|favou?rite\s|only\s|other\s|new\s)*(?:hobb(?:y"
            r"|ies)|interests?|passions?|pastimes?|guilty\spleasure|favou?rite\spastime)\s(?:is"
            r"|are|include|includes|:)\s"
        ),
        _hobby,
    ),
    rule(r"(?:hobbies|interests|likes|loves):\s", _hobby),
    rule(r"i\s<adv>collect\s", _likes),
    rule(
        (
            r"in\smy\s(?:free|spare)\stime,?\s(?:i|we)\s(?:like\sto\s|love\sto\s|usually\s"
            r"|mostly\s|enjoy\s|love\s|like\s)?"
        ),
        _likes,
    ),
    rule(rf"i\s<adv>play\s(?P<what>{_SPORT})\b", _plays),
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
            rf"{_WHAT}\s(?:is|are|'s)\s(?:totally\s|really\s|just\s|definitely\s|absolutely\s"
            rf"|so\s)*(?:my\s(?:thing|jam|passion|obsession|happy\splace|guilty\spleasure"
            rf"|comfort\sfood|weakness)|right\sup\smy\salley|the\sbest\sthing\sever)\b"
        ),
        _liked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:isn't|aren't|is\snot|are\snot|ain't|isnt|arent)\s(?:really\s"
            rf"|exactly\s|quite\s)*(?:my\s(?:thing|jam|cup\sof\stea|favou?rite|style|scene)"
            rf"|for\sme)\b"
        ),
        _disliked_subject,
    ),
    rule(
        rf"{_WHAT}\s(?:bores?|disgusts?|annoys?|irritates?|grosses|repulses?)\sme\b",
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\smakes?\sme\s(?:gag|sick|vomit|cringe|nauseous|want\sto\s(?:vomit"
            rf"|puke))\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:i\s(?:could|can)\sdo\swithout|does\snothing\sfor\sme"
            rf"|do\snothing\sfor\sme|drives?\sme\s(?:mad|crazy|nuts))\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            r"(?:i|we)\s<adv>(?:hate|dislike|despise|detest|loathe|abhor)\s(?:<adv>)?(?!to\s"
            r"|that\b|it\b)"
        ),
        _dislikes,
    ),
    rule(r"(?:hate|dislike|despise|loathe|detest)\s(?!to\s|that\b|it\b|you\b)", _dislikes),
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
            rf"(?:my|our)\s(?:all[\s-]time\s|absolute\s|personal\s"
            rf"|current\s)*favou?rites?\s{_FAVOURITE_OF}(?:is|are|has\sto\sbe|must\sbe"
            rf"|would\sbe|will\salways\sbe|:|'s)\s(?:called\s|probably\s|definitely\s|still\s"
            rf"|always\s|easily\s|by\sfar\s)*(?!when\b|not\b)"
        ),
        _favourite,
    ),
    rule(r"favou?rite\s(?:[\w-]+\s?){1,3}(?::|=|\sis)\s", _favourite),
    rule(
        (
            rf"{_WHAT}\s(?:is|are|'s|has\sto\sbe)\s(?:by\sfar\s|still\s|probably\s"
            rf"|definitely\s)?my\s(?:all[\s-]time\s|absolute\s)?favou?rite\b"
        ),
        _favourite_subject,
    ),
    rule(
        (
            r"i\sused\sto\s(?:really\s|absolutely\s)?(?:hate|dislike|love|like|enjoy|despise"
            r"|detest|loathe|adore)\s"
        ),
        _flipped,
    ),
    rule(rf"{_WHAT}\sover\s", _over),
    rule(
        (
            r"(?P<no>no\sthanks|no\sthank\syou|hard\spass|not\sfor\sme|no\sway|never)(?=\s*(?:$"
            r"|[.!]))|(?:yes\splease|count\sme\sin|love\sit|always)(?=\s*(?:$|[.!]))"
        ),
        _no_thanks,
    ),
    rule(
        (
            r"<im>\s(?:really\s)?not\s(?:really\s)?(?:much\sof\s)?(?:an?\s)(?:big\s|huge\s"
            r"|great\s)?(?P<what>[\w-]+(?:\s(?:person|fan|guy|girl|lover))?)\b"
        ),
        _drinker,
    ),
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
            rf"{_WHAT}\s(?:keeps?\sme\ssane|makes?\sme\s(?:so\s|really\s|very\s)?(?:happy"
            rf"|smile)|relaxes\sme|calms\sme(?:\sdown)?|cheers?\sme\sup|never\sgets\sold"
            rf"|is\slife|is\sbliss|is\sheaven|are\slife|brings?\sme\sjoy|does\sit\sfor\sme"
            rf"|is\smy\stherapy|is\sgood\sfor\smy\ssoul|always\shits\sthe\sspot)\b"
        ),
        _liked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:disgusting|gross"
            rf"|vile|revolting|yucky|repulsive)\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:awful|terrible"
            rf"|the\sworst|boring|horrible|unbearable|torture|overrated)\s(?:imo|to\sme|for\sme"
            rf"|in\smy\s(?:opinion|book)|if\syou\sask\sme)\b"
        ),
        _disliked_subject,
    ),
    rule(
        (
            rf"{_WHAT}\s(?:is|are)\s(?:so\s|just\s|absolutely\s|really\s)?(?:the\sbest|amazing"
            rf"|a\swin|delicious|awesome|fantastic|wonderful|unbeatable)\s(?:imo|to\sme|for\sme"
            rf"|in\smy\s(?:opinion|book)|if\syou\sask\sme)\b"
        ),
        _liked_subject,
    ),
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
            r"(?:<im>|we're|we\sare)\san?\s(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:household"
            r"|family)\b(?=\s*(?:$|[,.!;]))"
        ),
        _lover,
    ),
    rule(
        (
            r"i\s<adv>spend\s(?:every\s|all\smy\s|my\s|most\s|most\sof\smy\s|all\s)(?:free\s"
            r"|spare\s)?(?:weekends?|time|evenings?|sundays?|saturdays?|money|nights?)\s"
            r"(?:on\s)?(?!at\b|with\b|in\b|working|here|alone)"
        ),
        _likes,
    ),
    rule(
        (
            r"\bmy\s(?:comfort|go-to|desert\sisland|dream|ultimate)\s(?:movie|film|food|show"
            r"|book|drink|snack|band|album|dish|car|game|meal|restaurant|song)\s(?:is|are|:"
            r"|'s)\s"
        ),
        _favourite,
    ),
    rule(rf"{_WHAT}\s(?:all\sthe\sway|for\sthe\swin|ftw|forever)(?=\s*(?:$|[.!]))", _liked_subject),
    rule(
        (
            rf"{_WHAT}\stastes?\s(?:like\s(?:soap|dirt|cardboard|feet|vomit|mud|metal|poison"
            rf"|nothing)|awful|horrible|terrible|disgusting|vile)\b"
        ),
        _disliked_subject,
    ),
    rule(r"(?:crazy|mad|nuts|passionate|obsessed)\s(?:about|with)\s", _likes),
)
