"""Which animals somebody has."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import ANIMALS, plain
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    ANY_CASE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    UNLIKELY,
    Reading,
    known,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.names import person
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, unreal
from services.memory_writer.extraction.ru.words import words
from services.memory_writer.extraction.sentences import Sentence

_KEEP = words(
    "держу держим развожу разводим завел завела завели взял взяла взяли приютил приютила приютили"
    " подобрал подобрала подобрали купил купила купили воспитываю воспитываем выгуливаю кормлю"
    " подарили спасли спас спасла выращиваю нянчу удочерили усыновили появился появилась содержу"
    " содержим живу живем"
)
_POSSESSIVE = words(
    "мой моя мое мои моего моей моему моем моим моих мою наш наша наше наши нашего нашей нашему"
    " нашим наших нашу"
)
_LOST = re.compile(
    r"\b(?:не стало|умер|умерла|погиб|погибла|сдох|сдохла|отдали|отдать|отдала|отдал"
    r"|сбежала?(?! (?:под|на|от|из-под|в|во|по)\b)|усыпили|усыпить|потеряли"
    r"|пропал|пропала|похоронил\w*)\b"
)
_NAME_LOST = re.compile(
    r"\b(?:не стало|умер|умерла|погиб|погибла|сдох|сдохла|усыпили|похоронил[аи]?)\b"
)
_WHEN = words("вчера сегодня ночью утром недавно наш наша мой моя нашего нашу моего мою больше все")
_FAMOUS = words(
    "матроскин леопольд бегемот базилио хатико гарфилд чеширский шарик пушкин павлова шредингера"
    " васька снупи скуби пятачок кеша рекс"
)
"""Animals of books and films, who live with nobody."""
_NAMING = words("назвали назвал назвала зовут звать кличут кличка имени кличке имя нарекли")
_MINE_CALLED = re.compile(r"\b(?:моего|мою|нашего|нашу|своего|свою) (?:зовут|звать|кличут)\b")
_MINE_IS = re.compile(r"\b(?:моему|моей|нашему|нашей) (?=\w+ (?:год|года|лет|месяц)|\d)")
_OUR_ONE = re.compile(r"\b(?:наш|наша|мой|моя)\b")
_OTHERS = frozenset({"его", "ее", "их", "твой", "твоя", "ваш", "ваша", "чужой"})
_BESIDE_NAME = words("ее его по и , — - ( мы живет у меня нас из приюта есть дома которого которую")
_ABOUT = frozenset({"как", "на", "про", "о", "для", "от", "без"})
_FEARS = re.compile(r"\b(?:аллерги\w+|страх|фобия|вопрос)\b")
_STARTS = frozenset(word[:3] for word in ANIMALS) | words("ежа ежу ежи еже пса псу псы псо осл")
"""To look at no other words: a set is faster than the dictionary."""
_SHORTEST, _LONGEST_COUNT, _SHORT = 3, 3, 7
_COUNTERS = {
    "два": 2, "две": 2, "двое": 2, "двух": 2, "три": 3, "трое": 3, "трех": 3, "четыре": 4,
    "четырех": 4, "пять": 5, "пяти": 5, "шесть": 6, "семь": 7, "десять": 10, "несколько": 0,
}  # fmt: skip


def find(line: Line, before: tuple[Sentence, ...]) -> Iterator[Found]:
    """Yield the animals that a sentence says its author has; `before` tells of which one."""
    for i in range(len(line.tokens)):
        animal = _animal(line, i)
        if animal and not unreal(line, i):
            yield from _one(line, i, animal)
    yield from _called(line, before)
    yield from _name_lost(line)


def _animal(line: Line, i: int) -> Reading | None:
    token = line.tokens[i]
    if token.low[:3] not in _STARTS or len(token.low) < _SHORTEST:
        return None
    for reading in readings(token.low):
        if reading.pos == "NOUN" and plain(reading.normal) in ANIMALS and reading.score > UNLIKELY:
            return reading
    # The dictionary knows some breeds only as forms of other words.
    return pick(token.low) if token.low in ANIMALS else None


def _kind(line: Line, i: int, animal: Reading) -> str:
    if line.word(i) in ANIMALS and plain(animal.normal) not in ANIMALS:
        return line.word(i)
    return animal.normal


def _one(line: Line, i: int, animal: Reading) -> Iterator[Found]:
    lost = _LOST.search(line.clause_text(i))
    count = _count(line, i)
    owned = _owned(line, i)
    name = _name(line, i, animal)
    if lost and (owned or name or not alien(line, i)):
        if not line.asked(i) and not of_others(line, i):
            kind = plain_kind(animal)
            yield line.found("has_pet", f"{kind} {name}" if name else kind, i, op="end")
        return
    named_here = name is not None and line.word(i + 1) != "—" and not _stranger(line, i)
    if not (owned or named_here) or past(line, i):
        return
    if line.asked(i) and not (owned == "possessive" or named_here):
        return
    if line.word(i - 1) in {"нет", "не"} or re.search(r"\bнет\b", line.clause_text(i)):
        return
    yield line.found("has_pet", _value(line, i, animal, count, name), i)


def plain_kind(animal: Reading) -> str:
    """Return the animal in the nominative singular."""
    return animal.normal


def _value(line: Line, i: int, animal: Reading, count: int | None, name: str | None) -> str:
    if count:
        sea = "морские " if line.word(i - 1).startswith("морск") else ""
        words = line.word(i - 2 if sea else i - 1)
        number = {2: "две" if animal.gender == "femn" else "два", 3: "три", 4: "четыре"}.get(
            count, words
        )
        if sea:
            return f"{number} морские свинки"
        return f"{number} {animal.counted(count)}"
    kind = animal.nominative if animal.number == "plur" or count == 0 else animal.normal
    if kind != _kind(line, i, animal) and plain(animal.normal) not in ANIMALS:
        kind = _kind(line, i, animal)
    if "Fixd" in animal.grammemes:
        kind = animal.normal
    ahead = line.token(i + 1)
    if ahead and ahead.is_word and name is None:
        breed = plain(ahead.low)
        if breed in ANIMALS and pick(ahead.low, cases=GENITIVE | NOMINATIVE):
            kind = f"{kind} {ahead.low}"
    if animal.normal in {"аквариум", "террариум"} and line.word(i + 1) in {"с", "со"}:
        return f"{animal.normal} {line.word(i + 1)} {line.word(i + 2)}"
    if line.word(i - 2) == "аквариум" and line.word(i - 1) == "с":
        return f"аквариум с {line.word(i)}"
    return f"{kind} {name}" if name else kind


def _count(line: Line, i: int) -> int | None:
    """Return how many animals there are, 0 for several, None where it is not said."""
    word = line.word(i - 1)
    if word.startswith("морск"):
        word = line.word(i - 2)
    if word.isdigit() and len(word) < _LONGEST_COUNT:
        return int(word)
    return _COUNTERS.get(word)


def _stranger(line: Line, i: int) -> bool:
    """Whether the animal with a name is somebody else's, or out of a book."""
    return (
        of_others(line, i)
        or line.word(i - 1) in {"его", "ее", "их", "твой", "твоя", "ваш"}
        or (
            (line.tokens[i + 1].low in _FAMOUS if line.token(i + 1) else False)
            or (alien(line, i) and not _begins_named(line, i))
            or bool(re.search(r"\b(?:сказк\w*|мульт\w*|фильм\w*|книг\w*|рассказ\w*)\b", line.low))
        )
    )


