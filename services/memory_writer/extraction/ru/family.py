"""Whom somebody is related to, and what is known of them: no more than their names."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import RELATIVES, plain, trade
from services.memory_writer.extraction.ru.line import Line, Token
from services.memory_writer.extraction.ru.morphology import (
    INSTRUMENTAL,
    NOMINATIVE,
    UNLIKELY,
    Reading,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.names import person
from services.memory_writer.extraction.ru.phrases import Phrase
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, unreal
from services.memory_writer.extraction.ru.words import words

_KIN = re.compile(
    r"\b(?:сын|доч|муж|жен|брат|сестр|мам|мат[ье]|пап|от[ец]|бат|бабуш|дед|вну[кч]|тет|дяд|племян"
    r"|тещ|тест|свек|зят|невест|жених|супруг|парен|парн|девуш|ребен|кузе|кузи|крестни|правн|прабаб"
    r"|мачех|отчим|мало[йгм])\w*"
)
_CALLED = frozenset({"зовут", "звать", "кличут", "назвали", "назвал", "назвала"})
_OF_MINE = words("моего моей моих его ее")
_BESIDE_NAME = words("— - – , по имени его ее а кстати тоже") | _CALLED
_OWNERS = words(
    "его ее их твой твоя твоего твоей твоему твою ваш ваша вашего вашей чей"
    " чужой чужого чужая чей-то какой-то любой каждый"
)
_MINE = words(
    "мой моя мои моего моей моему моем моим моих мою наш наша наши нашего нашей нашему нашим нашу"
    " своего своей своему своим свою свой"
)
_BETWEEN = words(
    "младший младшая младшего младшей младшему младшую младшим старший старшая старшего старшей"
    " старшему старшую старшим любимый любимая любимой любимого родной родная родного двоюродный"
    " двоюродная маленький маленькая маленькому маленькой единственный единственная взрослый"
)
_ADDRESS = words("девушка парень мать отец дед бабушка брат малой тетя дядя")
"""Said of strangers too: without an owner they are nobody's relatives."""
_COUNTED = re.compile(
    r"\b(двое|двоих|троих|четверых|трое|четверо|пятеро|две|два|три|четыре|пять|1|2|3|4|5"
    r"|один|одна|единственн\w+)\s"
    r"(?:маленьк\w+\s|взросл\w+\s|старш\w+\s|младш\w+\s|родн\w+\s)?"
    r"(детей|ребенка|ребенок|детки|деток|сыновей|сына|сын|дочерей|дочери|дочек|дочки|дочь|дочка"
    r"|внуков|внука|внучек|внучки|брата|братьев|брат|сестры|сестер|сестра|пацанов|девочек"
    r"|девочки)\b"
)
_KINDS = {
    "дет": "child", "реб": "child", "сын": "child", "доч": "child", "пац": "child", "дев": "child",
    "вну": "grandchild", "бра": "sibling", "сес": "sibling",
}  # fmt: skip
_COLLECTIVE = re.compile(r"^(?:двоих|троих|четверых)")
_TWINS = re.compile(
    r"\b(?:близнецы|двойня|двойняшки|тройня|тройняшки"
    r"|(?:близнецов|двойню|двойняшек|тройню|тройняшек)(?= (?:воспитыва|ращу|растим|родила)\w*))\b"
)
_ELDER = re.compile(r"\b(младш|старш|средн)(?:его|ую|ий|ая|ей)\b")
_STATUS = re.compile(
    r"\b(не |пока не |еще не )?(замужем|женат|женаты|холост|холостяк|разведен|разведена"
    r"|разведенка|в разводе"
    r"|вдова|вдовец|овдовел|овдовела|развелся|развелась|развелись|вышла замуж|женился"
    r"|разошл(?:ись|ась)|разошелся|расстал(?:ся|ась|ись) с (?:мужем|женой)"
    r"|поженились|помолвлена"
    r"|помолвлен|расписались|не замужняя|замужняя)\b"
)
_STATUSES = {
    "замужем": "замужем", "вышла замуж": "замужем", "замужняя": "замужем", "женат": "женат",
    "женаты": "в браке", "женился": "женат", "поженились": "в браке", "расписались": "в браке",
    "холост": "холост", "холостяк": "холост", "вдова": "вдова", "вдовец": "вдовец",
    "овдовела": "вдова", "овдовел": "вдовец", "разведен": "разведён", "разведена": "разведена",
    "разведенка": "разведена", "развелся": "разведён", "развелась": "разведена",
    "развелись": "в разводе", "разошлись": "в разводе", "разошлась": "разведена",
    "разошелся": "разведён", "расстался с женой": "разведён", "расстались с женой": "разведён",
    "расстались с мужем": "разведена", "рассталась с мужем": "разведена",
    "в разводе": "в разводе", "помолвлена": "помолвлена",
    "помолвлен": "помолвлен",
}  # fmt: skip
_REARS = frozenset({"воспитываю", "ращу", "растим", "воспитываем", "имею", "родила"})
_WED = re.compile(r"\b(?:поженились|расписались|обручились|помолвлены|встречаемся|повенчались)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield the relatives that a sentence tells of, and whether its author is married."""
    yield from _relatives(line)
    yield from _counted(line)
    yield from _elder(line)
    yield from _status(line)


def _relatives(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_KIN):
        token = line.tokens[first]
        reading = _kin(token.low)
        if reading is None or unreal(line, first):
            continue
        word = plain(reading.normal)
        predicate, kind = RELATIVES[word]
        if _of_another(line, first, reading):
            continue
        named = _named(line, first, reading)
        mine = _is_mine(line, first)
        if word in _ADDRESS and not (mine or (named and word not in {"девушка", "парень"})):
            continue
        if reading.number == "plur":
            yield from _names_of(line, first + 1, predicate)
            continue
        if named:
            value = f"{kind} {named.value}" if predicate == "relative" else named.value
            yield line.found(predicate, value, first)
        elif (mine or _bare(line, first, reading, predicate)) and not line.negated(first):
            yield from _unnamed(line, first, predicate, kind, mine=mine)


def _kin(word: str) -> Reading | None:
    for reading in readings(word.split("-", maxsplit=1)[0]):
        if (
            reading.pos == "NOUN"
            and plain(reading.normal) in RELATIVES
            and (reading.score > UNLIKELY)
            and "Name" not in reading.grammemes
        ):
            return reading
    return None


def _of_another(line: Line, i: int, reading: Reading) -> bool:
    """Whether it is somebody else's relative: "сын соседки", "его жена", "мама Пети"."""
    k = i - 1
    while line.word(k) in _BETWEEN:
        k -= 1
    ahead = line.token(i + 1)
    holder = line.word(k - 1) if line.word(k) in _MINE else line.word(k)
    # "у сестры Кати родился малыш" names the sister.
    named = holder == "у" and ahead is not None and ahead.capital
    if line.word(k) in _OWNERS or (of_others(line, i) and not named):
        return True
    if ahead is None or not ahead.is_word or ahead.clause != line.tokens[i].clause:
        return False
    if ahead.low in _OF_MINE:
        return reading.case != "gent"
    best = top(ahead.low)
    if best is None or best.pos == "NUMR" or trade(ahead.low):
        return False
    if best.pos == "ADJF" and best.case == "gent" and reading.case == "nomn":
        return True
    return _is_owner(ahead, reading)


def _is_owner(ahead: Token, reading: Reading) -> bool:
    """Whether the noun after a relative says whose it is, and is not the name."""
    if ahead.capital and pick(ahead.low, cases={reading.case}, number="sing"):
        return False
    nouns = [r for r in readings(ahead.low) if r.pos == "NOUN" and "anim" in r.grammemes]
    if any(r.case == reading.case and r.grammemes & {"Name", "Surn"} for r in nouns):
        return False
    return bool(nouns) and nouns[0].case == "gent"


def _named(line: Line, i: int, reading: Reading) -> Phrase | None:
    """Return the name of a relative: beside it, or after "зовут"."""
    k = i + 1
    if line.word(k) in {"у", "мой", "моя"}:
        k += 2 if line.word(k) == "у" else 1
    while line.word(k) in _BESIDE_NAME:
        if (
            line.word(k) == ","
            and line.word(k + 1) not in {"зовут", "его", "ее"}
            and not (_plain_name(line, k + 1))
        ):
            return None
        k += 1
    token = line.token(k)
    called = bool({line.word(j) for j in range(i + 1, k)} & _CALLED)
    if token is None or not token.is_word:
        return None
    if called:
        return person(line, k, NOMINATIVE | INSTRUMENTAL, loose=True)
    return _name_beside(line, i, k, reading)


def _name_beside(line: Line, i: int, k: int, reading: Reading) -> Phrase | None:
    """Return the name at token `k`, where it is that of the relative at token `i`."""
    if line.word(k - 1) not in {line.word(i), "имени", "—", "-", "–", ",", "меня", "нас"}:
        return None
    token = line.tokens[k]
    cases = frozenset({reading.case}) | (
        NOMINATIVE if line.word(k - 1) in {"имени", "—"} else set()
    )
    if reading.case in {"loct", "datv", "gent", "accs"}:
        cases |= _same_form(line, i)
    named = person(line, k, cases)
    names = [r for r in readings(token.low) if "Name" in r.grammemes and r.case in cases]
    best = top(token.low)
    sure = token.capital or bool(names and best and "Name" in best.grammemes)
    if not names and (
        (best and best.grammemes & {"Geox", "Orgn", "Surn"}) or trade(token.low) or line.asked(i)
    ):
        return None
    return named if named and sure else None


def _same_form(line: Line, i: int) -> frozenset[str]:
    """Return all the cases that the form of a relative may be."""
    return frozenset(r.case for r in readings(line.word(i)) if plain(r.normal) in RELATIVES)


def _plain_name(line: Line, i: int) -> bool:
    """Whether a clause is nothing but a name: "сын, Артём, …"."""
    token = line.token(i)
    if token is None or not token.capital or not pick(token.low, cases=NOMINATIVE, having="Name"):
        return False
    ahead = line.token(i + 1)
    if ahead and ahead.is_word and pick(ahead.low, cases=NOMINATIVE, having="Patr"):
        ahead = line.token(i + 2)
    return ahead is None or not ahead.is_word


def _is_mine(line: Line, i: int) -> bool:
    k = i - 1
    while line.word(k) in _BETWEEN or line.word(k) in {"есть", "еще", "тоже", "—"}:
        k -= 1
    if line.word(k) in _MINE:
        return True
    if line.word(k) in {"меня", "нас"} and line.word(k - 1) == "у":
        return True
    if line.word(i + 1) == "у" and line.word(i + 2) in {"меня", "нас"}:
        return True
    if line.word(i + 1) in {"мой", "моя", *_REARS} or line.word(k) in _REARS:
        return True
    if (
        line.word(k) in {"с", "со"}
        and (verb := top(line.word(k - 1)))
        and ("1per" in verb.grammemes)
    ):
        return True
    return line.word(k) in {"с", "со"} and line.word(k - 1) in {
        "мы",
        "я",
        "живу",
        "живем",
        "вдвоем",
    }


def _bare(line: Line, i: int, reading: Reading, predicate: str) -> bool:
    """Whether a relative that nobody is said to have begins a clause: "муж моряк"."""
    start, _ = line.clause(i)
    while line.word(start) in {"а", "и", "но", "кстати", ","}:
        start += 1
    return (
        start == i
        and reading.case in {"nomn", "datv", "accs"}
        and predicate in {"spouse", "child", "parent"}
        and not line.asked(i)
    )


def _unnamed(line: Line, i: int, predicate: str, kind: str, *, mine: bool) -> Iterator[Found]:
    """Yield a relative whose name is not told: of parents and others only what is said of them."""
    k = i + 1
    while line.word(k) in {"у", "меня", "нас", "мой", "моя", "—", "-", "тоже", "по", "профессии"}:
        k += 1
    job = trade(line.word(k))
    if line.asked(i) and not mine:
        return
    if past(line, i):
        return
    if job:
        yield line.found(predicate, f"{kind} {line.word(k)}", i, confidence=0.8)
    elif predicate in {"spouse", "sibling", "child"}:
        yield line.found(predicate, kind, i, confidence=0.7)


def _collective(match: "re.Match[str]") -> str:
    return {"двоих": "двое", "троих": "трое"}.get(match[0], "четверо")


def _counted(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_COUNTED):
        start, _ = line.clause(first)
        own = re.search(
            r"\b(?:у меня|у нас|есть|воспитыва\w+|раст[иуе]\w+|мама|папа|мать|отец|имею|нас|я)\b",
            line.low,
        )
        bare = start == first or line.word(first - 1) in {",", "и"}
        if not (own or bare) or line.asked(first) or unreal(line, first) or of_others(line, first):
            continue
        if line.word(after) in {"нет", "мало"} or (alien(line, first) and not own):
            continue
        yield line.found(_KINDS[match[2][:3]], _COLLECTIVE.sub(_collective, match[0]), first)
        yield from _list_of_names(line, after, _KINDS[match[2][:3]])
    for match, first, _after in line.find(_TWINS):
        reared = (
            r"\b(?:у меня|у нас|мои|наши|мама|папа|воспитываю|воспитываем|ращу|растим|родила)\b"
        )
        if re.search(reared, line.low) and not (
            line.asked(first) or unreal(line, first) or of_others(line, first)
        ):
            noun = pick(match[0])
            yield line.found("child", noun.nominative if noun else match[0], first)


def _list_of_names(line: Line, i: int, predicate: str) -> Iterator[Found]:
    if line.word(i) not in {":", "—", "-", "–", ","}:
        return
    yield from _names_of(line, i + 1, predicate)


def _names_of(line: Line, i: int, predicate: str) -> Iterator[Found]:
    """Yield the relatives of a list of names: "внуки Антон и Глеб"."""
    k = i
    for _ in range(6):
        if not _plain_name(line, k) and pick(line.word(k), cases=NOMINATIVE, having="Name") is None:
            return
        named = person(line, k, NOMINATIVE)
        if named is None:
            return
        yield line.found(predicate, named.value, k)
        if line.word(named.after) not in {",", "и"}:
            return
        k = named.after + 1


def _elder(line: Line) -> Iterator[Found]:
    """Yield a child of "младшего зовут Савва"."""
    for _, first, after in line.find(_ELDER):
        k = after
        if line.word(k) not in _CALLED or line.word(first - 1) in _OWNERS:
            continue
        named = person(line, k + 1, NOMINATIVE | INSTRUMENTAL, loose=True)
        if named and not unreal(line, first):
            yield line.found("child", named.value, first, confidence=0.8)


def _status(line: Line) -> Iterator[Found]:
    yield from _wedded(line)
    yield from _is_married(line)


def _wedded(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_WED):
        start, _ = line.clause(first)
        if (
            line.word(start) == "мы"
            and line.word(start + 1) in {"с", "со"}
            and not (line.asked(first) or unreal(line, first) or line.negated(first))
        ):
            named = person(line, start + 2, INSTRUMENTAL)
            if named:
                yield line.found("spouse", named.value, first)


def _is_married(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_STATUS):
        at = after - 1
        if line.asked(first) or unreal(line, first) or alien(line, first) or of_others(line, first):
            continue
        words = match[2]
        if line.word(first - 1) in {"был", "была"}:
            continue
        if words == "женат" and line.word(after) == "на" and line.word(after + 1) == "работе":
            continue
        if match[1]:
            if words in {"замужем", "женат", "женаты", "замужняя"}:
                yield line.found("status", f"не {_STATUSES[words]}", at)
            continue
        if words in _STATUSES:
            yield line.found("status", _STATUSES[words], at)
