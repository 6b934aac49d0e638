"""What need not be told again: it is in the prompt already, or says nothing."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared.contracts.parts import Message, ReceiptFact
from shared.lexemes import language_of, lemmas

_NOT_A_WORD = re.compile(r"\W+")
# A fact's own words are those of its table; a message that says no more than it has few others.
_SHARE_OF_OTHERS = 4
# An answer that begins like this was none. Told again, it would teach the model not to know.
_IGNORANT = re.compile(
    r"не знаю|не помню|не могу (?:знать|сказать|ответить)|нет (?:такой )?информации"
    r"|не располагаю|нет доступа|не упоминал|не сообщал|не говорил|не указан"
    r"|do(?:n['’]t| not) (?:know|remember|recall|have)|no information|not aware"
    r"|(?:can(?:no|['’])t|can not|unable to) (?:know|tell|recall|access|remember|answer)"
    r"|(?:didn['’]t|did not|haven['’]t|have not|never) (?:mention|told|tell|share|say|said)",
    re.IGNORECASE,
)
_IGNORANT_CHARACTERS = 200
_FACT_CHARACTERS = 2_000
_COMPARED_CHARACTERS = 2_000
"""Texts that are as long and begin so alike are the same: a pasted file."""


def sameness(text: str) -> str:
    """Return what two texts have in common that say the same, word for word."""
    beginning = text[:_COMPARED_CHARACTERS].strip()
    same = _NOT_A_WORD.sub(" ", beginning.casefold()).strip() or beginning
    return same if len(text) <= _COMPARED_CHARACTERS else f"{same} {len(text)}"


class Repeats:
    """Knows what a prompt tells already. `texts` are those of the history and the question."""

    def __init__(self, texts: Iterable[str], facts: Sequence[ReceiptFact]) -> None:
        self._texts = {sameness(text) for text in texts}
        self._facts: defaultdict[str, list[str]] = defaultdict(list)
        for fact in facts:
            if fact.message_id:
                self._facts[fact.message_id].append(fact.text)

    def has(self, message: Message) -> bool:
        """Tell whether a message need not be told, or not again."""
        same = sameness(message.content)
        if not same or same in self._texts:
            return True
        if message.role == "assistant" and _IGNORANT.search(message.content, 0, _reach(message)):
            return True
        return message.message_id in self._facts and self._told_by_facts(message)

    def add(self, message: Message) -> None:
        """Note that a message is told now."""
        self._texts.add(sameness(message.content))

    def _told_by_facts(self, message: Message) -> bool:
        """Tell whether the facts that rest on a message say all that it says."""
        if len(message.content) > _FACT_CHARACTERS:
            return False
        facts = self._facts[message.message_id]
        said = set(lemmas(message.content))
        others = said - {lemma for fact in facts for lemma in lemmas(fact)}
        spoken = language_of(message.content)
        # In another language, the verb of each sentence is another word.
        translated = sum(language_of(fact) != spoken for fact in facts)
        return len(others) <= max(len(said) // _SHARE_OF_OTHERS, translated)


def _reach(message: Message) -> int:
    return min(len(message.content), _IGNORANT_CHARACTERS)
