"""Who somebody is: name, age, birthday, gender, nationality."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import GENDERS, NATIONALITIES, listed, trade
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    INSTRUMENTAL,
    LIKELY,
    NOMINATIVE,
    pick,
    readings,
    top,
)
from services.memory_writer.extraction.ru.names import person
from services.memory_writer.extraction.ru.numbers import date, number
from services.memory_writer.extraction.ru.phrases import Phrase
from services.memory_writer.extraction.ru.subjects import of_others, unreal

OLDEST = 110
YOUNGEST = 5

_NAMED = NOMINATIVE | INSTRUMENTAL
_CALLED = re.compile(
    r"\b(?:зовут|звать|кличут|завут|зовите|зови|называй|называйте|называть|величают)\b"
)
_MY_NAME = re.compile(
    r"\b(?:мое (?:полное |настоящее )?имя|имя у меня(?: \w+)?|имя мое|моя фамилия|фамилия моя"
    r"|ник(?:нейм)? (?:у меня|мой)|мой ник(?:нейм)?|прозвище (?:у меня|мое)|мое прозвище"
    r"|по паспорту я?|полное имя)\b"
)
_MEET = re.compile(
    r"\b(?:разрешите представиться|позвольте представиться|представлюсь|представляюсь"
    r"|с (?:тобой|вами) (?:говорит|общается|разговаривает)"
    r"|тебе пишет|пишет тебе|будем знакомы|давай(?:те)? знакомиться|давай(?:те)? познакомимся"
    r"|с вами|с уважением"
    r"|пишет вам|вам пишет|беспокоит|вас беспокоит|(?:укажи|впиши|запиши|вставь|пропиши"
    r"|отметь|подпиши)(?:те)? меня"
    r"|(?:обращайся|обращайтесь) ко мне)\b"
)
_HERE = re.compile(
    r"\b(?:на связи|беспокоит|на проводе|у аппарата|пишет|очень приятно"
    r"|приятно познакомиться|рада? знакомству)\b"
)
_THIS = re.compile(r"\bэто\b")
_I = re.compile(r"\bя\b")
_THAT_IS_ME = re.compile(r"\b(?:то есть (?:меня|я)|это я|т\.?е\.? (?:меня|я)|то бишь (?:я|меня))\b")
_NOT_BUT = re.compile(
    r"^\W*(?:(?:нет|да нет|я|меня зовут|ой|стоп|погоди|прости(?:те)?|извини(?:те)?|сорри|ошиб(?:ся"
    r"|лась)|ошибочка|опечатал(?:ся|ась)|опечатка|описал(?:ся|ась)|поправка|поправочка|точнее|вернее"
    r"|то есть|в смысле|кстати|вообще-то|правильно|имя|исправляюсь)\W+){0,3}не (\w+), а (\w+)"
)
_ASKED_TO_CALL = re.compile(
    r"^\W*(?:(?:лучше|можешь|можете|да|а|и|ну|пожалуйста|можно)\W+){0,2}"
    r"(?:(?:зови(?:те)?|называй(?:те)?|звать)(?: меня)? просто|можно(?: просто)?) (?=\w)"
)
_REACHED = re.compile(r"\b(?:стукнул[оа]|исполнилось|исполнился|исполнилась)\b")
_AGE = re.compile(r"\b(?:мне|мои|свои)\b")
_AGE_SOON = re.compile(
    r"\b(?:скоро|через|будет|исполнится|исполняется|завтра|до|когда|было|кажется|дашь|назад|надо"
    r"|нужно|дай|дали|хватит|лишь бы|чувствую)\b"
)
_UNITS = re.compile(
    r"(?:руб|мин|сек|час|раз|%|процент|штук|шт|км|кг|метр|см|тыс|дн|недел|месяц|строк|слов|гб|мб"
    r"|пример|вариант|балл|доллар|евро|класс|этаж|человек|пункт)"
)
_BIRTHDAY = re.compile(r"\b(?:день рождени[яе]|дн[ея] рождения|др|днюха|именинни\w+)\b")
_BORN = re.compile(r"\b(?:родился|родилась|рожден|рождена|появился на свет|появилась на свет)\b")
_RELATED = re.compile(r"\b(?:мой|моя|моего|сосед\w*|друг|подруга|коллега|наш|из фильма|персонаж)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield who a sentence says that its author is."""
    yield from _names(line)
    yield from _age(line)
    yield from _reached(line)
    yield from _birthday(line)
    yield from _kind(line)


