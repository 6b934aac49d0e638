"""Noun phrases and infinitives: where they end, and how they read in the nominative."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from services.memory_writer.extraction.ru.line import Line, Token
from services.memory_writer.extraction.ru.morphology import (
    ADJECTIVES,
    GENITIVE,
    NOMINATIVE,
    Reading,
    known,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.words import words

LONGEST_INFINITIVE = 7
"""Words of an infinitive with what goes with it: longer ones are no goal, but a story."""

_MOST_ITEMS = 8
_MOST_ADJECTIVES = 4
_MOST_WORDS = 4
"""Of the name of a product."""
_LONGEST_NUMBER = 5
_LONGEST_COUNT = 2
_SURE = 0.6
_TWO = 2
_FILLERS = words(
    "мой моя мое мои моего моей моих моему моим свой своя свое свои своего своей своих свою свою"
    " мою наш наша наше наши нашу очень просто именно особенно немного чуть-чуть"
    " всякие всякую всякий разные разный также тоже еще только больше всего сильно всегда"
    " обычный обычную самый самую самое самые уже как-то прям прямо вот ну кстати"
)
_LINKS = frozenset(
    {"с", "со", "без", "из", "для", "на", "по", "в", "во", "о", "об", "от", "под", "про"}
)
_WHEN = re.compile(
    r"(?:детств|юност|рождени|утр|вечер|ноч|днем|день|дня|дни|год|лет|месяц|недел|зим|весн|осен"
    r"|возраст|раз|врем|конц|начал|январ|феврал|март|апрел|ма[йея]|июн|июл|август|сентябр|октябр"
    r"|ноябр|декабр|понедельник|вторник|сред[уаы]|четверг|пятниц|суббот|воскресень|выходн|завтрак"
    r"|обед|ужин|данный|момент|самого|пор|работ[еу]|дом|курс|уровн|удовольств|душ|ваш|тво|мо[йе])"
)
_TIMES = frozenset({"год", "месяц", "неделя", "день", "раз", "час", "время", "лето"})
_COUNTS = {
    "два": 2, "две": 2, "двух": 2, "двумя": 2, "три": 3, "трех": 3, "тремя": 3,
    "четыре": 4, "четырех": 4, "пять": 5, "пяти": 5, "шесть": 6, "семь": 7, "восемь": 8,
    "девять": 9, "десять": 10,
}  # fmt: skip
_COUNT_WORDS = {2: "два", 3: "три", 4: "четыре"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in the nominative; `after` is the token after it, `head` the reading of its noun."""

    value: str
    first: int
    after: int
    head: Reading | None


def written(token: Token, form: str, *, first: bool) -> str:
    """Return a form of a token with the capitals that the token has for its own sake."""
    if token.text.isupper() and len(token.text) > 1:
        return token.text
    if token.capital and (not first or not known(token.low)):
        return "-".join(part[:1].upper() + part[1:] for part in form.split("-"))
    return form


def phrase(
    line: Line, i: int, cases: Collection[str], *, linked: bool = True, whole: bool = True
) -> Phrase | None:
    """Return the noun phrase in one of these cases that begins at a token.

    `linked`: "кофе с корицей" is one phrase, otherwise its preposition ends it; not `whole`: its
    noun does.
    """
    while line.word(i) in _FILLERS or (line.word(i), line.word(i + 1)) == ("в", "основном"):
        i += 2 if line.word(i) == "в" else 1
    token = line.token(i)
    if token is None:
        return None
    if not token.is_word:
        title = line.title(i) if token.text in '«"' else None
        return Phrase(title, i, i, None) if title else None
    if token.is_latin:
        return _product(line, i)
    if token.low in _COUNTS or (token.low.isdigit() and len(token.low) <= _LONGEST_COUNT):
        return _counted(line, i)
    return _described(line, i, cases, linked=linked, whole=whole)


