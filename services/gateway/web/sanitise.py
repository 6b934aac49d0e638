"""What leaves no wish of a text's writer in the page: characters before it is read, tags after.

The markdown reader makes no tag of its own accord from a text's HTML; `clean` is the second
wall, an allowlist over what it and the highlighter made.
"""

import re

import nh3
from pygments.token import STANDARD_TYPES

# Controls that no text needs, halves of surrogate pairs (no UTF-8 can hold them), and the marks
# that turn the order of what follows: with them a text shows other words than it holds.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]|(?P<half>[\ud800-\udfff])"
)

_AUTO = frozenset({"p", "li", "blockquote", "h3", "h4", "h5", "h6", "td", "th", "pre"})
_TAGS = _AUTO | {
    *("a", "br", "code", "div", "em", "figcaption", "figure", "hr", "ol", "s", "span", "strong"),
    *("table", "tbody", "thead", "tr", "ul"),
}
_ALIGNED = {"left", "center", "right"}

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "ol": {"start"}, "figure": {"data-lang"}},
    tag_attribute_values={
        **{tag: {"dir": {"auto"}} for tag in _AUTO - {"pre"}},
        "pre": {"dir": {"auto"}, "tabindex": {"0"}},
        "div": {"tabindex": {"0"}},
    },
    attribute_filter=None,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    allowed_classes={
        "a": {"image"},
        "code": {"hl"},
        "div": {"table"},
        "figure": {"code"},
        "pre": {"rest"},
        "span": {name for name in STANDARD_TYPES.values() if name},
        "td": _ALIGNED,
        "th": _ALIGNED,
    },
    generic_attribute_prefixes=set(),
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


def readable(text: str) -> str:
    """Return the text without what is no text; alike for a whole and for its pieces together."""
    return _UNWANTED.sub(lambda found: "\ufffd" if found["half"] else "", text)


def clean(html: str) -> str:
    """Return the markup without whatever is not on the list."""
    # A character that is unwanted may also be written as an entity: `&#x202e;`.
    return readable(_CLEANER.clean(html))
