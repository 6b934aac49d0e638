"""Code blocks as HTML: coloured by classes where the fence names a language that we know."""

import re
from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# Beyond it a block is shown plain: colours would cost more than they help.
HIGHLIGHTED_CHARS = 50_000

_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def code_figure(code: str, info: str) -> str:
    """Return the figure of a code block; `info` is what stands after its opening fence."""
    named = _LANGUAGE.match(info.strip())
    language = named[0] if named else ""
    mark = f' data-lang="{escape(language)}"' if language else ""
    return (
        f'<figure class="code"{mark}><figcaption>{escape(language)}</figcaption>'
        f'<pre tabindex="0"><code class="hl">{_coloured(code, language)}</code></pre></figure>'
    )


def _coloured(code: str, language: str) -> str:
    lexer = _lexer(language.lower()) if language and len(code) <= HIGHLIGHTED_CHARS else None
    return escape(code, quote=False) if lexer is None else highlight(code, lexer, _FORMATTER)


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