def _names(line: Line) -> Iterator[Found]:
    yield from _corrected(line)
    yield from _called(line)
    yield from _simply(line)
    for _, first, after in line.find(_MY_NAME):
        if line.asked(first) or unreal(line, first):
            continue
        named = _soon(line, after)
        if named:
            official = line.word(first) == "по" or "полное" in line.clause_text(first)
            yield line.found("full_name" if official else "name", named.value, first)
    for _, _first, after in line.find(_MEET):
        named = _soon(line, after)
        if named:
            yield line.found("name", named.value, after)
    for _, first, _after in line.find(_HERE):
        named = _ending(line, first - 1 if line.word(first - 1) == "," else first)
        if named and _is_name(line, named.first):
            yield line.found("name", named.value, first)
    yield from _introduced(line)
    for _, first, _after in line.find(_THAT_IS_ME):
        named = _ending(line, first - 1 if line.word(first - 1) in {",", "-", "—"} else first)
        if named and " " in named.value:
            yield line.found("name", named.value, first)


def _corrected(line: Line) -> Iterator[Found]:
    match = _NOT_BUT.match(line.low)
    if match is None:
        return
    wrong, right = line.after(match.start(1)), line.after(match.start(2))
    old, new = person(line, wrong, _NAMED), person(line, right, _NAMED)
    called = "зовут" in match[0]
    if called and not (old and new):
        old = old or person(line, wrong, _NAMED, loose=True)
        new = new or person(line, right, _NAMED, loose=True)
    if old and new and (called or (_is_name(line, wrong) and _is_name(line, right))):
        yield line.found("name", new.value, right, corrects=True, instead_of=old.value)


def _is_name(line: Line, i: int) -> bool:
    return pick(line.word(i), cases=NOMINATIVE, having="Name") is not None


def _called(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_CALLED):
        start, end = line.clause(first)
        near = [line.word(k) for k in range(max(start - 3, 0), min(end, first + 4))]
        own = "меня" in near or "мну" in near
        everyone = line.word(first - 1) in {"все", "друзья", "дома"} and not {
            "его",
            "ее",
            "их",
            "тебя",
            "вас",
        } & set(near)
        alone = first == 0 and match[0] == "зовут" and line.opens
        if not (own or everyone or alone) or line.negated(first) or unreal(line, first):
            continue
        if ("как" in near and line.word(after + 1) != "как") or line.asked(first):
            continue
        if match[0].startswith(("зови", "назыв")) and line.word(first - 1) == "не":
            continue
        yield from _name_after(line, first, after, by_request=match[0].startswith(("зови", "наз")))


def _simply(line: Line) -> Iterator[Found]:
    """Yield the name of "зовите просто Ника", "можно просто Миша"."""
    match = _ASKED_TO_CALL.match(line.low)
    if match is None or line.sentence.question or unreal(line, 0):
        return
    at = line.after(match.end())
    named = person(line, at, NOMINATIVE | INSTRUMENTAL)
    ahead = line.token(named.after) if named else None
    if named and line.tokens[at].capital and _is_name(line, at) and not (ahead and ahead.is_word):
        yield line.found("name", named.value, at)


def _name_after(line: Line, first: int, after: int, *, by_request: bool) -> Iterator[Found]:
    k = after
    while line.word(k) in {
        "меня",
        "мну",
        "все",
        "просто",
        "обычно",
        "друзья",
        "теперь",
        "—",
        "-",
        ":",
        "дома",
        "пожалуйста",
        ",",
    }:
        k += 1
    if line.word(k) in {"не", "так", "как"}:
        return
    named = person(line, k, _NAMED, loose=True)
    if named is None:
        named = _ending(line, first - 1 if line.word(first - 1) == "меня" else first)
    if named is None:
        return
    token = line.tokens[named.first]
    likely = token.capital or any("Name" in r.grammemes for r in readings(token.low))
    if by_request and not likely:
        yield line.found("address", named.value.lower(), first)
    elif likely or not by_request:
        yield line.found("name", named.value, first)


def _soon(line: Line, i: int) -> Phrase | None:
    """Return the name that begins within the next few tokens."""
    for k in range(i, min(i + 4, len(line.tokens))):
        token = line.tokens[k]
        if token.is_word and (token.capital or _is_name(line, k)):
            named = person(line, k, _NAMED)
            if named:
                return named
        if token.text == ".":
            return None
    return None


def _ending(line: Line, i: int) -> Phrase | None:
    """Return the name that ends right before a token, as long as it is."""
    for k in range(max(i - 3, 0), i):
        if not line.tokens[k].is_word or line.word(k) in {"меня", "все", "кстати"}:
            continue
        named = person(line, k, _NAMED)
        if named and named.after == i:
            return named
    return None


def _introduced(line: Line) -> Iterator[Found]:
    """Yield names from "это Зарина" and "я Катя"."""
    for pattern in (_THIS, _I):
        for _, first, after in line.find(pattern):
            start, end = line.clause(first)
            if (
                line.asked(first)
                or unreal(line, first)
                or (first - start > 1 and line.word(first - 1) not in {"снова", "опять"})
            ):
                continue
            k = after
            if line.word(k) in {"—", "-", "–"} or (
                line.word(k) == "," and line.word(first - 1) in {"это", "снова", "опять", "тут"}
            ):
                k += 1
            named = person(line, k, NOMINATIVE)
            if named is None or not _sure(line, named, greeted=start > 0):
                continue
            _, end = line.clause(k)
            ahead = line.token(named.after)
            if pattern is _THIS and (named.after < end or first > start + 1):
                continue
            if pattern is _THIS and ahead and _RELATED.search(line.low[ahead.start :]):
                continue
            if ahead and ahead.low == "по":
                continue
            yield line.found("name", named.value, first)


