"""What somebody does for pleasure, told by what they do: "вяжу крючком, успокаивает"."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.ru.line import Line
from services.memory_writer.extraction.ru.subjects import past, said, sarcastic
from services.memory_writer.extraction.ru.words import words

_DOES = {
    "вяжу": "вязать", "вышиваю": "вышивать", "рисую": "рисовать", "рыбачу": "рыбачить",
    "бегаю": "бегать", "плаваю": "плавать", "танцую": "танцевать", "пою": "петь",
    "леплю": "лепить", "фотографирую": "фотографировать", "мастерю": "мастерить",
    "выжигаю": "выжигать", "садовничаю": "садовничать", "медитирую": "медитировать",
    "шью": "шить", "плету": "плести", "пеку": "печь", "хожу в": "ходить в", "хожу на": "ходить на",
    "катаюсь на": "кататься на", "играю в": "играть в", "гоняю в": "гонять в",
    "езжу на рыбалку": "ездить на рыбалку", "собираю": "собирать", "паяю": "паять",
    "выращиваю": "выращивать", "смотрю": "смотреть", "слушаю": "слушать", "читаю": "читать",
}  # fmt: skip
_DOING = re.compile(r"\b(?:" + "|".join(_DOES) + r")\b")
_FOR_PLEASURE = re.compile(
    r"\b(?:успокаивает|расслабляет|для души|для удовольствия|в свое удовольствие|на досуге"
    r"|в свободное время|по выходным|вечерами|по вечерам|каждые выходные|каждую субботу"
    r"|каждое воскресенье|мое хобби|это мое все|кайфую|отдыхаю душой|обожаю это|очень люблю это)\b"
)
_HEALTHY = re.compile(r"\b(?:бегаю|плаваю|медитирую|танцую)\b.{0,20}\b(?:по утрам|каждое утро)\b")
_HEARTY = re.compile(
    r"\b(?:успокаивает|расслабляет|для души|удовольстви\w+|мое хобби|это мое все|кайфую|обожаю это"
    r"|очень люблю это)\b"
)
_MEDIA = frozenset({"смотрю", "слушаю", "читаю", "собираю"})
"""What one does in the evening without liking it."""

_GAME = re.compile(
    r"\b(?:играю|играем|рублюсь|гоняю|режусь) в (шахматы|шашки|футбол|волейбол|хоккей|теннис"
    r"|баскетбол|покер|преферанс|бадминтон|настолки|доту|танки|майнкрафт|бильярд|гольф|городки|нарды|домино"
    r"|пинг-понг|регби)\b"
)
_GAMES = {"доту": "дота"}
_REGULARLY = re.compile(
    r"\b(?:по переписке|по выходным|вечерами|по вечерам|кажд\w+|давно|лет|с детства|люблю|регулярно"
    r"|постоянно|часто|в команде|в клубе|за команду|по (?:понедельникам|вторникам|средам|четвергам"
    r"|пятницам|субботам|воскресеньям))\b"
)
_NOW = re.compile(r"\b(?:сейчас|сегодня|вчера|завтра|пойду|иногда|редко|впервые)\b")
_NO_PLEASURE = words(
    "работу учебу школу школе работе врачу больницу садик магазин магазине зал зале институт курсы"
    " прием процедуры церковь"
)
_TIMES = re.compile(
    r"\b(?:по выходным|по вечерам|вечерами|в свободное время|на досуге|для души|для удовольствия"
    r"|каждые выходные|каждую субботу|каждое воскресенье|я|очень|часто|давно|иногда)\b\s*"
)
_MOST_WORDS = 4


def find(line: Line) -> Iterator[Found]:
    """Yield what a sentence says that its author does for pleasure, as an infinitive, and plays."""
    yield from _plays(line)
    for match, first, after in line.find(_DOING):
        if not (_FOR_PLEASURE.search(line.low) or _HEALTHY.search(line.low)) or sarcastic(line):
            return
        if not said(line, first) or past(line, first):
            continue
        if match[0] in _MEDIA and not _HEARTY.search(line.low):
            continue
        _, end = line.clause(first)
        rest = [line.tokens[k] for k in range(after, end) if line.tokens[k].is_word]
        named = {token.low for token in rest} & _NO_PLEASURE
        if named or len(rest) > _MOST_WORDS + 3 or (" " in match[0] and not rest):
            continue
        written = line.text[rest[0].start : rest[-1].end] if rest else ""
        written = _TIMES.sub("", written).strip()
        if len(written.split()) <= _MOST_WORDS:
            value = f"{_DOES[match[0]]} {written}".strip()
            yield line.found("likes", value, first, confidence=0.7)


def _plays(line: Line) -> Iterator[Found]:
    for match, first, _after in line.find(_GAME):
        if not _REGULARLY.search(line.low) or _NOW.search(line.low) or sarcastic(line):
            continue
        if said(line, first) and not past(line, first):
            name = _GAMES.get(match[1], match[1])
            yield line.found("likes", name, first, confidence=0.7)
