"""The animals that somebody keeps."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.occupations import singular
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, proper, rule
from services.memory_writer.extraction.en.words import NATIONALITIES, ODD_PETS, PETS, STOPS
from services.memory_writer.extraction.found import Found

_PLURALS = {
    "puppies": "puppy",
    "kitties": "kitty",
    "bunnies": "bunny",
    "ponies": "pony",
    "mice": "mouse",
    "geese": "goose",
    "huskies": "husky",
    "canaries": "canary",
    "donkeys": "donkey",
    "turkeys": "turkey",
    "doggos": "doggo",
    "budgies": "budgie",
    "guinea pigs": "guinea pig",
    "collies": "collie",
}
_WORD = "|".join(
    sorted(
        (re.escape(each) + "s?" for each in PETS if not each.endswith(("y", "goose", "mouse"))),
        key=len,
        reverse=True,
    )
)
_IRREGULAR = "|".join(
    [
        *sorted(_PLURALS, key=len, reverse=True),
        *(each for each in PETS if each.endswith(("y", "goose", "mouse"))),
    ]
)
PET = rf"(?P<pet>{_WORD}|{_IRREGULAR})"
_THING = re.compile(
    r"'s?\s(?!name\b|called\b|named\b)|s'|-|\s(?:food|foods|litter|toys?|shows?|photos?|pics?|pictures?|videos?"
    r"|allerg\w+|walkers?|sitters?|tree|bowl|bed|house"
    r"|park|breeds?|people|person|lovers?|soup|recipes?|script|scripts|code|program"
    r"|project|app|hole|tank|curry|sandwich"
    r"|stew|breast|wings|nuggets|pad|button|cursor|click|pointer|memes?|stickers?"
    r"|videos|figurine|costume|tail|version|salad|dish|tacos|fillet|shorts|shoes|gloves"
    r"|ear|bite|training|hair|poop|vomit|breath|grooming|insurance|collar|leash|race"
    r"|races)\b"
)
_LINK = re.compile(
    r",?\s(?:called|named|by\sthe\sname\sof|whose\sname\sis)\s|(?:'s|\sis|\sare)\s"
    r"(?:called|named)\s|(?:'s)\sname\sis\s|,\s|\s\(|\s-\s|\s—\s|:\s|\s"
)
_NUMBERS = r"(?:two|three|four|five|six|seven|eight|nine|ten|a\sdozen|\d{1,2})"


def _kind(word: str) -> str:
    return _PLURALS.get(word) or (word if word in PETS else singular(word))


def _named(reading: Reading, end: int) -> Span | None:
    """Return the name that follows a kind: "cat, Luna", "greyhound called Flash"."""
    cross = re.compile(r"\s(?:mix|cross|puppy|pup|dog|cat)(?=\s)").match(reading.low, end)
    link = _LINK.match(reading.low, cross.end() if cross else end)
    if link is None:
        return None
    mark = link[0].strip()
    strict = (
        mark not in {"called", "named"}
        and "called" not in mark
        and "named" not in mark
        and "name" not in mark
    )
    span = name_span(reading, link.end(), strict=strict, words=2)
    if span is None and mark == "":
        # "our parrot Kiwi": an adjective would stand before.
        named = proper(reading, link.end(), words=1)
        span = named if named and reading.low[named.start : named.end] in NATIONALITIES else None
    if span is None or (mark in {",", "(", "-", "—", ":"} and not _closed(reading, span.end)):
        return None
    return span


def _closed(reading: Reading, end: int) -> bool:
    return bool(
        re.compile(r"\s*(?:$|[,.!?;:)(—-]|and\s[A-Z]?|who\b|is\b|has\b|&)").match(reading.low, end)
    )


def _second(reading: Reading, end: int) -> Span | None:
    link = re.compile(r"\s(?:and|&)\s").match(reading.low, end)
    return name_span(reading, link.end(), strict=True, words=1) if link else None


def _pet(match: "re.Match[str]", reading: Reading, *, sure: bool) -> Iterator[Found]:
    word = match["pet"]
    kind = _kind(word)
    end = match.end("pet")
    if _THING.match(reading.low, end):
        return
    name = _named(reading, end)
    plural = kind != word
    if name is None:
        if kind in ODD_PETS and not sure:
            return
        value = (
            " ".join(match[0][match.start("what") - match.start() :].split())
            if match["what"]
            else word
        )
        yield reading.found(
            "has_pet",
            re.sub(r"^(?:an?|my|our|the|some|few|a\sfew)\s", "", value),
            Span(match.start(), end),
        )
        return
    if not plural:
        value = f"{kind} {reading.text(name)}"
        yield reading.found("has_pet", value, Span(match.start(), name.end))
        return
    second = _second(reading, name.end)
    for each in (name, second):
        if each is not None:
            yield reading.found(
                "has_pet", f"{kind} {reading.text(each)}", Span(match.start(), each.end)
            )


def _mine(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield from _pet(match, reading, sure=False)


def _kept(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    found = list(
        _pet(match, reading, sure="keep" in match[0] or "pet" in match[0] or "adopt" in match[0])
    )
    yield from found
    more = re.compile(
        rf"\s(?:and|&)\s(?P<what>(?:(?:an?|some|{_NUMBERS}|a\sfew|few)\s)"
        rf"(?:[\w-]+\s){{0,2}}?){PET}\b"
    ).match(reading.low, match.end("pet"))
    if found and more:
        yield from _pet(more, reading, sure=True)


def _counted(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I look after three hens and a rooster": who keeps several, keeps pets."""
    yield from _pet(match, reading, sure=True)
    more = re.compile(rf"\s(?:and|&)\s(?P<what>(?:an?|{_NUMBERS})\s){PET}\b").match(
        reading.low, match.end("pet")
    )
    if more:
        yield from _pet(more, reading, sure=True)


