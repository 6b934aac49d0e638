"""What seems to be said of the author, and is what others think, a visit, or a call."""

import re
from collections.abc import Sequence

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line

_NOT_SO = re.compile(
    r"\b(?:все|многие|люди|некоторые|кто-то|коллеги|друзья|родители|соседи|мама|папа|жена|муж|он"
    r"|она|они|ты|вы) (?:\w+ )?(?:дума(?:ет|ют|ла?|ли|ешь|ете)|счита(?:ет|ют|ла?|ли|ешь|ете)"
    r"|полага(?:ет|ют)|уверен[аы]?|решил[аи]?), что\b"
    r"|\bне (?:говорил[аи]?|утверждал[аи]?|сказал[аи]?|писал[аи]?), что\b"
)
_ENDS = re.compile(r",\s*(?:а|но|хотя|однако|на самом деле)\b|[;:—]")
_VISITS = re.compile(
    r"\b(?:проездом|на выходных|на выходные|в командировке|в отпуске|в гостях|ненадолго"
    r"|на экскурсии|на (?:пару|несколько|два|три|\d+) (?:дня|дней|часов|недел[иь])"
    r"|на недел[юьку]+)\b"
)
_NO_ADDRESS = frozenset(
    {"позже", "потом", "завтра", "скорее", "сюда", "туда", "домой", "замуж", "обратно", "почаще"}
)


def without_doubtful(line: Line, found: Sequence[Found]) -> list[Found]:
    """Return what was found, without what the words around it make untrue."""
    if not found:
        return []
    supposed = _NOT_SO.search(line.low) if ", что" in line.low else None
    start = supposed.end() if supposed else len(line.low)
    end = match.start() if (match := _ENDS.search(line.low, start)) else len(line.low)
    return [one for one in found if not _doubtful(line, one, start, end)]


def _doubtful(line: Line, one: Found, start: int, end: int) -> bool:
    if one.op != "assert":
        return False
    at = line.place_of(one)
    if start <= line.tokens[at].start < end:
        return True
    if one.predicate == "lives_in":
        return bool(_VISITS.search(line.clause_text(at)))
    return one.predicate == "address" and one.value in _NO_ADDRESS
