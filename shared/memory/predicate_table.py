"""Prints the predicate table as Markdown: `python -m shared.memory.predicate_table`."""

import sys

from shared.memory.predicate_sentences import SENTENCES
from shared.memory.predicates import PREDICATES, question_words

_WORDS_SHOWN = 4
_HEAD = (
    "| predicate | type | values | in Russian | in English | asked for with |\n"
    "|---|---|---|---|---|---|\n"
)


def markdown() -> str:
    """Return the table, a row for each predicate."""
    return _HEAD + "".join(f"{_row(name)}\n" for name in PREDICATES)


def _row(name: str) -> str:
    """Return the row of a predicate; of its question words the first of both languages."""
    predicate = PREDICATES[name]
    words = question_words(name)
    english = [word for word in words if word.isascii()][:_WORDS_SHOWN]
    russian = [word for word in words if not word.isascii()][:_WORDS_SHOWN]
    several = "one" if predicate.cardinality == "single" else "several"
    group = f", group {predicate.group}" if predicate.group else ""
    sentences = " | ".join(f"{sentence}" for sentence in SENTENCES[name])
    asked = ", ".join((*english, *russian, "…"))
    return (
        f"| `{name}` | {predicate.type} | {several}{group}: {predicate.values} | {sentences} "
        f"| {asked} |"
    )


if __name__ == "__main__":
    sys.stdout.write(markdown())
