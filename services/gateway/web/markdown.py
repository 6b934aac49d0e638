"""Answers' markdown as HTML that is safe to put into the page, block by block.

`blocks` renders a text at once. `Rendering` renders one that is still being written: blocks that
nothing can change any more are kept, so that each step costs only the block being written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token

from services.gateway.web.code import code_figure
from services.gateway.web.sanitise import clean, readable

# What is rendered of one answer; the rest is shown as it was written, in pieces of REST_CHARS.
RENDERED_CHARS = 50_000
REST_CHARS = 10_000
# A block nested deeper is shown as it was written, since the reader would leave its words out.
MAX_NESTING = 40
# How many open brackets the reader looks into for where a link's words end: each character of a
# row of them costs as many steps.
OPEN_BRACKETS = 10

_SCHEMES = ("http://", "https://", "mailto:")
_DIRECTED = {
    *("paragraph_open", "list_item_open", "blockquote_open", "heading_open", "td_open", "th_open"),
}
_ALIGNMENT = "text-align:"
# A cell's beginning, words and end.
_CELL_TOKENS = 3
_FRAMES = {
    "table_open": '<div class="table" tabindex="0"><table>',
    "table_close": "</table></div>",
}


class _Reader(MarkdownIt):
    """The reader with our rule for links: the web and mail, absolute only."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the reader's own name
        return url.lower().startswith(_SCHEMES)


