"""How somebody wants to be answered from now on; what is asked of one answer is no preference."""

import re
from collections.abc import Iterator, Mapping

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.skills import language
from services.memory_writer.extraction.ru.subjects import unreal

_TELL = re.compile(
    r"\b(?:прошу (?:отвечать|писать|говорить|объяснять)|отвечай(?:те)?|пиши(?:те)?"
    r"|говори(?:те)?|объясняй(?:те)?|рассказывай(?:те)?"
    r"|расписывай(?:те)?|формулируй(?:те)?|общайся|общайтесь|излагай(?:те)?|разговаривай(?:те)?"
    r"|давай(?:те)? (?:мне )?(?:ответы?|общаться|говорить|перейдем|перейдём|на|по|без"
    r"|температур\w+|вес|расстояни\w+|цен\w+|все|всё|в|список|покороче|короче|подробнее)"
    r"|присылай(?:те)?|шли(?:те)? мне|давай(?:те)? (?:код|сантиметр\w+|километр\w+"
    r"|килограмм\w*|цельси\w+|поподробнее|помягче|попроще|веселее)"
    r"|переходи|перейди|переключись|веди диалог|используй(?:те)?|пользуйся|пользуйтесь"
    r"|ставь|приводи"
    r"|указывай|оформляй|структурируй|можно (?:отвечать|писать|говорить|расписывать"
    r"|объяснять|общаться|на|по|без|покороче|подробнее|короче|как-то)"
    r"|можешь (?:отвечать|писать|говорить|объяснять|общаться|расписывать)"
    r"|могли бы вы отвечать|будь|старайся|считай|вернемся к|обращайся|обращайтесь|называй"
    r"|лей)\b"
)
_WISH = re.compile(
    r"\b(?:мне (?:так )?(?:удобнее|легче|проще|комфортнее|приятнее)[ ,]{1,2}(?:когда"
    r"|если) (?:ответ\w*|ты)|чтобы ты (?:отвечал\w*|писал\w*|говорил\w*|объяснял\w*)"
    r"|в ответах|твои ответы|ответы|мне (?:так )?(?:удобнее|проще|привычнее)"
    r"|предпочитаю (?:короткие|подробные|краткие|развернутые) ответы|люблю (?:короткие"
    r"|подробные|краткие|развернутые) ответы"
    r"|мне (?:нужны|нравятся) (?:короткие|подробные|краткие|развернутые))\b"
)
_ALWAYS = re.compile(
    r"\b(?:всегда|впредь|отныне|с этого момента|в дальнейшем|постоянно|больше не|больше никаких"
    r"|каждый раз|по умолчанию|в ответах|в сообщениях|запомни|никогда)\b"
)
_ONCE = re.compile(
    r"\b(?:про|этот|этом|эту|это|текст|письмо|статью|абзац|код|пост|рассказ|сочинение|резюме"
    r"|сейчас|вместо него|героя|от имени)\b"
)
_SHORT = re.compile(
    r"\b(?:короче|покороче|коротко|кратко|краткие|короткие|коротк\w+|лаконичн\w*|сжато"
    r"|без воды|одним предложением|не лей воду|воду"
    r"|в двух словах|не расписывай|не растекайся|(?:одного|одно)-дв\w+ предложени\w+"
    r"|кратче|по существу|по делу|не так длинно|меньше текста|поменьше текста"
    r"|простын\w*)\b"
)
_LONG = re.compile(
    r"\b(?:подробн\w*|поподробнее|развернут\w*|обстоятельно|детальн\w*|в деталях|пошире"
    r"|максимально подробно|полнее|длиннее|подлиннее)\b"
)
_NOT_SHORT = re.compile(r"\bне (?:так |слишком |очень )?(?:подробн\w*|длинн\w*|расписывай)")
_NOT_LONG = re.compile(r"\bне (?:так |слишком |очень )?(?:коротк\w*|кратк\w*)")
_WITHOUT = re.compile(
    r"\b(?:без|не используй(?:те)?|не ставь(?:те)?|не пиши(?:те)?|не надо|не нужно"
    r"|не нужны|никаких|хватит|убери|меньше|поменьше|не добавляй|прекрати|не шли"
    r"|не вставляй|обойдемся без|обойдись без|не люблю|перестань)\s"
    r"(?:(?:мне|этих|этого|всяких|больше|слать|ставить|использовать|твоих|никаких|писать"
    r"|лишних|в ответах)\s){0,2}"
    r"(эмодзи|эмоджи|эмоджы|смайл\w*|таблиц\w*|списк\w*|маркдаун\w*|markdown|заголовк\w*"
    r"|жирн\w*|восклицательн\w+|капс\w*|звездочек|звездочки|ссылок|формул\w*|буллет\w*"
    r"|пункт\w*)"
)
_NO_LONG = re.compile(
    r"\b(?:не надо|не нужно|не пиши|хватит|без|поменьше|меньше|не нужны) (?:мне |таких |этих )?"
    r"(?:длинных |огромных |больших |твоих )?(?:простын|полотен|полотн|длиннот|лекци|романов|поэм"
    r"|стен текста)\w*"
    r"|\b(?:пар[ыау]|двух(?:-трех)?|две|трех|одного|одно) (?:предложени|строк|строч|фраз)\w*"
    r" (?:хватит|достаточно|максимум|вполне)|\b(?:хватит|достаточно) (?:пары|двух|одного|одной)"
    r"(?:-трех)? (?:предложени|строк|строч|фраз)\w*"
)
_UNWANTED = re.compile(
    r"\b(эмодзи|эмоджи|смайл\w+|таблиц\w*|списк\w+|маркдаун\w*|заголовк\w+|ссыл\w+|формул\w*)"
    r" (?:мне |в ответ\w+ |в текст\w+ |больше )?(?:не (?:надо|нужно|нужны|используй|ставь|пиши"
    r"|добавляй|шли|вставляй|люблю)|убери|не нравятся|раздражают)"
)
_MEASURES = re.compile(
    r"\b(?:километры|килограммы|метры|граммы|литры|сантиметры|градусы цельсия|цельсий|мили|фунты"
    r"|дюймы|футы|фаренгейт|рубли|доллары|евро)\b"
    r"(?: и (?:километры|килограммы|метры|граммы|литры|сантиметры|мили|фунты|дюймы|футы)\b)?"
)
_MEASURING = re.compile(r"\b(?:используй(?:те)?|пользуйся|пользуйтесь|указывай(?:те)?|давай)\b")
_FORMATS = {
    "эмо": "без эмодзи", "сма": "без смайликов", "таб": "без таблиц", "спи": "без списков",
    "мар": "без Markdown", "заг": "без заголовков", "жир": "без жирного текста",
    "вос": "без восклицательных знаков", "кап": "без капса", "зве": "без звёздочек",
    "ссы": "без ссылок", "фор": "без формул",
    "бул": "без списков", "пун": "без пунктов",
}  # fmt: skip
_WITH = re.compile(
    r"\b(?:(?<!не )(?:списк(?:ом|ами)|по пунктам|пунктами|тезисно|тезисами|таблиц(?:ей|ами|е|у|ы)"
    r"|в виде (?:списка|таблицы|таблиц)|маркдаун(?:ом|е)?"
    r"|markdown|с примерами|с примером|по шагам|пошагово|с эмодзи|с кодом|с заголовками"
    r"|со ссылками|с источниками|абзацами|сплошным текстом|в формате [a-z]+|json)\b)"
)
_FORMAT_NAMES = {"маркд": "Markdown", "markd": "Markdown", "табл": "таблицы", "спис": "списком"}
_UNIT_NAMES = {
    "цельси": "градусы Цельсия",
    "фаренгейт": "градусы Фаренгейта",
    "метрическ": "метрические",
    "имперск": "имперские",
}
_UNITS = re.compile(
    r"\b(?:метрическ\w+|имперск\w+|в (?:цельси\w+|фаренгейт\w+|километрах|милях|килограммах|фунтах"
    r"|метрах|футах|рублях|долларах|евро|граммах|сантиметрах|дюймах|литрах|тенге|гривнах"
    r"|24-часовом формате)|по цельсию|по фаренгейту|градус\w+ цельсия)\b"
)
_TONES = (
    (
        re.compile(r"\b(?:официальн\w*|деловым|по-деловому|деловой|формально|формальным)\b"),
        "официально",
    ),
    (
        re.compile(
            r"\b(?:по-дружески|дружеск\w*|неформальн\w*|как друг\w*|как с другом"
            r"|как с равным|на равных"
            r"|(?:по)?меньше (?:формальност|официоз|пафос)\w*"
            r"|без (?:формальност|официоз|пафос)\w*|попроще|непринужденно)\b"
        ),
        "по-дружески",
    ),
    (
        re.compile(
            r"\b(?:простыми словами|простым языком|как новичку|как ребенку|на пальцах"
            r"|по-простому|без терминов|без жаргона|без заумных|для чайник\w+"
            r"|как для пятилетнего|понятным языком)\b"
        ),
        "простыми словами",
    ),
    (re.compile(r"\b(?:с юмором|шутливо|пошути|с шутками|повеселее)\b"), "с юмором"),
    (re.compile(r"\bбез (?:шуток|юмора|сарказма)\b"), "без шуток"),
    (
        re.compile(
            r"\b(?:серьезно|посерьезнее|строго|построже|прямо|без сюсюканья|без лести"
            r"|без извинений|вежлив\w*|мягче|помягче)\b"
        ),
        "",
    ),
)
_FORMAL = re.compile(
    r"\b(?:на|обращайся|обращайтесь) (?:ко мне )?(?:только )?(?:на )?(ты|вы)\b|\b(тыкай"
    r"|выкай|тыкать|выкать)\b"
)
_FORMAL_TALK = re.compile(
    r"\b(?:давай(?:те)?|обраща\w+|можно|перейд\w+|переходи\w*|общайся|говори|лучше"
    r"|со мной|ко мне|мне|будем|тык\w+|вык\w+)\b"
)
_FORMAL_QUOTED = re.compile(r"\bна\s*[«\"“„](ты|вы)[»\"”“]", re.IGNORECASE)
_UNOFFICIAL = re.compile(r"\b(?:по)?меньше (?:формальност|официоз|пафос)\w*")
_ALONE = 3
_ENOUGH = re.compile(r"\b(?:хватит|довольно|не надо|не нужно|завязывай с|прекрати)\b")
_FROM_NOW = re.compile(r"\b(?:только|лучше|теперь|впредь|всегда) (?:на|по-)")


