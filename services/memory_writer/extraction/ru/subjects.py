"""Tells whether a clause speaks of its author, of others, of the past, or of what is not so."""

import re
from collections.abc import Callable

from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import LIKELY, readings, top
from services.memory_writer.extraction.ru.words import words

_OTHERS = words("он она они оно ты вы кто никто который которая которые которого это")
_OWN = words("я мы мне меня нам нас")
_TIME = words(
    "год месяц неделя день час раз время лето зима осень весна утро вечер век пора минута"
    " сегодня правда жаль штука"
)
_PAST = re.compile(
    r"\b(?:раньше|прежде|когда-то|бывш\w+|в прошлом(?! году| месяце)|в детстве"
    r"|в девяностых|в нулевых"
    r"|в молодости|в юности|в школе|в студенчестве|одно время|в советское время|до этого|был|была"
    r"|были|в \w+(?:ых|тых) годах|в те годы|давным-давно|до пенсии|до декрета)\b"
)
_UNREAL = re.compile(
    r"\b(?:бы|б|если(?! что\b)|будь|допустим|предположим|представ(?:ь|ьте|им)|вообрази|якобы"
    r"|как будто|словно|типа я|например|мол|будто|как если)\b"
)
_SUPPOSED_FIRST = re.compile(r"[^,]{0,20}\b(?:если|допустим|предположим|представ\w+)\b")
_SARCASM = re.compile(
    r"\b(?:ага|ну да|ну конечно|да уж|ну-ну|конечно же|всю жизнь мечтал\w*|просто мечт\w+"
    r"|да-да|ага-ага"
    r"|мечта всей жизни|всю жизнь об этом|как же|еще бы|прям мечта|спасибо большое|большое спасибо"
    r"|ха-ха|сарказм|шутка|о да|о, да"
    r"|только этого)\b|\b(?:супер|отлично|прекрасно|класс|здорово), "
)
_OTHER_HOLDER = re.compile(
    r"\bу (?!меня\b|нас\b|мен\b)(?:(?:моего|моей|моих|нашего|нашей|наших|одного|одной|этого) )?"
    r"([а-я-]+)"
)


def unreal(line: Line, i: int) -> bool:
    """Whether the clause of a token only supposes something, or follows what does."""
    return _once("unreal", _supposes, line, i)


def _once(what: str, ask: Callable[[Line, int], bool], line: Line, i: int) -> bool:
    """Return what is so of the whole clause of a token, asked but once."""
    key = what, line.tokens[i].clause
    if key not in line.told:
        line.told[key] = ask(line, i)
    return line.told[key]


def _supposes(line: Line, i: int) -> bool:
    first, after = line.clause(i)
    start, end = line.tokens[max(first - 1, 0)].start, line.tokens[after - 1].end
    if _UNREAL.search(line.low, start, end):
        return True
    return _SUPPOSED_FIRST.match(line.low) is not None


def sarcastic(line: Line) -> bool:
    """Whether the sentence has the marks of sarcasm."""
    key = "sarcastic", -1
    if key not in line.told:
        line.told[key] = bool(_SARCASM.search(line.low)) or line.low.startswith(
            ("прям ", "конечно, ", "конечно обож", "конечно люб")
        )
    return line.told[key]


def past(line: Line, i: int) -> bool:
    """Whether the clause of a token tells of what was once."""
    return _once("past", _tells_of_past, line, i)


def _tells_of_past(line: Line, i: int) -> bool:
    match = _PAST.search(line.clause_text(i))
    if match is None or match[0] != "в школе":
        return match is not None
    # At school one was once, unless one works there.
    verbs = [top(line.word(k)) for k in range(*line.clause(i))]
    return not any(verb and "1per" in verb.grammemes for verb in verbs)


def of_others(line: Line, i: int) -> bool:
    """Whether the clause says who has it, and it is not the author: "у соседа"."""
    return _once("of_others", _another_has, line, i)


def _another_has(line: Line, i: int) -> bool:
    match = _OTHER_HOLDER.search(line.clause_text(i))
    if match is None:
        return False
    if match[1] in {"него", "нее", "них", "тебя", "вас", "кого", "кого-то", "всех"}:
        return True
    return any("anim" in each.grammemes or "Name" in each.grammemes for each in readings(match[1]))


def alien(line: Line, i: int) -> bool:
    """Whether somebody else does what the verb at a token says: a subject stands before it."""
    first, _ = line.clause(i)
    verb = top(line.word(i))
    if verb and "1per" in verb.grammemes:
        return False
    if line.word(first) == "и" and first > 0:
        first, _ = line.clause(first - 1)
    own = False
    for k in range(first, i):
        word = line.word(k)
        if word in _OWN:
            own = True
            continue
        if word in _OTHERS:
            return not own
        if word == "у" or line.word(k - 1) in {"с", "со", "у", "в", "на", "о", "не"}:
            continue
        best = top(word)
        if (
            best is None
            or own
            or best.case != "nomn"
            or (best.pos != "NOUN" and best.normal not in {"знакомый", "любимый", "ведущий"})
        ):
            continue
        if best.normal in _TIME or best.normal == "семья" or line.word(k - 1).isdigit():
            continue
        return True
    if own:
        return False
    return _subject_after(line, i)


def _subject_after(line: Line, i: int) -> bool:
    """Whether the word right after a verb in the past is its subject: "переехал брат"."""
    best = top(line.word(i + 1)) if line.word(i + 1) not in _OWN else None
    return bool(
        best
        and best.case == "nomn"
        and best.score > LIKELY
        and (best.pos == "NPRO" or "anim" in best.grammemes)
    )


def said(line: Line, i: int) -> bool:
    """Whether what stands at a token is said: neither asked, supposed, negated nor of others."""
    return not (line.asked(i) or line.negated(i) or unreal(line, i) or of_others(line, i))


_FEW_WORDS = 2


def own_kind(line: Line, k: int) -> bool:
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
        len(rest) <= _FEW_WORDS
        and rest[:1] == [line.word(k)]
        and (
            start > 0
            or bool(re.search(r"\b(?:я|мне|меня|мой)\b", line.low))
            or not {"теперь", "уже", "давно"}.isdisjoint(words)
        )
    )
