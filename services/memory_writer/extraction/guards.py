"""Tells which sentences of a message are its author's own account: not a task's text, nor fiction.

What follows "translate this:" is material, a story is invented, a role is played. The patterns of
both languages stand here, as a request in one may well be about a text in the other.
"""

import re
from collections.abc import Sequence

from services.memory_writer.extraction.sentences import Sentence

_PLEASE_EN = r"""^[\s\W]*(?:(?:please|pls|plz|hey|hi|hello|ok|okay|now|so|and|also|then|next|just
|first
    |(?:can|could|would|will)\s(?:you|u)(?:\splease)?|i\s(?:want|need)\syou\sto|help\sme(?:\sto)?
    |i'?d\slike\syou\sto|let'?s)\b[\s,:—-]*){0,4}"""
_PLEASE_RU = r"""^[\s\W]*(?:(?:пожалуйста|плиз|привет|а|и|теперь|так|ну|можешь|можете|сможешь|помоги
    |помогите|давай|мне|ещё|еще|нужно|надо|прошу|хочу,?\sчтобы\sты)\b[\s,:—-]*){0,4}"""


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.VERBOSE | re.IGNORECASE)


# All that follows is material: a text to be worked on.
_MATERIAL = _pattern(
    _PLEASE_EN
    + r"""(?:translate|rewrite|re-write|rephrase|reword|paraphrase|proof-?read|summari[sz]e
    |summary\sof
    |transcribe|edit|polish|shorten|simplify|correct|fix\s(?:the|my|this|any|up|grammar|spelling
    |typos)
    |improve\s(?:this|the|my)|check\s(?:the\s)?(?:grammar|spelling|this|my\s(?:grammar|spelling
    |english|text))
    |classify|parse|extract|analy[sz]e\sthis|tag\s|label\s|convert\sthis|turn\sthis\s\w+\sinto
    |make\s(?:this|the\sfollowing)\s(?:sound|more|less|shorter|better|formal|polite))\b""",
    _PLEASE_RU
    + r"""(?:перевед|переведи|переведите|перевести|перепиши|переписать|перефразир|переформулир
    |отредактир
    |исправ|проверь|проверить|вычита|сократи|упрости|перескаж|резюмируй|суммируй|сделай\s(?:текст
    |короче|саммари)
    |улучши|откорректир|расшифруй|классифицир|извлеки)\w*""",
    r"\b(?:following|below)\s(?:text|sentence|paragraph|letter|e?-?mail|message|passage|code"
    r"|review|quote)s?\b",
    r"\b(?:e-?mail|letter|text|message|note|sign|card|post|tweet|caption)\s(?:that\s|which\s)?"
    r"(?:says|saying|reads|reading|goes|going)\b",
    r"\b(?:translation|grammar\scheck)\s?:",
    r"\b(?:следующ\w+|ниже)\s(?:текст|предложени|абзац|письм|сообщени|отрыв|фраз)\w*",
)
# A pasted conversation: who speaks after a label is not the author, or not now.
_LABELLED = _pattern(
    r"""^\W*(?:user|human|assistant|ai|bot|chatbot|a|answer|пользователь|ассистент|бот|ответ)\s?\d{0,2}\s?:\s""",
    r"^\W*(?:the|my|this)\s(?:sentence|phrase|prompt|input|example)\s(?:is|was)\s?:",
)
# What is to be written is not what is so; this sentence at least.
_WRITING = _pattern(
    _PLEASE_EN
    + r"""(?:(?:write|compose|draft|create|generate|make\sup|invent|produce|come\sup\swith|prepare
    |continue
    |give\sme|make(?:\sme)?|do)\b[^.!?]{0,60}?
    \b(?:stor(?:y|ies)|poem|haiku|limerick|song|lyrics|rap|novel|chapter|scene|script|dialog(?:ue)?
    |monolog(?:ue)?
    |fairy\stale|tale|essay|joke|sketch|screenplay|e-?mail|letter|message|text|tweet|post|reply
    |response
    |cvs?|resumes?|résumés?|bio|biography|profile|persona|character|speech|toast|eulogy|ad|advert
    |article
    |blog|diary|journal|review|sentences?|paragraph|caption|obituary|application|description
    |example|examples
    |sample|mock-?up|placeholder|dummy|fake|test\sdata)\b)""",
    _PLEASE_RU
    + r"""(?:(?:напиши|сочини|придумай|составь|создай|сгенерируй|набросай|подготовь|продолжи
    |напишите|сочините
    |придумайте|составьте|написать|сочинить|придумать|составить)\b[^.!?]{0,60}?
    \b(?:рассказ|истори|сказк|стих|поэм|хайку|песн|роман|глав|сцен|сценари|диалог|монолог|эссе
    |сочинени|анекдот|шутк
    |письм|сообщени|смс|текст|пост|ответ|резюме|биографи|анкет|профил|персонаж|геро|речь|тост
    |объявлени|стать
    |дневник|отзыв|предложени|абзац|описани|пример|заявлени|характеристик|поздравлени)\w*)""",
    r"^\W*chapter\s\w+\b|\bfrom\sthe\s(?:perspective|point\sof\sview)\sof\b",
    r"\bfor\s(?:the|a|my|this)\s(?:mock-?up|example|demo|test|template|sample|screenshot|fixture"
    r"|placeholder)\b",
    r"\bдля\s(?:примера|макета|теста|образца|шаблона|демо)\b",
)
_FICTION = _pattern(
    r"""\b(?:perspective\sof|point\sof\sview|pov|stor(?:y|ies)|poem|song|lyrics|rap|novel|chapter|scene|screenplay|dialog(?:ue)?
    |monolog(?:ue)?
    |fairy\stale|tale|joke|sketch|persona|character|diary|fiction|first\sperson|haiku
    |limerick)\b""",
    r"""\b(?:рассказ|истори|сказк|стих|поэм|песн|роман|глав|сцен|диалог|монолог|анекдот|персонаж
    |геро|дневник
    |от\sпервого\sлица|хайку)\w*""",
)
# The whole message is a game.
_ROLE_PLAY = _pattern(
    r"\b(?:role-?\s?play(?:ing|s)?|rpg|d&d|dnd|backstory|fan-?fic(?:tion)?|my\scampaign|in\s(?:this|our)\s(?:scenario|story|game|world|campaign))\b",
    r"\bmy\s(?:character|persona|oc|avatar|hero|protagonist|novel's)\b",
    r"\bi(?:'ll|\swill|'m|\sam)\s(?:be|play|playing)\s(?:the|a|an)\b[^.!?]{0,80}\byou(?:'ll"
    r"|\swill|'re|\sare)?\s?(?:be|play|the|a|an)\b",
    r"\byou(?:'ll|\swill|'re|\sare)?\s?(?:be|play|the|a|an)\b[^.!?]{0,80},?\s(?:and\s)?i(?:'ll"
    r"|\swill|'m|\sam|(?=\splay\b))\s(?:be\s|play\s|playing\s)?(?:the|a|an|your)\b",
    r"\bmock\s(?:interview|exam|trial|call)\b",
    r"\bi(?:'ll|\swill)\s(?:be|play)\s(?:the|your)\s(?!first|last|one|only|same|judge)\w+",
    r"^\s*\*[^*\n]{2,200}\*",
    r"\b(?:ролев\w+\s(?:игр\w+|сценари\w+)|ролевк\w+|рпг|в\s(?:этой|нашей)\s(?:игре|истории"
    r"|сцене))",
    r"\b(?:мой|моя|моего|моей)\s(?:персонаж|герой|героиня|персонажа|героя|героини)\b",
    r"\bя\s(?:буду\s)?(?:играю|играть|буду|—|-)\s[^.!?]{0,60},?\sа?\s?ты\s(?:будешь|играешь|—|-)?",
    r"\b(?:давай|давайте)\s(?:поиграем|сыграем|разыграем|представим)\b",
)
# From here on it is supposed.
_SUPPOSED = _pattern(
    _PLEASE_EN
    + r"""(?:suppose|supposing|imagine|pretend|assume|assuming|let'?s\s(?:say|imagine|pretend
    |assume|suppose|play)
    |say\s(?:i|my|we)\b|act\sas\sif\si|picture\sthis|hypothetically|what\sif|for\s(?:example
    |instance)|e\.g\.)""",
    r"\b(?:let'?s\s(?:say|pretend|assume|imagine)|pretend(?:ing)?\s(?:that\s)?(?:i'?m|i\sam"
    r"|to\sbe|my|you)|hypothetical(?:ly)?|suppose\si)\b",
    r"^[\s\W]*(?:ну|а|и|так|вот|давай|давайте)?\s?(?:допустим|предположим|представь|представьте"
    r"|представим|вообрази|скажем|например|гипотетически|притворись)\b",
)
_TO_ASSISTANT = _pattern(
    r"^[\s\W]*(?:from\snow\son,?\s)?(?:you\sare|you're|act\sas|behave\s(?:as|like)|be\s(?:a|an"
    r"|my))\s",
    r"^[\s\W]*(?:ты\s(?:теперь\s)?(?:—|-|опытн\w+|профессиональн\w+|эксперт)|веди\sсебя\sкак"
    r"|действуй\sкак|выступи\sв\sроли|будь\sмоим|будь\sмоей)\s",
)
_INTRODUCES = re.compile(r":[\s\"'«“`]*$|:\s{2,}")


def own(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences in which the author tells of themselves, by what the others ask for.

    A request to work on a text hides all that follows, unless the text was quoted.
    """
    if any(_ROLE_PLAY.search(each.speech) for each in sentences):
        return []
    kept: list[Sentence] = []
    for index, each in enumerate(sentences):
        speech = each.speech
        if _MATERIAL.search(speech):
            # With the material between quotation marks, the other sentences are the author's.
            if _has_quotation(sentences[index : index + 2]):
                continue
            break
        if _SUPPOSED.search(speech):
            break
        if _WRITING.search(speech):
            if _INTRODUCES.search(speech) or _FICTION.search(speech):
                break
            continue
        if not _TO_ASSISTANT.search(speech) and not _LABELLED.match(speech):
            kept.append(each)
    return kept


def _has_quotation(sentences: Sequence[Sentence]) -> bool:
    """Tell whether something long enough to be a text was blanked out of one of them."""
    return any("   " in each.speech and each.speech != each.text for each in sentences)
