"""What somebody has no longer: a pet, an allergy, an illness, a thing."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.conditions import condition
from services.memory_writer.extraction.en.pets import PET
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, rule
from services.memory_writer.extraction.found import Found

_OF_WHAT = re.compile(r"(?:an?\s|any\s|my\s|the\s)*allerg(?:y|ies)\sto\s")
_ALLERGY = re.compile(r"(?P<what>[\w-]+(?:\s[\w-]+)?)\sallerg(?:y|ies)\b")
_ARTICLE = re.compile(r"(?:an?|any|my|our|the)\s")
_ANIMAL = re.compile(rf"(?:[\w-]+\s)?{PET}\b(?!\s?[-'])")
_MORE = r"(?=[\w\s'-]{1,50}\b(?:any\s?more|any\slonger)\b)"


def _had(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    start = match.end()
    while article := _ARTICLE.match(reading.low, start):
        start = article.end()
    of_what = _OF_WHAT.match(reading.low, start)
    allergy = _ALLERGY.match(reading.low, start)
    span = phrase(reading, of_what.end() if of_what else start, words=3)
    if of_what and span:
        value, predicate = reading.text(span), "allergy"
    elif allergy:
        span = Span(*allergy.span())
        value, predicate = reading.text(Span(*allergy.span("what"))), "allergy"
    elif animal := _ANIMAL.match(reading.low, start):
        span = Span(start, animal.end())
        value, predicate = reading.text(span), "has_pet"
    elif span and (named := condition(reading.text(span))):
        value, predicate = named, "condition"
    elif span:
        value, predicate = reading.text(span), "uses"
    else:
        return
    yield reading.found(predicate, value, Span(match.start(), span.end), op="end")


RULES: tuple[Rule, ...] = (
    rule(r"(?:i|we)(?:'ve)?\s(?:<adv>)?no\slonger\s(?:have|own|keep|suffer\sfrom)\s", _had),
    rule(r"(?:i|we)\s(?:<adv>)?(?:don't|do\snot|dont)\s(?:have|keep)\s" + _MORE, _had),
)
