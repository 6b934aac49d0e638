"""Makes memories fit for one line of a prompt. They are hostile text: anyone may have said them."""

import re
import unicodedata

# The joiners build emoji and the scripts of Persia and India; all other format characters
# (direction overrides, zero-width blanks, tags) only hide what is written.
_KEPT = {"\u200c", "\u200d"}
_DROPPED = {"Cf", "Cs", "Cn", "Co"}
_BLANK = {"Cc", "Zl", "Zp", "Zs"}
# LLM servers read the marks of their chat templates out of the text itself: a memory that says
# <|im_end|> would end the system message. A blank inside takes the meaning away.
_TEMPLATE_MARK = re.compile(r"<(?=\||/?s>|\w+_of_\w+>|/?SYS|<SYS)|\[(?=/?INST\])|\|(?=>)")


def one_line(text: str) -> str:
    """Return `text` as one visible line without control characters and chat template marks."""
    visible = "".join(_visible(character) for character in text)
    return _TEMPLATE_MARK.sub(r"\g<0> ", " ".join(visible.split()))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BLANK:
        return " "
    return "" if category in _DROPPED and character not in _KEPT else character
