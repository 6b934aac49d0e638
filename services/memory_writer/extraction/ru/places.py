"""Where somebody lives and comes from."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    LIKELY,
    LOCATIVE,
    NOMINATIVE,
    top,
)
from services.memory_writer.extraction.ru.names import place
from services.memory_writer.extraction.ru.phrases import Phrase
from services.memory_writer.extraction.ru.subjects import alien, past, unreal

_REACH = 7
_LIVE = re.compile(
    r"\b(?:живу|живем|жывем|жыву|обитаю|обитаем|проживаю|проживаем|обосновал(?:ся|ась|ись|ись)"
    r"|осел|осела|осели|поселил(?:ся|ась|ись)|снимаю|снимаем|базируюсь|застрял(?:а|и)?|прописан"
    r"|прописана|зимую|остал(?:ся|ась|ись) жить)\b"
)
_DWELLS = re.compile(r"\b(?:живу|обитаю|проживаю|снимаю)\b")
_MOVED = re.compile(
    r"\b(?:переехал[аи]?|перебрал(?:ся|ась|ись)|переселил(?:ся|ась|ись)|эмигрировал[аи]?"
    r"|релоцировал(?:ся|ась|ись)|перевел(?:ся|ась|ись)|вернул(?:ся|ась|ись) жить|уехал[аи]? жить"
    r"|съехал[аи]?|понаехал[аи]?|перекатил(?:ся|ась|ись)|мигрировал[аи]?)\b"
)
_RETURNED = re.compile(r"\bвернул(?:ся|ась|ись)\b")
_FOR_GOOD = re.compile(r"\b(?:насовсем|навсегда|окончательно|обратно|родн\w+|родин\w+)\b")
_TRIP = re.compile(
    r"\b(?:из (?:отпуска|командировки|поездки|путешествия|похода|гостей|роддома|больницы)"
    r"|с (?:моря|дачи|конференции)|на (?:день|денек|неделю|пару|выходные|время))\b"
)
_LEFT = re.compile(r"\b(?:уехал[аи]?|переехал[аи]?|перебрал(?:ся|ась|ись)|съехал[аи]?)\b")
_NO_LONGER = re.compile(r"\b(?:больше|уже|теперь) не (?:живу|живем|обитаю|снимаю|проживаю)\b")
_COPULA = re.compile(r"\b(?:я|мы|у нас|у меня|у нас тут|у нас здесь)\b")
_IN = frozenset({"в", "во", "на", "под"})
_SINCE = re.compile(r"\b(?:как|давно|теперь|сейчас|недавно|лет|год|года|ныне|уже)\b")
_OUR = re.compile(r"\bв (?:нашем|нашей|моем|моей|родном|родной)\b|\bна нашем\b")
_OUR_CITY = re.compile(r"\b(?:наш|мой) город\b|^город\b")
_MY_HOME = re.compile(
    r"\b(?:мой|наш) дом\b|\b(?:моя|наша) квартира\b|\b(?:дом|квартира) у (?:меня|нас)\b"
)
_LOCAL = re.compile(r"\b(?:местный|местная|местные)\b(?!\s[а-я])")
_NATIVE = re.compile(r"\b(?:родной город|родная деревня|родное село|малая родина)\b")
_CAME_FROM = re.compile(
    r"\b(?:родом|родил(?:ся|ась)|вырос(?:ла)?|я из|сама? из|жил[аи]? в)\b[^.!?]{2,40}[,;—-] ?"
    r"(?:а |но )?(?:теперь|сейчас|ныне)(?: уже| —| -)? (?=\w)"
)
_BORN = re.compile(
    r"\b(?:родил(?:ся|ась)|вырос|выросла|рос|росла|детство (?:провел|провела|прошло))\b"
)
_FROM = re.compile(
    r"\b(?:родом|урожен(?:ец|ка)|корни|корнями|сам|сама|приехал[аи]?|понаехал[аи]?|я|мы|студент"
    r"|студентка|земляк)\b"
)
_ZONE = re.compile(
    r"\b(?:utc|gmt)\s?[+-]\s?\d{1,2}\b|\bмосковск\w+ врем\w+|\b(?:по|время) (?:мск|москве)\b"
)
_ZONE_TALK = re.compile(r"\b(?:пояс|врем\w+|у меня|у нас|мск|я)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield where a sentence says that its author lives, and comes from."""
    yield from _lives(line)
    yield from _moved(line)
    yield from _returned(line)
    yield from _is_in(line)
    yield from _comes_from(line)
    yield from _zone(line)


