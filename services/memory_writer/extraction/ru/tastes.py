"""What somebody likes and dislikes."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    OBJECT,
    pick,
    top,
)
from services.memory_writer.extraction.ru.phrases import (
    Phrase,
    infinitive,
    phrase,
    phrases,
)
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, sarcastic, unreal
from services.memory_writer.extraction.ru.words import words

_LIKE = re.compile(
    r"\b(?:люблю|любим|обожаю|обожаем|обожать|ценю|предпочитаю|смакую|полюбил[аи]?|коллекционирую"
    r"|собираю|слушаю|перечитываю|пересматриваю)\b"
)
_LIKE_AT = re.compile(
    r"\b(?:увлекаюсь|увлекаемся|занимаюсь|интересуюсь|наслаждаюсь|горжусь|болею за|фанатею от"
    r"|балдею от|тащусь от|кайфую от|прусь от|в восторге от|без ума от|торчу от|угораю по"
    r"|восхищаюсь|жить не могу без|не могу жить без|не представляю (?:своей )?жизни без"
    r"|схожу с ума по|заслушиваюсь|зачитываюсь)\b"
)
_AT_CASES = {"за": ACCUSATIVE, "от": GENITIVE, "по": DATIVE, "без": GENITIVE}
_FAN = re.compile(r"\b(?:фанат|фанатка|поклонник|поклонница|любитель|любительница|болельщик)\b")
_PLEASES = re.compile(
    r"\b(?:нравится|нравятся|нравиться|по душе|заходит|заходят|по вкусу|зашел|зашла|зашли)\b"
)
_HATE = re.compile(
    r"\b(?:ненавижу|терпеть не могу|терпеть не можем|не выношу|не переношу|не перевариваю|не терплю"
    r"|презираю|разлюбил[аи]?|не фанат|не фанатка|не любитель|не люблю|не любим|не жалую|тошнит от"
    r"|воротит от|равнодуш\w+ к|терпеть не мог|терпеть не могла|не особо люблю|не очень люблю"
    r"|не сильно люблю|не обожаю)\b"
)
_ANNOYS = re.compile(
    r"\b(?:бесит|бесят|раздражает|раздражают|не нравится|не нравятся|не заходит|не заходят)\b"
)
_NOT_MY_THING = re.compile(r"\bне мое\b(?!\s[а-я])|\bне для меня\b")
_FAVOURITE = re.compile(r"\b(?:любим(?:ый|ая|ое|ые|ейший)|обожаем(?:ый|ая))\b")
_BINGE = re.compile(
    r"\b(?:смотрю|читаю|слушаю|пересматриваю|перечитываю|играю)\b"
    r"(?= (?:запоем|взахлеб|постоянно|каждый|часами|с удовольствием|без остановки"
    r"|в основном|только|исключительно))"
)
_BEST = re.compile(
    r"\b(?:лучше|круче|вкуснее|интереснее) (?:\w+ )?(?:нет|не бывает|не найти|не придумали)\b"
)
_CHOOSE = re.compile(r"\b(?:выберу|выбираю|выбрал бы|выбрала бы|предпочту|предпочитаю|за)\b")
_BETWEEN = re.compile(r"\bмежду\b")
_MORE = re.compile(r"\b(?:больше нравится|больше нравятся|больше люблю|ближе|мне милее|приятнее)\b")
_BETTER = re.compile(r"\b(?:по мне|для меня|мне)\b[^,.]{0,12}\bлучше\b")
_HOBBY = re.compile(r"\b(?:хобби|увлечени[ея]|страсть|отдушина)\b")
_DRINK = re.compile(r"\b(?:пью|пьем|ем|едим|кушаю|завтракаю|готовлю|заказываю)\b")
_ALWAYS = re.compile(
    r"\b(?:всегда|обычно|опять|снова|по утрам|каждый день|каждое утро|только"
    r"|исключительно|без|со?)\b"
)
_NOW = re.compile(r"\b(?:сегодня|сейчас бы|вчера|завтра|тебя|вас)\b")
_OTHERS = frozenset({"его", "ее", "их", "твой", "твоя", "твое"})
_MINE = frozenset({"мой", "моя", "мое", "мои", "—", "-"})
_LOVED_ONES = frozenset({"муж", "жена", "человек", "сын", "дочь", "мама", "человека"})
_BESIDE = words("у меня всех времен — - – : это для цвет группа однозначно конечно пожалуй сейчас")
_PAIR = 2
_NO_VALUES = words(
    "это то все всё ты вы он она они человек люди внимание помощь время мир жизнь день раз случай"
    " ответ вопрос совет вариант код ошибка текст дело мой твой себя сам идея пример способ спасибо"
    " час момент тема деньга задача данные информация файл папка мысль материал"
)


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author likes, likes best and dislikes."""
    if sarcastic(line):
        return
    yield from _hates(line)
    yield from _likes(line)
    yield from _pleases(line)
    yield from _not_mine(line)
    yield from _favourites(line)
    yield from _choices(line)
    yield from _habits(line)