def _begins_named(line: Line, i: int) -> bool:
    """Whether a statement begins with an animal and its name: "кот Степан опять разбил вазу"."""
    ahead = line.token(i + 1)
    return bool(
        i == line.clause(i)[0]
        and not line.sentence.question
        and ahead
        and ahead.capital
        and pick(ahead.low, cases=NOMINATIVE, having="Name")
    )


def _owned(line: Line, i: int) -> str:
    """Return how the author is said to have the animal, empty where not."""
    start, _ = line.clause(i)
    k = i - 1
    while k >= start and line.word(k) not in _POSSESSIVE and _describes(line, k):
        k -= 1
    if line.word(k) in _POSSESSIVE or _mine_after(line, i):
        return "possessive"
    if line.word(k) in _OTHERS:
        return ""
    if _at_me(line, i) or _kept(line, i) or _at_home(line, i):
        return "has"
    if line.word(i - 1) in {"и", ","} and i > 1:
        for j in range(i - 2, max(i - 4, -1), -1):
            if _animal(line, j):
                return "has" if _owned(line, j) else ""
    return ""


def _mine_after(line: Line, i: int) -> bool:
    """Whether it is "попугай мой", and not the next thing that is "мой"."""
    if line.word(i + 1) not in {"мой", "моя", "наш", "наша"}:
        return False
    ahead = line.token(i + 2)
    if ahead is None or not ahead.is_word:
        return True
    best = top(ahead.low)
    return best is not None and best.pos not in {"NOUN", "ADJF"}


def _describes(line: Line, k: int) -> bool:
    """Whether a word before an animal describes or counts it."""
    return (
        pick(line.word(k), pos=("ADJF", "PRTF"), cases=ANY_CASE) is not None
        or _count(line, k + 1) is not None
    )


def _at_me(line: Line, i: int) -> bool:
    """Whether it is "у меня", and not what the author asks, fears or is allergic to."""
    if of_others(line, i) or not re.search(r"\bу (?:меня|нас)\b", line.clause_text(i)):
        return False
    if line.word(i - 1) in _ABOUT or _FEARS.search(line.clause_text(i)):
        return False
    follows = top(line.word(i + 1)) if line.token(i + 1) else None
    return not (follows and follows.pos == "VERB" and line.asked(i))