def _sure(line: Line, named: Phrase, *, greeted: bool) -> bool:
    """Whether a word is a name here: it is one, and in lower case hardly anything else."""
    token = line.tokens[named.first]
    names = [r for r in readings(token.low) if "Name" in r.grammemes and r.case == "nomn"]
    if not names:
        surname = any("Surn" in r.grammemes for r in readings(token.low))
        return token.capital and (" " in named.value or surname) and trade(token.low) is None
    best = top(token.low)
    return (
        token.capital or greeted or bool(best and "Name" in best.grammemes and best.score > LIKELY)
    )


def _age(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_AGE):
        if line.asked(first) or unreal(line, first) or line.negated(first):
            continue
        if match[0] != "мне" and line.word(first - 1) != "в":
            continue
        if _AGE_SOON.search(line.clause_text(first)) or line.word(first - 1) in {"по", "к"}:
            continue
        k = after
        while line.word(k) in {
            "уже",
            "сейчас",
            "всего",
            "вчера",
            "сегодня",
            "исполнилось",
            "исполнился",
            "исполнилась",
            "стукнул",
            "стукнула",
            "—",
            "-",
            "недавно",
            "стукнуло",
            "полных",
            "кстати",
            "только",
            "щас",
        }:
            k += 1
        years = number(line.word(k), line.word(k + 1))
        if years is None or not YOUNGEST <= years[0] <= OLDEST:
            continue
        ahead = line.word(k + years[1])
        if ahead in {"лет", "год", "года", "годик", "годиков"} or _ends(line, k + years[1]):
            yield line.found("age", str(years[0]), first)


def _reached(line: Line) -> Iterator[Found]:
    """Yield the age of "стукнуло 50": nobody is named to whom it did."""
    for _, first, after in line.find(_REACHED):
        years = number(line.word(after), line.word(after + 1))
        start, _ = line.clause(first)
        clear = all(
            line.word(k) in {"вчера", "сегодня", "недавно", "уже", "вот", "и", ","}
            for k in range(start, first)
        )
        if years is None or not clear or not YOUNGEST <= years[0] <= OLDEST or line.asked(first):
            continue
        ahead = line.word(after + years[1])
        if ahead in {"лет", "год", "года"} or _ends(line, after + years[1]):
            yield line.found("age", str(years[0]), first)


def _ends(line: Line, i: int) -> bool:
    ahead = line.token(i)
    if (
        ahead is None
        or not ahead.is_word
        or ahead.low in {"и", "а", "но", "уже", "вчера", "сегодня"}
    ):
        return ahead is None or ahead.text not in {"%", "/", ":", "-"}
    return False


def _birthday(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BIRTHDAY):
        clause = line.clause_text(first)
        ahead = top(line.word(after)) if line.word(after) not in {"у", "мой", "мое"} else None
        of_one = (
            ahead
            and ahead.case == "gent"
            and ahead.pos == "NOUN"
            and ("anim" in ahead.grammemes or "Name" in ahead.grammemes)
        )
        before = line.word(first - 1)
        if line.asked(first) or unreal(line, first) or of_one or of_others(line, first):
            continue
        if before in {"его", "ее", "их", "твой", "ваш", "с", "на"} or "мам" in clause:
            continue
        day = date(clause) or date(line.low)
        if day:
            yield line.found("birthday", day, first)
    for _, first, _after in line.find(_BORN):
        if line.asked(first) or _of_someone(line, first):
            continue
        day = date(line.clause_text(first))
        if day:
            yield line.found("birthday", day, first)


def _of_someone(line: Line, first: int) -> bool:
    start, _ = line.clause(first)
    for k in range(start, first):
        best = top(line.word(k))
        if best and best.case == "nomn" and best.normal != "я" and best.pos in {"NOUN", "NPRO"}:
            return True
    best = top(line.word(first + 1))
    return bool(best and best.case == "nomn" and "anim" in best.grammemes)


def _kind(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_I):
        if line.asked(first) or unreal(line, first):
            continue
        k = after
        while line.word(k) in {
            "сам",
            "сама",
            "же",
            "—",
            "-",
            "вообще-то",
            "кстати",
            "молодая",
            "по",
            "национальности",
            "взрослая",
            "взрослый",
            "обычная",
        }:
            k += 1
        gender = listed(line.word(k), frozenset(GENDERS), NOMINATIVE)
        if gender:
            yield line.found("gender", GENDERS[gender], first)
        people = listed(line.word(k), NATIONALITIES, NOMINATIVE)
        ahead = line.token(k + 1)
        if people and (ahead is None or not ahead.is_word or ahead.low in {"по", "и"}):
            yield line.found("nationality", people, first)