def _kept(line: Line, item: Phrase) -> bool:
    """Whether a phrase is a thing that one can like at all times."""
    if item.head is None:
        return True
    if item.head.normal in _NO_VALUES or item.head.pos == "NPRO":
        return False
    return not any(
        line.word(k) in {"этот", "эту", "эти", "твой", "твою", "ваш", "вашу", "этого"}
        for k in range(max(item.first - 1, 0), item.after)
    )


def _said(line: Line, i: int) -> bool:
    return not (line.asked(i) or unreal(line, i) or of_others(line, i))


def _values(
    line: Line, first: int, after: int, cases: frozenset[str], *, acts: bool = True
) -> list[str]:
    """Return the objects of a verb: infinitives or things after it, or a thing before it."""
    if acts and not (line.token(after) and line.tokens[after].text in {"«", '"'}):
        found = _acts(line, after)
        if found:
            return found
    items = [each for each in phrases(line, _past_adverbs(line, after), cases) if _kept(line, each)]
    if items:
        return [each.value for each in items]
    title = line.title(after)
    if title and (
        after >= len(line.tokens) or line.tokens[after].start > line.tokens[first].end + 3
    ):
        return [title]
    before = object_before(line, first, cases)
    if before and _kept(line, before):
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


def _past_adverbs(line: Line, i: int) -> int:
    for _ in range(3):
        best = top(line.word(i))
        if best is None or best.pos not in {"ADVB", "PRCL"} or not line.tokens[i].is_word:
            break
        i += 1
    return i


def _acts(line: Line, i: int) -> list[str]:
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


def _hates(line: Line) -> Iterator[Found]:
    yield from _hating(line)
    yield from _annoyed(line)


def _hating(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_HATE):
        verb = match[0]
        if not _said(line, first) or _NOW.search(line.clause_text(first)):
            continue
        if verb.endswith(("могла", "не мог")) or past(line, first) or alien(line, first):
            continue
        at = next((c for p, c in _AT_CASES.items() if verb.endswith(" " + p)), None)
        cases = at or (DATIVE if verb.endswith(" к") else OBJECT)
        if "фанат" in verb or "любитель" in verb:
            cases = GENITIVE
        for value in _values(line, first, after, cases, acts=at is None):
            if "пере" in verb and value in {"лактоза", "глютен", "молоко"}:
                continue  # An intolerance, which is a matter of health.
            if verb.startswith("разлюбил"):
                yield line.found("likes", value, first, op="end")
            else:
                yield line.found("dislikes", value, first)


def _annoyed(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_ANNOYS):
        if not _said(line, first) or _NOW.search(line.clause_text(first)) or past(line, first):
            continue
        verb = match[0]
        me = re.search(r"\b(?:мне|меня|нас)\b", line.clause_text(first))
        if not me and verb.startswith("не "):
            continue
        if re.search(r"\b(?:ему|ей|им|его|ее|их)\b", line.clause_text(first)):
            continue
        items = phrases(line, after, NOMINATIVE) or [
            b for b in [object_before(line, first, NOMINATIVE)] if b
        ]
        for item in items:
            if _kept(line, item):
                yield line.found("dislikes", item.value, first)


def _likes(line: Line) -> Iterator[Found]:
    yield from _liking(line)
    yield from _liking_at(line)
    yield from _being_fan(line)


def _liking(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_LIKE):
        verb = match[0]
        if line.negated(first) or not _said(line, first) or _NOW.search(line.clause_text(first)):
            continue
        if line.word(first - 2) == "не" or past(line, first) or alien(line, first):
            continue
        if verb == "собираю" and re.search(r"\b(?:вещи|чемодан|данные|список)\b", line.low):
            continue
        values = _values(line, first, after, OBJECT)
        if not values and line.tokens[first].clause > 0:
            values = _from_clause_before(line, first)
        if verb == "предпочитаю" and values:
            yield from _preferred(line, first, after, values)
            continue
        if _BEST.search(line.low) or (verb.startswith("пере") and values):
            for value in values:
                yield line.found("favorite", value, first)
            continue
        for value in values:
            yield line.found("likes", value, first)