def find(line: Line) -> Iterator[Found]:
    """Yield how a sentence asks the assistant to answer in general."""
    if not line.tokens or unreal(line, 0):
        return
    told = [first for _, first, _ in line.find(_TELL)]
    wish = _WISH.search(line.low)
    always = _ALWAYS.search(line.low)
    yield from _address(line)
    yield from _unwanted(line)
    yield from _without(line, general=bool(told or wish or always))
    yield from _length_wished(line, told=bool(told), wish=bool(wish))
    if not (told or wish or always):
        return
    if _ONCE.search(line.low) and not (always or wish):
        return
    yield from _language(line, told)
    yield from _length(line, always=bool(always or told or wish))
    yield from _rest(line, told=bool(told or wish))


def _address(line: Line) -> Iterator[Found]:
    for match in _FORMAL_QUOTED.finditer(line.text):
        if _FORMAL_TALK.search(line.low):
            at = max(line.after(match.start()) - 1, 0)
            yield line.found("address", match[1].lower(), at)
            return
    for match, first, _after in line.find(_FORMAL):
        if not _FORMAL_TALK.search(line.low) or line.word(first - 1) == "не":
            continue
        word = match[1] or ("ты" if match[2].startswith("тык") else "вы")
        if match[2] and re.search(r"\bне (?:надо |нужно )?" + match[2], line.low):
            word = "вы" if word == "ты" else "ты"
        if line.word(first) == "на" and line.clause(first)[1] - first > _ALONE and "мы" in line.low:
            continue
        yield line.found("address", word, first)
        return


