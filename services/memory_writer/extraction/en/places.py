"""Places: a proper name where one is told, or a known one in a message without capitals."""

import re

from services.memory_writer.extraction.en.reading import Reading, Span, proper, tokens
from services.memory_writer.extraction.en.words import DETERMINERS, NATIONALITIES, STOPS, word_set

_KNOWN = word_set(
    """amsterdam athens atlanta auckland austin austria australia argentina bangkok barcelona bali
    bangalore beijing beirut belfast belgium belgrade bergen berlin birmingham bogota bolivia
    bordeaux boston brazil brighton brisbane bristol brooklyn brussels bucharest budapest
    buenos_aires bulgaria cairo calgary california cambridge canada cape_town cardiff casablanca
    chennai chicago chile china cleveland cologne colombia colorado copenhagen cork croatia cuba
    cyprus czechia dallas damascus delhi denmark denver detroit dhaka doha dresden dubai dublin
    durban edinburgh egypt england estonia ethiopia finland florence florida france frankfurt
    galway geneva genoa georgia germany ghana ghent glasgow gothenburg graz greece guadalajara
    hamburg hanoi hanover havana helsinki hong_kong houston hungary hyderabad iceland india
    indonesia iran iraq ireland israel istanbul italy jakarta jamaica japan jerusalem
    johannesburg jordan karachi kazakhstan kenya kiev krakow kuala_lumpur kyiv kyoto lagos
    lahore las_vegas latvia lebanon leeds leicester leipzig lima lisbon lithuania liverpool
    ljubljana london los_angeles luxembourg lviv lyon madrid malaga malaysia malta manchester
    manila marseille melbourne mexico mexico_city miami milan minneapolis minsk montreal morocco
    moscow mumbai munich nairobi naples nashville nepal netherlands new_york new_york_city
    new_zealand newcastle nigeria norway nottingham oakland oregon osaka oslo ottawa oxford
    pakistan palermo panama paris perth peru philadelphia philippines phoenix pittsburgh poland
    portland porto portugal prague pune quebec quito riga rio_de_janeiro romania rome rotterdam
    russia san_diego san_francisco santiago sao_paulo sarajevo saudi_arabia scotland seattle
    senegal seoul serbia seville shanghai sheffield siberia singapore slovakia slovenia sofia
    south_africa south_korea spain sri_lanka st_petersburg stockholm stuttgart sweden
    switzerland sydney syria taipei taiwan tallinn tampa tanzania tbilisi tehran tel_aviv texas
    thailand the_hague tokyo toronto toulouse tunis tunisia turin turkey uganda uk ukraine
    uruguay us usa utah utrecht valencia vancouver vegas venezuela venice vermont vienna vietnam
    vilnius virginia wales warsaw washington wellington wroclaw yerevan york zagreb zambia
    zimbabwe zurich nyc la sf bosnia albania armenia azerbaijan almaty accra kampala antwerp
    basel bern bilbao brno bratislava cebu chisinau cordoba dakar essen gdansk granada haifa
    hawaii kazan krakow leuven linz lodz lausanne montenegro nice nantes northern_ireland
    alabama alaska arizona arkansas colorado connecticut idaho illinois indiana
    iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi
    missouri montana nebraska nevada new_mexico oklahoma tennessee wisconsin wyoming ontario
    alberta british_columbia nova_scotia queensland tasmania yorkshire cornwall bavaria andalusia
    novosibirsk odessa odesa ohio palma poznan reykjavik salzburg split strasbourg tampere
    trondheim turku uppsala vaduz verona zaragoza"""
)
_UPPER = word_set("uk us usa nyc la sf")
_SMALL = word_set("de of the am upon")
_NEAR = re.compile(
    r"\b(?:near|outside|in|close\sto|just\soutside|not\sfar\sfrom|north\sof|south\sof)\s$"
)
_NO_PLACE = re.compile(
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february"
    r"|march|april|may|june|july"
    r"|august|september|october|november|december|spring|summer|autumn|winter|english"
    r"|python|java|excel|windows"
    r"|linux|macos|ubuntu|html|css|sql|god|word|photoshop|android|ios|docker|react"
    r"|github|gitlab|slack)\b"
)


def is_known(name: str) -> bool:
    """Tell whether a name in lower case is that of a place in the list."""
    return name in _KNOWN


def place(reading: Reading, start: int, *, known: bool = False) -> Span | None:
    """Return the place that is named at `start`, or None.

    Without capitals any single word will do, or, where `known`, a place that is known.
    """
    span = proper(reading, start)
    if span is not None:
        first = reading.low[span.start : span.end]
        if _NO_PLACE.match(first) or first in NATIONALITIES:
            return None
        return span
    return _lower_case(reading, start, known=known)


def _lower_case(reading: Reading, start: int, *, known: bool) -> Span | None:
    words = []
    for span in tokens(reading, start):
        words.append(span)
        if len(words) == 3:  # noqa: PLR2004 - "rio de janeiro" has three words, none has more
            break
    if words and reading.low[words[0].start : words[0].end] == "the":
        words = words[1:]
    for size in range(len(words), 0, -1):
        span = Span(words[0].start, words[size - 1].end)
        if " ".join(reading.low[span.start : span.end].split()) in _KNOWN:
            return span
    if known or not words or not reading.lower:
        return None
    word = reading.low[words[0].start : words[0].end]
    bad = word in STOPS or word in DETERMINERS or word in _COMMON or not word.isalpha()
    return None if bad or word.endswith("ing") else words[0]


_COMMON = word_set(
    """fear peace harmony hope denial hell pain poverty dorms dorm town nature luxury fact city
    village case mind love sin style germanys europe asia africa danger luxury person theory
    practice school college uni university work home bed hospital prison jail exile isolation
    student halls two three trouble sales marketing finance tech it hr charge debt shock need
    short order general space public private rural urban suburbia downtown residence"""
)


def rural(reading: Reading, start: int) -> str | None:
    """Return "small town near Graz" where a place is told by another one."""
    window = reading.said[start : start + 60]
    match = re.match(r"\s*(?:an?|the)\s((?:[\w'-]+\s){1,5}?)(?=[A-Z])", window)
    if match is None or not _NEAR.search(match[0]):
        return None
    end = place(reading, start + match.end(), known=True)
    return None if end is None else reading.text(Span(start + match.start(1), end.end))


def place_value(reading: Reading, span: Span) -> str:
    """Return the name of a place, in capitals where it was written without."""
    text = reading.text(span)
    if text != text.lower():
        return text
    if text in _UPPER:
        return text.upper()
    return " ".join(
        word if word in _SMALL else word[:1].upper() + word[1:] for word in text.split()
    )
