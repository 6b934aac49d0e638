"""What somebody means to do."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    DATIVE,
    LOCATIVE,
    NOMINATIVE,
    top,
)
from services.memory_writer.extraction.ru.names import place
from services.memory_writer.extraction.ru.phrases import infinitive, infinitive_of, phrase
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, sarcastic, unreal
from services.memory_writer.extraction.ru.words import words

_WANT = re.compile(
    r"\b(?:хочу|хотим|хотел(?:а|и)? бы|хотелось бы|хочется|мечтаю|мечтаем|моя мечта|мечта)\b"
)
_MEAN = re.compile(
    r"\b(?:планирую|планируем|собираюсь|собираемся|намерен|намерена|решил[аи]?|думаем"
    r"|думаю|должен|должна|должны"
    r"|задумал[аи]?|моя цель|цель|в планах|надеюсь)\b"
)
_PREPARE = re.compile(r"\b(?:готовлюсь|готовимся)\b")
_SAVE = re.compile(r"\b(?:коплю|копим|откладываю|откладываем)\b")
_TRAVEL = re.compile(
    r"\b(?:еду|едем|лечу|летим|поеду|поедем|полечу|полетим|улетаю|улетаем|уезжаю|уезжаем"
    r"|отправляюсь|отправляемся|собираюсь|собираемся|планирую|планируем|выезжаем|едем|плывем"
    r"|купил[аи]? билеты|взял[аи]? билеты|переезжаю|переезжаем|хочу|хотим|мечтаю)\b"
)
_MARRY = re.compile(r"\b(?:выхожу|выйду) замуж\b|\b(?:женюсь|женимся)\b")
_WEDDING = re.compile(
    r"\b(?:свадьба|защита диплома|защита диссертации|роды|операция|марафон|экзамен|экзамены)\b"
)
_TIME = re.compile(
    r"\b(?:в (?:январе|феврале|марте|апреле|мае|июне|июле|августе|сентябре|октябре|ноябре|декабре)"
    r"|(?:к|до) (?:лету|зиме|осени|весне|новому году|концу года|маю|\w+рю|\w+лю|лета|зимы"
    r"|весны|осени)"
    r"|летом|зимой|осенью|весной|в этом году|в следующем году|через (?:\w+ )?(?:год|месяц"
    r"|неделю|\w+)"
    r"|на следующей неделе|скоро|на каникул\w+|в отпуск\w*|к концу|на майские"
    r"|на новый год|до конца)\b"
)
_LIFE = words("""
выучить научиться похудеть купить приобрести переехать поступить поступать сдать сдавать пробежать
бросить дописать издать опубликовать открыть построить накопить жениться защитить съездить поехать
посетить увидеть завести освоить стать закончить окончить устроиться перейти сменить получить
подтянуть подняться побывать пожить попробовать изменить начать путешествовать отремонтировать
родить уволиться запустить основать
создать выиграть заниматься бегать прочитать вернуться эмигрировать вступить усыновить выйти
покорить объехать слетать продать снять взять завязать набрать сбросить изучить подготовиться
организовать отметить отпраздновать пойти записаться развивать развить работать жить уехать
достроить
улететь отправиться сходить пожениться прыгнуть приучить восстановить похудать вырастить посадить
выучиться отучиться дослужиться сменить
""")
_REQUESTS = words("""
узнать спросить понять попросить сделать написать знать посмотреть уточнить проверить сказать
услышать найти использовать видеть иметь поговорить обсудить посоветоваться выбрать спать есть пить
кушать поспать поесть отдохнуть домой разобраться чтобы получать рассказать поделиться
предложить добавить убрать вывести показать перевести исправить настроить установить прочесть
готовить приготовить сварить испечь сходить пойти поиграть погулять плакать умереть сдохнуть
кричать жить быть заметить поблагодарить
""")
_JOURNEYS = words(
    "поход отпуск путешествие круиз санаторий экспедиция паломничество гора сплав тур"
)
_ERRAND = re.compile(r"\b(?:сегодня|завтра|сейчас|вечером|утром|днем)\b")
_LEAST = 2
_VAGUE = frozenset({"думаю", "решил", "решила", "решили", "надеюсь"})
_NO_GOALS = words("кофе чай пицца домой спать есть ответ помощь спасибо пример совет чтобы")


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author means to do."""
    if sarcastic(line):
        return
    seen = False
    for found in _travels(line):
        seen = True
        yield found
    yield from _wants(line, travels=seen)
    yield from _prepares(line)
    yield from _events(line)


def _said(line: Line, i: int) -> bool:
    return not (line.asked(i) or line.negated(i) or alien(line, i) or past(line, i))


def _supposed(line: Line, i: int) -> bool:
    """Whether it is only supposed; "хотел бы" is not."""
    clause = re.sub(r"\bхотел(?:а|и)? бы\b|\bхотелось бы\b", "", line.clause_text(i))
    return bool(re.search(r"\b(?:бы|если|когда-то|в детстве)\b", clause)) or (
        unreal(line, i) and " бы" not in line.clause_text(i)
    )


def _wants(line: Line, *, travels: bool) -> Iterator[Found]:
    for pattern in (_WANT, _MEAN):
        for match, first, after in line.find(pattern):
            if not _said(line, first) or _supposed(line, first) or line.word(after) == "чтобы":
                continue
            k = after
            while line.word(k) in {"—", "-", ":", "моя", "у", "меня", "очень"}:
                k += 1
            act = infinitive(line, k)
            if act is None:
                yield from _thing(line, first, k, match[0], travels=travels)
            elif _is_goal(line, first, match[0], infinitive_of(line, k) or "", travels=travels):
                yield line.found("goal", _without_time(_with_object(line, k, act[0])), first)