def _language(line: Line, told: list[int]) -> Iterator[Found]:
    dropped = [first for _, first, _ in line.find(_ENOUGH)]
    for i, token in enumerate(line.tokens):
        name = language(line, i)
        if name is None:
            continue
        form = token.low.startswith("по-") or line.word(i - 1) in {"на", "к", "чистом", "только"}
        clause = token.clause
        in_order = any(line.tokens[k].clause <= clause and k < i for k in told) or (
            _ALWAYS.search(line.low) or _WISH.search(line.low)
        )
        refused = any(line.tokens[k].clause == clause and k < i for k in dropped) or (
            re.search(r"\bне (?:отвечай|пиши|говори|переходи|надо)\b", line.clause_text(i))
        )
        asked = re.search(r"\b(?:даже если|если я|хотя|переведи|перевод)\b", line.clause_text(i))
        if form and in_order and not refused and not asked:
            yield line.found("language", name, i)
            return


def _length_wished(line: Line, *, told: bool, wish: bool) -> Iterator[Found]:
    """Yield the length that a clause of its own asks for: "короче, пожалуйста, отвечай"."""
    if told or wish:
        return
    if re.match(
        r"\W*(?:давай )?(?:не расписывай|не растекайся|не лей воду|поменьше воды|меньше воды"
        r"|поменьше текста|(?:по)?короче,? (?:пожалуйста|плиз|плз)\W*$|без лишних слов)",
        line.low,
    ) or (_NO_LONG.search(line.low) and not _ONCE.search(line.low)):
        yield line.found("length", "кратко", 0)


