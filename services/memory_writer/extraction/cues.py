"""The words without which nobody says a thing: a model's guess needs none, a message does."""

import re

_CUES = {
    "age": r"i['’]?m|i am|old|aged?|turn(?:ed|ing)?|years?|лет|года?|возраст\w*|исполн\w+|мне",
    "birthday": r"born|birth\w*|b-?day|рожд\w+|родил\w+|др",
    "origin": r"born|grew up|from|raised|native|originally|родил\w+|вырос\w*|родом|урожен\w+|из",
    "dislikes": r"hate\w*|dislike\w*|despise|detest|loathe|annoy\w*|sick of|ненавижу|терпеть"
    r"|раздража\w+|бес[ия]т|против\w*",
    "spouse": r"wife|husband|hubby|spouse|partner|married|fianc\w+|жен\w{1,3}|муж\w{0,3}|супруг\w*",
    "child": r"sons?|daughters?|kids?|child\w*|twins?|baby|boys?|girls?|toddler|сын\w*|доч\w*"
    r"|ребен\w+|ребён\w+|дет\w{1,3}|двойн\w+|мальчик\w*|девочк\w+|малыш\w*",
    "parent": r"mother|mom|mum|father|dad|parents?|мам\w{1,3}|мать|матер\w+|отец|отц\w+|пап\w{1,3}"
    r"|родител\w+",
    "sibling": r"brothers?|sisters?|siblings?|only child|брат\w*|сест[её]?р\w*",
    "grandchild": r"grand\w+|внук\w*|внуч\w+",
    "has_pet": r"pets?|cats?|kitt\w+|dogs?|pupp\w+|parrots?|hamsters?|rabbits?|bunn\w+|guinea pigs?"
    r"|fish|turtles?|tortoises?|goats?|hens?|chickens?|horses?|pon(?:y|ies)|snakes?|lizards?|geckos?"
    r"|ferrets?|rats?|mouse|mice|birds?|budgies?|canar\w+|hedgehogs?|ducks?|geese|goose|sheep|cows?"
    r"|bees?|spiders?|frogs?|питом\w+|кот\w{0,5}|кош\w+|собак\w*|п[её]с\w*|щен\w+|попуга\w+"
    r"|хомя\w+|кролик\w*|рыб\w+|черепа\w+|коз\w{1,4}|кур\w{1,3}|лошад\w+|зме\w+|ящериц\w*"
    r"|хор[её]?к\w*|крыс\w*|мыш\w+|птиц\w*|[её]ж\w{0,4}|гус\w+|утк\w+|овц\w+|коров\w+|пч[её]л\w*"
    r"|паук\w*|свинк\w*|шиншилл\w*|канарейк\w*",
    "allergy": r"allerg\w+|intolera\w+|аллерг\w+|неперенос\w+",
    "speaks": r"speak\w*|spoken|fluent\w*|native|bilingual|languages?|говорю|говорим|язык\w*"
    r"|владе\w+|знаю",
    "learning": r"learn\w*|study\w*|studies|course\w*|lessons?|practi[cs]\w+|уч[уи]\w*|изуча\w+"
    r"|осваива\w+|курс\w*|занима\w+",
}
_CUED = {
    name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _CUES.items()
}
_NAMED = re.compile(
    r"(?<!\w)(?:names?|named|call(?:s|ed)?|зовут|звать|имя|имени|зови(?:те)?|называй(?:те)?|фамилия"
    r"|фио)(?!\w)(?:\W{1,3}\w{1,20}){0,2}?\W{1,3}$",
    re.IGNORECASE,
)
_IS = re.compile(r"(?<!\w)(?:i['’]?m|i am|this is|я|это)\W{1,3}$", re.IGNORECASE)
_NAMES = frozenset({"name", "full_name"})
_SHARED = 3
"""Letters that all forms of a name have in common: Ринат, Рината."""


def has_cue(predicate: str, value: str, speech: str) -> bool:
    """Tell whether a sentence has the word that a statement of this kind needs, where one does.

    Before a name it stands at once: "I am a nurse at Maasstad" names nobody, nor does "I'm tired".
    """
    if predicate in _NAMES:
        start = speech.casefold().find(value.casefold()[:_SHARED])
        before = speech[max(0, start - 60) : max(0, start)]
        capital = speech[max(0, start)].isupper() if speech else False
        return bool(_NAMED.search(before) or (capital and _IS.search(before)))
    cue = _CUED.get(predicate)
    return cue is None or cue.search(speech) is not None
