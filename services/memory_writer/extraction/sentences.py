"""Cuts a message into the sentences of its author: code, quotations and addresses are no speech."""

from dataclasses import dataclass

from shared.contracts.events import Language


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a message: `text` is what stands at `start` in it, letter by letter.

    In `speech` code, quotations and addresses are blanked out, a blank for a letter, so that
    offsets are the same. `question`: it ends in a question mark, or asks by its words.
    """

    text: str
    speech: str
    start: int
    lang: Language
    question: bool
