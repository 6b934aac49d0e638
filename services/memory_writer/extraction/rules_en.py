"""The rules of English: what a sentence says of its author."""

from services.memory_writer.extraction.found import Found
from services.memory_writer.extraction.sentences import Context, Sentence


def facts(sentence: Sentence, context: Context) -> list[Found]:
    """Return what an English sentence says of its author, in the order of the text."""
    del sentence, context
    return []