def _is_goal(line: Line, first: int, means: str, verb: str, *, travels: bool) -> bool:
    """Whether to do this is a goal in life, and no request, need or errand."""
    timed = _TIME.search(line.clause_text(first)) is not None
    if verb in _REQUESTS and not (timed and verb in {"написать", "сделать", "жить"}):
        return False
    if verb not in _LIFE and _ERRAND.search(line.clause_text(first)):
        return False
    if travels and verb in {"поехать", "лететь", "съездить", "слетать"}:
        return False  # The journey was found already.
    if means.startswith("долж"):
        return timed and verb in _LIFE
    if means in _VAGUE:
        return verb in _LIFE
    return (
        verb in _LIFE
        or timed
        or not means.startswith(("хоч", "хот", "моя", "мечта"))
        or (means.startswith(("мечтаю", "мечтаем")))
    )


def _with_object(line: Line, k: int, act: str) -> str:
    """Return an infinitive with what stands before it: "на права сдавать" is "сдавать на права"."""
    verb, _, rest = act.partition(" ")
    between = []
    while line.token(k) and line.word(k) != verb.lower():
        between.append(line.tokens[k].text)
        k += 1
    said = " ".join(between)
    if len(between) < _LEAST or between[0].lower() not in {"на", "в", "с"} or _TIME.search(said):
        return act
    return " ".join(filter(None, (verb, said, rest)))


def _without_time(act: str) -> str:
    """Return an infinitive without when it is to happen: "к лету дописать" is said of the rest."""
    return re.sub(
        r"\s(?:(?:к|до) (?:лету|зиме|осени|весне|лета|зимы|весны|осени|новому году|нового года)"
        r"|в (?:этом|следующем) году)$",
        "",
        act,
    )


def _thing(line: Line, first: int, k: int, verb: str, *, travels: bool) -> Iterator[Found]:
    """Yield a goal that is no infinitive: "моя цель — марафон", "собираемся в отпуск в Грузию"."""
    if travels:
        return
    if verb.startswith(("план", "моя", "цель", "в план")) and k > first:
        item = phrase(line, k, ACCUSATIVE if verb.startswith("план") else NOMINATIVE)
        if item and (item.head is None or item.head.normal not in _NO_GOALS):
            yield line.found("goal", item.value, first)
    elif line.word(k) in {"в", "на"} and verb.startswith(("соб", "хо")):
        item = phrase(line, k + 1, ACCUSATIVE)
        if item and item.head and item.head.normal in _JOURNEYS:
            yield line.found("goal", item.value, first)
    elif verb.startswith(("мечт",)) and line.word(k) in {"о", "об"}:
        item = phrase(line, k + 1, LOCATIVE)
        if item:
            yield line.found("goal", item.value, first)


def _travels(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_TRAVEL):
        if not _said(line, first) or _supposed(line, first):
            continue
        _, end = line.clause(first)
        move = match[0].startswith("переезжа") or "переехать" in line.clause_text(first)
        if re.search(r"\b(?:домой|сейчас еду|на работу)\b", line.clause_text(first)):
            continue
        start, _ = line.clause(first)
        for k in [*range(after, min(end, after + 8)), *range(start, first)]:
            if line.word(k) not in {"в", "во", "на"}:
                continue
            spot = place(line, k + 1, ACCUSATIVE)
            if spot is None:
                continue
            where = line.text[line.tokens[k].start : line.tokens[spot.after - 1].end]
            name = line.text[line.tokens[spot.first].start : line.tokens[spot.after - 1].end]
            name = name if name[:1].isupper() else name[:1].upper() + name[1:]
            del where
            what = "переезд" if move else "поездка"
            yield line.found("goal", f"{what} {line.word(k)} {name}", first)
            return


def _prepares(line: Line) -> Iterator[Found]:
    yield from _gets_ready(line)
    yield from _saves(line)


def _gets_ready(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_PREPARE):
        if not _said(line, first) or unreal(line, first):
            continue
        act = infinitive(line, after)
        if act:
            value = re.sub(r"\s(?:в|к|до) \w+е$", "", act[0])
            yield line.found("goal", value, first)
        elif line.word(after) in {"к", "ко"}:
            item = phrase(line, after + 1, DATIVE)
            if item and not (item.head and item.head.normal in {"сон", "ночь"}):
                yield line.found("goal", item.value, first)


def _saves(line: Line) -> Iterator[Found]:
    for _, first, after in line.find(_SAVE):
        if not _said(line, first) or unreal(line, first):
            continue
        for k in range(after, min(after + 4, len(line.tokens))):
            if line.word(k) == "на":
                item = phrase(line, k + 1, ACCUSATIVE)
                if item:
                    written = line.text[
                        line.tokens[item.first].start : line.tokens[item.after - 1].end
                    ]
                    yield line.found("goal", f"накопить на {written}", first)
                break


def _events(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_MARRY):
        if _said(line, first) and not unreal(line, first):
            yield line.found("goal", "жениться" if "жен" in match[0] else "выйти замуж", first)
    for match, first, _after in line.find(_WEDDING):
        clause = line.clause_text(first)
        if (
            line.asked(first)
            or line.negated(first)
            or unreal(line, first)
            or of_others(line, first)
        ):
            continue
        if past(line, first) or not re.search(
            r"\bу (?:меня|нас)\b|\bмоя\b|\bнаша\b|\bмой\b", clause
        ):
            continue
        if (
            _TIME.search(line.low)
            and (best := top(line.word(first)))
            and best.case in {"nomn", "accs"}
        ):
            yield line.found("goal", match[0], first, confidence=0.8)
