"""The things and acts that verbs of taste have for objects."""

from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    top,
)
from services.memory_writer.extraction.ru.phrases import (
    Phrase,
    infinitive,
    phrase,
    phrases,
)
from services.memory_writer.extraction.ru.subjects import of_others, unreal
from services.memory_writer.extraction.ru.words import words

_NO_VALUES = words(
    "это то все всё ты вы он она они человек люди внимание помощь время мир жизнь день раз случай"
    " ответ вопрос совет вариант код ошибка текст дело мой твой себя сам идея пример способ спасибо"
    " час момент тема деньга задача данные информация файл папка мысль материал"
)


def kept(line: Line, item: Phrase) -> bool:
    """Whether a phrase is a thing that one can like at all times."""
    if item.head is None:
        return True
    if item.head.normal in _NO_VALUES or item.head.pos == "NPRO":
        return False
    return not any(
        line.word(k) in {"этот", "эту", "эти", "твой", "твою", "ваш", "вашу", "этого"}
        for k in range(max(item.first - 1, 0), item.after)
    )


def stated(line: Line, i: int) -> bool:
    """Whether what stands at a token is said, be it that one does not like it."""
    return not (line.asked(i) or unreal(line, i) or of_others(line, i))


def values_of(
    line: Line, first: int, after: int, cases: frozenset[str], *, acts: bool = True
) -> list[str]:
    """Return the objects of a verb: infinitives or things after it, or a thing before it."""
    if acts and not (line.token(after) and line.tokens[after].text in {"«", '"'}):
        found = acts_at(line, after)
        if found:
            return found
    items = [each for each in phrases(line, past_adverbs(line, after), cases) if kept(line, each)]
    if items:
        return [each.value for each in items]
    title = line.title(after)
    if title and (
        after >= len(line.tokens) or line.tokens[after].start > line.tokens[first].end + 3
    ):
        return [title]
    before = object_before(line, first, cases)
    if before and kept(line, before):
        return [before.value]
    act = _act_before(line, first) if acts else None
    return [act] if act else []


def _act_before(line: Line, i: int) -> str | None:
    """Return the infinitive that stands before its verb: "рано вставать ненавижу"."""
    start, _ = line.clause(i)
    while start < i and (
        line.word(start) in {"я", "а", "но", "и"} or not line.tokens[start].is_word
    ):
        start += 1
    best = top(line.word(i - 1)) if start < i <= start + 4 else None
    if best is None or best.pos != "INFN":
        return None
    return line.text[line.tokens[start].start : line.tokens[i - 1].end].lower()


def past_adverbs(line: Line, i: int) -> int:
    """Return the token after "очень", "больше всего" and the like."""
    for _ in range(3):
        best = top(line.word(i))
        if best is None or best.pos not in {"ADVB", "PRCL"} or not line.tokens[i].is_word:
            break
        i += 1
    return i


def acts_at(line: Line, i: int) -> list[str]:
    """Return the infinitives that begin at a token: "вязать и смотреть детективы"."""
    found: list[str] = []
    for _ in range(4):
        act = infinitive(line, i, again=bool(found))
        if act is None:
            break
        found.append(act[0])
        if line.word(act[1]) not in {"и", ",", "или"}:
            break
        i = act[1] + 1
    return found


def object_before(line: Line, i: int, cases: frozenset[str]) -> Phrase | None:
    """Return the object that stands before its verb: "футбол не люблю"."""
    start, _ = line.clause(i)
    for k in range(start, i):
        if line.word(k) in {"я", "мы", "с", "в", "на", "за", "у", "по", "о", "к", "из"}:
            continue
        item = phrase(line, k, cases)
        if item is None:
            continue
        rest = range(item.after, i)
        fills = {
            "я",
            "не",
            "очень",
            "особо",
            "просто",
            "мне",
            "тоже",
            "вообще",
            "как-то",
            "давно",
            "всегда",
            "больше",
            "терпеть",
            "лично",
            "с",
            "детства",
            "теперь",
            "ужасно",
            "прям",
        }
        if item.after <= i and all(line.word(j) in fills for j in rest):
            if line.word(k - 1) in {"с", "в", "на", "за", "у", "по", "о", "к", "из", "от"}:
                return None
            return item
    return None
