"""What somebody may not eat, suffers from, and lives with."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import (
    AIDS,
    DIETS,
    ILLNESSES,
    SUFFERERS,
    plain,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    OBJECT,
    Reading,
    readings,
    top,
)
from services.memory_writer.extraction.ru.phrases import phrase, phrases
from services.memory_writer.extraction.ru.subjects import (
    alien,
    of_others,
    own_kind,
    past,
    said,
    unreal,
)
from services.memory_writer.extraction.ru.words import words

_ALLERGY = re.compile(r"\b(?:аллерги[яюие]\w*|алергия|алергии|аллергик|аллергичка|аллергична)\b")
_NO_ALLERGY = words(
    "понедельник понедельники глупость тупость работа работу людей люди хамство ложь вранье идиотов"
    " дураков спорт физкультура математика дедлайны"
)
_DRINK = re.compile(r"\bне (?:пью|употребляю)\b")
_SMOKE = re.compile(r"\b(?:курю|курить|курил[аи]?)\b")
_QUIT = re.compile(
    r"\b(?:бросил[аи]?|завязал[аи]?|перестал[аи]?)\s(?:с )?(курить|курением|пить|выпивкой"
    r"|алкоголем|вейпить|вейпом)\b"
)
_WEAR = re.compile(
    r"\b(?:ношу|хожу с|хожу в|хожу на|передвигаюсь на|пользуюсь|у меня|живу с|стоит)\b"
)
_CHAIR = re.compile(r"\b(?:на|в) инвалидн\w+ (?:коляске|кресле)\b|\b(?:на|в) коляске\b")
_HAVE = re.compile(
    r"\b(?:у меня|болею|страдаю|мучаюсь|мне (?:поставили|диагностировали)|диагноз|с моим|с моей"
    r"|при моем|при моей|из-за моего|из-за моей|мой|моя|моего|моей|мою|живу с|лечу"
    r"|обнаружили|нашли|заработал[аи]?)\b"
)
_INTOLERANT = re.compile(r"\b(?:непереносимость|не переношу|не перевариваю)\b")
_ALONE = frozenset({"", ",", "совсем", "вообще"})
_ALCOHOL = re.compile(r"\b(?:алкогол\w*|спиртн\w*|вино|пиво)\b")
_STARTS = frozenset(word[:3] for word in (*ILLNESSES, *SUFFERERS))
"""To look at no other words: a set is faster than the dictionary."""
_SHORT_CLAUSE = 5
_FOODS = frozenset({"лактоза", "глютен", "молоко", "молочное", "фруктоза"})
_REACTS = re.compile(
    r"\b(?:меня (?:обсыпает|сыпет|раздувает|всего чешет)|у меня (?:сыпь|крапивница|отек"
    r"|раздражение)"
    r"|(?:я )?(?:чешусь|чихаю|задыхаюсь|покрываюсь|весь чешусь|вся чешусь|отекаю|опухаю))\b"
)
_SENSES = re.compile(
    r"\b((?:на )?(?:одн\w+|лев\w+|прав\w+) (?:ухо|ухом|глаз|глазом)) (?:я )?"
    r"((?:почти )?не|плохо) (слышу|вижу)\b"
)
_TREATED = re.compile(r"\bна (инсулине|диализе|гормонах|антидепрессантах|химиотерапии|химии)\b")
_TREATMENTS = {
    "инсулине": "инсулин", "диализе": "диализ", "гормонах": "гормоны",
    "антидепрессантах": "антидепрессанты", "химиотерапии": "химиотерапия", "химии": "химиотерапия",
}  # fmt: skip


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says of its author's health and diet."""
    yield from _allergies(line)
    yield from _habits(line)
    yield from _illnesses(line)
    yield from _aids(line)


def _allergies(line: Line) -> Iterator[Found]:
    yield from _allergic(line)
    yield from _reacting(line)


