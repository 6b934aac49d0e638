"""Which language the frame of a prompt is in. The model answers in the user's own language."""

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from shared.contracts.parts import Scalar

Language: TypeAlias = Literal["ru", "en"]

# What people write into the preference `language`; any other language is decided by the script.
_NAMES: dict[str, Language] = {
    "ru": "ru",
    "rus": "ru",
    "russian": "ru",
    "русский": "ru",
    "по-русски": "ru",
    "на русском": "ru",
    "en": "en",
    "eng": "en",
    "english": "en",
    "английский": "en",
    "по-английски": "en",
    "на английском": "en",
    "in russian": "ru",
    "in english": "en",
    "английский язык": "en",
    "русский язык": "ru",
}
# Code and addresses are Latin in every language and say nothing about their author's.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\b\w+://\S+", re.DOTALL)
_LATIN = re.compile(r"[A-Za-z]+")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]+")
# Russian questions are full of Latin names (nginx, Docker); English ones hold no Cyrillic words.
_CYRILLIC_WEIGHT = 2


def choose_language(
    *, preference: Scalar | None, question: str, history: Sequence[str]
) -> Language:
    """Return the language of the prompt's frame.

    The preference decides where it names Russian or English, then the script of most words of the
    question, then that of the history (the user's own messages); "en" where nothing tells.
    """
    return _named(preference) or _script(question) or _script("\n".join(history)) or "en"


def _named(preference: Scalar | None) -> Language | None:
    if not isinstance(preference, str):
        return None
    name = preference.strip().casefold()
    # A locale such as ru_RU or en-GB names its language first.
    return _NAMES.get(name) or _NAMES.get(re.split(r"[-_]", name, maxsplit=1)[0])


def _script(text: str) -> Language | None:
    prose = _CODE.sub(" ", text)
    cyrillic = len(_CYRILLIC.findall(prose)) * _CYRILLIC_WEIGHT
    latin = len(_LATIN.findall(prose))
    if cyrillic == latin == 0:
        return None
    return "ru" if cyrillic >= latin else "en"