def _liking_at(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_LIKE_AT):
        if line.negated(first) or not _said(line, first) or past(line, first):
            continue
        cases = next((c for p, c in _AT_CASES.items() if match[0].endswith(" " + p)), INSTRUMENTAL)
        for value in _values(line, first, after, cases, acts=False):
            yield line.found("likes", value, first)


def _being_fan(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_FAN):
        start, _ = line.clause(first)
        if line.negated(first) or not _said(line, first) or alien(line, first):
            continue
        if (
            not re.search(r"\b(?:я|с детства|мы|меня)\b", line.clause_text(first))
            and start != first
        ):
            continue
        for item in phrases(line, after, GENITIVE, linked=False):
            yield line.found("likes", item.value, first)


def _from_clause_before(line: Line, i: int) -> list[str]:
    """Return what the clause before is about: "раньше терпеть не мог грибы, а теперь обожаю"."""
    _, end = line.clause(i)
    if end > i + 1 and line.tokens[i + 1].is_word:
        return []
    start, _ = line.clause(i)
    earlier, _ = line.clause(max(start - 1, 0))
    while line.word(earlier) == "," and earlier > 0:
        earlier, _ = line.clause(earlier - 1)
    match = re.search(
        r"\b(?:не мог|не могла|не любил|не любила|ненавидел|ненавидела)\b",
        line.low[: line.tokens[i].start],
    )
    if match is None:
        return []
    return [
        each.value for each in phrases(line, line.after(match.end()), OBJECT) if _kept(line, each)
    ]


def _preferred(line: Line, first: int, after: int, values: list[str]) -> Iterator[Found]:
    item = phrase(line, after, OBJECT, whole=False)
    other = phrase(line, item.after, DATIVE, linked=False) if item else None
    if other is None or item is None:
        yield from (line.found("likes", value, first) for value in values)
    elif line.tokens[item.after].clause == line.tokens[first].clause:
        yield line.found("likes", item.value, first)
        yield line.found("dislikes", other.value, first, confidence=0.6)


def _pleases(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_PLEASES):
        clause = line.clause_text(first)
        if (
            line.negated(first)
            or not _said(line, first)
            or _NOW.search(clause)
            or past(line, first)
        ):
            continue
        if not re.search(r"\b(?:мне|нам)\b", clause) or match[0].startswith("заш"):
            continue
        acts = _acts(line, after)
        items = phrases(line, _past_adverbs(line, after), NOMINATIVE)
        if not items:
            items = [b for b in [object_before(line, first, NOMINATIVE)] if b]
        for value in acts or [each.value for each in items if _kept(line, each)]:
            yield line.found("likes", value, first)


def _not_mine(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_NOT_MY_THING):
        start, _ = line.clause(first)
        if start > 0 and not line.tokens[start].is_word:
            start, _ = line.clause(start - 1)
        item = phrase(line, start, NOMINATIVE)
        if item and item.after in {first, first - 1} and _said(line, first):
            yield line.found("dislikes", item.value, first)


def _favourites(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_FAVOURITE):
        if not _said(line, first) or line.negated(first) or past(line, first):
            continue
        kind = phrase(line, after, NOMINATIVE, linked=False)
        if kind is None or line.word(first - 1) in _OTHERS or line.word(after) in _LOVED_ONES:
            continue
        title = next(filter(None, (line.title(j) for j in range(after, after + 6))), None)
        for value in [title] if title else _favoured(line, first, after):
            yield line.found("favorite", value, first)


def _favoured(line: Line, first: int, after: int) -> list[str]:
    """Return what is liked best, which stands after its kind or before "мой любимый"."""
    k = after + 1
    while (
        pick(line.word(k), cases=GENITIVE)
        and not line.tokens[k].capital
        and line.word(k + 1) in {"у", "—", "-", "–", "это", ":"}
    ):
        k += 1
    while line.word(k) in _BESIDE:
        k += 1
    items = [item for item in phrases(line, k, NOMINATIVE) if _kept(line, item)]
    if items:
        return [item.value for item in items]
    start, _ = line.clause(first)
    stop = first - 1 if line.word(first - 1) in _MINE else first
    if start > 0 and (stop == start or not line.tokens[start].is_word):
        start, stop = line.clause(start - 1)[0], start
    named = phrase(line, start, NOMINATIVE)
    if named and _kept(line, named) and named.after in {stop, stop - 1, first - 1, first}:
        return [named.value]
    return []