def _allergic(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_ALLERGY):
        clause = line.clause_text(first)
        if line.asked(first) or unreal(line, first) or of_others(line, first) or past(line, first):
            continue
        if re.search(r"\bнет\b|\bне было\b|\bнет ли\b|\bникак", clause) or line.negated(first):
            continue
        if _held_by_other(line, first):
            continue
        listed = phrases(line, after + 1, OBJECT) if line.word(after) == "на" else []
        if not listed:
            start, _ = line.clause(first)
            for k in range(start, first):
                if line.word(k) == "на":
                    listed = [
                        each
                        for each in phrases(line, k + 1, OBJECT, linked=False)
                        if each.after <= first
                    ]
                    break
        for each in listed:
            if each.value not in _NO_ALLERGY:
                yield line.found("allergy", each.value, first)


def _reacting(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_REACTS):
        start, end = line.clause(first)
        if line.asked(first) or unreal(line, first) or _held_by_other(line, first):
            continue
        for k in range(start, end):
            if line.word(k) == "от" and (each := phrase(line, k + 1, GENITIVE, linked=False)):
                yield line.found("allergy", each.value, first)
                break


def _held_by_other(line: Line, i: int) -> bool:
    """Whether the clause names somebody else in the nominative or the dative."""
    start, end = line.clause(i)
    if re.search(r"\bу меня\b", line.clause_text(i)):
        return False
    for k in range(start, end):
        best = top(line.word(k))
        if k == i or best is None or line.word(k - 1) in {"на", "к"}:
            continue
        if (
            best.pos == "NPRO"
            and best.normal in {"он", "она", "они"}
            and best.case in {"nomn", "datv"}
        ):
            return True
        if (
            "anim" in best.grammemes
            and best.pos == "NOUN"
            and best.case in {"nomn", "datv"}
            and (
                plain(best.normal) not in SUFFERERS
                and plain(best.normal) not in DIETS
                and plain(best.normal) not in {"аллергик", "аллергичка"}
            )
        ):
            return True
    return False


def _habits(line: Line) -> Iterator[Found]:
    quit_it = list(_quits(line))
    yield from quit_it
    for match, first, _after in line.find(_SMOKE):
        if quit_it or match[0] != "курю" or line.asked(first) or unreal(line, first):
            continue
        yield line.found("condition", "не курит" if line.negated(first) else "курит", first)
        if line.negated(first):
            yield line.found("condition", "курит", first, op="end")
    for _, first, after in line.find(_DRINK):
        alone = line.word(after) in _ALONE and line.word(first - 1) in {"я", ""}
        if (alone or _ALCOHOL.search(line.clause_text(first))) and not (
            line.asked(first) or unreal(line, first)
        ):
            yield line.found("condition", "не пьёт алкоголь", first)


def _quits(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_QUIT):
        if not said(line, first) or alien(line, first):
            continue
        smokes = match[1].startswith("кур")
        drink = top(line.word(first + 2))
        if match[1] == "пить" and drink and drink.pos == "NOUN" and drink.normal != "алкоголь":
            continue
        yield line.found("condition", "не курит" if smokes else "не пьёт алкоголь", first)
        if smokes:
            yield line.found("condition", "курит", first, op="end")


def _illnesses(line: Line) -> Iterator[Found]:
    for k, token in enumerate(line.tokens):
        if token.low[:3] not in _STARTS:
            continue
        forms = [r for r in readings(token.low) if r.pos in {"NOUN", "ADJF", "ADJS"}]
        sufferer = next(
            (w for r in forms if (w := plain(r.normal)) in SUFFERERS and r.case in {"nomn", ""}),
            None,
        )
        if sufferer and said(line, k) and not past(line, k) and own_kind(line, k):
            yield line.found("condition", SUFFERERS[sufferer], k)
        ill = next((r for r in forms if plain(r.normal) in ILLNESSES), None)
        if ill and _is_ill(line, k):
            yield line.found("condition", _illness(line, k, ill), k)
    for _, first, after in line.find(_INTOLERANT):
        item = phrase(line, after, OBJECT, linked=False)
        if line.asked(first) or unreal(line, first) or of_others(line, first) or alien(line, first):
            continue
        if item and item.head and plain(item.head.normal) in _FOODS:
            noun = item.head.form("gent", "sing") or item.value
            yield line.found("condition", f"непереносимость {noun}", first)


