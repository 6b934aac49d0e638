"""The words of which expressions of time are made, in Russian and English, all forms of each.

A table: `LEXICON` says of a word in lower case, with ё written as е, what kind it is and its value.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from shared.memory.day_names import MONTHS, WEEKDAYS, month_forms
from shared.word_lists import words


class Kind(Enum):
    """What a word does in an expression of time; the comment says what its value is."""

    NONE = auto()
    MARK = auto()  # punctuation that may stand inside an expression
    DIGITS = auto()  # the number
    DATE = auto()  # (year | None, month, day | None)
    NUMBER = auto()  # (low, high): "few" is a range
    ORDINAL = auto()  # the number
    MONTH = auto()  # 1 to 12
    SHORT_MONTH = auto()  # 1 to 12; "mar", "dec": words and names otherwise
    WEEKDAY = auto()  # 0 to 6
    SEASON = auto()  # its first month, and whether it needs no preposition
    UNIT = auto()  # "minute" to "year"
    HALF = auto()  # the unit, None where it follows
    LAST = auto()  # how many units back: 1, or 2 for "позапрошлый"
    TRAILING = auto()  # "последние", "past": up to now
    THIS = auto()
    AGO = auto()
    DAY = auto()  # days back
    DAY_PART = auto()
    WEEKEND = auto()
    STAGE = auto()  # the part of a period, in quarters: (from, to)
    IN = auto()  # whether it may mean a stretch up to now: "in", "за"
    SINCE = auto()
    FROM = auto()  # as SINCE, but with an end
    BEFORE = auto()
    AFTER = auto()
    BETWEEN = auto()
    TO = auto()
    AND = auto()
    OF = auto()
    THE = auto()


class Word(NamedTuple):
    """A kind and what it says."""

    kind: Kind
    value: Any = None


_PLAIN: tuple[tuple[Kind, Any, str], ...] = (
    (Kind.UNIT, "minute", "minute minutes минута минуты минуту минут"),
    (Kind.UNIT, "hour", "hour hours час часа часов часы"),
    (Kind.UNIT, "day", "day days день дня дней дни"),
    (Kind.UNIT, "week", "week weeks неделя недели неделю неделе недель неделей"),
    (Kind.UNIT, "month", "month months месяц месяца месяцев месяцы месяце"),
    (Kind.UNIT, "year", "year years год года году годы лет годом"),
    (Kind.HALF, "year", "полгода"),
    (Kind.HALF, "hour", "полчаса"),
    (Kind.HALF, None, "half"),
    (
        Kind.LAST,
        1,
        "last previous прошлый прошлого прошлом прошлым прошлая прошлой прошлую прошлое",
    ),
    (Kind.LAST, 1, "прошлые прошлых минувший минувшего минувшем минувшим минувшей минувшую"),
    (Kind.LAST, 2, "позапрошлый позапрошлого позапрошлом позапрошлым позапрошлой позапрошлую"),
    (Kind.TRAILING, None, "past последние последних последний последнюю последнего последней"),
    (Kind.THIS, None, "this этот этого этом этим эта этой эту это текущем текущего нынешнем"),
    (Kind.THIS, None, "нынешней нынешним эти этих"),
    (Kind.AGO, None, "ago назад"),
    (Kind.DAY, 0, "today tonight сегодня сегодняшний сегодняшнего сегодняшней сегодняшнюю"),
    (Kind.DAY, 1, "yesterday yesterday's вчера вчерашний вчерашнего вчерашнем вчерашняя"),
    (Kind.DAY, 1, "вчерашней вчерашнюю вчерашнее вчерашние"),
    (Kind.DAY, 2, "позавчера позавчерашний позавчерашнего позавчерашней"),
    (Kind.DAY_PART, None, "morning afternoon evening night утром днем вечером ночью"),
    (Kind.WEEKEND, None, "weekend выходные выходных"),
    (Kind.STAGE, (0, 2), "early beginning start начале начала началу начало"),
    (Kind.STAGE, (1, 3), "mid middle середине середины середину"),
    (Kind.STAGE, (2, 4), "late end конце конца концу"),
    (Kind.IN, True, "in during over within за течение"),
    (Kind.IN, False, "on at в во на весь всю"),
    (Kind.SINCE, None, "since с со"),
    (Kind.FROM, None, "from"),
    (Kind.BEFORE, None, "before until till до"),
    (Kind.AFTER, None, "after после"),
    (Kind.BETWEEN, None, "between между"),
    (Kind.TO, None, "to through по"),
    (Kind.AND, None, "and и"),
    (Kind.OF, None, "of"),
    (Kind.THE, None, "the"),
    (Kind.NUMBER, (1, 1), "a an one один одна одну одного одной"),
    (Kind.NUMBER, (2, 2), "two два две двух"),
    (Kind.NUMBER, (3, 3), "three три трех"),
    (Kind.NUMBER, (4, 4), "four четыре четырех"),
    (Kind.NUMBER, (5, 5), "five пять пяти"),
    (Kind.NUMBER, (6, 6), "six шесть шести"),
    (Kind.NUMBER, (7, 7), "seven семь семи"),
    (Kind.NUMBER, (8, 8), "eight восемь восьми"),
    (Kind.NUMBER, (9, 9), "nine девять девяти"),
    (Kind.NUMBER, (10, 10), "ten десять десяти"),
    (Kind.NUMBER, (11, 11), "eleven одиннадцать одиннадцати"),
    (Kind.NUMBER, (12, 12), "twelve двенадцать двенадцати"),
    (Kind.NUMBER, (14, 14), "fourteen четырнадцать четырнадцати"),
    (Kind.NUMBER, (15, 15), "fifteen пятнадцать пятнадцати"),
    (Kind.NUMBER, (20, 20), "twenty двадцать двадцати"),
    (Kind.NUMBER, (30, 30), "thirty тридцать тридцати"),
    (Kind.NUMBER, (1.5, 1.5), "полтора полторы полутора"),
    (Kind.NUMBER, (2, 3), "couple пара пару пары"),
    (Kind.NUMBER, (2, 5), "few several несколько нескольких"),
    (Kind.SEASON, (12, False), "winter зима зиму зимы зиме"),
    (Kind.SEASON, (3, False), "spring весна весну весны весне"),
    (Kind.SEASON, (6, False), "summer лето лета лете"),
    (Kind.SEASON, (9, False), "autumn fall осень осени"),
    (Kind.SEASON, (12, True), "зимой зимою"),
    (Kind.SEASON, (3, True), "весной весною"),
    (Kind.SEASON, (6, True), "летом"),
    (Kind.SEASON, (9, True), "осенью"),
    (Kind.MARK, None, ", . - – —"),
)

_ORDINALS = """
    перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат
    четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат двадцат
