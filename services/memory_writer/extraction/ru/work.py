"""What somebody does for a living, and studies."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.companies import company_at
from services.memory_writer.extraction.ru.deeds import DOES, deeds
from services.memory_writer.extraction.ru.lexicon import (
    COMPANIES,
    INSTITUTIONS,
    RETIRED,
    SCHOOLS,
    listed,
    trade,
)
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.morphology import (
    ACCUSATIVE,
    GENITIVE,
    INSTRUMENTAL,
    LOCATIVE,
    NOMINATIVE,
    pick,
    top,
)
from services.memory_writer.extraction.ru.phrases import phrase
from services.memory_writer.extraction.ru.professions import (
    occupation,
)
from services.memory_writer.extraction.ru.subjects import alien, of_others, past, said, unreal
from services.memory_writer.extraction.ru.words import words

_WORK = re.compile(
    r"\b(?:работаю|работаем|роботаю|тружусь|трудимся|вкалываю|подрабатываю|служу|пашу|числюсь"
    r"|устроил(?:ся|ась)|(?:перешел|перешла|пошел|пошла|вышел|вышла) работать"
    r"|вышел на работу|вышла на работу|стал|стала|назначили|взяли|повысили до"
    r"|дослужил(?:ся|ась) до|дорос(?:ла)? до|вырос(?:ла)? до)\b"
)
_NEW = frozenset({"устроился", "устроилась", "стал", "стала", "назначили", "взяли"})
_NOT_ANY_MORE = re.compile(
    r"\b(?:(?:больше|уже) не (?:работаю|тружусь|служу)|уволил(?:ся|ась)|ушел из|ушла из"
    r"|уволили|сократили)\b"
)
_I_AM = re.compile(r"\b(?:я|мы)\b")
_AS = re.compile(r"\bкак\b")
_BY_TRADE = re.compile(r"\bпо (?:профессии|специальности|должности|факту)\b|\bпрофессия\W{1,3}")
_AT = re.compile(
    r"\b(?:мы с [а-я]+|я с [а-я]+|а|мы|я|у нас|у меня|теперь|сейчас|уже|лет|год|года"
    r"|сотрудни\w+|там) (?:в|во|на) "
)
_BACK = re.compile(r"\b(?:вернул(?:ся|ась|ись)|снова|опять|обратно)\b")
_ERRAND = re.compile(
    r"\b(?:за (?:молок|хлеб|продукт|покупк|заказ)\w*|купить|забрать|покупк\w+|акци\w+|заказ\w*)\b"
)
_OF_WORK = re.compile(r"\b(?:работ\w+|должност\w+|команд[уе]|отдел|коллег\w*|офис)\b")
_NO_JOB_AFTER = words("с со над под за между в во на из при о")
_MOST_SKIPPED = 5
_SKIPPED = words(
    "сам сама обычный обычная простой простая теперь там тут уже сейчас же кстати ведь вообще-то"
    " вообще тоже — - – , : начинающий начинающая просто всего лишь кстати давно лет год года еще"
    " по профессии специальности образованию бывалый опытный опытная"
)


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says of its author's work and studies."""
    yield from _ended(line)
    yield from _working(line)
    yield from _is_a(line)
    yield from deeds(line)
    yield from _at(line)


def _ended(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_NOT_ANY_MORE):
        if line.asked(first) or alien(line, first) or unreal(line, first):
            continue
        if match[0].endswith(("работаю", "тружусь", "служу")):
            job = occupation(line, after, INSTRUMENTAL)
            company = (
                company_at(line, after + 1, LOCATIVE) if line.word(after) in {"в", "на"} else None
            )
        else:
            job = None
            at = after + 1 if line.word(after) in {"из", "с", "со"} else after
            company = company_at(line, at, GENITIVE)
        if job:
            yield line.found("occupation", job[0], first, op="end")
        if company:
            yield line.found("employer", company, first, op="end")
            start, end = line.clause(first)
            for k in range(after, end):
                new = company_at(line, k + 1, ACCUSATIVE) if line.word(k) in {"в", "во"} else None
                if new and start < end:
                    yield line.found("employer", new, first)
        elif not job and match[0] in {"уволился", "уволилась", "уволили", "сократили"}:
            yield line.found("employer", None, first, op="end")


def _working(line: Line) -> Iterator[Found]:
    for match, first, after in line.find(_WORK):
        if line.asked(first) or line.negated(first) or unreal(line, first) or past(line, first):
            continue
        new = match[0] in _NEW or match[0].startswith(("вышл", "вышел", "повыс"))
        if (new and alien(line, first)) or of_others(line, first):
            continue
        start, end = line.clause(first)
        named = False
        for k in [*range(after, end), *range(start, first)]:
            if line.word(k - 1) in _NO_JOB_AFTER:
                continue
            job = occupation(line, k, GENITIVE if match[0].endswith(" до") else INSTRUMENTAL)
            if job:
                yield line.found("occupation", job[0], first)
                named = True
                break
        if match[0] in {"стал", "стала"}:
            continue
        yield from _employed(line, first, after, end, named=named)


def _employed(line: Line, first: int, after: int, end: int, *, named: bool) -> Iterator[Found]:
    start, _ = line.clause(first)
    for k in [*range(after, end), *range(start, first)]:
        if line.word(k) in {"в", "во", "на"}:
            company = company_at(line, k + 1, LOCATIVE | ACCUSATIVE)
            if company:
                yield line.found("employer", company, first)
                return
            place = _institution(line, k + 1)
            if place and not named:
                yield line.found("employer", place, first, confidence=0.7)
                return


