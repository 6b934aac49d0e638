"""The morphological dictionaries, loaded once and only where they are needed."""

from functools import cache
from threading import Lock
from typing import Any

import pymorphy3
import snowballstemmer

_LOADING = Lock()


def morph() -> Any:
    """Return the analyser of Russian words; loading it takes a tenth of a second."""
    with _LOADING:
        return _morph()


def stem(word: str) -> str:
    """Return the stem of an English word in lower case."""
    return _stemmed("english", word)


def stem_russian(word: str) -> str:
    """Return the stem of a Russian word in lower case: for words that no dictionary has."""
    return _stemmed("russian", word)


def _stemmed(language: str, word: str) -> str:
    """Return the stem of a word, one at a time: a stemmer keeps its word in itself."""
    with _LOADING:
        return str(_stemmer(language).stemWord(word))


@cache
def _morph() -> Any:
    """Load the Russian dictionary."""
    return pymorphy3.MorphAnalyzer()


@cache
def _stemmer(language: str) -> Any:
    """Build the stemmer of a language."""
    return snowballstemmer.stemmer(language)
