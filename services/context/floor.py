"""What is worth telling of what was recalled: small talk shall find nothing.

The evidence of a passage is measured on the words and vectors of one question, and what answers in
other words or in another language has little of it. What tells best whether memory is asked at all
is whether somebody asks for something of their own: of the questions about what people had said
two thirds name themselves ("my", "did I"), and of 80 greetings, requests and questions about the
world none does (docs/architecture/recall-prompt.md).
"""

import re
from collections.abc import Iterable, Sequence

from services.context.follow_up import asks
from shared.contracts.parts import Message
from shared.memory.recall import RecalledPassage

BEST = 8
"""Whoever asks for something of their own is told the best so many, however little is known."""

SHARE_OF_BEST = 0.3
"""Of the best score, which the others must have: of the own retrieval set nothing that answers is
lost by it, and among few messages most of the rest.
"""

OWN = 0.25
"""Evidence from which on a passage is told to whoever speaks of themselves."""

OTHERS = 0.25
"""Evidence from which on a passage is told to whoever does not, where the question is open."""

ASKED, SAID = 0.4, 0.7
"""Evidence of the best passage from which on it is open to whoever asks, or only says, anything."""

_OWN = re.compile(
    r"\bI(?:['’](?:m|d|ve|ll))?\b"
    r"|(?i:\b(?:my|mine|me|myself|we|our|ours|us|we['’](?:re|d|ve|ll)|i['’](?:m|d|ve|ll)"
    r"|(?:did|do|am|was|have|had|where|what|when|which) i|i (?:said|told|am|was|have|had|did|want)"
    r"|я|меня|мне|мной|мо[йяеёиюм]|мо(?:его|ему|ей|их|им|ими)|мы|нас|нам|нами|наш\w{0,3}"
    r"|сво[йяеёиюим]\w{0,2})\b)"
)
# Asked of the assistant about the world, or for the work that it does.
_OF_THE_WORLD = re.compile(
    r"\b(?:(?:tell|give|show|help|teach|let|write|send|excuse|ask|explain to|find) (?:me|us)"
    r"|(?:how|what|where|when) (?:do|can|could|should|would) (?:i|we)"
    r"|(?:can|may|should|could|shall) (?:i|we)"
    r"|(?:скажи|дай|покажи|расскажи|объясни|напиши|помоги|посоветуй|пришли|переведи|найди)(?:те)?"
    r" (?:мне|нам)|как (?:мне|нам))\b",
    re.IGNORECASE,
)
_OF_ASSISTANT = re.compile(
    r"\b(?:did you|you (?:said|told|suggest\w*|recommend\w*|advis\w*|explain\w*|propos\w*|wrote"
    r"|mention\w*)|your (?:advice|suggestion|recommendation|answer)"
    r"|(?:ты|вы) (?:сказал|говорил|совет|посовет|предл|рекоменд|порекоменд|объясн|написал|упом)\w*"
    r"|тво(?:й|и|ём|ей|его) (?:совет|рекомендац|предложени|ответ)\w*)",
    re.IGNORECASE,
)
_LOOKED_AT = 4_000


def worth_telling(text: str, passages: Sequence[RecalledPassage]) -> list[RecalledPassage]:
    """Return those of the passages, best first, that are worth telling to whoever says `text`."""
    text = text[:_LOOKED_AT]
    asking = asks(text)
    passages = _outstanding(passages)
    if is_own(text) or _names_a_speaker(text, passages):
        best = BEST if asking else 0
        return [one for place, one in enumerate(passages) if place < best or one.evidence >= OWN]
    # Whoever asks about the world may be answered anew.
    of_users = _without_answers(passages)
    most = max((one.evidence for one in of_users), default=0.0)
    if most < (ASKED if asking else SAID):
        return []
    return [one for one in of_users if one.evidence >= OTHERS]


def _outstanding(passages: Sequence[RecalledPassage]) -> list[RecalledPassage]:
    """Leave out what only fills the ranks behind what answers: there is always a next best."""
    best = max((one.score for one in passages), default=0.0)
    # Scores are relative to all that was compared: beside what the prompt shows anyway, the only
    # answer that is left may be below the average.
    least = best - (1 - SHARE_OF_BEST) * abs(best)
    return [one for one in passages if one.score >= least]


def _without_answers(passages: Sequence[RecalledPassage]) -> list[RecalledPassage]:
    """Leave out the assistant's answers, and what is evidence only for standing beside one."""
    answers = [one for one in passages if one.message.role == "assistant"]
    beside = {
        neighbour.message_id: one.evidence
        for one in sorted(answers, key=lambda one: one.evidence)
        for neighbour in (one.before, one.after)
        if neighbour is not None
    }
    return [
        one
        for one in passages
        if one.message.role != "assistant"
        and one.evidence >= beside.get(one.message.message_id, 0.0)
    ]


def is_own(text: str) -> bool:
    """Tell whether somebody speaks of themselves, or of what the assistant told them."""
    return bool(_OWN.search(_OF_THE_WORLD.sub(" ", text))) or bool(_OF_ASSISTANT.search(text))


def _names_a_speaker(text: str, passages: Iterable[RecalledPassage]) -> bool:
    """Tell whether somebody is named who has a part in the conversations."""
    words = set(re.findall(r"\w+", text.casefold()))
    return any(words.intersection(_name(one.message)) for one in passages)


def _name(message: Message) -> list[str]:
    return re.findall(r"\w+", (message.name or "").casefold())
