"""What becomes of a model's answer: nothing of it counts that the message does not say.

A model invents, above all a small one: it copies the instructions, says what is likely, and turns
what is said of others into facts about the author. So every value must stand in a sentence in which
the author tells of themselves, and what is at odds with itself is dropped altogether.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from services.memory_writer.extraction.cues import has_cue
from services.memory_writer.extraction.found import Extraction, Found
from services.memory_writer.extraction.guards import own
from services.memory_writer.extraction.sentences import Sentence, sentences
from services.memory_writer.extraction.values import is_likely, nominative
from services.memory_writer.extraction.voice import objection, of_others
from shared.contracts.events import ExtractedFact
from shared.lexemes import key, lemmas
from shared.memory.predicates import PREDICATES

EXTRACTOR = "llm/1"
"""Who found a fact, with the version of what is made of an answer."""

CONFIDENCE = 0.6
"""Less than a rule's: rules know which word made them find something."""

ASKED = tuple(name for name, row in PREDICATES.items() if row.type != "answer_style")
"""What a model is asked for. How to answer is taken from plain orders alone, which rules know."""

LONGEST_TEXT = 20_000
LONGEST_ASKED = 2_000
"""Characters of a message that are looked at, and that a model is shown at once."""

LONGEST_VALUE = 120
_TOLD_TOGETHER = frozenset({"family", "pet"})
_EDGES = " \t\n\"'“”«»„`.,;:!?()[]{}-–—"


def telling(text: str) -> str:
    """Return the part of a message in which its author tells of themselves, for a model to read."""
    told = "\n".join(one.text for one in _own(text) if objection(one) is None)
    if len(told) <= LONGEST_ASKED:
        return told
    return told[:LONGEST_ASKED].rpartition("\n")[0] or told[:LONGEST_ASKED]


def accepted(text: str, facts: Sequence[ExtractedFact]) -> Extraction:
    """Return what a message really says of the candidates that a model named.

    Reasons to drop: unknown_predicate, no_value, too_long, unlikely (no such value), not_said,
    third_party, no_cue, ambiguous (one value in several respects, or several where there can be
    one), twice, and those of `objection`.
    """
    said = _own(text)
    dropped: Counter[str] = Counter()
    found: list[Found] = []
    for fact in facts:
        one = _found(fact, said)
        if isinstance(one, str):
            dropped[one] += 1
        else:
            found.append(one)
    kept = list(_consistent(found))
    dropped.update({"ambiguous": len(found) - len(kept)})
    unique = {(one.predicate, key(one.value or "")): one for one in reversed(kept)}
    dropped.update({"twice": len(kept) - len(unique)})
    return Extraction(
        tuple(reversed(unique.values())), {why: count for why, count in dropped.items() if count}
    )


def _own(text: str) -> list[Sentence]:
    return own(sentences(text[:LONGEST_TEXT]))


def _found(fact: ExtractedFact, said: Sequence[Sentence]) -> Found | str:
    """Return what a candidate says, in the words of the message, or why it does not count."""
    value = fact.value.strip(_EDGES)
    if (reason := _unusable(fact.predicate, value)) is not None:
        return reason
    holding = [one for one in said if _says(one, value, fact.predicate)]
    reasons = [_doubt(fact.predicate, value, one) for one in holding]
    if None not in reasons:
        return str(reasons[0]) if reasons else "not_said"
    sentence = holding[reasons.index(None)]
    return Found(
        op="assert",
        predicate=fact.predicate,
        value=nominative(value, sentence.lang),
        quote=_quoted(fact.quote, sentence, value),
        lang=sentence.lang,
        confidence=CONFIDENCE,
    )


def _doubt(predicate: str, value: str, sentence: Sentence) -> str | None:
    """Return why a sentence does not say this of its author, None where it does."""
    doubt = objection(sentence) or of_others(sentence, PREDICATES[predicate].type)
    return doubt or (None if has_cue(predicate, value, sentence.speech) else "no_cue")


def _unusable(predicate: str, value: str) -> str | None:
    """Return why no message could say this, None where one could."""
    if predicate not in ASKED:
        return "unknown_predicate"
    if not value:
        return "no_value"
    if len(value) > LONGEST_VALUE:
        return "too_long"
    return None if is_likely(predicate, value) else "unlikely"


def _says(sentence: Sentence, value: str, predicate: str) -> bool:
    """Tell whether the words of a value stand in a sentence, whatever their forms.

    One after another: "Marat Kazan" is nobody's name where Marat lives in Kazan. Kind and name of
    a relative or a pet may stand apart.
    """
    words, wanted = lemmas(sentence.speech), lemmas(value)
    if not wanted:
        return False
    if PREDICATES[predicate].type in _TOLD_TOGETHER:
        return set(wanted) <= set(words)
    length = len(wanted)
    return any(words[at : at + length] == wanted for at in range(len(words) - length + 1))


def _quoted(quote: str, sentence: Sentence, value: str) -> str:
    """Return the part of the sentence that a model quotes, letter by letter, or all of it."""
    words = quote.split()
    if words:
        pattern = r"\s+".join(map(re.escape, words))
        match = re.search(pattern, sentence.text, re.IGNORECASE)
        if match is not None and set(lemmas(value)) <= set(lemmas(match[0])):
            return match[0]
    return sentence.text


def _consistent(found: Sequence[Found]) -> Iterator[Found]:
    """Yield what is not at odds with the rest: a model that guesses names a value everywhere."""
    meant: dict[tuple[str, ...], set[str]] = {}
    values: dict[str, set[tuple[str, ...]]] = {}
    for one in found:
        named = key(one.value or "")
        meant.setdefault(named, set()).add(one.predicate)
        values.setdefault(one.predicate, set()).add(named)
    for one in found:
        alone = PREDICATES[one.predicate].cardinality == "single"
        if len(meant[key(one.value or "")]) == 1 and not (alone and len(values[one.predicate]) > 1):
            yield one