def _choices(line: Line) -> Iterator[Found]:
    yield from _between(line)
    yield from _chosen(line)
    yield from _better(line)
    yield from _more(line)


def _between(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BETWEEN):
        if not _said(line, first):
            continue
        pair = phrases(line, after, INSTRUMENTAL, linked=False)
        for _, at, beyond in line.find(_CHOOSE):
            chosen = phrase(line, beyond, ACCUSATIVE, linked=False)
            if len(pair) == _PAIR and chosen and at > first:
                yield line.found("likes", chosen.value, at)
                for each in pair:
                    if each.head and chosen.head and each.head.normal != chosen.head.normal:
                        yield line.found("dislikes", each.value, at, confidence=0.5)


def _chosen(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_CHOOSE):
        if match[0] == "за" or not _said(line, first) or match[0] == "предпочитаю":
            continue
        if not re.search(r"\b(?:всегда|обычно|а не|вместо)\b", line.low) or _BETWEEN.search(
            line.low
        ):
            continue
        chosen = phrase(line, after, ACCUSATIVE, linked=False)
        if chosen and _kept(line, chosen):
            yield line.found("likes", chosen.value, first)


def _better(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BETTER):
        item = phrase(line, after, NOMINATIVE)
        if (
            item
            and _said(line, first)
            and re.match(r"\W*(?:чем|а не)\b", line.low[line.tokens[item.after - 1].end :])
        ):
            yield line.found("likes", item.value, first)


def _more(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_MORE):
        del after
        start, _ = line.clause(first)
        if _said(line, first) and not line.negated(first) and "мне" in line.clause_text(first):
            item = phrase(line, start, NOMINATIVE, linked=False)
            if item and item.after <= first and _kept(line, item):
                yield line.found("likes", item.value, first)


def _only(line: Line, first: int, i: int, drink: Phrase) -> Iterator[Found]:
    """Yield "зелёный чай" of "чай пью только зелёный", "кофе без сахара" likewise."""
    adjective = pick(line.word(i), pos=("ADJF",), cases=ACCUSATIVE)
    if adjective and drink.head:
        yield line.found("likes", f"{adjective.agreeing(drink.head)} {drink.value}", first)
    elif line.word(i) in {"с", "со", "без"} and line.word(i + 1):
        yield line.found("likes", f"{drink.value} {line.word(i)} {line.word(i + 1)}", first)


def _habits(line: Line) -> Iterator[Found]:
    yield from _binges(line)
    yield from _hobbies(line)
    yield from _drinks(line)


def _binges(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_BINGE):
        if _said(line, first) and not line.negated(first):
            item = object_before(line, first, OBJECT) or phrase(
                line, _past_adverbs(line, after), ACCUSATIVE
            )
            if item and _kept(line, item):
                yield line.found("likes", item.value, first)


def _hobbies(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_HOBBY):
        if not _said(line, first) or re.search(r"\b(?:его|ее|их|твое)\b", line.clause_text(first)):
            continue
        start, _ = line.clause(first)
        if (
            line.word(first - 1) in {"моя", "мое", "мои"}
            and start > 0
            and not (line.tokens[start].is_word)
        ):
            opening, _ = line.clause(start - 1)
            named = phrase(line, opening, NOMINATIVE)
            if named and named.after == start:
                yield line.found("likes", named.value, first)
                continue
        k = after
        while line.word(k) in {"—", "-", ":", "–", "у", "меня", "мое", "это", "моя"}:
            k += 1
        if k > after and re.search(r"\b(?:мое|моя|мои|у меня|хобби\W{1,3}\w)", line.low):
            for value in _acts(line, k) or [e.value for e in phrases(line, k, NOMINATIVE)]:
                yield line.found("likes", value, first)


def _drinks(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_DRINK):
        clause = line.clause_text(first)
        if line.negated(first) or not _said(line, first) or alien(line, first) or past(line, first):
            continue
        if re.search(r"\b(?:мясо|рыбу|все|сегодня|сейчас|таблет\w+|лекарств\w+)\b", clause):
            continue
        item = phrase(line, _past_adverbs(line, after), ACCUSATIVE)
        drink = object_before(line, first, ACCUSATIVE)
        if drink and line.word(after) == "только":
            yield from _only(line, first, after + 1, drink)
            continue
        if item and _kept(line, item) and _ALWAYS.search(clause):
            yield line.found("likes", item.value, first, confidence=0.7)
