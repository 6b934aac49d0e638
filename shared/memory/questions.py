"""What is looked for in a question: its words, whom it names, and when it speaks of."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared.lexemes import lemmas
from shared.memory.passages import Period, term
from shared.memory.time_words import time_words
from shared.word_lists import words

READ = 4_000
"""Characters of a question that are looked at: nobody asks for more, and some paste a book."""

MOST_TERMS = 64

# What asks, and what is said in passing: they are in no answer, and in every other message.
_CARRIERS = words(
    """
    tell told say said mention talk discuss speak chat remind rememb recal know happen
    hello hi hey bye goodbi thank ok okay yes yeah yep sure nice plea sorri
    сказать говорить рассказать рассказывать упоминать упомянуть обсуждать обсудить
    помнить вспомнить вспоминать напомнить напоминать подсказать знать
    делать сделать происходить произойти случиться случаться бывать
    привет здравствовать здравствуй здравствуйте пока спасибо пожалуйста около окей ага угу ладно
    хорошо извинить простить
    """
)
# Whole phrases: "good" and "day" by themselves may be asked for.
_GREETING = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|night|day)|how are you(?: doing)?(?: today)?"
    r"|how is it going|what['’]?s up|see you(?: later| soon| tomorrow)?"
    r"|thanks? (?:you )?(?:so|very) much|you are (?:very |so )?(?:helpful|welcome)|that helped"
    r"|доброе утро|добр(?:ый|ого) (?:день|дня|вечер|вечера|утра)|(?:спокойной|доброй) ночи"
    r"|как (?:твои |ваши )?(?:дела|поживаешь|жизнь|ты|настроение)(?: сегодня)?"
    r"|до (?:свидания|завтра|встречи)|большое спасибо|спасибо (?:тебе |вам )?большое"
    r"|(?:очень|сильно|это) помог(?:ло|ла)?)\b",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"\b(?:(?:did|have|had) you (?:say|said|tell|told|suggest\w*|recommend\w*|advis\w*|explain\w*"
    r"|propos\w*|wr[io]te|written|answer\w*|mention\w*)"
    r"|you (?:said|told|suggested|recommended|advised|explained|proposed|wrote|answered|mentioned)"
    r"|your (?:advice|suggestion|recommendation|answer)"
    r"|(?:ты|вы) (?:мне |тогда |уже |нам )*(?:сказал|говорил|совет|посовет|предл|рекоменд"
    r"|порекоменд|объясн|написал|ответил|упом)\w*"
    r"|(?:тво|ваш)\w+ (?:совет|рекомендац|предложени|ответ)\w*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as it is looked up.

    `lemmas` are those of its words, each once, and `terms` stand for them in the same order.
    `content` are the terms that an answer should meet: none where it only greets, or only asks for
    a time. `periods` are the times that it speaks of; where they are `exact`, what was said then
    comes first. `of_assistant`: it asks for what the assistant said.
    """

    text: str = ""
    lemmas: tuple[str, ...] = ()
    terms: tuple[int, ...] = ()
    content: frozenset[int] = frozenset()
    periods: tuple[Period, ...] = ()
    exact: bool = False
    of_assistant: bool = False


def question_of(text: str, *, at: datetime) -> Question:
    """Return what is looked for in a text, asked at a moment. Never fails; the work is bounded."""
    read = text[:READ].strip()
    when = time_words(read, at=at)
    found = dict.fromkeys(lemmas(read))
    sought = tuple([lemma for lemma in found if lemma not in _CARRIERS] or found)[:MOST_TERMS]
    # The days are in what is searched for: "the day after 3 May" is said of on the fourth.
    content = frozenset(lemmas(_GREETING.sub(" ", when.rest))) - _CARRIERS
    return Question(
        text=read,
        lemmas=sought,
        terms=tuple(map(term, sought)),
        content=frozenset(term(lemma) for lemma in sought if lemma in content),
        periods=when.periods,
        exact=when.exact,
        of_assistant=_SAYING.search(read) is not None,
    )