def _kept(line: Line, i: int) -> bool:
    """Whether the author keeps the animal, got it or lives with it."""
    start, end = line.clause(i)
    with_it = line.word(i - 1) in {"с", "со"}
    for j in [*range(start, i), *range(i + 1, min(end, i + 3))]:
        word = line.word(j)
        if word not in _KEEP or line.negated(j) or alien(line, j):
            continue
        if word in {"появился", "появилась"}:
            return bool(re.search(r"\bу (?:нас|меня)\b", line.low))
        if with_it or word not in {"живу", "живем"}:
            return True
    return with_it and line.word(i - 2) in {"живу", "живем", "мы", "я", "вместе"}


def _at_home(line: Line, i: int) -> bool:
    """Whether a clause begins like "есть две собаки" or "дома две кошки"."""
    start, end = line.clause(i)
    if line.asked(i):
        return False
    if line.word(i + 1) == "дома" and i + 2 == end:
        return all(_describes(line, k) for k in range(start, i) if line.tokens[k].is_word)
    while start < i and not line.tokens[start].is_word:
        start += 1
    if line.word(start) not in {"есть", "еще", "дома"} or _someone_else(line, start, i):
        return False
    return bool(re.search(r"\b(?:есть|дома)\b", line.clause_text(i)))


def _someone_else(line: Line, start: int, i: int) -> bool:
    """Whether a living being stands in the nominative before an animal."""
    found = (top(line.word(k)) for k in range(start, i))
    return any(r and r.case == "nomn" and "anim" in r.grammemes for r in found)


def _name(line: Line, i: int, animal: Reading) -> str | None:
    """Return the name of an animal: beside it, or after "назвали", "зовут"."""
    k = i + 1
    while line.word(k) in ANIMALS and not line.tokens[k].capital:
        k += 1
    marked = False
    for _ in range(6):
        word = line.word(k)
        if word in _NAMING or word in _BESIDE_NAME:
            marked = marked or word in _NAMING
            k += 1
        else:
            break
    token = line.token(k)
    if token is None or not token.is_word:
        return line.title(k)
    if marked:
        named = person(line, k, NOMINATIVE | INSTRUMENTAL, loose=True)
        return named.value if named else None
    if not token.capital or token.is_latin:
        return token.text if token.is_latin and token.capital else None
    ends = line.word(k - 1) in {",", "—", "-", "("}
    if ends and (ahead := line.token(k + 1)) and ahead.is_word and ahead.low != "и":
        return None
    cases = frozenset({animal.case}) if not ends else NOMINATIVE
    forms = {r.case for r in readings(line.word(i)) if r.normal == animal.normal}
    named = person(line, k, cases | (frozenset(forms) if not ends else NOMINATIVE))
    return named.value.split(" ")[0] if named else None


def _name_lost(line: Line) -> Iterator[Found]:
    """Yield the end of "Граф умер": whose name it is, what is known tells."""
    if len(line.tokens) > _SHORT or line.sentence.question:
        return
    for _, first, after in line.find(_NAME_LOST):
        rest = [
            k
            for k in range(len(line.tokens))
            if line.tokens[k].is_word and not first <= k < after and line.word(k) not in _WHEN
        ]
        if len(rest) != 1 or not line.tokens[rest[0]].capital or unreal(line, first):
            continue
        word = line.word(rest[0])
        alive = any(r.grammemes & {"anim", "Name"} for r in readings(word))
        if _animal(line, rest[0]) or (known(word) and not alive):
            continue  # "Телефон умер"
        named = person(line, rest[0], NOMINATIVE | GENITIVE | ACCUSATIVE, loose=True)
        if named:
            yield line.found("has_pet", named.value, first, op="end", confidence=0.7)


def _called(line: Line, before: tuple[Sentence, ...]) -> Iterator[Found]:
    """Yield the animal of "Моего зовут Фыр", whose kind was told before."""
    for _, first, after in line.find(_MINE_CALLED):
        named = person(line, after, NOMINATIVE | INSTRUMENTAL, loose=True)
        kind = _kind_before(line, first, before)
        if named and kind and not unreal(line, first):
            yield line.found("has_pet", f"{kind} {named.value}", first)
    for _, first, _after in line.find(_MINE_IS):
        kind = _kind_before(line, first, before)
        if kind and not unreal(line, first):
            yield line.found("has_pet", kind, first)
    for _, first, after in line.find(_OUR_ONE):
        token = line.token(after)
        if token is None or not token.capital or token.is_latin:
            continue
        best = top(token.low)
        if best and best.grammemes & {"Geox", "Orgn", "Surn"} and "Name" not in best.grammemes:
            continue
        if best and known(token.low) and best.case != "nomn":
            continue
        kind = _kind_before(line, first, before)
        if kind:
            yield line.found("has_pet", f"{kind} {token.text}", first)


def _kind_before(line: Line, i: int, before: tuple[Sentence, ...]) -> str | None:
    """Return the animal that was spoken of last, in this sentence or the two before it."""
    for k in range(i - 1, -1, -1):
        animal = _animal(line, k)
        if animal:
            return animal.normal
    for sentence in reversed(before[-2:]):
        earlier = Line(sentence)
        for k in range(len(earlier.tokens) - 1, -1, -1):
            animal = _animal(earlier, k)
            if animal:
                return animal.normal
    return None
