"""What somebody does for a living, told by what they do: "таксую", "пишу бэкенд", "на пенсии"."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import plain
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    pick,
)
from services.memory_writer.extraction.ru.phrases import phrase
from services.memory_writer.extraction.ru.professions import relative_before, said_of_another
from services.memory_writer.extraction.ru.subjects import alien, past, said, unreal
from services.memory_writer.extraction.ru.words import words

DOES = {
    "бэкенд": "бэкенд-разработчик", "бекенд": "бэкенд-разработчик",
    "фронтенд": "фронтенд-разработчик", "фронт": "фронтенд-разработчик",
    "бэк": "бэкенд-разработчик", "код": "программист", "мобилки": "мобильный разработчик",
    "приложения": "разработчик приложений", "игры": "разработчик игр", "сайты": "веб-разработчик",
    "софт": "программист", "прошивки": "разработчик прошивок",
}  # fmt: skip
_WRITES = re.compile(
    r"\b(?:пишу|разрабатываю|делаю|пилю|кожу|верстаю|программирую) (" + "|".join(DOES) + r")\b"
)
_VERBS = {
    "таксую": "таксист", "репетиторствую": "репетитор", "фрилансю": "фрилансер",
    "барменю": "бармен", "бухгалтерю": "бухгалтер", "дворничаю": "дворник",
    "учительствую": "учитель", "фермерствую": "фермер", "батрачу": "батрак",
    "программирую": "программист", "курьерю": "курьер", "сисадминю": "сисадмин",
}  # fmt: skip
_BY_DEEDS = (
    (re.compile(r"\bведу бухгалтери\w+"), "бухгалтер"),
    (re.compile(r"\bтестирую (?:игры|софт|по|приложения|сайты|прошивки|железо)\b"), "тестировщик"),
    (re.compile(r"\bпеку (?:торты|пироги|капкейки|десерты) на заказ\b"), "кондитер"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) автобус\w*"), "водитель автобуса"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) такси\b"), "водитель такси"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) фур\w+"), "водитель фуры"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) грузовик\w*"), "водитель грузовика"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) маршрутк\w+"), "водитель маршрутки"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) трамва\w+"), "водитель трамвая"),
    (re.compile(r"\b(?:вожу|за рулем|кручу баранку) троллейбус\w*"), "водитель троллейбуса"),
    (
        re.compile(
            r"\bведу (?:свой |свою )?(?:канал|блог|ютуб\w*|стрим\w*)\b(?=.{0,60}\b(?:живу"
            r"|зарабатываю|профессионально|на жизнь))"
        ),
        "блогер",
    ),
    (re.compile(r"\bзарабатываю (?:на жизнь )?переводами\b"), "переводчик"),
    (re.compile(r"\bзарабатываю (?:на жизнь )?(?:репетиторством|уроками)\b"), "репетитор"),
    (re.compile(r"\bзарабатываю (?:на жизнь )?(?:фотографией|съемк\w+)\b"), "фотограф"),
    (re.compile(r"\bзарабатываю (?:на жизнь )?(?:программированием|кодом)\b"), "программист"),
    (re.compile(r"\bзарабатываю (?:на жизнь )?(?:дизайном|рисованием)\b"), "дизайнер"),
    (re.compile(r"\bзарабатываю (?:на жизнь )?(?:копирайтингом|текстами)\b"), "копирайтер"),
    (re.compile(r"\b(?:чиню|ремонтирую) (?:машины|автомобили|тачки)\b"), "автомеханик"),
    (re.compile(r"\b(?:чиню|ремонтирую) телефоны\b"), "мастер по ремонту телефонов"),
    (re.compile(r"\b(?:чиню|ремонтирую) (?:компьютеры|компы|ноутбуки)\b"), "компьютерный мастер"),
    (re.compile(r"\b(?:чиню|ремонтирую) (?:обувь|ботинки)\b"), "сапожник"),
    (re.compile(r"\b(?:чиню|ремонтирую) часы\b"), "часовщик"),
    (re.compile(r"\bстригу людей\b"), "парикмахер"),
    (re.compile(r"\bстрою дома\b"), "строитель"),
    (re.compile(r"\bлечу (?:зубы|людям зубы)\b"), "стоматолог"),
    (re.compile(r"\b(?:лечу|оперирую) (?:людей|детей|пациентов|животных)\b"), "врач"),
    (re.compile(r"\bпишу (?:книги|романы|фантастику|прозу)\b"), "писатель"),
    (re.compile(r"\bснимаю свадьбы\b"), "фотограф"),
)
_OWN_BUSINESS = re.compile(
    r"\b(?:держу|владею|содержу|открыл[аи]? (?:свой|свою|свое|собственн\w+)"
    r"|у меня (?:свой|своя|свое|небольшой|небольшая))\b"
)
_BUSINESSES = words(
    "кофейня магазин салон студия мастерская пекарня ферма кафе ресторан бар автосервис шиномонтаж"
    " бизнес лавка парикмахерская ателье типография столярка пасека гостиница хостел агентство"
)
_VERB = re.compile(r"\b(?:" + "|".join(_VERBS) + r")\b")
_TEACH = re.compile(r"\b(?:преподаю|веду уроки|обучаю детей)\b")
_RETIRED = re.compile(r"\bна пенсии\b|\b(?:вышел|вышла|ушел|ушла) на пенсию\b|\bпенсионерк?а?\b")
_LEAVE = re.compile(r"\bв (?:декрете|декретном)\b")


def deeds(line: Line) -> Iterator[Found]:
    """Yield what a sentence says its author does for a living, by what they do."""
    yield from _writing(line)
    yield from _by_deeds(line)
    yield from _by_verb(line)
    yield from _teaching(line)
    yield from _retired(line)
    yield from _on_leave(line)
    yield from _owning(line)


def _writing(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_WRITES):
        if not (line.asked(first) or unreal(line, first) or past(line, first)) and not (
            match[1] == "код" and match[0].startswith("делаю")
        ):
            if match[1] in {"код", "игры", "сайты", "софт", "приложения"} and not re.search(
                r"\b(?:лет|год|в|на жизнь|профессионально|зарабатываю|фриланс\w*)\b", line.low
            ):
                continue
            yield line.found("occupation", DOES[match[1]], first, confidence=0.8)


def _by_deeds(line: Line) -> Iterator[Found]:
    for pattern, job in _BY_DEEDS:
        for _, first, _after in line.find(pattern):
            if not (
                line.asked(first) or unreal(line, first) or past(line, first) or line.negated(first)
            ):
                yield line.found("occupation", job, first, confidence=0.8)


def _by_verb(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_VERB):
        if not (line.asked(first) or unreal(line, first) or line.negated(first)):
            ahead = line.word(first + 1)
            if match[0] != "программирую" or ahead not in {"на", "в"}:
                yield line.found("occupation", _VERBS[match[0]], first, confidence=0.8)


def _teaching(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_TEACH):
        if line.asked(first) or unreal(line, first) or line.negated(first) or past(line, first):
            continue
        token = line.token(after)
        noun = pick(token.low, cases=ACCUSATIVE | GENITIVE) if token else None
        form = noun.form("gent") if noun and noun.case != "gent" else noun and noun.nominative
        if noun and noun.case in GENITIVE and token:
            form = token.low
        value = f"преподаватель {form}" if form else "преподаватель"
        yield line.found("occupation", value, first)


def _retired(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_RETIRED):
        if not (
            relative_before(line, first)
            or line.asked(first)
            or unreal(line, first)
            or line.negated(first)
            or said_of_another(line, first)
        ):
            yield line.found("occupation", "пенсионер", first)


def _owning(line: Line) -> Iterator[Found]:
    """Yield "владелец кофейни" of "держу небольшую кофейню"."""
    for _, first, after in line.find(_OWN_BUSINESS):
        if not said(line, first) or past(line, first) or alien(line, first):
            continue
        item = phrase(line, after, ACCUSATIVE | NOMINATIVE | INSTRUMENTAL, linked=False)
        if item and item.head and plain(item.head.normal) in _BUSINESSES:
            what = item.head.form("gent", "sing") or item.head.normal
            yield line.found("occupation", f"владелец {what}", first, confidence=0.8)


def _on_leave(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_LEAVE):
        if not (line.asked(first) or unreal(line, first) or said_of_another(line, first)):
            yield line.found("occupation", "в декрете", first, confidence=0.8)