def _in(line: Line, i: int, *, into: bool = False, reach: int = _REACH) -> Phrase | None:
    """Return the place after the next "в", "на", "под" within the clause."""
    cases = ACCUSATIVE if into else LOCATIVE
    last = line.clause(min(i, len(line.tokens) - 1))[1] if line.tokens else 0
    for k in range(i, min(i + reach, last)):
        word = line.word(k)
        if word in {"в", "во", "на"}:
            spot = place(line, k + 1, cases)
        elif word in {"под", "за"} and not into:
            spot = place(line, k + 1, INSTRUMENTAL)
        elif word in {"около", "возле", "недалеко", "близ", "рядом"} and not into:
            spot = place(line, k + 1, GENITIVE | INSTRUMENTAL)
        else:
            continue
        if spot:
            return spot
    if line.word(last) == "," and line.word(last + 1) in {"в", "во"} and reach > 1:
        return place(line, last + 2, cases)
    return None


def _out_of(line: Line, i: int, reach: int = _REACH) -> Phrase | None:
    for k in range(i, min(i + reach, len(line.tokens))):
        if line.tokens[k].clause != line.tokens[min(i, len(line.tokens) - 1)].clause:
            return None
        if line.word(k) in {"из", "с", "со"}:
            spot = place(line, k + 1, GENITIVE)
            if spot:
                return spot
    return None


def _lives(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_NO_LONGER):
        del match
        spot = _in(line, after)
        if spot:
            yield line.found("lives_in", spot.value, first, op="end")
    for match, first, after in line.find(_LIVE):
        if line.asked(first) or line.negated(first) or unreal(line, first) or past(line, first):
            continue
        if not match[0].endswith(("у", "ю", "ем")) and alien(line, first):
            continue
        if match[0].startswith("прописан") and _DWELLS.search(line.low):
            continue  # "прописан в Брянске, но живу в Москве"
        spot = _in(line, after) or _before(line, first)
        if spot and line.word(spot.first - 2) == "не":
            yield line.found("lives_in", spot.value, first, op="end")
            spot = _but_in(line, max(spot.after, first + (spot.first < first)))
        if (
            match[0] in {"снимаю", "снимаем"}
            and not re.search(
                r"\b(?:квартир|комнат|дом|жиль|студи|хат|однушк|двушк)", line.clause_text(first)
            )
            and not (spot and spot.after == line.clause(first)[1])
        ):
            continue
        if spot:
            yield line.found("lives_in", spot.value, first)


def _before(line: Line, i: int) -> Phrase | None:
    """Return the place that stands before its verb: "в Казани живу"."""
    start, _ = line.clause(i)
    spot = _in(line, start, reach=i - start) if i > start else None
    return spot if spot and spot.after <= i else None


def _moved(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MOVED):
        if line.asked(first) or unreal(line, first) or alien(line, first):
            continue
        if line.negated(first) or re.search(
            r"\b(?:работ|отдел|групп|проект|раньше|в детстве)", line.clause_text(first)
        ):
            continue
        left, spot = _out_of(line, after), _in(line, after, into=True)
        if left:
            yield line.found("lives_in", left.value, first, op="end")
        if spot:
            yield line.found("lives_in", spot.value, first)
    if not any(True for _ in line.find(_MOVED)):
        for _, first, after in line.find(_LEFT):
            left = _out_of(line, after)
            if left and not (line.asked(first) or alien(line, first) or unreal(line, first)):
                yield line.found("lives_in", left.value, first, op="end")


def _returned(line: Line) -> Iterator[Found]:
    """Yield the places of "вернулся из Берлина в Москву", "вернулась в родной Саратов"."""
    for _, first, after in line.find(_RETURNED):
        if line.asked(first) or unreal(line, first) or line.negated(first) or alien(line, first):
            continue
        clause = line.clause_text(first)
        left, spot = _out_of(line, after), _in(line, after, into=True)
        if spot is None or _TRIP.search(clause) or not (left or _FOR_GOOD.search(clause)):
            continue
        if left:
            yield line.found("lives_in", left.value, first, op="end")
        yield line.found("lives_in", spot.value, first, confidence=0.8)


def _is_in(line: Line) -> Iterator[Found]:
    """Yield places of "я в Новосибирске", "у нас в Мурманске …", "уже десять лет как в Тбилиси"."""
    yield from _being(line)
    yield from _being_since(line)
    yield from _in_our(line)
    yield from _home(line)
    yield from _locals(line)
    yield from _our_city(line)


def _being(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_COPULA):
        ours = line.word(first) == "у"
        if unreal(line, first) or past(line, first):
            continue
        if not ours and (line.asked(first) or _has_verb(line, first)):
            continue
        k = _up_to_place(line, after, ours=ours)
        spot = _in(line, k, reach=1) if line.word(k) in _IN else None
        if spot and line.word(k - 1) == "не":
            spot = _but_in(line, spot.after)
        if spot and line.word(k - 1) not in {"был", "была"}:
            yield line.found("lives_in", spot.value, first)


def _up_to_place(line: Line, i: int, *, ours: bool) -> int:
    """Return the token where "в" may stand, after "сейчас", "с семьёй", "уже третий год"."""
    k = i
    while k < i + 4 and line.word(k) and line.word(k) not in _IN:
        if ours and line.word(k) not in {"тут", "здесь", "там", "сейчас", "дома", "же"}:
            break
        if line.word(k) in {"с", "со"}:
            k += 2
            continue
        best = top(line.word(k))
        if best is None or best.pos in {"VERB", "INFN", "PREP", "CONJ"}:
            break
        k += 1
    return k


