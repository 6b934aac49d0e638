"""How a working life goes on: new posts, promotions, returns, and institutions one works for."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.occupations import agent
from services.memory_writer.extraction.en.places import place
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.en.tech import TOOLS
from services.memory_writer.extraction.en.words import FIRST_NAMES, LANGUAGES, STOPS
from services.memory_writer.extraction.en.work import OF, employer_after, occupation_in
from services.memory_writer.extraction.found import Found

_WHEN = (
    r"(?:\s(?:last|this|on|in|two|three|a\sfew|yesterday|today|recently|back\sin)(?:\s\w+){0,3}?)?"
)
_ROLE = re.compile(rf"{_WHEN},?\sas\s(?:(?:an?|the|their|its)\s)?(?:new\s)?")
_CLOSED = re.compile(
    r"\s*(?:$|[.,;:!()—–]|-\s|now\b|as\b|again\b|these\b|for\b|since\b|this\b|last\b|next\b|in\b"
    r"|on\b|and\b|but\b|so\b|after\b|today\b|yesterday\b|btw\b|full\b|part\b|with\b|where\b|because\b)"
)


def _named(reading: Reading, start: int) -> Span | None:
    """Return the name of a company at `start`: a capital, and nothing else that has one."""
    span = proper(reading, start, words=4)
    if span is None or not _CLOSED.match(reading.low, span.end):
        return None
    low = reading.low[span.start : span.end]
    other = low in TOOLS or low in LANGUAGES or low.split(" ")[0] in FIRST_NAMES
    return None if other else span


def role_after(reading: Reading, start: int, end: int) -> Iterator[Found]:
    """Read "(started at Siemens) last Monday as a test engineer"."""
    link = _ROLE.match(reading.low, end)
    job = phrase(reading, link.end(), words=4, go_on=OF) if link else None
    if job is not None and not re.match(
        r"(?:well|usual|soon|of|far|always|planned|promised)\b", reading.low[job.start : job.end]
    ):
        yield from occupation_in(reading, start, job, known=False)


def _at(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = _named(reading, match.end())
    if span is None:
        return
    yield reading.found("employer", reading.text(span), Span(match.start(), span.end))
    yield from role_after(reading, match.start(), span.end)


def _back(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I went back to Sony", where it is no place one may have travelled to."""
    span = _named(reading, match.end())
    if span is None:
        return
    lower = Reading(reading.sentence, reading.context, reading.low, reading.low, lower=True)
    if place(lower, span.start, known=True) is None:
        yield from _at(match, reading)


def _became(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4, go_on=OF)
    if span is not None:
        yield from occupation_in(reading, match.start(), span, known=True)


