"""A conservative estimate of how many tokens a text has, without any model's vocabulary.

The context service must keep a prompt within the model's window before it knows which tokenizer
will read it, so it counts runs of one script and weighs them. An estimate that is too high costs
some history; one that is too low lets the server cut the prompt's beginning without a word.

Calibrated against the vocabulary of Qwen2.5 (151,936 tokens, the demonstration model's), texts of
3,000 to 40,000 characters; estimated ÷ counted:

=====================================  ===========
Russian chat, facts, documentation     1.13 - 1.21
Russian program messages               1.13
English chat, documentation            1.26 - 1.28
German, Polish, Finnish, Turkish       0.92 - 1.13
Ukrainian, Bulgarian, Serbian          0.95 - 1.01
Kazakh, Russian in Latin letters       0.83 - 0.89
Chinese, Japanese, Korean              1.04 - 1.31
Arabic, Hebrew, Hindi, Thai, Tamil     1.00 - 1.48
Greek, Armenian, Georgian, Khmer       1.10 - 1.29
JSON, logs, CSV, numbers               0.97 - 1.31
Python, C, HTML                        1.41 - 1.43
hexadecimal, base64                    0.85 - 0.98
emoji, box drawing                     1.20 - 1.69
=====================================  ===========
"""

import math
import re

_PIECE = re.compile(
    r"(?P<latin>[A-Z]?[a-z]+|[A-Z]+)"
    r"|(?P<cyrillic>[А-ЯЁ]?[а-яѐ-ӿ]+|[А-ЯЁ]+)"
    r"|(?P<newline>\s*\n)"
    r"|(?P<blank>[ \t]+(?=(?P<digit>[0-9]?)))"
    r"|(?P<other>.)",
    re.DOTALL,
)

# What a word costs, up to how many letters, and what each further letter costs: English words of
# four letters are one token, Russian ones rarely are.
_LATIN = (1.0, 4, 0.3)
_CYRILLIC = (1.1, 2, 0.37)
# Vocabularies hold few words in capitals; a run this long is no word at all (base64, noise).
_CAPITAL = 0.35
_LONG_RUN, _LONG_LETTER = 14, 0.4
# Ukrainian, Serbian or Kazakh letters: vocabularies know their words less well.
_RARE_CYRILLIC = re.compile("[ѐђ-ӿ]")
_RARE_LETTER = 1.2
_NEWLINE, _BLANKS = 1.0, 0.9

# Tokens for one character that stands in no run, by code point: (end, exclusive; tokens).
_CHARACTERS: tuple[tuple[int, float], ...] = (
    (0x30, 0.8),  # controls and punctuation, often merged with a neighbour
    (0x3A, 1.0),  # digits: one token each
    (0x80, 0.8),
    (0x250, 1.2),  # Latin with marks
    (0x530, 1.1),  # phonetic, Greek, Cyrillic capitals of other languages
    (0x590, 1.3),  # Armenian
    (0x780, 0.7),  # Hebrew, Arabic
    (0xE00, 1.2),  # scripts of India
    (0xE80, 0.75),  # Thai
    (0x1100, 1.4),  # Lao, Tibetan, Burmese, Georgian
    (0x1E00, 1.6),  # Khmer, Mongolian and rarer ones
    (0x2000, 1.1),  # Vietnamese, polytonic Greek
    (0x2C00, 1.25),  # typography, arrows, mathematics, boxes
    (0x3000, 2.5),
    (0xA000, 1.0),  # kana, Chinese
    (0xAC00, 2.5),
    (0xD7B0, 0.9),  # Korean
    (0xFE00, 2.5),
    (0x10000, 1.2),  # variation selectors, full-width forms
)
# Emoji and rare scripts beyond the basic plane are spelled in bytes.
_ASTRAL = 2.2


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` has, rather too many than too few; 0 for nothing."""
    # Rounded first: 45 × 0.8 is a hair over 36 in binary, and must not count as 37.
    return math.ceil(round(math.fsum(_cost(piece) for piece in _PIECE.finditer(text)), 6))


def _cost(piece: re.Match[str]) -> float:
    run = piece.group()
    match piece.lastgroup:
        case "latin":
            return _word(run, *_LATIN)
        case "cyrillic":
            rare = len(_RARE_CYRILLIC.findall(run)) * _RARE_LETTER
            return rare + _word(run, *_CYRILLIC)
        case "newline":
            return _NEWLINE
        case "blank":
            return _blank(run, before_digit=bool(piece["digit"]))
        case _:
            return _character(ord(run))


def _word(run: str, cost: float, free: int, letter: float) -> float:
    cost += max(0, len(run) - free) * letter + max(0, len(run) - _LONG_RUN) * _LONG_LETTER
    return cost + (len(run) - 1) * _CAPITAL if run.isupper() else cost


def _blank(run: str, *, before_digit: bool) -> float:
    """One blank is part of the word behind it, but digits stand alone."""
    if len(run) == 1:
        return 1.0 if before_digit else 0.0
    return _BLANKS


def _character(code_point: int) -> float:
    return next((cost for end, cost in _CHARACTERS if code_point < end), _ASTRAL)