def _length(line: Line, *, always: bool) -> Iterator[Found]:
    if not always:
        return
    short, long = _SHORT.search(line.low), _LONG.search(line.low)
    if long and _NOT_SHORT.search(line.low):
        short, long = long, None
    elif short and _NOT_LONG.search(line.low):
        short, long = None, short
    match = short or long
    if match:
        yield line.found("length", "кратко" if short else "подробно", line.after(match.start()))


def _unwanted(line: Line) -> Iterator[Found]:
    """Yield the format of "эмодзи в ответах не используй"."""
    for match, first, _after in line.find(_UNWANTED):
        if not line.asked(first) and (_ALWAYS.search(line.low) or not _ONCE.search(line.low)):
            yield line.found("format", _FORMATS[match[1][:3]], first)


def _without(line: Line, *, general: bool) -> Iterator[Found]:
    for match, first, _after in line.find(_WITHOUT):
        verb = match[0].split()[0]
        plead = re.search(r"\b(?:пожалуйста|плиз|плз|мне|со мной|ответ\w*)\b", line.low)
        if _ONCE.search(line.low) and not _ALWAYS.search(line.low):
            continue
        if verb == "без" and not (general or plead or first == 0):
            continue
        what = match[1]
        value = _FORMATS.get(what[:3].replace("ё", "е"))
        if what.startswith("markdown"):
            value = "без Markdown"
        if value:
            yield line.found("format", value, first)


def _rest(line: Line, *, told: bool) -> Iterator[Found]:
    for match, first, _after in line.find(_WITH):
        # Examples belong to the length that was asked for, headings to the format.
        if match[0].startswith("с ") and (_LONG.search(line.low) or "markd" in line.low):
            continue
        if told and not re.search(r"\b(?:не|без|никаких|хватит)\b", line.clause_text(first)):
            yield line.found("format", _named(match[0], _FORMAT_NAMES), first)
    for match, first, _after in line.find(_UNITS):
        if not re.search(r"\b(?:не|вместо)\b", line.clause_text(first)):
            yield line.found("units", _named(match[0].removeprefix("в "), _UNIT_NAMES), first)
            break
    for match, first, _after in line.find(_MEASURES):
        if _MEASURING.search(line.clause_text(first)) and not line.negated(first):
            yield line.found("units", _named(match[0], _UNIT_NAMES), first)
            break
    if told or _UNOFFICIAL.search(line.low):
        yield from _tones(line)


def _named(said: str, names: Mapping[str, str]) -> str:
    """Return what something said is called, by a part of its word."""
    return next((name for part, name in names.items() if part in said), said)


def _tones(line: Line) -> Iterator[Found]:
    for pattern, name in _TONES:
        for match, first, _after in line.find(pattern):
            yield line.found("tone", name or match[0], first)
            break
