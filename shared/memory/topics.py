"""What is talked about: the nouns and names of what a user says, in Russian and English.

Pure. A topic is a lemma, or the usual name of a technique however it is spelt ("докера", "Docker").
Its weight halves in 14 days. Weights grow with the time at which something was said instead of
being let decay (forward decay: Cormode et al., ICDE 2009), so that they add up to the same whatever
the order, and a message takes out exactly what it brought.
"""

import math
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain

from shared.contracts.parts import Message
from shared.lexemes import language_of
from shared.memory.topic_words import NAMES, NO_TOPICS
from shared.morphology import morph
from shared.word_lists import STOP_WORDS

MOST = 8
"""Topics of one message, and those that are shown of a conversation."""

READ = 8_000
"""Characters of a message that are looked at: it tells by then what it is about."""

LONGEST = 40
HALF_LIFE_DAYS = 14
LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
"""What was said by then weighs least: it was half a year old, or twelve half-lives, in mid-2026."""

LEAST_WEIGHT = 16
"""Weights are whole numbers, so that they add up exactly; this keeps their steps below 5 %."""

_MOST_HALF_LIVES = 960
"""Within what a float holds."""

_NOT_SAID = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|\b(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w+",
    re.DOTALL,
)
"""An address is looked for where a word begins, and its name is no longer than mail allows: eight
thousand letters without a blank took a fifth of a second."""
# From its beginning alone: a number of a million digits has one.
_WORD = re.compile(r"(?<![^\W_])[^\W_]*[^\W\d_][^\W_]*(?:[-'’][^\W_]+|\.js\b)*")
_CYRILLIC = re.compile(r"[а-я]")
_CONTRACTED = re.compile(r"(?:n['’]t|['’](?:m|re|ve|ll|d))$")
_POSSESSIVE = re.compile(r"['’]s?$")
_LATIN_OF = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a,b,v,g,d,e,e,zh,z,i,i,k,l,m,n,o,p,r,s,t,u,f,h,ts,ch,sh,sch,,i,,e,u,a".split(","),  # noqa: SIM905 - letters read better so
        strict=True,
    )
)
# The sound of Latin letters, roughly as Russian writes it; the first that fits counts.
_SOUNDS = (
    ("ck", "k"), ("sch", "sch"), ("sh", "sh"), ("ch", "ch"), ("ph", "f"), ("th", "t"),
    ("dj", "dzh"), ("j", "dzh"), ("oo", "u"), ("ee", "i"), ("qu", "kv"), ("q", "k"), ("x", "ks"),
    ("w", "v"), ("y", "i"), ("ce", "se"), ("ci", "si"), ("c", "k"), ("yu", "u"), ("ya", "a"),
)  # fmt: skip
_ENGLISH_NO_PLURAL = ("ss", "us", "is", "os", "as", "ics")
_NO_PLURALS = frozenset(
    """news series species gas lens css dns bias chess leeds wales athens brussels naples thames
    james charles holmes mercedes netherlands philippines maldives""".split()  # noqa: SIM905 - words
)


def topics_of(message: Message) -> tuple[str, ...]:
    """Return the topics of a message: none of what the user has not said."""
    return topics_in(message.content) if message.role == "user" else ()


def topics_in(text: str) -> tuple[str, ...]:
    """Return at most MOST topics of a text, the most frequent first, then in their order."""
    said = _NOT_SAID.sub(" ", text[:READ])
    found = (topic for topic in map(_topic, _WORD.findall(said)) if topic)
    return tuple(topic for topic, _ in Counter(found).most_common(MOST))


def weight_at(said_at: datetime) -> int:
    """Return what a message adds to the weight of its topics.

    By whole days, so that two runs of the same code agree on it to the last bit.
    """
    days = (said_at - LANDMARK).days
    half_lives = min(max(days, 0) / HALF_LIFE_DAYS, _MOST_HALF_LIVES)
    return round(LEAST_WEIGHT * math.pow(2, half_lives))


def heaviest(counts: dict[str, int]) -> tuple[str, ...]:
    """Return the topics of a conversation, the most frequent first, then by name."""
    ranked = sorted(counts, key=lambda topic: (-counts[topic], topic))
    return tuple(ranked[:MOST])


def sound(word: str) -> str:
    """Return how a word in lower case sounds, the same for its Latin and its Cyrillic spelling."""
    if _CYRILLIC.search(word):
        heard = "".join(_LATIN_OF.get(letter, letter) for letter in word)
    else:
        heard, rest = "", word
        while rest:
            latin, spoken = next((s for s in _SOUNDS if rest.startswith(s[0])), (rest[0], rest[0]))
            heard, rest = heard + spoken, rest[len(latin) :]
        # Silent, as in "google".
        heard = heard.removesuffix("e") if heard[:-1].strip("aeiou") else heard
    return re.sub(r"(.)\1+", r"\1", heard)


@cache
def _names_by_sound() -> dict[str, str]:
    return {sound(name): name for name in dict.fromkeys(NAMES.values())}


@lru_cache(maxsize=65_536)
def _topic(word: str) -> str | None:
    """Return the topic that a word stands for, or None where it stands for none."""
    plain = _POSSESSIVE.sub("", word.casefold().replace("ё", "е"))[:LONGEST]
    if plain in NAMES:
        return NAMES[plain]
    if len(plain) < 2 or plain in STOP_WORDS or plain in NO_TOPICS:  # noqa: PLR2004 - letters
        return None
    if language_of(plain) == "ru":
        return _russian(plain)
    return _english(plain, shouted=word.isupper())


def _russian(plain: str) -> str | None:
    # The dictionary may not know the case that somebody gave a foreign name ("кубернетесе").
    parsed = morph().parse(plain)
    for lemma in dict.fromkeys(chain([plain], (one.normal_form for one in parsed))):
        name = NAMES.get(lemma) or _names_by_sound().get(sound(lemma))
        if name:
            return name
    best = parsed[0]
    lemma = str(best.normal_form).replace("ё", "е")
    is_noun = best.tag.POS == "NOUN" and len(lemma) > 2  # noqa: PLR2004 - letters
    if not is_noun or lemma in NO_TOPICS or lemma in STOP_WORDS:
        return None
    return lemma


def _english(plain: str, *, shouted: bool) -> str | None:
    # Two letters are an abbreviation, or nothing.
    if len(plain) < 3 and not (shouted and plain.isalpha()):  # noqa: PLR2004 - letters
        return None
    if _CONTRACTED.search(plain):
        return None
    if plain.endswith("ly") and len(plain) > 5:  # noqa: PLR2004 - not "fly", "july", "family"
        return plain if plain in {"family", "assembly", "italy"} else None
    lemma = _singular(plain)
    return None if lemma in NO_TOPICS or lemma in STOP_WORDS else NAMES.get(lemma, lemma)


def _singular(plain: str) -> str:
    if plain in _NO_PLURALS or not plain.endswith("s") or len(plain) < 4:  # noqa: PLR2004
        return plain
    if plain.endswith("ies") and len(plain) > 4:  # noqa: PLR2004 - "ties"
        return plain[:-3] + "y"
    if plain.endswith(("sses", "shes", "ches", "xes", "zes")):
        return plain[:-2]
    return plain if plain.endswith(_ENGLISH_NO_PLURAL) else plain[:-1]
