"""What somebody may not eat, suffers from, and lives with."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.lexicon import (
    AIDS,
    DIETS,
    ILLNESSES,
    MEAT,
    SUFFERERS,
    plain,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    ANY_CASE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    OBJECT,
    Reading,
    readings,
    top,
)
from services.memory_writer.extraction.ru.phrases import phrase, phrases
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, said, unreal

_ALLERGY = re.compile(r"\b(?:аллерги[яюие]\w*|алергия|алергии|аллергик|аллергичка|аллергична)\b")
_NO_MORE_DIET = re.compile(
    r"\b(?:бросил[аи]?|завязал[аи]? с|отказал(?:ся|ась) от|перестал[аи]? быть|закончил[аи]? с)\s"
    r"(вегетариан\w+|веган\w+|кето\w*|сыроедени\w+|диет\w+|пескетариан\w+)\b"
)
_EATS_AGAIN = re.compile(
    r"\b(?:снова|опять|теперь|вновь|начал[аи]?|стал[аи]?) (?:ем|едим|есть|кушаю|ели)\b"
)
_ALL = re.compile(r"\bем (?:все|всё)\b")
_NOT_EAT = re.compile(r"\bне (?:ем|едим|кушаю|употребляю)\b")
_MAY_NOT_AFTER = re.compile(r"\bмне (?:категорически |совсем |вообще )?нельзя\b")
_DIET = re.compile(r"\b(?:диете|диету|диеты|диета)\b")
_ON_DIET = re.compile(
    r"\b(?:на|соблюдаю|придерживаюсь|держу|только) (кето|палео|халяль|кашрут|кошер\w*|пост)\b"
    r"|\bем только (халяль\w*|кошер\w*)\b"
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
SHORTEST_ILLNESS = 3
_FEW, _SHORT_CLAUSE = 2, 5
_FOODS = frozenset({"лактоза", "глютен", "молоко", "молочное", "фруктоза"})
_REACTS = re.compile(
    r"\b(?:меня (?:обсыпает|сыпет|раздувает|всего чешет)|у меня (?:сыпь|крапивница|отек"
    r"|раздражение)"
    r"|я (?:чешусь|чихаю|задыхаюсь|покрываюсь|весь чешусь|вся чешусь))\b"
)
_TREATED = re.compile(r"\bна (инсулине|диализе|гормонах|антидепрессантах|химиотерапии|химии)\b")
_TREATMENTS = {
    "инсулине": "инсулин", "диализе": "диализ", "гормонах": "гормоны",
    "антидепрессантах": "антидепрессанты", "химиотерапии": "химиотерапия", "химии": "химиотерапия",
}  # fmt: skip
_FASTS = re.compile(r"\b(?:пощусь|постимся|соблюдаю (?:великий )?пост|держу пост)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says of its author's health and diet."""
    yield from _allergies(line)
    yield from _diets(line)
    yield from _foods(line)
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


def _diets(line: Line) -> Iterator[Found]:
    ended = list(_given_up(line))
    yield from ended or _eaters(line)
    for match, first, _after in line.find(_ON_DIET):
        if said(line, first) and not alien(line, first) and _KEEPS.search(line.low):
            word = match[1] or match[2]
            yield line.found("diet", _KOSHER.get(word[:5], word), first)
    for _, first, _after in line.find(_FASTS):
        if said(line, first):
            yield line.found("diet", "пост", first)
    for _, first, _after in line.find(_DIET):
        yield from _named_diet(line, first)


def _given_up(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_NO_MORE_DIET):
        if said(line, first) and not alien(line, first):
            yield line.found("diet", None, first, op="end")


def _eaters(line: Line) -> Iterator[Found]:
    """Yield the diets of "я веган", and the end of one of "я больше не веган"."""
    for k, token in enumerate(line.tokens):
        word = _eater(token.low)
        if word is None or unreal(line, k) or line.asked(k) or past(line, k):
            continue
        if word in _ONLY_ON or not _own_kind(line, k):
            continue
        if re.search(r"\bбольше не\b|\bуже не\b", line.clause_text(k)):
            yield line.found("diet", None, k, op="end")
        elif not re.search(r"\bне\b", line.clause_text(k)):
            yield line.found("diet", DIETS[word], k)


def _eater(word: str) -> str | None:
    """Return the dictionary form of a word that says how one eats."""
    if word in DIETS:
        return word
    if word[:3] not in _DIET_STARTS:
        return None
    forms = (plain(r.normal) for r in readings(word) if r.case in {"nomn", "ablt", ""})
    return next((form for form in forms if form in DIETS), None)


_KEEPS = re.compile(r"\b(?:я|мы|сижу|ем|соблюдаю|придерживаюсь|держу)\b")
_KOSHER = {"халял": "халяль", "кошер": "кошер"}
_ONLY_ON = frozenset({"халяль", "кашрут", "кошер", "палео", "кето"})
"""Diets that one is on: no words for those who eat so."""
_DIET_STARTS = frozenset(word[:3] for word in DIETS)


