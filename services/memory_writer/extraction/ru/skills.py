"""What somebody is able to do and learns, languages among them."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import CYRILLIC_TECH, LANGUAGES, plain
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    DATIVE,
    INSTRUMENTAL,
    LOCATIVE,
    readings,
    top,
)
from services.memory_writer.extraction.ru.phrases import Phrase, infinitive, phrase, phrases
from services.memory_writer.extraction.ru.subjects import alien, past, unreal
from services.memory_writer.extraction.ru.words import words

_SPEAKS = re.compile(
    r"\b(?:говорю|говорим|знаю|знаем|владею|понимаю|изъясняюсь|общаюсь|общаемся|читаю|родной"
    r"|свободно|подтянул[аи]?|выучил[аи]?|объясняюсь|болтаю|шпрехаю|билингв|носитель"
    r"|на уровне|уровень)\b"
)
_LEARNS = re.compile(
    r"\b(?:учу|учим|изучаю|изучаем|осваиваю|подтягиваю|зубрю|начал[аи]? (?:учить|изучать|осваивать)"
    r"|только начал[аи]? (?:учить|изучать|осваивать)|прохожу курс(?:ы)? по|взял(?:ся|ась) за"
    r"|стал[аи]? (?:учить|изучать)|обучаюсь|вкатываюсь в)\b"
)
_NOT_YET = re.compile(
    r"\b(?:хочу|хотел\w*|мечтаю|планирую|собираюсь|буду|надо|нужно|отвечай|пиши|говори"
    r"|переведи|перейди)\b"
)
_KNOWS = re.compile(
    r"\b(?:знаю|владею|разбираюсь в|шарю в|пишу на|кодю на|программирую на|кожу на|умею в"
    r"|опыт с|опыт в|играю на|специализируюсь на)\b"
)
_AND_ON = re.compile(r"\bи (?:чуть |немного |еще |иногда )?на (?=[a-z])")
_DONE_WELL = {
    "готовлю": "готовить", "шью": "шить", "рисую": "рисовать", "пою": "петь", "пеку": "печь",
    "танцую": "танцевать", "плаваю": "плавать", "чиню": "чинить", "вяжу": "вязать",
    "паяю": "паять", "фотографирую": "фотографировать", "катаюсь": "кататься",
}  # fmt: skip
_WELL = re.compile(
    r"\b(?:хорошо|отлично|неплохо|классно|прекрасно|вкусно|здорово) ("
    + "|".join(_DONE_WELL)
    + r")\b"
)
_PLAYS_ON = re.compile(r"\bна ([а-я-]+) (?:я )?(?:немного |давно |хорошо |неплохо )?(играю)\b")
_ABLE = re.compile(r"\b(?:умею|умеем|научил(?:ся|ась))\b")
_LEARNING_TO = re.compile(r"\b(?:учусь|обучаюсь|(?:начал|начала|стал|стала) учиться)\b")
_STARTING = re.compile(r"\b(?:только начинаю|начинаю разбираться|только знакомлюсь|новичок)\b")
_INSTRUMENTS = words(
    "гитара баян пианино скрипка барабан флейта аккордеон укулеле фортепиано балалайка саксофон"
    " труба виолончель синтезатор домра гусли бас гармонь гармошка арфа кларнет рояль варган"
    " бас-гитара ударные орган контрабас гобой калимба банджо"
)
_SHORTEST_NOUN = 3
_LATIN = re.compile(r"[a-z]")
_NO_SKILLS = words("ответ человек все это дело день что кто где как час время место адрес")


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author speaks, is able to do and learns."""
    yield from _languages(line)
    yield from _able(line)
    yield from _learning(line)


def language(line: Line, i: int) -> str | None:
    """Return the language that a token names: "по-татарски", "армянском"."""
    word = line.word(i)
    if word.startswith("по-") and word.endswith("ки"):
        name = word[3:] + "й"
        return name if name in LANGUAGES else None
    if word == "инглиш":
        return "английский"
    if word in {"английски", "инглише"}:
        return "английский"
    for reading in readings(word) if len(word) > _SHORTEST_NOUN else ():
        name = plain(reading.normal)
        if (
            name in LANGUAGES
            and reading.number != "plur"
            and reading.gender in {"masc", "femn", ""}
        ):
            if reading.pos == "ADJF" and reading.gender == "femn":
                continue
            return name
    return None


def _is_tongue(line: Line, i: int) -> bool:
    """Whether an adjective stands for the language: no other noun follows that it describes."""
    ahead = line.token(i + 1)
    if line.word(i).startswith("по-") or ahead is None or not ahead.is_word:
        return True
    if len(ahead.low) < _SHORTEST_NOUN or ahead.low.startswith(("язык", "полгода", "год", "меся")):
        return True
    best = top(ahead.low)
    return best is None or best.pos != "NOUN"


def _languages(line: Line) -> Iterator[Found]:
    speaks = [first for _, first, _ in line.find(_SPEAKS)]
    learns = [first for _, first, _ in line.find(_LEARNS)]
    if not speaks and not learns:
        return
    for i in range(len(line.tokens)):
        name = language(line, i)
        if name is None or not _is_tongue(line, i) or line.asked(i) or unreal(line, i):
            continue
        clause = line.tokens[i].clause
        # Of several verbs the one of the same clause counts, else the last before it.
        verbs = [(k, True) for k in speaks] + [(k, False) for k in learns]
        near = [v for v in verbs if line.tokens[v[0]].clause == clause]
        near = near or [v for v in sorted(verbs) if v[0] < i][-1:]
        if not near or line.negated(near[0][0]) or line.negated(i) or past(line, i):
            continue
        text = line.clause_text(i)
        if re.search(r"\bне (?:говор\w+|знаю|понимаю|владею)\b", text) or _NOT_YET.search(text):
            continue
        if alien(line, near[0][0]):
            continue
        yield line.found("speaks" if near[0][1] else "learning", name, i)


