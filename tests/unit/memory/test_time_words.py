"""What a question says of time, as seen from Wednesday, 25 November 2026, 15:30."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.memory.passages import Period
from shared.memory.time_words import MOST_PERIODS, READ_CHARACTERS, time_words

AT = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)

# First day, and the first day after.
RUSSIAN = {
    "в марте": "2026-03-01 2026-04-01",
    "В МАРТЕ": "2026-03-01 2026-04-01",
    "в ноябре": "2026-11-01 2026-12-01",
    "в декабре": "2025-12-01 2026-01-01",
    "за весь март": "2026-03-01 2026-04-01",
    "в марте 2024 года": "2024-03-01 2024-04-01",
    "март 2024-го": "2024-03-01 2024-04-01",
    "в марте прошлого года": "2025-03-01 2025-04-01",
    "в прошлом марте": "2026-03-01 2026-04-01",
    "в прошлом ноябре": "2025-11-01 2025-12-01",
    "в этом марте": "2026-03-01 2026-04-01",
    "прошлым летом": "2026-06-01 2026-09-01",
    "прошлой осенью": "2025-09-01 2025-12-01",
    "прошлой зимой": "2025-12-01 2026-03-01",
    "позапрошлым летом": "2025-06-01 2025-09-01",
    "этой весной": "2026-03-01 2026-06-01",
    "летом 2023": "2023-06-01 2023-09-01",
    "12 мая": "2026-05-12 2026-05-13",
    "12 декабря": "2025-12-12 2025-12-13",
    "12 мая 2023": "2023-05-12 2023-05-13",
    "12-го мая 2023 года": "2023-05-12 2023-05-13",
    "12 янв. 2024": "2024-01-12 2024-01-13",
    "девятого мая": "2026-05-09 2026-05-10",
    "третьего мая": "2026-05-03 2026-05-04",
    "двадцать пятого мая": "2026-05-25 2026-05-26",
    "12.05.2023": "2023-05-12 2023-05-13",
    "05.2023": "2023-05-01 2023-06-01",
    "12/05": "2026-05-12 2026-05-13",
    "29 февраля": "2024-02-29 2024-03-01",
    "в 2023 году": "2023-01-01 2024-01-01",
    "в 2023": "2023-01-01 2024-01-01",
    "2023 г.": "2023-01-01 2024-01-01",
    "в прошлом году": "2025-01-01 2026-01-01",
    "в позапрошлом году": "2024-01-01 2025-01-01",
    "в этом году": "2026-01-01 2027-01-01",
    "в прошлом месяце": "2026-10-01 2026-11-01",
    "в этом месяце": "2026-11-01 2026-12-01",
    "на прошлой неделе": "2026-11-16 2026-11-23",
    "на этой неделе": "2026-11-23 2026-11-30",
    "сегодня утром": "2026-11-25 2026-11-26",
    "вчера": "2026-11-24 2026-11-25",
    "вчера вечером": "2026-11-24 2026-11-25",
    "позавчера": "2026-11-23 2026-11-24",
    "три дня назад": "2026-11-22 2026-11-23",
    "5 дней назад": "2026-11-20 2026-11-21",
    "день назад": "2026-11-24 2026-11-25",
    "в пятницу": "2026-11-20 2026-11-21",
    "в среду": "2026-11-18 2026-11-19",
    "в прошлый вторник": "2026-11-24 2026-11-25",
    "во вторник вечером": "2026-11-24 2026-11-25",
    "в пятницу на прошлой неделе": "2026-11-20 2026-11-21",
    "на выходных": "2026-11-21 2026-11-23",
    "за последние две недели": "2026-11-11 2026-11-26",
    "за последнюю неделю": "2026-11-18 2026-11-26",
    "в течение последних двух недель": "2026-11-11 2026-11-26",
    "с марта": "2026-03-01 2026-11-26",
    "со среды": "2026-11-18 2026-11-26",
    "с 2020 года": "2020-01-01 2026-11-26",
    "со вчерашнего дня": "2026-11-24 2026-11-26",
    "до мая": "1970-01-01 2026-05-01",
    "до 12.05": "1970-01-01 2026-05-12",
    "после мая": "2026-06-01 2026-11-26",
    "с марта по май": "2026-03-01 2026-06-01",
    "с декабря по февраль": "2025-12-01 2026-03-01",
    "с марта по май 2024": "2024-03-01 2024-06-01",
    "с марта 2024 по май": "2024-03-01 2024-06-01",
    "между мартом и маем": "2026-03-01 2026-06-01",
    "с 5 по 12 мая": "2026-05-05 2026-05-13",
    "5–12 мая": "2026-05-05 2026-05-13",
    "в январе-феврале": "2026-01-01 2026-03-01",
    "январь — март 2024": "2024-01-01 2024-04-01",
    "за неделю до 9 июня 2023": "2023-06-02 2023-06-09",
    "в прошлую пятницу вечером": "2026-11-20 2026-11-21",
    "с понедельника по пятницу": "2026-11-16 2026-11-21",
}
ENGLISH = {
    "in March": "2026-03-01 2026-04-01",
    "in march": "2026-03-01 2026-04-01",
    "in may": "2026-05-01 2026-06-01",
    "in December": "2025-12-01 2026-01-01",
    "this March": "2026-03-01 2026-04-01",
    "last March": "2026-03-01 2026-04-01",
    "last November": "2025-11-01 2025-12-01",
    "in March 2024": "2024-03-01 2024-04-01",
    "March, 2024": "2024-03-01 2024-04-01",
    "March of last year": "2025-03-01 2025-04-01",
    "in Sept 2023": "2023-09-01 2023-10-01",
    "last summer": "2026-06-01 2026-09-01",
    "last winter": "2025-12-01 2026-03-01",
    "this spring": "2026-03-01 2026-06-01",
    "fall 2023": "2023-09-01 2023-12-01",
    "the summer of 2023": "2023-06-01 2023-09-01",
    "May 12": "2026-05-12 2026-05-13",
    "may 12th": "2026-05-12 2026-05-13",
    "May 12th, 2023": "2023-05-12 2023-05-13",
    "on May 12, 2023": "2023-05-12 2023-05-13",
    "the 12th of May": "2026-05-12 2026-05-13",
    "12 May 2023": "2023-05-12 2023-05-13",
    "May the first": "2026-05-01 2026-05-02",
    "the twenty fifth of May": "2026-05-25 2026-05-26",
    "2023-05-12": "2023-05-12 2023-05-13",
    "2023-05": "2023-05-01 2023-06-01",
    "on 05/12/2023": "2023-12-05 2023-12-06",
    "12/25/2023": "2023-12-25 2023-12-26",
    "in 2023": "2023-01-01 2024-01-01",
    "in the year 2023": "2023-01-01 2024-01-01",
    "last year": "2025-01-01 2026-01-01",
    "the year before last": "2024-01-01 2025-01-01",
    "this year": "2026-01-01 2027-01-01",
    "last month": "2026-10-01 2026-11-01",
    "this month": "2026-11-01 2026-12-01",
    "last week": "2026-11-16 2026-11-23",
    "this week": "2026-11-23 2026-11-30",
    "the week before last": "2026-11-09 2026-11-16",
    "today": "2026-11-25 2026-11-26",
    "this morning": "2026-11-25 2026-11-26",
    "yesterday": "2026-11-24 2026-11-25",
    "Yesterday evening": "2026-11-24 2026-11-25",
    "the day before yesterday": "2026-11-23 2026-11-24",
    "5 days ago": "2026-11-20 2026-11-21",
    "three days ago": "2026-11-22 2026-11-23",
    "last Friday": "2026-11-20 2026-11-21",
    "this past Friday": "2026-11-20 2026-11-21",
    "on Monday": "2026-11-23 2026-11-24",
    "on Monday last week": "2026-11-16 2026-11-17",
    "this Wednesday": "2026-11-25 2026-11-26",
    "last weekend": "2026-11-21 2026-11-23",
    "over the weekend": "2026-11-21 2026-11-23",
    "in the last 3 months": "2026-08-26 2026-11-26",
    "over the past week": "2026-11-18 2026-11-26",
    "in the last week": "2026-11-18 2026-11-26",
    "during the past two weeks": "2026-11-11 2026-11-26",
    "since March": "2026-03-01 2026-11-26",
    "since 2020": "2020-01-01 2026-11-26",
    "since last year": "2025-01-01 2026-11-26",
    "before May": "1970-01-01 2026-05-01",
    "until April": "1970-01-01 2026-04-01",
    "after June": "2026-07-01 2026-11-26",
    "from March to May": "2026-03-01 2026-06-01",
    "between March and May": "2026-03-01 2026-06-01",
    "between 2019 and 2021": "2019-01-01 2022-01-01",
    "from May 5 to 12": "2026-05-05 2026-05-13",
    "March-April 2024": "2024-03-01 2024-05-01",
    "the week before 9 June 2023": "2023-06-02 2023-06-09",
    "the week after 9 June 2023": "2023-06-10 2023-06-17",
    "last Tuesday night": "2026-11-24 2026-11-25",
    "May 5-12": "2026-05-05 2026-05-13",
}

# Roughly then: the moment that is meant must be in the period, and the exactness must not.
ROUGH = {
    "месяц назад": 30,
    "два месяца назад": 61,
    "полгода назад": 183,
    "две недели назад": 14,
    "недели две назад": 14,
    "пару недель назад": 18,
    "несколько дней назад": 3,
    "2-3 недели назад": 18,
    "2 or 3 weeks ago": 18,
    "два года тому назад": 730,
    "осенью": 40,
    "недавно": 5,
    "в последнее время": 5,
    "на днях": 3,
    "за последние дни": 3,
    "a month ago": 30,
    "two months ago": 61,
    "half a year ago": 183,
    "two weeks ago": 14,
    "a couple of weeks ago": 18,
    "a few days ago": 3,
    "a year ago": 365,
    "in the fall": 40,
    "recently": 5,
    "lately": 5,
    "the other day": 3,
    "in the past few days": 3,
}

FALSE_FRIENDS = [
    *("May I ask you something?", "you may leave", "may I come on time", "this may be wrong"),
    *("march on", "on the march", "let me march 5 miles", "a second time", "the last time"),
    *("my friend April told me", "a 2023 laptop", "I read 1984", "mon ami", "I sat down"),
    *("24/7", "1/2 cup", "10/10", "in 2000 words", "in 5 days", "next week", "in 2030"),
    *("I love Fridays", "the August sun", "long ago", "years ago", "last minute", "from Jan"),
    *("on the last day", "in Mar-a-Lago", "version 3.11", "the fall of Rome", "half of it"),
    *("утро вечера мудренее", "в среду обитания", "говорить в среде", "сб", "вечер", "за час"),
    *("до 2000 рублей", "мне 5 лет", "через три дня", "в следующем году", "31 февраля"),
    *(
        "Марта сказала",
        "в прошлый раз",
        "в последний день",
        "это год",
        "планы на май",
        "в 5 часов",
        "март",
    ),
]

MOMENTS = st.datetimes(
    min_value=datetime(1995, 1, 1),  # noqa: DTZ001 the zone is drawn
    max_value=datetime(2095, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")]),
)


def days(period: Period) -> str:
    assert period.start.hour == period.end.hour == 0
    return f"{period.start:%Y-%m-%d} {period.end:%Y-%m-%d}"


@pytest.mark.parametrize(("words", "expected"), [*RUSSIAN.items(), *ENGLISH.items()])
def test_a_form_gives_its_days_and_leaves_the_rest(words: str, expected: str) -> None:
    found = time_words(f"Барсик {words} cat?", at=AT)
    assert [days(period) for period in found.periods] == [expected]
    assert found.rest == "Барсик cat?"
    assert found.exact


@pytest.mark.parametrize(("words", "back"), ROUGH.items())
def test_a_rough_form_holds_what_is_meant_and_excludes_nothing(words: str, back: int) -> None:
    found = time_words(f"Барсик {words} cat?", at=AT)
    (period,) = found.periods
    assert period.start <= AT - timedelta(days=back) < period.end
    assert found.rest == "Барсик cat?"
    assert not found.exact


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_what_only_looks_like_time_is_left_alone(text: str) -> None:
    found = time_words(text, at=AT)
    assert (found.periods, found.rest) == ((), text)


def test_what_is_farther_is_less_sure() -> None:
    weeks, months = (time_words(text, at=AT).periods[0] for text in ("3 weeks ago", "3 months ago"))
    assert months.end - months.start > 3 * (weeks.end - weeks.start)


def test_hours_are_counted_from_the_moment() -> None:
    (period,) = time_words("два часа назад", at=AT).periods
    assert (period.start, period.end) == (AT - timedelta(hours=2.5), AT - timedelta(hours=1.5))


def test_last_night_goes_past_midnight() -> None:
    (period,) = time_words("last night", at=AT).periods
    assert period.start.day == 24
    assert (period.end.day, period.end.hour) == (25, 6)


def test_a_winter_is_of_both_its_years() -> None:
    found = time_words("зимой 2023", at=AT)
    assert [days(period) for period in found.periods] == [
        "2022-12-01 2023-03-01",
        "2023-12-01 2024-03-01",
    ]


@pytest.mark.parametrize("text", ["в начале марта", "early March", "at the beginning of March"])
def test_the_beginning_of_a_month_is_its_first_half(text: str) -> None:
    (period,) = time_words(text, at=AT).periods
    assert (period.start.day, period.end.day, period.end.month) == (1, 16, 3)


@pytest.mark.parametrize("text", ["в конце мая", "late May", "at the end of May"])
def test_the_end_of_a_month_is_its_second_half(text: str) -> None:
    (period,) = time_words(text, at=AT).periods
    assert (period.start.day, period.end.month) == (16, 6)


def test_a_day_narrows_the_month_that_holds_it() -> None:
    found = time_words("in March, I mean on March 12, what was it", at=AT)
    assert [days(period) for period in found.periods] == ["2026-03-12 2026-03-13"]


def test_two_times_are_both_asked_about() -> None:
    assert len(time_words("в марте или в мае", at=AT).periods) == 2


def test_one_rough_word_makes_all_of_it_rough() -> None:
    assert not time_words("в марте или недавно", at=AT).exact


def test_a_text_without_time_words_is_only_tidied() -> None:
    assert time_words("  где   мои\nключи ? ", at=AT).rest == "где мои ключи ?"


def test_days_are_those_of_the_zone() -> None:
    at = datetime(2026, 11, 25, 1, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    (period,) = time_words("вчера", at=at).periods
    assert period.start == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def _month(number: int) -> Callable[[Period, datetime], bool]:
    return lambda period, at: (
        period.start.month == number
        and period.end.month == number + 1
        and period.start <= at < period.start + timedelta(days=366)
    )


def _contains(period: Period, at: datetime) -> bool:
    return period.start <= at < period.end


def _precedes(period: Period, at: datetime) -> bool:
    return period.end <= at


def _weekday(number: int) -> Callable[[Period, datetime], bool]:
    return lambda period, at: (
        period.start.weekday() == number and period.end <= at <= period.start + timedelta(days=8)
    )


PROPERTIES: dict[str, Callable[[Period, datetime], bool]] = {
    **dict.fromkeys(["в марте", "in March"], _month(3)),
    **dict.fromkeys(["в мае", "in May", "за май"], _month(5)),
    **dict.fromkeys(["в пятницу", "on Friday", "last Friday", "в прошлую пятницу"], _weekday(4)),
    **dict.fromkeys(["сегодня", "today", "this week", "на этой неделе"], _contains),
    **dict.fromkeys(["в этом году", "this month", "с марта", "since March"], _contains),
    **dict.fromkeys(["недавно", "lately", "за последние две недели", "past week"], _contains),
    **dict.fromkeys(["вчера", "позавчера", "last week", "на прошлой неделе"], _precedes),
    **dict.fromkeys(["last month", "в прошлом году", "прошлым летом", "last winter"], _precedes),
    **dict.fromkeys(["last March", "в прошлом марте", "три дня назад", "5 days ago"], _precedes),
    **dict.fromkeys(
        ["last weekend", "a month ago", "два года назад", "week before last"], _precedes
    ),
    "12 мая": lambda period, at: (
        (period.start.day, period.start.month) == (12, 5)
        and period.start <= at < period.start + timedelta(days=366)
    ),
    "29 February": lambda period, at: (
        (period.start.day, period.start.month) == (29, 2) and period.start <= at
    ),
    "до мая": lambda period, at: period.end.month == 5 and period.end <= at,
    "осенью": lambda period, at: period.start.month == 9 and period.start <= at,
    "зимой": lambda period, at: period.start.month == 12 and period.start <= at,
    "с ноября по февраль": lambda period, at: (
        period.start.month == 11 and period.end.month == 3 and period.start <= at
    ),
}


@pytest.mark.parametrize("words", PROPERTIES)
@given(at=MOMENTS)
def test_a_form_says_the_same_whenever_it_is_asked(words: str, at: datetime) -> None:
    (period,) = time_words(words, at=at).periods
    assert period.start < period.end
    assert period.start.tzinfo is at.tzinfo
    assert PROPERTIES[words](period, at)


FRAGMENTS = st.lists(
    st.sampled_from([*RUSSIAN, *ENGLISH, *ROUGH, *FALSE_FRIENDS, "of", "a", "early", "half", "31"]),
    max_size=6,
).map(" ".join)


@given(text=FRAGMENTS | st.text(), at=st.datetimes(timezones=st.just(UTC)))
def test_whatever_is_asked_whenever_nothing_breaks(text: str, at: datetime) -> None:
    found = time_words(text, at=at)
    assert all(period.start < period.end for period in found.periods)
    assert all(period.start <= at for period in found.periods)
    assert len(found.periods) <= MOST_PERIODS


@pytest.mark.parametrize(
    "piece",
    [
        "a ",
        "early ",
        "early of the ",
        "12 ",
        "between March and ",
        "last ",
        "с марта ",
        "\U0001f642",
    ],
)
def test_a_megabyte_of_it_is_read_only_where_a_question_may_be(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    found = time_words(text, at=AT)
    assert len(found.periods) <= MOST_PERIODS
    assert len(found.rest) >= len(text) - READ_CHARACTERS - len(piece)
