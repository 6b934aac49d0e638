"""Companies, as they are called."""

from services.memory_writer.extraction.ru.lexicon import (
    COMPANIES,
    OFFICE,
    listed,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    LOCATIVE,
    known,
    pick,
    top,
)
from services.memory_writer.extraction.ru.phrases import phrase

_LONGEST_SHORT_NAME = 8
_SHORT_NAMES = frozenset({"мтс", "вб", "ржд", "втб", "вк", "хх"})


def company_at(line: Line, i: int, cases: frozenset[str]) -> str | None:
    """Return the company that begins at a token, as it is called."""
    while line.word(i) in {"компании", "компанию", "фирме", "корпорации", "банке", "ооо", "нашем"}:
        i += 1
    token = line.token(i)
    if token is None or not token.is_word:
        return line.title(i)
    titled = line.title(i) if i > 0 else None
    if titled:
        return titled
    if token.is_latin:
        return _latin_company(line, i)
    if token.low in _SHORT_NAMES or (
        token.text.isupper() and 1 < len(token.text) < _LONGEST_SHORT_NAME
    ):
        return token.text.upper()
    company = listed(token.low, COMPANIES, cases)
    if company:
        reading = pick(token.low, cases=cases)
        return capital(reading.nominative if reading and known(token.low) else company)
    return _unlisted_company(line, i, cases)


def capital(name: str) -> str:
    """Return a name with a capital for each of its parts."""
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _unlisted_company(line: Line, i: int, cases: frozenset[str]) -> str | None:
    """Return a company that the dictionary marks as one, or a name that it does not know."""
    token = line.tokens[i]
    best = top(token.low)
    if best and "Orgn" in best.grammemes:
        return capital(best.nominative)
    if not token.capital or i == 0 or known(token.low) or pick(token.low, having="Geox"):
        return None
    if best and best.grammemes & {"Name", "Patr"}:
        return None
    reading = pick(token.low, cases=cases)
    return capital(reading.nominative if reading else token.text)


def _latin_company(line: Line, i: int) -> str | None:
    if line.word(i) in OFFICE or not line.tokens[i].capital:
        return None
    named = phrase(line, i, LOCATIVE)
    return named.value if named else None
