"""What somebody's body asks for: allergies, diets, conditions, aids."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.guarding import is_of_another
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, items, rule
from services.memory_writer.extraction.en.words import DIETS, word_set
from services.memory_writer.extraction.found import Found

_NO_ALLERGY = word_set(
    """work bullshit bs mondays stupidity effort drama me you people it this that mornings nonsense
    exercise fun seasonal food"""
)


def _allergies(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=4):
        value = reading.text(span)
        if value.lower() not in _NO_ALLERGY:
            yield reading.found("allergy", value, Span(match.start(), span.end))


def _bare_allergies(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "allergic to nuts", save in "my flatmate is vegan and allergic to soy"."""
    if not is_of_another(reading.low[: match.start()]):
        yield from _allergies(match, reading)


def _allergen(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    value = re.sub(
        (
            r"(?i)^(?:(?:an?|my|the|severe|serious|mild|bad|bit\sof\sa|terrible|nasty|slight"
            r"|life-threatening|all)\s)+"
        ),
        "",
        value,
    )
    if value.lower() not in _NO_ALLERGY and value:
        yield reading.found("allergy", value, Span(*match.span()))


_DIET = r"(?P<diet>" + "|".join(sorted(map(re.escape, DIETS), key=len, reverse=True)) + r")"
_AFTER = (
    r"(?=\s*(?:$|[,.!?;:()—–]|-\s|diet\b|and\b|but\b|now\b|so\b|since\b|for\b|btw\b|at\b"
    r"|after\b|person\b|who\b|here\b|because\b|by\b|though\b|atm\b|these\b|on\b|in\b|with\b"
    r"|lately\b|again\b|i\b|household\b|only\b|myself\b|too\b|since\b|today\b))"
)


def _diet(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = "vegetarian" if match["diet"] == "veggie" else match["diet"]
    yield reading.found("diet", value, Span(*match.span()))


_REFUSED = {
    "meat": "vegetarian",
    "animal products": "vegan",
    "gluten": "gluten-free",
    "wheat": "wheat-free",
    "dairy": "dairy-free",
    "lactose": "lactose-free",
    "sugar": "sugar-free",
    "carbs": "low-carb",
}
_FOODS = word_set(
    """meat gluten wheat dairy lactose sugar carbs pork beef fish seafood shellfish eggs nuts soy
    red_meat animal_products chicken garlic onions onion mushrooms salt lamb bread grains
    alcohol peanuts"""
)


def _refused(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=2)[:4]:
        value = reading.low[span.start : span.end]
        if value in _FOODS:
            yield reading.found(
                "diet", _REFUSED.get(value, f"no {value}"), Span(match.start(), span.end)
            )


def _reacts(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if re.search(_REACTION + r"|swell", match[0]):
        yield from _allergen(match, reading)


def _only_eats(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    if re.search(r"\b(?:only|strictly|exclusively)\b", match[0]):
        yield from _diet(match, reading)


def _eats(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm no longer vegan, I eat fish again"."""
    yield reading.found("diet", f"eats {match['what']}", Span(*match.span()))


_INTRODUCES = re.compile(
    r"^\W*(?:(?:hi|hello|hey|so|ok|well)\b\W*)*(?:i'm|im|i\sam|my\sname|name's|about\sme|intro"
    r"|(?:quick|short|brief)\sintro\w*|me:|this\sis|[\w-]+,\s\d\d\b|\d\d,)"
)


def _listed_diet(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Dana, 29, from Toronto, vegan."."""
    if _INTRODUCES.match(reading.low):
        yield from _diet(match, reading)


def _avoided(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    what = match["what"]
    if re.search(r"\ballerg|\banaphyla", reading.low):
        yield reading.found("allergy", what, Span(*match.span()))
    elif what in _FOODS:
        yield reading.found("diet", _REFUSED.get(what, f"no {what}"), Span(*match.span()))


_THINGS = r"(?P<what>[\w-]+(?:\s[\w-]+)?)"


def _deadly(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("allergy", match["what"], Span(*match.span()))


def _allergy_list(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    for span in items(reading, match.end(), words=3, commas=True):
        yield reading.found("allergy", reading.text(span), Span(match.start(), span.end))


_REACTION = (
    r"(?:hives|an?\s(?:\w+\s)?(?:rash|reaction)|rashes|anaphylaxis|swollen\s\w+|itchy\s\w+|welts"
    r"|an\sitchy\s\w+)"
)

RULES: tuple[Rule, ...] = (
    rule(
        (
            rf"(?:i\s<adv>)?(?:get|got|break\sout\sin|come\sout\sin|swell\sup)\s(?:{_REACTION}\s)?(?:from|after"
            r"\seating|because\sof|whenever\si\s(?:eat|touch|have)|when\si\s(?:eat|touch|have)|if\si\s"
            rf"(?:eat|touch|have))\s{_THINGS}(?=\s*(?:$|[.,!;]|so\b|and\b|but\b))"
        ),
        _reacts,
    ),
    rule(
        (
            r"(?:i\s<adv>(?:carry|have|keep|need)\s)?(?:an?\s|my\s)?epi-?pen\s(?:because\sof|for|against"
            rf"|due\sto|on\saccount\sof)\s(?:my\s|the\s)?{_THINGS}(?=\s*(?:$|[.,!;]|so\b|and\b|but\b))"
        ),
        _allergen,
    ),
    rule(
        (
            rf"(?:i|we)\s<adv>(?:eat|cook|buy)\s(?:only\s|strictly\s|exclusively\s)*{_DIET}\s(?:food|meals"
            r"|stuff|things)\b(?=\s*(?:$|[.,!;]|at\shome|now))"
        ),
        _only_eats,
    ),
    rule(
        (
            r"(?:i|i've|i\shave|<im>)\s<adv>(?:gone|went|am|got)?\s?(?:back\s(?:to|on)\s)(?:eating\s)?"
            r"(?P<what>meat|fish|seafood|dairy|eggs|gluten|bread|chicken|pork|beef|cheese|sugar|carbs)\b"
        ),
        _eats,
    ),
    rule(
        (
            r"(?:(?:even|just|only)\s)?(?:one|a|an|the\s(?:smallest|slightest|tiniest))\s(?:single\s|tiny\s)?"
            r"(?:bite|trace|crumb|taste|sip|whiff|sting|spoonful|drop)\s(?:of|from)\s(?:an?\s)?"
            r"(?P<what>[\w-]+(?:\s[\w-]+)?)\s(?:and\s(?:i|my)\s[\w\s']{0,30}?|(?:sends|puts|lands|gets)\sme\s"
            r"|(?:could|would|can|will)\s)(?:a&e|er|the\ser|hospital|hives|swell\w*|rash|anaphyla\w+"
            r"|kill\sme|in\shospital|to\shospital|ambulance|epipen|clos\w+\sup|stop\sbreathing)"
        ),
        _deadly,
    ),
    rule(
        (
            r"(?:<im>|we're|i've\salways\sbeen|i\sfound\sout\si'm|i\s(?:just\s)?(?:found\sout"
            r"|discovered|learned|learnt)\s(?:that\s)?i'm)\s<adv>(?:severely\s|highly\s"
            r"|mildly\s|deathly\s|badly\s|extremely\s|terribly\s|a\sbit\s"
            r"|slightly\s)?allergic\sto\s"
        ),
        _allergies,
        "clause",
    ),
    rule(r"(?:(?:severely|highly|mildly|deathly)\s)?allergic\sto\s", _bare_allergies),
    rule(
        r"(?:<ive>|i've\shad)\s(?P<what>(?:an?\s)?(?:[\w-]+\s){1,3}?)allerg(?:y|ies)\b", _allergen
    ),
    rule(r"(?:<ive>\san?\s(?:\w+\s)?|my\s)allergy\sto\s", _allergies, "anywhere"),
    rule(r"\bmy\s(?P<what>(?:[\w-]+\s){1,2})allergy\b", _allergen, "anywhere"),
    rule(rf"{_THINGS}\sallergy\shere\b", _allergen),
    rule(
        (
            rf"{_THINGS}\s(?:gives?|give)\sme\s(?:hives|a\srash|anaphylaxis"
            rf"|an\sallergic\sreaction)\b"
        ),
        _allergen,
    ),
    rule(
        (
            rf"{_THINGS}\smakes?\s(?:me\sbreak\sout\b|my\sthroat\s(?:swell|itch|close)"
            rf"|me\sswell)"
        ),
        _allergen,
    ),
    rule(
        (
            rf"{_THINGS}\s(?:is|are)\soff[\s-]limits\sfor\sme\b(?=[^.]{{0,60}}(?:anaphyla"
            rf"|allerg|react|hospital))"
        ),
        _allergen,
    ),
    rule(
        (
            rf"(?:<im>|we're|i've\sbeen|been|i\sturned|i\swent|i've\sgone|i\sbecame|i've\sbecome"
            rf"|being|i'm\sstaying|we\sare|i've\sturned)\s<adv>(?:(?:an?|on\sa|on|strictly"
            rf"|strict|fully|mainly|doing|following|lifelong|a\slifelong|trying|eating"
            rf"|completely|mostly|a\sstrict|almost)\s){{0,3}}{_DIET}\b{_AFTER}"
        ),
        _diet,
    ),
    rule(
        (
            rf"\bas\san?\s(?:(?:strict|lifelong|fellow|new|long-time|longtime|devout"
            rf"|committed)\s)?{_DIET}\b{_AFTER}"
        ),
        _diet,
        "anywhere",
    ),
    rule(
        (
            rf"(?:i|we)\s<adv>(?:eat|keep|follow|do|stick\sto|observe|cook|am\son)\s(?:an?\s"
            rf"|strict\s|strictly\s|only\s)*{_DIET}\b{_AFTER}"
        ),
        _diet,
    ),
    rule(
        (
            rf"(?:<im>|i've\sbeen)\s(?:\w+\s)?(?:eating|keeping|following|doing)\s(?:an?\s"
            rf"|strict\s|strictly\s|only\s)*{_DIET}\b{_AFTER}"
        ),
        _diet,
    ),
    rule(
        rf"{_DIET}\s(?:here\b|only\s(?:for\sme|please)|diet\shere|for\s\d+\syears|since\b)", _diet
    ),
    rule(rf"(?:strictly|fully|strict)\s{_DIET}(?:\snow)?(?=\s*(?:$|[,.!;]))", _diet),
    rule(rf"{_DIET}(?=\s*(?:$|,\s(?!but\b)))", _diet),
    rule(rf"{_DIET}(?=\s?(?:[.!;)]|and\b))", _listed_diet),
    rule(
        (
            r"i\s(?:now\s)?<adv>(?:eat|started\seating)\s(?P<what>meat|fish|seafood|dairy|eggs"
            r"|gluten|bread|chicken|pork|beef|cheese|sugar|carbs)\s(?:again|now|these\sdays|too\snow"
            r"|once\smore)\b"
        ),
        _eats,
    ),
    rule(
        (
            r"(?:i|we)(?:'ve|\shave)?\s(?:<adv>)?(?:(?:don't|do\snot|dont|never|can't|cannot|cant|can\snot"
            r"|no\slonger|won't)\s(?:eat|have|touch|do|consume|tolerate)|avoid|(?:have\sto|must"
            r"|need\sto|try\sto)\savoid|stay\saway\sfrom|steer\sclear\sof|(?:had\sto\s)?(?:gave"
            r"|give)\sup|(?:had\sto\s)?cut\sout|stopped\seating)\s(?:any\s|all\s)?"
        ),
        _refused,
    ),
    rule(
        (
            rf"{_THINGS}\s(?:is|are)\s(?:an?\s(?:\w+\s)?no(?:-go)?|off[\s-]limits|off\sthe\s(?:menu|table)"
            rf"|not\san\soption)\sfor\sme\b"
        ),
        _avoided,
    ),
    rule(rf"no\s(?P<what>{'|'.join(sorted(_FOODS, key=len, reverse=True))})\sfor\sme\b", _avoided),
    rule(
        (
            rf"(?P<what>{'|'.join(sorted(_FOODS, key=len, reverse=True))})\s(?:wrecks|upsets"
            rf"|kills|destroys|ruins|messes\s(?:up|with)|doesn't\sagree\swith"
            rf"|don't\sagree\swith|irritates)\s(?:my\s(?:stomach|gut|guts|belly)|me)\b"
        ),
        _avoided,
    ),
    rule(
        (
            r"(?P<what>peanuts?|nuts?|shellfish|bees?|bee\sstings?|wasps?|sesame|fish|eggs?"
            r"|milk|latex|penicillin|kiwis?|strawberries|soy|shrimp|prawns)\s(?:could|would"
            r"|will|can|might)\s(?:literally\s|actually\s)?kill\sme\b"
        ),
        _deadly,
    ),
    rule(
        (
            r"(?:my\s)?(?:food\s)?allerg(?:y|ies)(?:\sare|\sinclude|:|\sis)\s(?:to\s)?(?!acting"
            r"|bad|killing|worse|terrible|so\b|getting)"
        ),
        _allergy_list,
    ),
)