def _product(line: Line, i: int) -> Phrase:
    """Return a name in Latin letters, with the numbers in it."""
    after = i + 1
    while (token := line.token(after)) and after - i < _MOST_WORDS and token.is_word:
        if not (token.is_latin or (token.text[0].isdigit() and len(token.text) <= _LONGEST_NUMBER)):
            break
        after += 1
    value = line.text[line.tokens[i].start : line.tokens[after - 1].end]
    return Phrase(value, i, after, None)


def _counted(line: Line, i: int) -> Phrase | None:
    """Return a number of things: "трёх гусей" -> "три гуся"."""
    count = int(line.word(i)) if line.word(i).isdigit() else _COUNTS[line.word(i)]
    noun = line.token(i + 1)
    if noun is None or not noun.is_word:
        return None
    reading = pick(noun.low, cases=GENITIVE | NOMINATIVE)
    if reading is None:
        return None
    base = _COUNT_WORDS.get(count, line.word(i))
    if count == _TWO and reading.gender == "femn":
        base = "две"
    if "двух" in base or line.word(i).isdigit():
        base = line.word(i)
    return Phrase(f"{base} {reading.counted(count)}", i, i + 2, reading)


def _described(
    line: Line, i: int, cases: Collection[str], *, linked: bool, whole: bool
) -> Phrase | None:
    """Return adjectives and a noun, with the genitives and one preposition after it."""
    start = i
    described: list[tuple[Token, Reading]] = []
    while (token := line.token(i)) and token.is_word and len(described) < _MOST_ADJECTIVES:
        adjective = pick(token.low, pos=ADJECTIVES, cases=cases)
        if adjective is None or _is_noun_here(line, i, cases):
            break
        if "Apro" in adjective.grammemes:
            return None
        described.append((token, adjective))
        i += 1
    token = line.token(i)
    head = _head(token, cases, described[-1][1] if described else None)
    if head is None or token is None:
        return _substantive(line, start, described)
    words = [
        written(each, adjective.agreeing(head), first=each.start == 0)
        for each, adjective in described
    ]
    if head.normal in _TIMES and described:
        return None
    form = head.nominative
    if not known(token.low) and head.number == "plur" and token.low.endswith("ок"):
        form = token.low[:-2] + "ки"  # An unknown word: "настолок" is rather of "настолки".
    words.append(written(token, form, first=token.start == 0))
    after = _complement(line, i + 1, linked=linked) if whole else i + 1
    if after > i + 1:
        words.append(line.text[line.tokens[i + 1].start : line.tokens[after - 1].end])
    return Phrase(" ".join(words), start, after, head)


def _is_noun_here(line: Line, i: int, cases: Collection[str]) -> bool:
    """Whether an adjective is rather a noun: nothing follows that it could describe."""
    word, ahead = line.word(i), line.token(i + 1)
    noun = pick(word, cases=cases)
    if noun is None or (ahead and pick(ahead.low, pos=ADJECTIVES, cases=cases)):
        return False
    return ahead is None or not ahead.is_word or pick(ahead.low, cases=cases) is None


def _head(token: Token | None, cases: Collection[str], adjective: Reading | None) -> Reading | None:
    if token is None or not token.is_word:
        return None
    best = top(token.low)
    if best is None or best.pos in {"PREP", "CONJ", "NPRO", "PRCL", "INTJ"}:
        return None
    if best.pos in {"VERB", "INFN", "GRND"} and best.score > _SURE:
        return None
    for reading in readings(token.low):
        if reading.pos != "NOUN" or reading.case not in cases or "Infr" in reading.grammemes:
            continue
        if adjective and not _agree(adjective, reading):
            continue
        return reading
    return None


def _agree(adjective: Reading, noun: Reading) -> bool:
    if adjective.number != noun.number:
        return False
    return adjective.number == "plur" or not noun.gender or adjective.gender in {"", noun.gender}