def _is_ill(line: Line, k: int) -> bool:
    """Whether the illness at a token is the author's."""
    clause = line.clause_text(k)
    if not said(line, k) or past(line, k) or re.search(r"\bнет\b|\bне\b", clause):
        return False
    if _held_by_other(line, k):
        return False
    return bool(_HAVE.search(clause)) or _diagnosed_before(line, k)


def _illness(line: Line, k: int, ill: Reading) -> str:
    """Return an illness with what is said of it: "диабет второго типа"."""
    if line.word(k) in {"сдвг", "окр", "птср", "вич", "дцп", "бар"}:
        return line.word(k).upper()
    item = phrase(line, _first_of(line, k), frozenset({ill.case}), linked=False)
    if item is None or item.after <= k or (ill.number == "plur" and item.after == k + 1):
        return ill.normal
    return item.value


def _first_of(line: Line, k: int) -> int:
    """Return the first adjective of an illness: "хронический гастрит"."""
    while (
        k > 0
        and (best := top(line.word(k - 1)))
        and best.pos == "ADJF"
        and ("Apro" not in best.grammemes and line.tokens[k - 1].clause == line.tokens[k].clause)
    ):
        k -= 1
    return k


def _diagnosed_before(line: Line, k: int) -> bool:
    """Whether a clause is the item of a list whose beginning says who has it."""
    start, end = line.clause(k)
    return (
        end - start <= _SHORT_CLAUSE
        and start > 0
        and bool(
            re.search(
                r"\b(?:у меня|диагноз\w*|я|мне|пью|колю|принимаю|лечу)\b",
                line.low[: line.tokens[start].start],
            )
        )
    )


def _aids(line: Line) -> Iterator[Found]:
    yield from _treated(line)
    yield from _half_deaf(line)
    yield from _worn(line)
    yield from _on_wheels(line)


def _treated(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_TREATED):
        if re.search(r"\b(?:я|сижу)\b", line.clause_text(first)) and not (
            line.asked(first) or unreal(line, first) or past(line, first)
        ):
            yield line.found("condition", _TREATMENTS[match[1]], first)


def _half_deaf(line: Line) -> Iterator[Found]:
    """Yield "не слышит на левое ухо", "не видит левым глазом"."""
    for match in _SENSES.finditer(line.low):
        first = line.after(match.start())
        said_so = line.word(line.after(match.start(2))) in {"не", "плохо", "почти"}
        if said_so and not (line.asked(first) or unreal(line, first) or past(line, first)):
            verb = match[3].replace("слышу", "слышит").replace("вижу", "видит")
            yield line.found("condition", f"{match[2]} {verb} {match[1]}", first)


def _worn(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_WEAR):
        if line.asked(first) or unreal(line, first) or line.negated(first) or past(line, first):
            continue
        k = after
        while line.word(k) in {"постоянно", "с", "детства", "уже", "всегда", "стоит"}:
            k += 1
        item = phrase(
            line, k, ACCUSATIVE | INSTRUMENTAL | NOMINATIVE | frozenset({"loct"}), linked=False
        )
        if item and item.head and plain(item.head.normal) in AIDS:
            if plain(item.head.normal) == "аппарат" and " " not in item.value:
                continue
            if line.word(first) == "пользуюсь" and plain(item.head.normal) == "очки":
                continue
            yield line.found("condition", item.value, first)


def _on_wheels(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_CHAIR):
        clause = line.clause_text(first)
        if (
            line.asked(first)
            or unreal(line, first)
            or not re.search(r"\b(?:я|передвигаюсь|езжу|сижу|живу)\b", clause)
        ):
            continue
        if "инвалид" in clause or not re.search(r"\b(?:ребен|сын|доч|мал)", line.low):
            yield line.found("condition", "инвалидная коляска", first)
