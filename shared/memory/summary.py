"""The summary of a long conversation: the sentences that are most about its topics.

Pure. It repeats what was said word for word, so it can tell nothing that was not said.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from shared.contracts.parts import Message
from shared.memory.topics import topics_in

LONG = 40
"""Messages: a conversation that has no more is its own summary."""

READ = 400
"""Messages of the end that are looked at, and characters of each (`_READ_OF_EACH`)."""

_READ_OF_EACH = 1_500
_SENTENCES = 5
_LONGEST = 600
"""Characters of a summary."""

_TOLD = 0.3
"""What is left of a topic's weight when a sentence of the summary has told of it."""

_SENTENCE_AT_MOST = 240
_SENTENCE_AT_LEAST = 20
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+(?!\s|$)[^.!?…\n]+)*[.!?…]*")
_MARKS = re.compile(r"^[\s#>*+\-•\d.)]+|[*_`]+")


class _Sentence(NamedTuple):
    text: str
    topics: tuple[str, ...]


def summarize(messages: Sequence[Message]) -> str | None:
    """Return at most `_SENTENCES` sentences of a conversation in the order of saying them.

    `messages` are the last READ of it, oldest first. None where it is not long, or has no topic.
    """
    if len(messages) <= LONG:
        return None
    sentences = [sentence for message in messages for sentence in _sentences(message)]
    weights = Counter(topic for sentence in sentences for topic in set(sentence.topics))
    chosen: list[int] = []
    length = 0
    for index in _by_weight(sentences, weights):
        length += len(sentences[index].text) + 1
        if length > _LONGEST:
            break
        chosen.append(index)
    return " ".join(sentences[index].text for index in sorted(chosen)) or None


def _by_weight(sentences: Sequence[_Sentence], weights: Counter[str]) -> list[int]:
    """Return the places of the weightiest sentences, each weighed by what the others leave out."""
    # A topic that is named once is a detail.
    left_of = {topic: float(weight) for topic, weight in weights.items() if weight > 1}
    left = {sentence.text: index for index, sentence in reversed(list(enumerate(sentences)))}
    open_places = set(left.values())
    chosen: list[int] = []
    while open_places and len(chosen) < _SENTENCES:
        best = min(open_places, key=lambda index: (-_weight(sentences[index], left_of), index))
        if _weight(sentences[best], left_of) == 0:
            break
        chosen.append(best)
        open_places.discard(best)
        for topic in left_of.keys() & set(sentences[best].topics):
            left_of[topic] *= _TOLD
    return chosen


def _weight(sentence: _Sentence, weights: Mapping[str, float]) -> float:
    told = sum(weights.get(topic, 0.0) for topic in set(sentence.topics))
    return told / (1 + len(sentence.text) / _SENTENCE_AT_MOST)


def _sentences(message: Message) -> list[_Sentence]:
    if message.role not in {"user", "assistant"} or message.status == "failed":
        return []
    said = _CODE.sub("\n", message.content[:_READ_OF_EACH])
    found = (" ".join(_MARKS.sub("", part).split()) for part in _SENTENCE.findall(said))
    fitting = (text for text in found if _SENTENCE_AT_LEAST <= len(text) <= _SENTENCE_AT_MOST)
    return [_Sentence(text, topics_in(text)) for text in islice(fitting, 12)]
