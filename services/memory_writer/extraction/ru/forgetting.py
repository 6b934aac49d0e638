"""What shall not be known any more: "забудь, что …", "забудь моё имя"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line

_ASKED = re.compile(
    r"(?<!не )\b(?:забудь|забудьте|(?:удали|сотри|выкинь)(?:те)? из памяти"
    r"|не запоминай|не запоминайте|не помни)\b"
)
_WORDS = ("забудь", "памяти", "запоминай", "не помни")
"""Without any of these nothing is to be forgotten: faster than to search for the pattern."""

_GOES_ON = re.compile(
    r"[,;:—–-]\s*(?:(?:и|а|но|теперь|потому что|так как|на самом деле|сейчас|уже),?\s)*"
    r"(?:я|мы|у меня|у нас|меня зовут|мне)\b"
)
"""What follows is said as well, and not to be forgotten."""

_KINDS = (
    ("name", r"имя|имени|как меня зовут|как меня звать"),
    ("full_name", r"фамили\w+"),
    ("age", r"возраст\w*|сколько мне лет"),
    ("birthday", r"д(?:ень|не) рождения|дат[ау] рождения|когда я родил(?:ся|ась)"),
    ("lives_in", r"адрес\w*|город\w*|место жительства|где я живу"),
    ("occupation", r"работ[уае]|професси[юия]|должность|кем я работаю"),
    ("employer", r"работ[уае]|место работы|где я работаю"),
    ("allergy", r"аллерги\w+"),
    ("diet", r"диет\w+"),
    ("nationality", r"национальност\w+|гражданств\w+"),
    ("timezone", r"часовой пояс|часовом поясе"),
    ("spouse", r"жен[уые]|муж[ае]?|девушк\w+|парн[яе]"),
)
_ABOUT = r"[\s,:]*(?:пожалуйста[\s,]*)?(?:все |вс[её],? что (?:ты )?знаешь )?(?:про |об? |обо )?"
_MINE = r"(?:мо[йяюиеё]|моего|моем|моей|моих) "
_ENDS = r"(?=\s*(?:$|[.,!?;)]|пожалуйста|больше|насовсем))"
_KIND = tuple(
    (
        predicate,
        re.compile(
            rf"{_ABOUT}(?:{_MINE}|(?=как |сколько |когда |где |кем ))(?:{what}){_ENDS}",
        ),
    )
    for predicate, what in _KINDS
)


def wish(line: Line) -> tuple[int, int] | None:
    """Return where what shall be forgotten begins and ends in a sentence, None where nothing is."""
    asks = any(word in line.low for word in _WORDS)
    match = _ASKED.search(line.low) if asks else None
    if match is None:
        return None
    rest = _GOES_ON.search(line.low, _first_clause(line, match.end()))
    return match.end(), rest.start() if rest else len(line.low)


def _first_clause(line: Line, start: int) -> int:
    """Return where the comma of "забудь, что я …" or "забудь: я …" is behind."""
    match = re.compile(r"[\s,:—–-]*(?:пожалуйста[\s,]*)?(?:про то,? )?(?:что\b)?\s*").match(
        line.low, start
    )
    return match.end() if match else start


def retracted(line: Line, found: Sequence[Found], span: tuple[int, int]) -> list[Found]:
    """Return what was found, with what stands in a span taken back, or the kinds named there.

    What is found in front of the span, or behind it, is said as usual.
    """
    start, end = span
    places = {id(one): line.tokens[line.place_of(one)].start for one in found}
    inside = [one for one in found if start <= places[id(one)] < end]
    outside = [one for one in found if not start <= places[id(one)] < end]
    taken = [replace(one, op="retract") for one in inside if one.op == "assert"]
    if not taken:
        taken = [
            line.found(predicate, None, line.after(start), op="retract")
            for predicate, pattern in _KIND
            if pattern.match(line.low, start, end)
        ]
    return [*taken, *outside]
