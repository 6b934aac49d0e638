"""Whether a sentence is its author's plain statement about themselves: strict, for a model's finds.

The rules look at the words around a find, and may be bold; a model does not say what made it find
something. So here one doubtful word is enough: what is lost, the next message may tell.
"""

import re

from services.memory_writer.extraction.sentences import Sentence
from shared.contracts.parts import FactType, Language
from shared.morphology import morph


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


_FIRST_PERSON: dict[Language, re.Pattern[str]] = {
    "en": _words(r"i|im|ive|i['’](?:m|ve|d|ll)|me|my|mine|myself|we|we['’](?:re|ve)|us|our|ours"),
    "ru": _words(
        r"я|меня|мне|мной|мною|мо[йяеёи]|мо(?:его|ей|ему|им|их|ими|ём|ем|ю)|мы|нас|нам|нами"
        r"|наш\w{0,3}"
    ),
}
_OBJECTIONS: dict[Language, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "en": (
        (
            "negation",
            _words(
                r"no|not|never|none|neither|nor|without|cannot|\w+n['’]t|dont|doesnt"
                r"|isnt|wasnt|cant|hardly|barely"
            ),
        ),
        (
            "past",
            _words(
                r"used to|formerly|previously|no longer|any ?more|ex|back when|years? ago"
                r"|as a (?:child|kid|teen\w*)|before that|once (?:was|lived|worked)"
            ),
        ),
        (
            "hypothetical",
            _words(
                r"if|would|could|should|might|(?<!in )(?<!\d )may(?! \d)|maybe|perhaps"
                r"|probably|unless|wish|suppose|imagine|pretend|as though|i['’]d|hopefully|whether"
            ),
        ),
        ("joke", _words(r"lol|lmao|rofl|haha\w*|jk|kidding|joking|sarcasm|just kidding")),
    ),
    "ru": (
        ("negation", _words(r"не|нет|ни|никогда|никак\w*|без|нету|вряд ли|едва")),
        (
            "past",
            _words(
                r"раньше|прежде|когда-то|бывш\w+|уже не|больше не|в детстве|в юности"
                r"|лет назад|год\w* назад|до этого|ранее"
            ),
        ),
        (
            "hypothetical",
            _words(
                r"если|бы|б|может|можно|наверное|наверно|возможно|вероятно|будто"
                r"|кажется|допустим|представь|предположим|вдруг|хотелось|ли"
            ),
        ),
        ("joke", _words(r"шучу|шутка|лол|ахах\w*|хаха\w*|прикол\w*|сарказм")),
    ),
}
_KIN_EN = (
    r"brothers?|sisters?|mother|mom|mum|father|dad|parents|son|sons|daughters?|wife|husband|spouse"
    r"|partner|girlfriend|boyfriend|fianc[eé]e?|friends?|bestie|buddy|mate|boss|colleagues?"
    r"|coworkers?|neighbou?rs?|roommates?|flatmates?|uncle|aunt|cousins?|grand\w+|niece|nephew"
    r"|kids?|child|children|baby|dog|cat|parrot|hamster|pet|in-laws?"
)
_KIN_RU = (
    r"брат\w{0,4}|сестр\w{0,3}|мам\w{1,3}|мать|матер\w{1,3}|отец|отц\w{1,3}|пап[аеуыой]{1,2}|родител\w+"
    r"|сын\w{0,4}|доч\w+|жен[аеуыой]{1,2}|муж\w{0,3}|парень|девушк\w+|невест\w+|жених\w*|друг(?:а|у|ом|е)?"
    r"|друз\w+|подруг\w+|начальни\w+|коллег\w+|сосед\w*|дяд\w+|тёт\w+|тет\w+|бабушк\w+|дедушк\w+"
    r"|племянни\w+|дети|детей|детям|ребён\w+|ребен\w+|внук\w*|внучк\w+|тёщ\w+|свекров\w+"
    r"|собак\w+|пёс|пес|кот|кошк\w+|кота|попуга\w+|хомяк\w*"
)
_OTHERS: dict[Language, re.Pattern[str]] = {
    "en": _words(
        r"he|she|they|his|her|hers|him|their|theirs|them|he['’]s|she['’]s|they['’]re"
        r"|someone|somebody|everyone|everybody",
        _KIN_EN,
    ),
    "ru": _words(
        r"он|она|они|его|её|ее|их|ему|ей|им|ним|ней|него|неё|нее|ними|кто-то"
        r"|говорят",
        _KIN_RU,
    ),
}
_ABOUT_OTHERS: frozenset[FactType] = frozenset({"family", "pet"})
_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)


def objection(sentence: Sentence) -> str | None:
    """Return why a sentence tells nothing of its author for certain, None where it does.

    question, negation, past, hypothetical, joke, or no_first_person.
    """
    if sentence.question:
        return "question"
    for reason, pattern in _OBJECTIONS[sentence.lang]:
        if pattern.search(sentence.speech):
            return reason
    return None if _speaks_of_self(sentence) else "no_first_person"


def of_others(sentence: Sentence, kind: FactType) -> str | None:
    """Return third_party where a sentence names others, and the fact would not be one of them."""
    if kind in _ABOUT_OTHERS:
        return None
    return "third_party" if _OTHERS[sentence.lang].search(sentence.speech) else None


def _speaks_of_self(sentence: Sentence) -> bool:
    if _FIRST_PERSON[sentence.lang].search(sentence.speech):
        return True
    # "живу в Казани": the verb says who.
    return sentence.lang == "ru" and any(map(_is_first_person, _WORD.findall(sentence.speech)))


def _is_first_person(word: str) -> bool:
    best = morph().parse(word[:64])[0]
    return "1per" in best.tag and best.score > _LIKELY


_LIKELY = 0.4
"""Of a reading: "стали" is a verb or a metal, "живу" is nothing else."""
