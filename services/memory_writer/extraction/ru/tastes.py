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
    lemma,
    pick,
)
from services.memory_writer.extraction.ru.objects import (
    acts_at,
    kept,
    object_before,
    past_adverbs,
    stated,
    values_of,
)
from services.memory_writer.extraction.ru.phrases import (
    Phrase,
    phrase,
    phrases,
)
from services.memory_writer.extraction.ru.subjects import alien, past, sarcastic
from services.memory_writer.extraction.ru.words import words

_LIKE = re.compile(
    r"\b(?:люблю|любим|обожаю|обожаем|обожать|ценю|предпочитаю|смакую|полюбил[аи]?|коллекционирую"
    r"|собираю|слушаю|перечитываю|пересматриваю)\b"
)
_LIKE_AT = re.compile(
    r"\b(?:увлекаюсь|увлекаемся|занимаюсь|интересуюсь|наслаждаюсь|горжусь|болею за|фанатею от"
    r"|балдею от|тащусь от|кайфую от|прусь от|в восторге от|без ума от|торчу от|угораю по"
    r"|фанатею по"
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
_NOT_MY_THING = re.compile(
    r"\bне мое\b(?!\s[а-я])|\bне для меня\b|\bне ко мне\b|\bне по мне\b|\bмимо\b(?! [а-я])"
)
_IS_BAD = re.compile(
    r"\b(?:гадость|мерзость|отстой|дрянь|отрава|бяка|фигня|тошнотворн\w+|пакость|зло)\b"
)
_IS_GOOD = re.compile(r"\b(?:моя (?:любовь|слабость|страсть|жизнь|отдушина)|мое (?:все|счастье))\b")
_NOT_WITHOUT = re.compile(
    r"\bбез (?=[а-я-]+ (?:я не (?:человек|просыпаюсь|могу\b(?! [а-я])|живу)"
    r"|мне никуда|никуда|не могу\b(?! [а-я])"
    r"|не просыпаюсь|жизнь не мила|не обхожусь|и дня не))|\bни дня без\b"
)
_NUISANCES = words(
    "пробка очередь понедельник бюрократия волокита отчетность налог штраф дедлайн будильник"
    " совещание слякоть ремонт комар спам толкучка давка час-пик простуда"
)
_BINGE = re.compile(
    r"\b(?:смотрю|читаю|слушаю|пересматриваю|перечитываю|играю)\b"
    r"(?= (?:запоем|взахлеб|постоянно|каждый|часами|с удовольствием|без остановки"
    r"|в основном|только|исключительно))"
)
_BEST = re.compile(
    r"\b(?:лучше|круче|вкуснее|интереснее) (?:\w+ )?(?:нет|не бывает|не найти|не придумали)\b"
)
_HOBBY = re.compile(r"\b(?:хобби|увлечени[ея]|страсть|отдушина)\b")
_DRINK = re.compile(r"\b(?:пью|пьем|ем|едим|кушаю|завтракаю|готовлю|заказываю)\b")
_ALWAYS = re.compile(
    r"\b(?:всегда|обычно|опять|снова|по утрам|каждый день|каждое утро|только"
    r"|исключительно|без|со?)\b"
)
_NOW = re.compile(r"\b(?:сегодня|сейчас бы|вчера|завтра|тебя|вас)\b")


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author likes, likes best and dislikes."""
    if sarcastic(line):
        return
    yield from _hates(line)
    yield from _likes(line)
    yield from _pleases(line)
    yield from _not_mine(line)
    yield from _judged(line)
    yield from _not_without(line)
    yield from _habits(line)


def _hates(line: Line) -> Iterator[Found]:
    yield from _hating(line)
    yield from _annoyed(line)


def _hating(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_HATE):
        verb = match[0]
        if not stated(line, first) or _NOW.search(line.clause_text(first)):
            continue
        if verb.endswith(("могла", "не мог")) or past(line, first) or alien(line, first):
            continue
        at = next((c for p, c in _AT_CASES.items() if verb.endswith(" " + p)), None)
        cases = at or (DATIVE if verb.endswith(" к") else OBJECT)
        if "фанат" in verb or "любитель" in verb:
            cases = GENITIVE
        for value in values_of(line, first, after, cases, acts=at is None):
            if "пере" in verb and value in {"лактоза", "глютен", "молоко"}:
                continue  # An intolerance, which is a matter of health.
            if verb.startswith("разлюбил"):
                yield line.found("likes", value, first, op="end")
            else:
                yield line.found("dislikes", value, first)


def _annoyed(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_ANNOYS):
        if not stated(line, first) or _NOW.search(line.clause_text(first)) or past(line, first):
            continue
        verb = match[0]
        me = re.search(r"\b(?:мне|меня|нас)\b", line.clause_text(first))
        if not me and verb.startswith("не "):
            continue
        if re.search(
            r"\b(?:ему|ей|им|его|ее|их|всех|многих|людей|народ|окружающих|соседей|коллег)\b",
            line.clause_text(first),
        ):
            continue
        items = phrases(line, after + (line.word(after) == "мне"), NOMINATIVE) or [
            b for b in [object_before(line, first, NOMINATIVE)] if b
        ]
        for item in items:
            if kept(line, item):
                yield line.found("dislikes", item.value, first)


def _likes(line: Line) -> Iterator[Found]:
    yield from _liking(line)
    yield from _liking_at(line)
    yield from _being_fan(line)


def _liking(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_LIKE):
        verb = match[0]
        if line.negated(first) or not stated(line, first) or _NOW.search(line.clause_text(first)):
            continue
        if line.word(first - 2) == "не" or past(line, first) or alien(line, first):
            continue
        if verb == "собираю" and re.search(r"\b(?:вещи|чемодан|данные|список)\b", line.low):
            continue
        values = _liked(line, first, after)
        if any(lemma(value) in _NUISANCES for value in values):
            continue
        if verb == "предпочитаю" and values:
            yield from _preferred(line, first, after, values)
            continue
        if _BEST.search(line.low) or (verb.startswith("пере") and values):
            for value in values:
                yield line.found("favorite", value, first)
            continue
        for value in values:
            yield line.found("likes", value, first)


def _liked(line: Line, first: int, after: int) -> list[str]:
    """Return the objects of a verb of liking: beside it, or in the clause before."""
    if line.word(after) == "больше" and (rather := object_before(line, first, OBJECT)):
        return [rather.value]  # "чай люблю больше кофе"
    values = values_of(line, first, after, OBJECT)
    if values or line.tokens[first].clause == 0:
        return values
    return _from_clause_before(line, first)


def _liking_at(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_LIKE_AT):
        if line.negated(first) or not stated(line, first) or past(line, first):
            continue
        cases = next((c for p, c in _AT_CASES.items() if match[0].endswith(" " + p)), INSTRUMENTAL)
        for value in values_of(line, first, after, cases, acts=False):
            yield line.found("likes", value, first)


def _being_fan(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_FAN):
        start, _ = line.clause(first)
        if line.negated(first) or not stated(line, first) or alien(line, first):
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
        each.value for each in phrases(line, line.after(match.end()), OBJECT) if kept(line, each)
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
            or not stated(line, first)
            or _NOW.search(clause)
            or past(line, first)
        ):
            continue
        if not re.search(r"\b(?:мне|нам)\b", clause) or match[0].startswith("заш"):
            continue
        acts = acts_at(line, after)
        items = phrases(line, past_adverbs(line, after), NOMINATIVE)
        if not items:
            items = [b for b in [object_before(line, first, NOMINATIVE)] if b]
        for value in acts or [each.value for each in items if kept(line, each)]:
            yield line.found("likes", value, first)


def _not_mine(line: Line) -> Iterator[Found]:
    for _, first, _after in line.find(_NOT_MY_THING):
        start, _ = line.clause(first)
        if start > 0 and not line.tokens[start].is_word:
            start, _ = line.clause(start - 1)
        item = phrase(line, start, NOMINATIVE)
        if item and stated(line, first) and _copula(line, item.after, first):
            yield line.found("dislikes", item.value, first)


def _copula(line: Line, i: int, end: int) -> bool:
    """Whether nothing but "— это" stands between two tokens, or one word more."""
    between = [line.word(k) for k in range(i, end) if line.tokens[k].is_word]
    return i <= end and set(between) <= {"это", "точно", "явно", "совсем", "вообще", "все", "уж"}


def _judged(line: Line) -> Iterator[Found]:
    """Yield what is called bad or dear: "кинза — гадость", "шахматы — моя страсть"."""
    for pattern, predicate in ((_IS_BAD, "dislikes"), (_IS_GOOD, "likes")):
        for _, first, _after in line.find(pattern):
            start = first
            while start > 0 and line.word(start - 1) in {
                "—",
                "-",
                "–",
                "это",
                "та",
                "еще",
                "просто",
            }:
                start -= 1
            opening = line.clause(start - 1)[0] if 0 < start < first else first
            item = phrase(line, opening, NOMINATIVE) if opening < start else None
            if (
                item
                and item.after == start
                and stated(line, first)
                and kept(line, item)
                and not (item.head and "anim" in item.head.grammemes)
            ):
                yield line.found(predicate, item.value, first, confidence=0.8)


def _not_without(line: Line) -> Iterator[Found]:
    """Yield what one cannot do without: "без кофе я не человек"."""
    for _, first, after in line.find(_NOT_WITHOUT):
        item = phrase(line, after, GENITIVE, linked=False)
        if item and kept(line, item) and stated(line, first) and not past(line, first):
            yield line.found("likes", item.value, first, confidence=0.8)


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
        if stated(line, first) and not line.negated(first):
            item = object_before(line, first, OBJECT) or phrase(
                line, past_adverbs(line, after), ACCUSATIVE
            )
            if item and kept(line, item):
                yield line.found("likes", item.value, first)


def _hobbies(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_HOBBY):
        if not stated(line, first) or re.search(r"\b(?:его|ее|их|твое)\b", line.clause_text(first)):
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
            for value in acts_at(line, k) or [e.value for e in phrases(line, k, NOMINATIVE)]:
                yield line.found("likes", value, first)


def _drinks(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_DRINK):
        clause = line.clause_text(first)
        if (
            line.negated(first)
            or not stated(line, first)
            or alien(line, first)
            or past(line, first)
        ):
            continue
        if re.search(
            r"\b(?:мясо|рыбу|все|сегодня|сейчас|таблет\w+|халял\w*|кошер\w*|лекарств\w+)\b", clause
        ):
            continue
        item = phrase(line, past_adverbs(line, after), ACCUSATIVE)
        drink = object_before(line, first, ACCUSATIVE)
        if drink and line.word(after) == "только":
            yield from _only(line, first, after + 1, drink)
            continue
        if item and kept(line, item) and _ALWAYS.search(clause):
            yield line.found("likes", item.value, first, confidence=0.7)