_NAME_BEFORE = re.compile(r"(?P<name>[\w'-]+)(?:,\s|\s\(|\s[-—–]\s)$")


def _name_first(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Pickles (our hedgehog) won't eat"."""
    start = max(0, match.start() - 40)
    before = _NAME_BEFORE.search(reading.low[start : match.start()])
    first = start + before.start("name") if before else 0
    name = name_span(reading, first, strict=True, words=1) if before else None
    if before is not None and name is not None and name.end == start + before.end("name"):
        value = f"{_kind(match['pet'])} {reading.text(name)}"
        yield reading.found("has_pet", value, Span(first, match.end()))


_INTRODUCES = re.compile(r"\W*(?:\w+[,!.]?\s){0,2}?(?:i'm|im|i\sam|my\sname|name's|me:|intro)\b")


def _with(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Lars, electrician from Bergen with two cats"."""
    if _INTRODUCES.match(reading.low):
        yield from _kept(match, reading)


_ANY_PET = re.compile(rf"\b(?:i|we|my|our|got|adopted)\b[\w\s'!,.-]{{0,40}}?\b{PET}\b")


def _told_later(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Just got a puppy!! Her name is Nori": the kind stands before."""
    told = match.group(0)
    here = reading.low[: match.start()]
    before = [each.speech.lower() for each in reading.context.before[-1:]]
    kind = next((found for text in [here, *before] if (found := _ANY_PET.search(text))), None)
    span = name_span(reading, match.end(), words=2)
    if kind is not None and span is not None and told:
        value = f"{_kind(kind['pet'])} {reading.text(span)}"
        yield reading.found("has_pet", value, Span(match.start(), span.end))


def _owner(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    kind = _kind(match["pet"])
    yield reading.found("has_pet", kind, Span(*match.span()))


def _dead(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    word = reading.low[match.start("who") : match.end("who")]
    if word in STOPS or word in {"died", "he", "she"}:
        return
    span = name_span(reading, match.start("who"), strict=True, words=1)
    if span is not None:
        yield reading.found(
            "has_pet", reading.text(span), Span(*match.span()), op="end", confidence=0.7
        )


def _dead_pet(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    name = _named(reading, match.end("pet"))
    value = _kind(match["pet"]) + (f" {reading.text(name)}" if name else "")
    yield reading.found("has_pet", value, Span(*match.span()), op="end")


_DIED = (
    r"(?:passed\s(?:away|on)|died|crossed\sthe\srainbow\sbridge|had\sto\sbe\sput\s(?:down"
    r"|to\ssleep)|was\sput\s(?:down|to\ssleep)|is\sdead|is\sno\slonger\swith\sus"
    r"|got\srun\sover|didn't\smake\sit)"
)
_ADJ = (
    r"(?:\d{1,2}[\s-](?:year|month|week|yr)s?[\s-]olds?\s)?(?:(?!late\b|childhood\b"
    r"|former\b|previous\b|next\b|future\b|dream\b|first\b|and\b"
    r"|with\b|is\b|of\b|on\b|at\b|a\b|the\b|to\b|for\b|in\b|own\b|favou?rite\b|ex\b"
    r"|friend's\b|neighbou?r's\b|[\w]+'s\b)[\w-]+\s){0,2}?"
)

_KEEPING = (
    r"(?:shares?\s(?:my|our)\s(?:\w+\s)?(?:flat|house|home|apartment|bed|sofa|place|life|lives)"
    r"|lives?\swith\s(?:me|us)|keeps?\s(?:me|us)\s(?:company|busy|on\s(?:my|our)\stoes)"
    r"|rules?\s(?:my|our)\s(?:house|home|flat)|sleeps?\s(?:on|in)\s(?:my|our)\s\w+"
    r"|waits?\sfor\s(?:me|us)\sat\shome)"
)

RULES: tuple[Rule, ...] = (
    rule(
        (
            rf"(?P<what>(?:an?|two|{_NUMBERS})\s{_ADJ}){PET}\b(?=\s(?:and\s[\w\s-]{{2,40}}?\s)?"
            rf"(?:all\s|both\s)?{_KEEPING}\b)"
        ),
        _kept,
    ),
    rule(
        rf"\b(?:my|our)\s(?:[\w-]+\s){{0,2}}?{PET}\s?(?=[,)—–-]|$)",
        _name_first,
        "anywhere",
    ),
    rule(
        (
            rf"\b(?:our|my)\s(?:\w+\s)?(?P<pet>{_WORD}|{_IRREGULAR})\b(?:\s"
            rf"(?!{_DIED})[\w']+)?,?\s(?:just\s|sadly\s|has\s|recently\s)?{_DIED}\b"
        ),
        _dead_pet,
        "anywhere",
    ),
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s)?(?:just\s|sadly\s|recently\s)?(?:had\sto\s|have\sto\s)?(?:put|laid|lay"
            r"|let)\s(?P<who>[\w'-]+)\s(?:to\s(?:sleep|rest)|down|go\sover\sthe\srainbow)\b"
            r"(?=\s*(?:$|[.,;!]|yesterday|today|last|this|on\b|in\b))"
        ),
        _dead,
    ),
    rule(
        (
            r"(?:(?:i|we)(?:'ve|\shave)?\s)?(?:just\s|sadly\s|recently\s)?(?:had\sto\s)?(?:buried|bury"
            r"|(?:said|say)\sgoodbye\sto|cremated)\s(?P<who>[\w'-]+)(?=\s*(?:$|[.,;!]|yesterday|today"
            r"|last|this))"
        ),
        _dead,
    ),
    rule(rf"(?P<who>[\w'-]+)\s(?:just\s|sadly\s|has\s|recently\s|suddenly\s)?{_DIED}\b", _dead),
    rule(
        (
            rf"\b(?P<what>)(?:my|our)\s(?P<adj>{_ADJ}){PET}\b(?!\s(?:{_DIED})"
            rf"|[^.,;]{{0,20}}\s{_DIED})"
        ),
        _mine,
        "anywhere",
    ),
    rule(rf"\b(?:my|our)\s(?P<what>{_NUMBERS}\s{_ADJ}){PET}\b", _mine, "anywhere"),
    rule(
        (
            rf"(?:<ive>|got|i\s|we\s|just\s)\s?<adv>(?:have\s|got\s|own\s|keep\s|keeping\s"
            rf"|adopted\s|rescued\s|bought\s|found\s|took\sin\s|foster\s|getting\s|breed\s"
            rf"|raise\s)?(?:(?:myself|ourselves|both|as\spets|also|just|finally)\s)?(?P<what>"
            rf"(?:an?|some|another|a\snew|a\spet|{_NUMBERS}|a\sfew|a\scouple\sof"
            rf"|one)\s{_ADJ}){PET}\b"
        ),
        _kept,
    ),
    rule(
        (
            rf"(?:i|we)\s<adv>(?:keep|have|own|raise|breed|rescued?|adopted)\s(?P<what>"
            rf"(?:pet\s)?){PET}\b"
        ),
        _kept,
    ),
    rule(rf"(?:just\s)?(?:adopted|rescued)\s(?P<what>(?:an?|{_NUMBERS})\s{_ADJ}){PET}\b", _kept),
    rule(
        (
            rf"\bthe\s(?P<what>(?:old\s|little\s)?){PET}\s(?:that\s)?(?:i|we)(?:'ve|\shave)?\s"
            rf"(?:just\s)?(?:adopted|got|own|keep|rescued|bought|have)\b"
        ),
        _kept,
        "anywhere",
    ),
    rule(rf"(?P<what>{_NUMBERS}\s{_ADJ}){PET}(?=\s*(?:$|[,.;]))", _kept),
    rule(rf"with\s(?:my|our)\s(?P<what>){PET}\b", _mine, "anywhere"),
    rule(
        rf"\bwith\s(?P<what>(?:an?|{_NUMBERS}|my|our)\s{_ADJ}){PET}(?=\s*(?:$|[.,;!]|and\b))",
        _with,
        "anywhere",
    ),
    rule(
        (
            r"(?:her|his|its)\sname(?:'s|\sis)\s|(?:she's|he's|she\sis|he\sis)\s(?:called"
            r"|named)\s|(?:we|i)(?:'ve)?\s(?:called|named)\s(?:her|him|it)\s"
        ),
        _told_later,
    ),
    rule(
        (
            rf"(?:<im>|as)\s(?:an?\s|the\s)?(?:proud\s|new\s|first-time\s)?{PET}\s(?:owner|mum"
            rf"|mom|dad|parent)\b"
        ),
        _owner,
        "anywhere",
    ),
    rule(rf"(?:an?\s|new\s|proud\s)?{PET}\s(?:owner|mum|mom|dad|parent)\shere\b", _owner),
    rule(rf"\bowner\sof\s(?:an?\s)(?P<what>(?:[\w-]+\s){{0,2}}?){PET}\b", _kept, "anywhere"),
    rule(
        (
            rf"(?:i|we|<im>|living|sharing)\b[\w\s]{{0,40}}?\b(?:live|living|share"
            rf"|sharing)\b[\w\s]{{0,40}}?\swith\s(?P<what>(?:an?|my|our"
            rf"|{_NUMBERS})\s{_ADJ}){PET}\b"
        ),
        _kept,
    ),
    rule(
        (
            rf"living\b[\w\s]{{0,40}}?\swith\s(?P<what>(?:an?|my|our"
            rf"|{_NUMBERS})\s{_ADJ}){PET}\b"
        ),
        _kept,
    ),
    rule(
        (
            rf"(?:(?:i|we)(?:'ve|\shave)?\s)?(?:had\sto\s)?(?:gave|give|rehomed?|given|lost"
            rf"|buried|put\sdown|said\sgoodbye\sto)\s(?:up\s|away\s)?(?:our|my)\s"
            rf"(?:\w+\s)?{PET}\b"
        ),
        _dead_pet,
    ),
    rule(
        rf"(?:i|we)\s<adv>(?:look\safter|care\sfor)\s(?P<what>{_NUMBERS}\s{_ADJ}){PET}\b(?!\sfor\b)",
        _counted,
    ),
    rule(rf"pets?:\s(?P<what>(?:an?\s|{_NUMBERS}\s)?{_ADJ}){PET}\b", _kept),
)