def _own_kind(line: Line, k: int) -> bool:
    """Whether the author is what a noun says: "я веган", or a clause that is nothing else."""
    start, end = line.clause(k)
    words = [line.word(j) for j in range(start, end)]
    if "я" in words or "мы" in words or "меня" in words:
        return not alien(line, k)
    if alien(line, k) or of_others(line, k):
        return False
    rest = [
        w
        for w in words
        if w
        and w[0].isalpha()
        and w
        not in {
            "а",
            "и",
            "но",
            "кстати",
            "строгий",
            "теперь",
            "уже",
            "давно",
            "лет",
            "год",
            "пять",
            "сам",
            "сама",
            "как",
            "стал",
            "стала",
            "убежденный",
        }
    ]
    return (
        len(rest) <= _FEW
        and rest[:1] == [line.word(k)]
        and (start > 0 or bool(re.search(r"\b(?:я|мне|меня|мой)\b", line.low)) or "теперь" in words)
    )


def _named_diet(line: Line, i: int) -> Iterator[Found]:
    start, _ = line.clause(i)
    if line.asked(i) or unreal(line, i) or of_others(line, i) or line.negated(i):
        return
    own = re.search(
        r"\b(?:сижу|я|мы|у меня|соблюдаю|придерживаюсь|держу|прописал\w*|назначил\w*)\b",
        line.clause_text(i),
    )
    if own is None:
        return
    for k in range(start, i):
        named = phrase(line, k, ANY_CASE, linked=False)
        if named and named.after == i + 1 and named.first < i:
            yield line.found("diet", named.value, i)
            return


def _foods(line: Line) -> Iterator[Found]:
    yield from _eats(line)
    yield from _eats_not(line)
    yield from _may_not(line)


def _eats(line: Line) -> Iterator[Found]:
    for pattern in (_EATS_AGAIN, _ALL):
        for _, first, after in line.find(pattern):
            if line.asked(first) or unreal(line, first) or line.negated(first):
                continue
            item = phrase(line, after, ACCUSATIVE, linked=False)
            whole = pattern is _ALL or line.word(after) == "все"
            if whole and re.search(r"\b(?:веган|вегетариан\w*|диет\w*|снова|опять)\b", line.low):
                yield line.found("diet", "ест всё", first)
            elif item and item.head and plain(item.head.normal) in MEAT:
                yield line.found("diet", f"ест {item.head.form('accs') or item.value}", first)


def _eats_not(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_NOT_EAT):
        if (
            line.asked(first)
            or unreal(line, first)
            or alien(line, first)
            or (re.search(r"\b(?:сегодня|вчера|с утра|давно не|еще не|ничего|пока)\b", line.low))
        ):
            continue
        listed = phrases(line, after, OBJECT) or _objects_before(line, first)
        for value in listed:
            yield line.found(
                "diet",
                f"не ест {value}"
                if isinstance(value, str)
                else f"не ест {_as_written(line, value.first, value.after)}",
                first,
            )


def _may_not(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MAY_NOT_AFTER):
        if line.asked(first) or unreal(line, first):
            continue
        item = phrase(line, after, OBJECT, linked=False)
        if item is None:
            before = _objects_before(line, first)
            if before:
                yield line.found("diet", f"нельзя {before[0]}", first)
        elif item.head and (item.head.pos != "NOUN" or "inan" in item.head.grammemes):
            yield line.found("diet", f"нельзя {item.value}", first)


def _as_written(line: Line, first: int, after: int) -> str:
    return line.text[line.tokens[first].start : line.tokens[after - 1].end].lower()


def _objects_before(line: Line, i: int) -> list[str]:
    """Return the object that stands before its verb: "солёное мне нельзя"."""
    start, _ = line.clause(i)
    for k in range(start, i):
        item = phrase(line, k, OBJECT, linked=False)
        if item and item.after == i and line.word(k) not in {"я", "мы"}:
            return [_as_written(line, item.first, item.after)]
    return []


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
        yield line.found("condition", "не курит" if smokes else "не пьёт алкоголь", first)
        if smokes:
            yield line.found("condition", "курит", first, op="end")


def _illnesses(line: Line) -> Iterator[Found]:
    for k, token in enumerate(line.tokens):
        if not token.is_word or token.is_latin or len(token.low) < SHORTEST_ILLNESS:
            continue
        forms = [r for r in readings(token.low) if r.pos in {"NOUN", "ADJF", "ADJS"}]
        sufferer = next(
            (w for r in forms if (w := plain(r.normal)) in SUFFERERS and r.case in {"nomn", ""}),
            None,
        )
        if sufferer and said(line, k) and not past(line, k) and _own_kind(line, k):
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
    yield from _worn(line)
    yield from _on_wheels(line)


def _treated(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_TREATED):
        if re.search(r"\b(?:я|сижу)\b", line.clause_text(first)) and not (
            line.asked(first) or unreal(line, first) or past(line, first)
        ):
            yield line.found("condition", _TREATMENTS[match[1]], first)


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