"""
_ENGLISH_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_FORMS = ("ого", "ое", "ому")
_SOFT_FORMS = ("ьего", "ье", "ьему")
_THIRD = 3

_WEEKDAY_FORMS = {
    2: ("среду", "среды"),
    4: ("пятницу", "пятницы"),
    5: ("субботу", "субботы"),
    6: ("воскресенья",),
}
"""Besides the nominative; "в среде" is no day."""


def _ordinals() -> Iterator[tuple[str, Word]]:
    """Yield the first to the twentieth, and the thirtieth."""
    for number, stem in enumerate(_ORDINALS.split(), 1):
        for ending in _SOFT_FORMS if number == _THIRD else _FORMS:
            yield stem + ending, Word(Kind.ORDINAL, number)
    for number, word in enumerate(_ENGLISH_ORDINALS.split(), 1):
        yield word, Word(Kind.ORDINAL, number)
    for word in ("thirtieth", "тридцатого", "тридцатое", "тридцатому"):
        yield word, Word(Kind.ORDINAL, 30)


def _months() -> Iterator[tuple[str, Word]]:
    """Yield the months, short and whole."""
    yield "sept", Word(Kind.SHORT_MONTH, 9)
    for month in range(1, 13):
        for names in MONTHS.values():
            yield names[month - 1][:3].lower(), Word(Kind.SHORT_MONTH, month)
        for word in month_forms(month):
            yield word, Word(Kind.MONTH, month)


def _weekdays() -> Iterator[tuple[str, Word]]:
    """Yield the days of the week."""
    for day, (english, russian) in enumerate(zip(WEEKDAYS["en"], WEEKDAYS["ru"], strict=True)):
        hard = () if russian[-1] in "аеь" else (russian + "а",)
        for word in (english.lower(), russian, *hard, *_WEEKDAY_FORMS.get(day, ())):
            yield word, Word(Kind.WEEKDAY, day)


def _entries() -> Iterator[tuple[str, Word]]:
    """Yield every word with what it says; of two, the later holds."""
    for kind, value, forms in _PLAIN:
        for word in forms.split():
            yield word, Word(kind, value)
    yield from _ordinals()
    yield from _months()
    yield from _weekdays()


LEXICON: Final[dict[str, Word]] = dict(_entries())

VAGUE: Final[dict[tuple[str, ...], int]] = {
    ("недавно",): 30,
    ("recently",): 30,
    ("lately",): 30,
    ("в", "последнее", "время"): 30,
    ("за", "последнее", "время"): 30,
    ("на", "днях"): 10,
    ("the", "other", "day"): 10,
}
"""Words that say roughly when, and the days that they reach back."""

WORDS_OF_VERBS: Final = frozenset({"may", "march"})
"""Months that in lower case are mostly something else."""

YEAR_WORDS: Final = frozenset({"год", "года", "году", "годом", "г"})
"""What follows the number of a year."""

COUNTED: Final = words(
    """
    рублей рубля руб р долларов доллара евро км километров шагов шага слов слова человек человека
    раз раза метров грамм граммов штук процентов калорий символов токенов строк штатов очков лет кг
    тонн word words step steps people mile miles dollars euros km meters grams lines percent
    calories characters tokens pieces points users years kg times € % $
    """
)
"""What follows a number that is no year: "до 2000 рублей", "in 2000 words"."""

NO_WEDNESDAY: Final = (
    "обитани",
    "разработ",
    "программ",
    "передач",
    "общени",
    "выполнени",
    "обучени",
)
"""What follows "среду" where it is an environment."""
