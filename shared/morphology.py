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
    # The stemmer keeps the word that it works on in itself.
    with _LOADING:
        return str(_stemmer().stemWord(word))


@cache
def _morph() -> Any:
    """Load the Russian dictionary."""
    return pymorphy3.MorphAnalyzer()


@cache
def _stemmer() -> Any:
    """Build the English stemmer."""
    return snowballstemmer.stemmer("english")