def _institution(line: Line, i: int) -> str | None:
    """Return an institution that has no name, with what is said of it: "пожарная часть"."""
    for k in range(i, min(i + 3, len(line.tokens))):
        if listed(line.word(k), INSTITUTIONS, LOCATIVE):
            item = phrase(line, i, LOCATIVE, linked=False)
            return item.value if item and item.after > k else None
        if pick(line.word(k), pos=("ADJF",), cases=LOCATIVE) is None:
            break
    return None


def _is_a(line: Line) -> Iterator[Found]:
    """Yield professions of "я …", "… я", "как фельдшер", "по профессии …"."""
    for pattern in (_I_AM, _BY_TRADE):
        for _, first, after in line.find(pattern):
            if unreal(line, first) or past(line, first):
                continue
            yield from _profession(line, first, after)
    for _, first, after in line.find(_AS):
        if (line.sentence.question and first == 0) or unreal(line, first):
            continue
        before = line.word(first - 1)
        job = occupation(line, after, NOMINATIVE)
        told = line.word(job[1]) if job else ""
        if job and told in {"скажу", "говорю", "заявляю", "могу"}:
            yield line.found("occupation", job[0], first)
        job = occupation(line, after, frozenset({"datv"}))
        if job and (before == "мне" or line.word(first - 2) == "мне"):
            yield line.found("occupation", job[0], first)


def _profession(line: Line, first: int, after: int) -> Iterator[Found]:
    k = after
    while k < after + _MOST_SKIPPED and (
        line.word(k) in _SKIPPED or line.word(k) in {"не", "больше"} or line.word(k).isdigit()
    ):
        k += 1
    job = occupation(line, k, NOMINATIVE)
    if job and any(line.word(j) == "не" for j in range(after, k)):
        yield from _is_not(line, first, job)
        return
    job = job or occupation(line, after, NOMINATIVE) or _profession_before(line, first)
    if job is None or line.asked(first) or _goes_on(line, job[1], line.clause(first)[1]):
        return
    yield line.found("occupation", "пенсионер" if job[0] in RETIRED else job[0], first)
    company = company_at(line, job[1] + 1, LOCATIVE) if line.word(job[1]) in {"в", "во"} else None
    if company:
        yield line.found("employer", company, first)


def _returned(line: Line) -> Iterator[Found]:
    """Yield the employer of "вернулась в Мегафон", "снова в Сбере"."""
    for match, first, after in line.find(_BACK):
        if line.word(after) not in {"в", "во"} or not said(line, first) or past(line, first):
            continue
        came = match[0].startswith("верн")
        company = company_at(line, after + 1, ACCUSATIVE if came else LOCATIVE)
        listed_one = listed(line.word(after + 1), COMPANIES, ACCUSATIVE | LOCATIVE)
        if not came and after + 2 != line.clause(first)[1]:
            continue  # "опять в Сбере очередь"
        # One comes back to sites and shops, too.
        sure = listed_one or (came and _OF_WORK.search(line.low))
        if company and sure and not (alien(line, first) or _ERRAND.search(line.low)):
            yield line.found("employer", company, first, confidence=0.8)


def _is_not(line: Line, first: int, job: tuple[str, int]) -> Iterator[Found]:
    """Yield the end of "больше не менеджер", and what one is instead: "не повар, а су-шеф"."""
    no_longer = re.search(r"\b(?:больше|уже|теперь) не\b|\bтеперь\b", line.low)
    if no_longer:
        yield line.found("occupation", job[0], first, op="end")
    if line.word(job[1]) == "," and line.word(job[1] + 1) == "а":
        other = occupation(line, job[1] + 2, NOMINATIVE)
        if other:
            yield line.found("occupation", other[0], first, corrects=not no_longer)


def _profession_before(line: Line, first: int) -> tuple[str, int] | None:
    """Return the profession of "пенсионерка я"."""
    for j in range(line.clause(first)[0], first):
        before = occupation(line, j, NOMINATIVE)
        if before and before[1] == first and not line.negated(j):
            return before
    return None


def _goes_on(line: Line, i: int, end: int) -> bool:
    """Whether a verb follows that makes the word before it something else than what one is."""
    best = top(line.word(i)) if i < end else None
    return bool(best and best.pos == "VERB" and best.grammemes & {"3per"})


def _at(line: Line) -> Iterator[Found]:
    """Yield employers of "мы в Тинькофф …", "теперь в Лукойле", "бэкенд в Яндексе"."""
    yield from _returned(line)
    for match, first, after in line.find(_AT):
        del match
        if unreal(line, first) or past(line, first) or alien(line, after):
            continue
        token = line.token(after)
        if token is None or (line.asked(first) and line.word(first) in {"я", "теперь"}):
            continue
        company = company_at(line, after, LOCATIVE)
        sure = listed(token.low, COMPANIES, LOCATIVE) is not None
        talks = re.search(
            r"\b(?:уволил\w+|работ\w+|устроил\w+|сотрудник\w*|внедряем|пишем|пилим|пишу|разраб\w+"
            r"|делаем|отдел\w*|аналитик|инженер|тимлид|менеджер|коллег\w+|офис\w*"
            r"|должност\w+|поменял\w* работу|сменил\w* работу)\b",
            line.low,
        )
        if company and (sure or talks) and listed(token.low, SCHOOLS, LOCATIVE) is None:
            yield line.found("employer", company, first)
    for k, token in enumerate(line.tokens):
        if (token.low in {"в", "во"} and k > 0 and trade(line.word(k - 1))) or (
            token.low == "в" and line.word(k - 1) in DOES
        ):
            named = company_at(line, k + 1, LOCATIVE)
            own = re.search(r"\b(?:я|работаю|пишу|мы|мне|меня)\b", line.low)
            if not own or line.asked(k) or unreal(line, k) or past(line, k):
                continue
            if named and not alien(line, max(k - 1, 0)):
                yield line.found("employer", named, k)