def _substantive(line: Line, start: int, described: list[tuple[Token, Reading]]) -> Phrase | None:
    """Return adjectives that no noun follows: "сладкое"."""
    if not described or len(described) > 1:
        return None
    token, adjective = described[0]
    ahead = line.token(start + 1)
    if ahead is not None and ahead.is_word and ahead.low != "и" and known(ahead.low):
        reading = top(ahead.low)
        if reading is None or reading.pos not in {"PREP", "ADVB", "NPRO", "VERB", "PRED", "CONJ"}:
            return None
    value = written(token, adjective.agreeing(None), first=token.start == 0)
    return Phrase(value, start, start + 1, adjective)


def _complement(line: Line, i: int, *, linked: bool) -> int:
    """Return the token after the genitives that begin here, and after one preposition's noun."""
    i = _nouns(line, i, GENITIVE)
    token = line.token(i)
    if linked and token and token.low in _LINKS:
        ahead = line.token(i + 1)
        if ahead and ahead.is_word and not _WHEN.match(ahead.low):
            if ahead.is_latin:
                return _product(line, i + 1).after
            after = _nouns(line, i + 1, ())
            if after > i + 1:
                return after
    return i


def _nouns(line: Line, i: int, cases: Collection[str]) -> int:
    """Return the token after adjectives and a noun in a case, up to three words; `i` if none."""
    best = i
    for k in range(i, i + 3):
        token = line.token(k)
        if token is None or not token.is_word or token.clause != line.tokens[i - 1].clause:
            break
        if _WHEN.match(token.low):
            break
        reading = top(token.low)
        if pick(token.low, cases=cases) and reading and reading.pos in {"NOUN", *ADJECTIVES}:
            best = k + 1
        elif not pick(token.low, pos=ADJECTIVES, cases=cases):
            break
        if reading and best == k + 1 and not cases:
            break
    return best


def phrases(line: Line, i: int, cases: Collection[str], *, linked: bool = True) -> list[Phrase]:
    """Return the phrases of a list: "орехи, пыльцу и шерсть"; empty where there is none."""
    found: list[Phrase] = []
    while len(found) < _MOST_ITEMS:
        item = phrase(line, i, cases, linked=linked)
        if item is None:
            break
        ahead = line.token(item.after)
        ends = ahead is None or not ahead.is_word or ahead.low in {"и", "или", "да", "а", "но"}
        if not ends and found and line.word(i - 1) == "и":
            verb = top(ahead.low) if ahead else None
            ends = verb is None or verb.pos not in {"VERB", "PRED"} or "1per" in verb.grammemes
        if found and not ends:
            break
        found.append(item)
        if ahead is None:
            break
        if ahead.low == "," and line.word(item.after + 1) == "и":
            i = item.after + 2
        elif ahead.low in {",", "и", "или", "да", "/", "+"}:
            i = item.after + 1
        else:
            break
    return found


def infinitive(line: Line, i: int, *, again: bool = False) -> tuple[str, int] | None:
    """Return an infinitive with what goes with it, up to the end of its clause, and the end.

    `again`: after another one, where a word that may be a noun ("печь") is none.
    """
    start = i
    while line.word(start) in {"все-таки", "наконец", "очень", "еще", "тоже", "когда-нибудь"}:
        start += 1
    for verb in range(start, min(start + 4, len(line.tokens))):
        token = line.tokens[verb]
        if not token.is_word or token.clause != line.tokens[start].clause:
            return None
        reading = top(token.low)
        if reading and reading.pos == "INFN":
            break
        if again and verb == start and pick(token.low, pos=("INFN",)):
            break
        if verb > start and reading and reading.pos in {"VERB", "GRND"}:
            return None
    else:
        return None
    after = verb + 1
    while (ahead := line.token(after)) and ahead.is_word and after - verb < LONGEST_INFINITIVE:
        if ahead.clause != line.tokens[verb].clause or ahead.low in {"и", "чтобы", "если"}:
            break
        after += 1
    return line.text[line.tokens[verb].start : line.tokens[after - 1].end], after


def infinitive_of(line: Line, i: int) -> str | None:
    """Return the infinitive itself that stands at a token, or soon after it."""
    for k in range(i, min(i + 4, len(line.tokens))):
        reading = top(line.tokens[k].low)
        if reading and reading.pos == "INFN":
            return reading.normal
    return None
