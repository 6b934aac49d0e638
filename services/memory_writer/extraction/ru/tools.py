"""Which devices, vehicles and programs somebody uses."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import OFFICE, TOOLS, plain
from services.memory_writer.extraction.ru.line import Line, Token
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    LOCATIVE,
    NOMINATIVE,
    readings,
    top,
)
from services.memory_writer.extraction.ru.phrases import Phrase, phrase
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, unreal
from services.memory_writer.extraction.ru.words import words

_HAVE = re.compile(r"\b(?:у меня|у нас)\b")
_USE = re.compile(
    r"\b(?:использую|используем|юзаю|юзаем|предпочитаю|купил[аи]?|приобрел[аи]?|поставил[аи]?"
    r"|установил[аи]?|вожу|водим)\b"
)
_USE_WITH = re.compile(r"\b(?:пользуюсь|пользуемся|хожу с|обзавел(?:ся|ась)|рулю)\b")
_USE_ON = re.compile(
    r"\b(?:сижу на|сижу в|сидим на|езжу на|ездим на|катаюсь на|снимаю на|фоткаю на"
    r"|фотографирую на|веду (?:\w+ )?в|храню в|рисую в|черчу в|считаю в|играю на"
    r"|работаю в|работаю на"
    r"|рисую в|рисую на|пишу в|пишу код в|кодю в|кожу в|играю на|играю в|гоняю на|печатаю на"
    r"|монтирую в|веду заметки в|код пишу в|живу в|хожу с)\b"
)
_OVER_TO = re.compile(
    r"\b(?:перешел|перешла|перешли|пересел[аи]?|переполз(?:ла|ли)?|перекатил(?:ся"
    r"|ась)) (?:с [\w-]+ )?на\b"
)
_RUNS = re.compile(r"\b(?:стоит|накатил[аи]?|накатан[ао]?|установлен[аоы]?|крутится)\b")
_OFF = re.compile(r"\b(?:перешел|перешла|перешли|пересел[аи]?)\b")
_SOLD = re.compile(
    r"\b(?:продал[аи]?|выкинул[аи]?|разбил[аи]?|потерял[аи]?|отказал(?:ся|ась) от"
    r"|больше не пользуюсь"
    r"|больше не использую|удалил[аи]?|снес(?:ла)?|избавил(?:ся|ась) от)\b"
)
_MINE = re.compile(
    r"\b(?:мой|моя|мое|наш|наша)\b"
    r"|^\W*(?=(?:телефон|ноутбук|ноут|машина|тачка|авто|комп|компьютер|планшет)\s?[—:–-])"
)
_SWAPPED = re.compile(r"\b(?:сменил|поменял|променял|обменял)[аи]?\b")
_THINGS = words(
    "ноутбук ноут телефон смартфон компьютер комп машина тачка авто автомобиль планшет фотоаппарат"
    " камера велосипед мотоцикл принтер телевизор мобильник айфон"
)
_OLD_OR_NEW = words(
    "старый старенький старенькая простенький новый старая новая свой свою мой своем новеньким"
    " новым новом старом старой новой своей"
)
_DEVICES = re.compile(
    r"\b(?:у меня|у нас|мой|моем|мне) (?:ноут|комп|пк|телефон|планшет|мак|сервер)\w*"
    r"|\b(?:ноут|комп|пк|телефон|планшет|сервер)\w* (?:у меня|мой)\b|\bна (?:ноуте|компе|ноутбуке"
    r"|компьютере|пк|телефоне)\b"
)
_MODELS = frozenset({"про", "макс", "мини", "плюс", "ноут", "нот", "рио"})
_MOST_PARTS, _LONGEST_NUMBER = 4, 5
_NO_PRODUCTS = words("python java javascript typescript go rust c c++ c# sql html css ok id")


def find(line: Line) -> Iterator[Found]:
    """Yield the tools that a sentence says its author uses."""
    yield from _sold(line)
    yield from _has(line)
    yield from _uses(line)


def _said(line: Line, i: int) -> bool:
    return not (
        line.asked(i) or line.negated(i) or unreal(line, i) or of_others(line, i) or past(line, i)
    )


def _product(line: Line, i: int, cases: frozenset[str], *, latin: bool = True) -> Phrase | None:
    """Return the product that begins at a token: Latin letters, or a word that is one."""
    while line.word(i) in _OLD_OR_NEW:
        i += 1
    token = line.token(i)
    if token is None or not token.is_word:
        return None
    if not token.is_latin:
        return _listed(line, i, cases)
    item = phrase(line, i, cases)
    if not latin or item is None or token.low in _NO_PRODUCTS:
        return None
    return item if token.text != token.low or token.low in OFFICE else None


def _listed(line: Line, i: int, cases: frozenset[str]) -> Phrase | None:
    """Return a product whose name is a Russian word, with the numbers and names of its model."""
    token = line.tokens[i]
    forms = (r for r in readings(token.low) if r.case in cases or not r.case)
    word = next((r for r in forms if plain(r.normal) in TOOLS), None)
    if word is None and token.low in TOOLS:
        word = top(token.low)
    if word is None:
        return None
    name = token.text if token.low in TOOLS and plain(word.normal) not in TOOLS else word.nominative
    if token.capital and token.start > 0:
        name = name[:1].upper() + name[1:]
    after = i + 1
    while after - i < _MOST_PARTS and (part := _model(line.token(after))):
        name += f" {part}"
        after += 1
    return Phrase(name, i, after, word)


def _model(token: Token | None) -> str | None:
    """Return a token that goes on with the name of a product, None where it does not."""
    if token is None or not token.is_word:
        return None
    if token.text[0].isdigit():
        return token.text if len(token.text) <= _LONGEST_NUMBER else None
    if token.is_latin:
        return token.text
    if not (token.capital or token.low in TOOLS or token.low in _MODELS):
        return None
    word = next((r for r in readings(token.low) if plain(r.normal) in TOOLS), None)
    part = word.nominative if word and token.low not in TOOLS else token.low
    return part[:1].upper() + part[1:] if token.capital else part


def _goes_wrong(line: Line, i: int) -> bool:
    """Whether a verb of the third person follows: "у меня Docker падает" is trouble, no device."""
    best = top(line.word(i)) if line.token(i) else None
    return bool(best and best.pos == "VERB")


def _has(line: Line) -> Iterator[Found]:
    yield from _having(line)
    yield from _mine(line)


def _having(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_HAVE):
        if not _said(line, first):
            continue
        k = after
        while line.word(k) in {
            "есть",
            "тоже",
            "еще",
            "стоит",
            "сейчас",
            "обычный",
            "дома",
            "теперь",
            ",",
            "кстати",
            "в",
            "гараже",
        }:
            k += 1
        if line.word(first - 1) in {"ник", "никнейм", "логин", "имя", "пароль", "прозвище"}:
            continue
        named = 0
        for _ in range(3):
            item = _on(line, k) or _product(line, k, NOMINATIVE)
            if item is None or _goes_wrong(line, item.after):
                break
            yield line.found("uses", item.value, first)
            named += 1
            if line.word(item.after) not in {"и", ","}:
                break
            k = item.after + 1
        if named:
            continue  # "ноут у меня ThinkPad" is known better than as a notebook.
        start, _ = line.clause(first)
        item = _product(line, start, NOMINATIVE) if start < first else None
        if item and item.after == first:
            yield line.found("uses", item.value, first)


def _mine(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MINE):
        if not _said(line, first):
            continue
        noun = top(line.word(after))
        if noun is None:
            continue
        k = after
        if plain(noun.normal) in _THINGS and noun.case == "nomn":
            system = _on(line, after) if line.word(after + 1) == "на" else None
            if system:
                yield line.found("uses", system.value, first)
                continue
            k = after + 1
            while line.word(k) in {"—", "-", ":", "это", "–"}:
                k += 1
            item = _product(line, k, NOMINATIVE)
            if item and k > after:
                yield line.found("uses", item.value, first)
            elif plain(noun.normal) in TOOLS and plain(noun.normal) not in _THINGS:
                yield line.found("uses", noun.normal, first)
        elif (item := _product(line, k, NOMINATIVE, latin=False)) and item.head:
            yield line.found("uses", item.value, first)


def _on(line: Line, k: int) -> Phrase | None:
    """Return what a device runs: "ноутбук на Ubuntu"."""
    noun = top(line.word(k))
    if noun is None or plain(noun.normal) not in _THINGS:
        return None
    if line.word(k + 1) != "на":
        return _product(line, k + 1, NOMINATIVE)
    item = _product(line, k + 2, LOCATIVE)
    return (
        Phrase(
            f"{noun.normal} на {line.word(k + 2) if item and item.head else item.value}",
            k,
            item.after,
            None,
        )
        if item
        else None
    )


def _uses(line: Line) -> Iterator[Found]:
    yield from _works_with(line)
    yield from _runs(line)
    for pattern, cases in (
        (_USE, ACCUSATIVE),
        (_USE_WITH, INSTRUMENTAL),
        (_USE_ON, LOCATIVE | INSTRUMENTAL),
        (_OVER_TO, ACCUSATIVE),
    ):
        for match, first, after in line.find(pattern):
            if not _said(line, first) or alien(line, first):
                continue
            if match[0].endswith("предпочитаю") or (match[0] == "живу в"):
                continue
            for k in range(after, min(after + 2, len(line.tokens))):
                item = _product(line, k, cases)
                if item and not (
                    match[0].startswith(("работаю в", "работаю на"))
                    and item.head is None
                    and line.word(item.first) not in OFFICE
                ):
                    yield line.found("uses", item.value, first)
                    break


def _runs(line: Line) -> Iterator[Found]:
    """Yield the system of "ноут у меня ThinkPad, стоит Fedora"."""
    for _, first, after in line.find(_RUNS):
        if _DEVICES.search(line.low) and line.word(after) in OFFICE and _said(line, first):
            item = _product(line, after, NOMINATIVE | ACCUSATIVE)
            if item:
                yield line.found("uses", item.value, first)


def _works_with(line: Line) -> Iterator[Found]:
    """Yield programs in which the author does something: "пишу заметки в Obsidian"."""
    for k, token in enumerate(line.tokens):
        if (
            token.low not in OFFICE
            or line.word(k - 1) not in {"в", "на", "с"}
            or not _said(line, k)
        ):
            continue
        start, _ = line.clause(k)
        verbs = [top(line.word(j)) for j in range(start, k)]
        own = any(v and v.pos == "VERB" and "1per" in v.grammemes for v in verbs)
        if own and not re.search(
            r"\b(?:не|уч\w+|изуч\w+|хочу|могу|знаю|мог)\b", line.clause_text(k)
        ):
            item = _product(line, k, LOCATIVE)
            if item:
                yield line.found("uses", item.value, k)


def _sold(line: Line) -> Iterator[Found]:
    yield from _parted(line)
    yield from _swapped(line)
    yield from _left(line)


def _parted(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_SOLD):
        if line.asked(first) or unreal(line, first) or alien(line, first):
            continue
        item = _product(line, after, ACCUSATIVE | GENITIVE | INSTRUMENTAL)
        if item:
            yield line.found("uses", item.value, first, op="end")


def _swapped(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_SWAPPED):
        if line.asked(first) or unreal(line, first) or alien(line, first):
            continue
        old = _product(line, after, ACCUSATIVE)
        new = (
            _product(line, old.after + 1, ACCUSATIVE)
            if old and line.word(old.after) == "на"
            else None
        )
        if old and new:
            yield line.found("uses", old.value, first, op="end")
            yield line.found("uses", new.value, first)


def _left(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_OFF):
        if line.asked(first) or alien(line, first) or unreal(line, first):
            continue
        for k in range(after, min(after + 4, len(line.tokens))):
            if line.word(k) in {"с", "со"}:
                item = _product(line, k + 1, GENITIVE)
                if item:
                    yield line.found("uses", item.value, first, op="end")