def _hired_as(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "I started as a" any noun is a post, save what is no word for one."""
    span = phrase(reading, match.end(), words=4, go_on=OF)
    if span is not None and reading.low[span.start : span.end] not in STOPS:
        yield from occupation_in(reading, match.start(), span, known=False)


_KIND = (
    r"(?:school|hospital|bank|bakery|restaurant|caf[eé]|hotel|hostel|library|museum|university"
    r"|college|nursery|kindergarten|preschool|daycare|pharmacy|factory|warehouse|startup|start-up"
    r"|supermarket|airport|clinic|garage|brewery|farm|bookshop|bookstore|gym|prison|zoo|cinema"
    r"|theatre|theater|laboratory|shipyard|sawmill|mill|quarry|mine|lab|hospice|salon|pub"
    r"|(?:law|accounting|engineering|insurance|consulting|tech|software|it|construction|logistics"
    r"|design|marketing|security|architecture|game|games|film)\s(?:firm|company|studio|agency)"
    r"|(?:call|fulfilment|data|garden|community|health|sports|shopping|distribution)\s"
    r"(?:cent(?:re|er))|(?:fire|police|petrol|gas|power|radio|tv|train)\sstation"
    r"|(?:care|nursing|funeral|retirement)\shome|post\soffice|city\s(?:hall|council)|town\shall"
    r"|(?:coffee|flower|barber|butcher|bike|pet|book|record|repair|charity|clothes|print|corner)\s"
    r"shop|(?:grocery|hardware|department|furniture|shoe)\sstore|(?:dental|medical|veterinary|vet)"
    r"\s(?:practice|clinic)|ngo|non-?profit|charity|embassy|ministry|law\soffice|tax\soffice)"
)
_FORCE = (
    r"(?P<what>(?:[a-z]+\s)?(?:fire\s(?:brigade|department|service)|police(?:\sforce)?|army|navy"
    r"|air\sforce|coast\s?guard|marines|ambulance\sservice|red\scross|post\soffice|civil\sservice"
    r"|(?:city|town|local|county)\scouncil|railways?|circus))"
)
_SMALL = re.compile(
    r"^(?:(?:small|local|big|large|busy|little|tiny|nearby|nice|lovely|new|same|huge|great|cosy)\s)+"
)


def _institution(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I work at a primary school": what has no name of its own is an employer, too."""
    end = match.end("what")
    if re.compile(r"\s(?:called|named)\s").match(reading.low, end) or proper(reading, end, words=1):
        return
    value = _SMALL.sub("", reading.text(Span(*match.span("what"))))
    yield reading.found("employer", value, Span(match.start(), end), confidence=0.7)
    yield from role_after(reading, match.start(), end)


def _called(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.end(), words=4)
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


def _doing(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I've been repairing lifts for Otis"."""
    span = _named(reading, match.end())
    if span is None:
        return
    value = agent(match["verb"], match["thing"])
    text = reading.text(Span(match.start("verb"), match.end("thing")))
    yield reading.found("occupation", value or text, Span(match.start(), match.end("thing")))
    yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


_DEEDS = {
    "pull pints": "bartender",
    "pour drinks": "bartender",
    "tend bar": "bartender",
    "mix cocktails": "bartender",
    "wait tables": "waiter",
    "serve tables": "waiter",
    "flip burgers": "cook",
    "stack shelves": "shelf stacker",
    "cut hair": "hairdresser",
    "lay bricks": "bricklayer",
    "lay tiles": "tiler",
    "deliver mail": "postal worker",
    "deliver post": "postal worker",
    "deliver parcels": "courier",
    "deliver packages": "courier",
    "fix cars": "mechanic",
    "repair cars": "mechanic",
    "fix lifts": "lift mechanic",
    "clean offices": "office cleaner",
    "clean houses": "house cleaner",
    "clean hotel rooms": "hotel cleaner",
    "clean windows": "window cleaner",
    "look after children": "childminder",
    "look after kids": "childminder",
    "look after the elderly": "carer",
    "care for the elderly": "carer",
    "fight fires": "firefighter",
    "put out fires": "firefighter",
    "fly planes": "pilot",
    "milk cows": "dairy farmer",
    "catch fish": "fisherman",
    "grade papers": "teacher",
    "answer calls": "call centre agent",
    "pick orders": "picker",
    "drive a cab": "taxi driver",
    "drive a truck": "truck driver",
    "drive a lorry": "lorry driver",
    "drive trains": "train driver",
    "write code": "programmer",
    "write software": "programmer",
}
_DEED = r"(?P<deed>" + "|".join(sorted(_DEEDS, key=len, reverse=True)) + r")"


def _deed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I pull pints at the Red Lion": a thing that is only done for a living."""
    quote = Span(*match.span())
    yield reading.found("occupation", _DEEDS[match["deed"]], quote, confidence=0.7)
    yield from employer_after(reading, match.start(), match.end("deed"))


def _signed_with(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if re.search(r"signed|contract|offer", match[0]):
        yield from _at(match, reading)


_PLANT = re.compile(r"\s(?:plant|factory|warehouse|depot|store|branch|site|office|works)\b")


def _on_shift(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm on the night shift at the Nissan plant"."""
    span = proper(reading, match.end(), words=4)
    if span is not None and (
        _PLANT.match(reading.low, span.end) or _CLOSED.match(reading.low, span.end)
    ):
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


_I_HAVE = r"(?:i(?:'ve|\shave)?\s|<im>\s)?<adv>"

RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:i\s|i've\s|<im>\s)?<adv>(?:(?:earn|make|earning|making)\s(?:my|a)\sliving\sas|(?:do|doing"
            r"|started|start|finishing)\san\sapprenticeship\sas"
            r"|apprenticed\sas|moonlight\sas|moonlighting\sas)\s(?:an?\s)?"
        ),
        _hired_as,
    ),
    rule(
        r"(?:my\s)?(?:job\stitle|official\stitle|role\sat\swork)(?:\sis|'s|:)\s(?:an?\s)?",
        _became,
    ),
    rule(
        (
            r"(?:i\s|i've\s)?<adv>(?:signed|accepted|got)\s(?:on\s)?(?:an?\s)?(?:my\s)?(?:new\s)?"
            r"(?:(?:contract|offer)\s)?(?:with|from)\s(?=[\w\s&'-]{2,30}(?:$|[.,!;]|as\b))"
        ),
        _signed_with,
    ),
    rule(
        (
            r"(?:they|he|she|my\s(?:boss|company|manager|firm)|the\s(?:boss|company|board|firm))"
            r"(?:'ve|\shave|\shas)?\s(?:just\s|finally\s|recently\s)?(?:made|appointed|named|promoted)"
            r"\sme\s(?:to\s|as\s|their\s|the\s|an?\s|new\s)*"
        ),
        _became,
    ),
    rule(
        (
            r"(?:i|i've|i\shave)\s<adv>(?:got|received|earned|have|passed)\smy\s(?:\w+\s)?(?:licen[cs]e"
            r"|certificate|certification|qualification|diploma|papers)\s(?:as|to\swork\sas)\san?\s"
        ),
        _became,
    ),
    rule(
        (
            r"(?:for\s(?:the\s(?:last|past)\s)?[\w\s]{2,15}?\s)?(?:i've|i\shave)\s<adv>been\s"
            r"(?P<verb>repairing|fixing|installing|designing|building|selling|writing|testing|cleaning"
            r"|cooking|baking|editing|delivering|training|translating|maintaining|inspecting|managing"
            r"|making|developing|welding|assembling|packing|driving|flying|laying|painting)\s"
            r"(?P<thing>[\w-]+(?:\s[\w-]+)?)\s(?:for|at)\s"
        ),
        _doing,
    ),
    rule(
        (
            rf"(?:i|we)\s<adv>{_DEED}\b(?=\s*(?:$|[.,;!]|for\b|at\b|in\s(?:an?|the)\b|by\b|all\sday"
            r"|and\b|so\b|full|part|most|every|on\s\w+s\b))"
        ),
        _deed,
    ),
    rule(
        (
            r"(?:<im>\s|i\swork\s|i've\sgot\s|i\shave\s|i\sdo\s|working\s)?<adv>(?:on\s|doing\s|the\s"
            r"|an?\s|my\s)*(?:night|day|late|early|morning|evening|graveyard|double|back)\s?shifts?\s"
            r"(?:at|in|for)\s(?:the\s)?"
        ),
        _on_shift,
    ),
    rule(r"(?:<im>\s|we're\s)?<adv>back\s(?:working\s|to\sworking\s)?(?:at|with|for)\s", _at),
    rule(rf"{_I_HAVE}(?:rejoined|re-joined|joined)\s", _at),
    rule(
        (
            r"i(?:'ve|\shave)?\s<adv>(?:went|gone|going|returned|came|come|got)\s(?:back\s)?to\s"
            r"(?:work(?:ing)?\s(?:at|for|with)\s|my\s(?:old\s)?(?:job|post)\s(?:at|with)\s)"
        ),
        _at,
    ),
    rule(r"i(?:'ve|\shave)?\s<adv>(?:went\sback|gone\sback|returned)\sto\s", _back),
    rule(
        rf"{_I_HAVE}(?:started|starting|begun|began)\s(?:working\s|a\sjob\s)?(?:at|with|for)\s", _at
    ),
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)?\s<adv>(?:become|became|been\smade|was\smade|made|qualified\sas"
            r"|qualified\sto\sbe|retrained\sas|requalified\sas|got\squalified\sas)\s(?:an?\s|the\s)?"
        ),
        _became,
    ),
    rule(
        (
            r"(?:<im>|i\sam)\s<adv>(?:finally\s|officially\s|now\s)(?:an?|the)\s"
            r"(?:fully\squalified\s|licensed\s|certified\s)?"
        ),
        _became,
    ),
    rule(
        (
            r"(?:i(?:'ve|\shave)?\s<adv>)?(?:got|was|been|have\sbeen)\s(?:just\s|recently\s)?"
            r"(?:promoted|made)\s(?:to\s|from\s[\w\s-]{2,30}?\sto\s)(?:an?\s|the\s)?"
        ),
        _hired_as,
    ),
    rule(
        (
            rf"{_I_HAVE}(?:(?:got|found|landed|took|taken|have|accepted)\s(?:an?\s)?(?:new\s)?(?:job|work"
            r"|position|role|post|gig)\s|(?<=just\s)start(?:ed|ing)\s(?:out\s|off\s|work(?:ing)?\s)?"
            r"|start(?:ed|ing)\sa\s(?:new\s)?job\s)as\san?\s"
        ),
        _hired_as,
    ),
    rule(
        (
            r"(?:i\s<adv>|i've\s<adv>|<im>\s<adv>|we\sboth\s)?(?:been\s)?(?:work|working|employed"
            rf"|teach|teaching|nurse|cook)\s(?:now\s|part-time\s|full-time\s|nights\s|shifts\s)*"
            rf"(?:at|in|for)\s(?:an?|the|our)\s(?P<what>(?:(?!called)[\w'-]+\s){{0,2}}?{_KIND})\b"
        ),
        _institution,
    ),
    rule(
        (
            r"(?:i|<im>|i've|i\shave)\s<adv>(?:been\s|work\s|working\s|served\s|serve\s|serving\s)?"
            rf"(?:for|with|in)\sthe\s{_FORCE}\b(?=\s*(?:$|[.,;!]|for\b|since\b|as\b|now\b|and\b))"
        ),
        _institution,
    ),
    rule(
        (
            r"(?:(?:<im>|i've\sbeen|i)\s)?<adv>(?:am|been|work|working|joined|started|(?<=m\s)(?=at\b"
            r"|with\b)|(?<=now\s)(?=at\b|with\b))\s?<adv>"
            r"(?:at\s|with\s|for\s)?(?:an?|this|the)\s(?:[\w-]+\s){1,4}?(?:called|named)\s"
        ),
        _called,
    ),
)
