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


def day_in_words(moment: datetime, language: Language) -> str:
    """Return a day as it is said: "7 May 2023", "7 мая 2023"."""
    return f"{moment.day} {MONTHS[language][moment.month - 1]} {moment.year}"
