"""Whether a value fits its predicate, and how a Russian one is written: in the nominative."""

import re

from shared.contracts.parts import Language
from shared.morphology import morph

_DIGIT = re.compile(r"\d")
_FORMS = {
    "age": re.compile(r"(?:[1-9]|[1-9]\d|1[01]\d)(?: (?:years?(?: old)?|лет|года?))?"),
    "birthday": re.compile(r".*\d.*"),
    "name": re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,2}"),
    "full_name": re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,4}"),
    "timezone": re.compile(r"[\w+:/ -]{2,40}"),
    "speaks": re.compile(r"[^\d]{2,40}"),
}
_NAMES = ("Name", "Surn", "Patr", "Geox", "Orgn")
_SMALL = frozenset({"на", "де", "ла", "эль"})
_LONGEST_WORD = 64


def is_likely(predicate: str, value: str) -> bool:
    """Tell whether a value has the form that those of its predicate have, where they have one."""
    form = _FORMS.get(predicate)
    return form is None or form.fullmatch(value) is not None


def nominative(value: str, lang: Language) -> str:
    """Return a Russian value of one noun in the nominative: "Казани" is "Казань".

    Others stay as they were said: values are compared by their lemmas, whatever their form.
    """
    if lang != "ru" or " " in value or len(value) > _LONGEST_WORD or _DIGIT.search(value):
        return value
    nouns = [one for one in morph().parse(value) if one.tag.POS == "NOUN"]
    if not nouns:
        return value
    inflected = nouns[0].inflect({"nomn"})
    word = inflected.word if inflected else value
    named = value[:1].isupper() or any(mark in nouns[0].tag for mark in _NAMES)
    if value.isupper() and len(value) > 1:
        return value
    if not named:
        return str(word)
    return "-".join(one if one in _SMALL else one.capitalize() for one in word.split("-"))