def _shallow(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    """Look ahead through some open brackets only; what is too deep is read as words."""

    def bounded(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the reader's own form
        deep = silent and state.level > OPEN_BRACKETS
        if deep and state.src.startswith(("[", "!["), state.pos):
            # As the reader does at its own bound: nothing up to the end closes these words.
            state.pos = state.posMax
            return True
        return rule(state, silent)

    return bounded


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table, and note where it begins for `_filled_up`."""
    if not silent:
        state.env["table"] = (len(state.tokens), state.bMarks[start])
    return table(state, start, end, silent)


def _filled_up(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001
    """End a table that has more cells than characters: rows may leave cells out by the hundred."""
    if not silent or state.parentType != "table":
        return False
    tokens, begin = state.env["table"]
    cells: int = (len(state.tokens) - tokens) // _CELL_TOKENS
    chars: int = state.bMarks[line] - begin
    return cells > chars


_READER = _Reader(
    "commonmark",
    {"html": False, "breaks": True, "maxNesting": MAX_NESTING},
).enable(["table", "strikethrough"])
_READER.inline.ruler.at("link", _shallow(link))
_READER.inline.ruler.at("image", _shallow(image))
_READER.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
# What ends a quotation ends a table.
_READER.block.ruler.before("table", "filled_up", _filled_up, {"alt": ["blockquote"]})
_RENDERER = RendererHTML()


@dataclass(frozen=True)
class _Block:
    """A top-level block: its tokens and the lines it came from."""

    tokens: list[Token]
    start: int
    end: int


@dataclass
class _Parsed:
    """A text's blocks, and what its links refer to (label to definition, with its lines)."""

    text: str
    blocks: list[_Block]
    env: dict[str, Any]

    def html(self) -> list[str]:
        """Render each block."""
        return [self._html(block) for block in self.blocks]

    def _html(self, block: _Block) -> str:
        if any(token.level >= MAX_NESTING - 1 for token in block.tokens):
            return _verbatim("\n".join(self.text.split("\n")[block.start : block.end]))
        tokens = [_adapted(token) for token in block.tokens]
        return clean(_RENDERER.render(tokens, _READER.options, self.env)).strip("\n")


def blocks(text: str) -> list[str]:
    """Return the text's top-level blocks as HTML."""
    text = readable(text)
    return _parse(text[:RENDERED_CHARS], {}).html() + _rest(text[RENDERED_CHARS:])


@dataclass
class Rendering:
    """An answer that is being written: `add` its pieces, take `changes` when it suits."""

    # Everything so far, and where the first block begins that may still change.
    _text: str = ""
    _open_at: int = 0
    _frozen: list[str] = field(default_factory=list)
    _references: dict[str, Any] = field(default_factory=dict)
    _shown: list[str] = field(default_factory=list)
    _stale: bool = False
    _refers: bool = False
    _tail: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take the next piece of the answer."""
        if text := readable(text):
            self._text += text
            self._stale = True

    def reset(self) -> None:
        """Begin anew: the answer so far has been taken back (what was shown is remembered)."""
        self.__init__(_shown=self._shown, _stale=True)  # type: ignore[misc]

    def changes(self) -> tuple[int, list[str]] | None:
        """Return the first block that differs from the last call, and all from there on."""
        if not self._stale:
            return None
        now = self._render()
        same = _common(self._shown, now)
        before, self._shown = self._shown, now
        return None if same == len(now) == len(before) else (same, now[same:])

    def whole(self) -> list[str]:
        """Return all blocks as `blocks` would give them for the whole text."""
        now = self._render()
        # A link may refer to what was defined only later, when its block was already kept.
        return blocks(self._text) if self._refers else now

    def _render(self) -> list[str]:
        if self._stale:
            self._stale = False
            self._read_on()
        return [*self._frozen, *self._tail]

    def _read_on(self) -> None:
        text = self._text[self._open_at : RENDERED_CHARS]
        parsed = _parse(text, {"references": dict(self._references)})
        self._refers = bool(parsed.env.get("references"))
        html = parsed.html()
        closed = _closed(parsed)
        if closed:
            self._freeze(parsed, closed)
        self._frozen += html[:closed]
        self._tail = html[closed:] + _rest(self._text[RENDERED_CHARS:])

    def _freeze(self, parsed: _Parsed, closed: int) -> None:
        line = parsed.blocks[closed].start
        self._open_at += sum(len(each) + 1 for each in parsed.text.split("\n")[:line])
        for label, found in parsed.env.get("references", {}).items():
            if label not in self._references and found["map"][1] <= line:
                self._references[label] = found


def _parse(text: str, env: dict[str, Any]) -> _Parsed:
    tokens = _READER.parse(text, env)
    return _Parsed(text=text, blocks=list(_grouped(tokens)), env=env)


def _grouped(tokens: Sequence[Token]) -> Iterator[_Block]:
    group: list[Token] = []
    depth = 0
    for token in tokens:
        group.append(token)
        depth += token.nesting
        if depth == 0:
            start, end = group[0].map or (0, 0)
            yield _Block(group, start, end)
            group = []


def _closed(parsed: _Parsed) -> int:
    """How many of the blocks no further text can change: all before the last sure beginning.

    The last line may be half written, and a table begins a line before the one that tells it:
    a block's beginning is sure when the line after it is complete as well.
    """
    complete = parsed.text.count("\n")
    starts = [block.start for block in parsed.blocks]
    return max((nth for nth, start in enumerate(starts) if start + 1 < complete), default=0)


def _adapted(token: Token) -> Token:
    """Put in our own markup: direction by the text, headings below the page's, no style."""
    if token.type in {"fence", "code_block"}:
        return _markup(code_figure(token.content, token.info))
    if token.type in _FRAMES:
        return _markup(_FRAMES[token.type])
    if token.type in _DIRECTED:
        token.attrs = {"dir": "auto", **_alignment(token)}
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    if token.children:
        token.children = list(_without_images(token.children))
    return token


def _markup(html: str) -> Token:
    return Token("html_block", "", 0, content=html)


def _alignment(token: Token) -> dict[str, str]:
    style = str(token.attrs.get("style", ""))
    return {"class": style.removeprefix(_ALIGNMENT)} if style else {}


def _without_images(tokens: Sequence[Token]) -> Iterator[Token]:
    """Nothing is loaded from elsewhere: a picture becomes a link with its words."""
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "image":
            yield token
            continue
        source = str(token.attrs.get("src", ""))
        words = _RENDERER.renderInlineAsText(token.children, _READER.options, {})
        text = Token("text", "", 0, content=words or source)
        if depth:
            yield text
        else:
            yield Token("link_open", "a", 1, attrs={"href": source, "class": "image"})
            yield text
            yield Token("link_close", "a", -1)


def _rest(text: str) -> list[str]:
    """Return what goes beyond the bound, as written; cut at ends of lines where there are any."""
    pieces = []
    while text:
        cut = REST_CHARS
        if len(text) > REST_CHARS:
            cut = text.rfind("\n", 0, REST_CHARS) + 1 or REST_CHARS
        pieces.append(_verbatim(text[:cut]))
        text = text[cut:]
    return pieces


def _verbatim(text: str) -> str:
    return clean(f'<pre class="rest" dir="auto">{escape(text, quote=False)}</pre>')


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for nth, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return nth
    return min(len(one), len(other))