def _is_skill(line: Line, first: int, after: int, value: str) -> bool:
    if _LATIN.match(value.lower()):
        return True
    lemmas = {plain(r.normal) for k in range(first, after) for r in readings(line.word(k))}
    return bool(lemmas & CYRILLIC_TECH)


def _able(line: Line) -> Iterator[Found]:
    yield from _knows(line)
    yield from _plays(line)
    yield from _well(line)
    yield from _knows_too(line)
    yield from _is_able(line)


def _knows(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_KNOWS):
        if line.asked(first) or line.negated(first) or unreal(line, first) or past(line, first):
            continue
        if alien(line, first) or re.search(r"\b(?:мало|почти не|плохо)\b", line.clause_text(first)):
            continue
        cases = LOCATIVE if match[0].endswith((" в", " на")) else ACCUSATIVE
        if match[0] in {"владею", "опыт с"}:
            cases = INSTRUMENTAL
        # "знаю, что" and "знаю город" say nothing of what one is able to do.
        free = match[0].startswith(("разбир", "играю", "шарю"))
        for item in phrases(line, _past(line, after), cases, linked=False):
            skill = _is_skill(line, item.first, item.after, item.value)
            if language(line, item.first) or not (skill or free):
                continue
            if item.head and (item.head.normal in _NO_SKILLS or item.head.pos == "NPRO"):
                continue
            if match[0] == "играю на" and not _is_instrument(line, item.first):
                continue
            value = f"играть на {line.word(item.first)}" if match[0] == "играю на" else item.value
            yield line.found("knows", value, first)


def _plays(line: Line) -> Iterator[Found]:
    """Yield "играть на гитаре" of "на гитаре играю лет с десяти"."""
    for match, first, _after in line.find(_PLAYS_ON):
        verb = line.after(match.start(2))
        if _is_instrument(line, first + 1) and not (
            line.asked(first) or line.negated(verb) or unreal(line, first) or past(line, first)
        ):
            yield line.found("knows", f"играть на {match[1]}", first)


def _well(line: Line) -> Iterator[Found]:
    """Yield what one does well: "хорошо готовлю плов"."""
    for match, first, after in line.find(_WELL):
        if line.asked(first) or line.negated(first) or unreal(line, first) or past(line, first):
            continue
        item = phrase(line, after, ACCUSATIVE, linked=False)
        value = f"{_DONE_WELL[match[1]]} {_said(line, item)}" if item else _DONE_WELL[match[1]]
        yield line.found("knows", value, first, confidence=0.8)


def _said(line: Line, item: Phrase) -> str:
    return line.text[line.tokens[item.first].start : line.tokens[item.after - 1].end]


def _knows_too(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_AND_ON):
        item = phrase(line, after, LOCATIVE, linked=False)
        if item and re.search(
            r"\b(?:пишу|кодю|программирую) на\b", line.low[: line.tokens[first].start]
        ):
            yield line.found("knows", item.value, first)


def _is_able(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_ABLE):
        if line.asked(first) or unreal(line, first) or line.negated(first) or alien(line, first):
            continue
        act = infinitive(line, after)
        while act:
            yield line.found("knows", act[0], first)
            act = infinitive(line, act[1] + 1) if line.word(act[1]) in {"и", ","} else None
        if line.tokens[first - 1].low != "не" and infinitive(line, after) is None and first > 0:
            act = infinitive(line, first - 1)
            if act and act[1] >= first:
                yield line.found("knows", line.word(first - 1), first)


def _is_instrument(line: Line, i: int) -> bool:
    return any(plain(r.normal) in _INSTRUMENTS for r in readings(line.word(i)))


def _past(line: Line, i: int) -> int:
    """Return the token after "хорошо", "немного", "на уровне" and the like."""
    while line.word(i) in {
        "хорошо",
        "неплохо",
        "отлично",
        "прилично",
        "немного",
        "чуть-чуть",
        "еще",
        "в",
        "основном",
        "уже",
        "только",
        "всего",
        "чуток",
        "базово",
        "уверенно",
    }:
        i += 1
    return i


def _learning(line: Line) -> Iterator[Found]:
    yield from _learns(line)
    yield from _learns_to(line)
    yield from _starts(line)


def _learns(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_LEARNS):
        if line.asked(first) or line.negated(first) or unreal(line, first) or alien(line, first):
            continue
        if match[0] in {"учу", "учим"} and re.search(
            r"\b(?:детей|студентов|школьников)\b", line.low
        ):
            continue
        cases = DATIVE if match[0].endswith(" по") else ACCUSATIVE
        for item in phrases(line, _past(line, after), cases, linked=False):
            if language(line, item.first) is None and not (
                item.head and (item.head.normal in _NO_SKILLS or "anim" in item.head.grammemes)
            ):
                yield line.found("learning", item.value, first)


def _learns_to(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_LEARNING_TO):
        act = infinitive(line, after) if not line.asked(first) and not unreal(line, first) else None
        item = phrase(line, after, DATIVE, linked=False) if act is None else None
        if line.asked(first) or line.negated(first) or alien(line, first) or unreal(line, first):
            continue
        if act or item:
            yield line.found("learning", act[0] if act else item.value if item else "", first)


def _starts(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_STARTING):
        start, _ = line.clause(first)
        if line.word(start) == "а":
            start += 1
        for k in range(start, first):
            if line.word(k) in {"с", "со"} and not line.asked(first):
                item = phrase(line, k + 1, INSTRUMENTAL, linked=False)
                if item and _is_skill(line, item.first, item.after, item.value):
                    yield line.found("learning", item.value, first)
