"""Professions, as they read in the nominative."""

from services.memory_writer.extraction.ru.lexicon import (
    OWNERS,
    RELATIVES,
    plain,
    trade,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ADJECTIVES,
    GENITIVE,
    Reading,
    pick,
    top,
)
from services.memory_writer.extraction.ru.phrases import written
from services.memory_writer.extraction.ru.subjects import of_others

_PLAIN = frozenset({"хороший", "обычный", "простой", "начинающий", "опытный"})
_MOST_ADJECTIVES = 2


def occupation(line: Line, i: int, cases: frozenset[str]) -> tuple[str, int] | None:
    """Return the profession in a case that begins at a token, in the nominative, and the end."""
    k = i
    while k < i + _MOST_ADJECTIVES and line.token(k) and trade(line.word(k), cases) is None:
        if pick(line.word(k), pos=ADJECTIVES, cases=cases) is None:
            return None
        k += 1
    token = line.token(k)
    head = trade(token.low, cases) if token else None
    described = None if head is None else _described(line, i, k, cases, head)
    if token is None or head is None or described is None:
        return None
    if token.low == "классный" and line.word(k + 1) == "руководитель":
        return "классный руководитель", k + 2
    named = [*described, written(token, head.nominative, first=token.start == 0).lower()]
    ahead = line.token(k + 1)
    if ahead and ahead.is_word and ahead.clause == token.clause and _is_genitive(ahead.low):
        named.append(ahead.text if ahead.text.isupper() else ahead.low)
        return " ".join(named), k + 2
    # Of what he is the owner makes him one.
    return None if plain(head.normal) in OWNERS else (" ".join(named), k + 1)


def _described(
    line: Line, i: int, k: int, cases: frozenset[str], head: Reading
) -> list[str] | None:
    """Return the adjectives before a profession, None where they say that it is no more."""
    found = []
    for j in range(i, k):
        adjective = pick(line.word(j), pos=ADJECTIVES, cases=cases, gender=head.gender)
        if adjective and adjective.normal == "бывший":
            return None
        if adjective and adjective.normal not in _PLAIN and "Apro" not in adjective.grammemes:
            found.append(adjective.agreeing(head))
    return found


def _is_genitive(word: str) -> bool:
    noun = pick(word, cases=GENITIVE)
    if noun is None or noun.grammemes & {"Geox", "Name", "Surn", "anim", "Orgn"}:
        return False
    best = top(word)
    return bool(best and best.pos == "NOUN") and noun.normal not in {"год", "месяц", "стаж", "лето"}


def relative_before(line: Line, i: int) -> bool:
    """Whether a relative is the subject of the clauses before: "мама моя, Анна, на пенсии"."""
    earlier = [line.word(k) for k in range(i)]
    if "я" in earlier or "мне" in earlier:
        return False
    best = [top(word) for word in earlier]
    return any(r and r.case == "nomn" and plain(r.normal) in RELATIVES for r in best)


def said_of_another(line: Line, i: int) -> bool:
    """Whether a clause says what somebody else is: its subject is another, or it is "у сестры"."""
    start, after = line.clause(i)
    for k in range(start, after):
        best = top(line.word(k))
        if (
            k != i
            and best
            and best.case == "nomn"
            and best.number == "sing"
            and ("anim" in best.grammemes or best.normal in {"он", "она", "они", "кто"})
            and not trade(line.word(k))
        ):
            return True
    return of_others(line, i)