def _being_since(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_SINCE):
        start, _ = line.clause(first)
        if (
            line.asked(first)
            or _has_verb(line, first)
            or unreal(line, first)
            or (past(line, first) or line.word(after) not in {"в", "во", "на"})
        ):
            continue
        if match[0] in {"сейчас", "теперь", "уже"} and first > start + 2:
            continue
        if _other_subject(line, start, first) or line.word(first + 2) == "":
            continue
        spot = _in(line, after, reach=1)
        if spot:
            yield line.found("lives_in", spot.value, first)


def _in_our(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_OUR):
        spot = place(line, after, LOCATIVE)
        if spot and not unreal(line, first):
            yield line.found("lives_in", spot.value, first)


def _home(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MY_HOME):
        spot = _in(line, after, reach=2)
        if spot and not line.asked(first) and not unreal(line, first) and not past(line, first):
            yield line.found("lives_in", spot.value, first)


def _locals(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_LOCAL):
        spot = _in(line, 0, reach=first) if first else None
        for k in range(first):
            spot = spot or _in(line, k, reach=1)
        if spot and not unreal(line, first) and not line.negated(first):
            yield line.found("lives_in", spot.value, first)


def _our_city(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_NATIVE):
        k = after + 1 if line.word(after) in {"—", "-", ":", "–"} else after
        spot = place(line, k, NOMINATIVE)
        if spot and not line.asked(first) and not unreal(line, first):
            yield line.found("origin", spot.value, first)
    for _, _first, at in line.find(_CAME_FROM):
        if at >= len(line.tokens):
            break
        spot = place(line, at, NOMINATIVE)
        if spot and spot.after == line.clause(at)[1] and not unreal(line, at):
            yield line.found("lives_in", spot.value, at, confidence=0.8)
    for _, first, after in line.find(_OUR_CITY):
        k = after + 1 if line.word(after) in {"—", "-", ":", "–"} else after
        spot = place(line, k, NOMINATIVE)
        if spot and not line.asked(first) and not unreal(line, first):
            yield line.found("lives_in", spot.value, first)


def _but_in(line: Line, i: int) -> Phrase | None:
    """Return the second place of "не в Перми, а в Уфе"."""
    while line.word(i) in {",", "а", "теперь", "уже"}:
        i += 1
    return _in(line, i, reach=1) if i < len(line.tokens) else None


def _other_subject(line: Line, start: int, end: int) -> bool:
    for k in range(start, end):
        best = top(line.word(k))
        if (
            best
            and best.case == "nomn"
            and ("anim" in best.grammemes or best.normal in {"он", "она", "они", "ты", "вы"})
        ):
            return True
    return False


def _has_verb(line: Line, i: int) -> bool:
    """Whether the clause of a token has a verb: then it is not "to be" that is left out."""
    first, after = line.clause(i)
    for k in range(first, after):
        best = top(line.word(k))
        if best and best.pos in {"VERB", "INFN"} and best.score > LIKELY:
            return True
    return False


def _comes_from(line: Line) -> Iterator[Found]:
    yield from _born(line)
    yield from _comes(line)


def _born(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_BORN):
        doubtful = line.asked(first) or unreal(line, first) or alien(line, first)
        if doubtful and "детство" not in match[0]:
            continue
        spot = _in(line, after) or _before(line, first)
        if spot:
            yield line.found("origin", spot.value, first)


def _comes(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_FROM):
        if line.asked(first) or unreal(line, first) or line.negated(after):
            continue
        k = after
        while line.word(k) in {
            "я",
            "мы",
            "сам",
            "сама",
            "родом",
            "тоже",
            "вообще",
            "сами",
            "—",
            "-",
            "же",
            "кстати",
            "вообще-то",
        }:
            k += 1
        spot = None
        if line.word(k) in {"из", "с", "со"}:
            spot = place(line, k + 1, GENITIVE)
        elif match[0].startswith("урожен"):
            spot = place(line, k, GENITIVE)
        if spot is None or (match[0].startswith(("при", "пон")) and alien(line, first)):
            continue
        words = {line.word(j) for j in range(first, k)} | {line.word(spot.after)}
        origin = bool(words & {"родом", "сам", "сама", "корни", "корнями"}) or match[0].startswith(
            ("урож", "прие", "понае")
        )
        if match[0] in {"я", "мы", "сам", "сама"} and line.word(first - 1) in {
            "я",
            "мы",
            "сам",
            "сама",
        }:
            continue
        yield line.found("origin" if origin else "lives_in", spot.value, first, confidence=0.8)


def _zone(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_ZONE):
        if line.asked(first) or not _ZONE_TALK.search(line.low):
            continue
        start, end = match.span()
        written = line.text[start:end]
        value = "московское время" if written[0] not in "uUgG" else written.replace(" ", "").upper()
        yield line.found("timezone", value, first)
