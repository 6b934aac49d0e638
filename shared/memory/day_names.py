"""Days in words, as people say them in Russian and English."""

from datetime import datetime

from shared.contracts.parts import Language

MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа"),
        *("сентября", "октября", "ноября", "декабря"),
    ),
}

"""As they stand in a date: the Russian ones in the genitive."""

WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}
"""From Monday on."""


def month_forms(month: int) -> frozenset[str]:
    """Return the names of a month (1 to 12) in both languages and all cases, in lower case."""
    genitive = MONTHS["ru"][month - 1]
    endings = ("", "а", "у", "ом", "е") if genitive.endswith("а") else ("я", "ю", "ем", "е")
    nominative = {"а": "", "я": "й" if genitive == "мая" else "ь"}[genitive[-1]]
    russian = {genitive[:-1] + ending for ending in (*endings, nominative)}
    return frozenset({MONTHS["en"][month - 1].lower(), *russian})


def day_in_words(moment: datetime, language: Language) -> str:
    """Return a day as it is said: "7 May 2023", "7 мая 2023"."""
    return f"{moment.day} {MONTHS[language][moment.month - 1]} {moment.year}"
