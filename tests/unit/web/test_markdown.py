"""Answers' markdown in the page: what a model writes is read there, and does nothing else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.rules_inline import StateInline

from services.gateway.web.code import HIGHLIGHTED_CHARS, code_figure
from services.gateway.web.markdown import (
    _READER,
    OPEN_BRACKETS,
    RENDERED_CHARS,
    REST_CHARS,
    Rendering,
    blocks,
)
from services.gateway.web.sanitise import clean, readable
from tests.support.hostile import HOSTILE, Page, harmless


def rendered(text: str) -> Page:
    """Each block alone is harmless and closed: the page puts them in one by one."""
    html = blocks(text)
    for block in html:
        harmless(block)
    return Page("\n".join(html))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    assert rendered(text).found


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_harmless_at_every_step_of_its_writing(text: str) -> None:
    rendering = Rendering()
    shown: list[str] = []
    for at in range(0, len(text), max(7, len(text) // 40)):
        rendering.add(text[at : at + max(7, len(text) // 40)])
        if change := rendering.changes():
            shown[change[0] :] = change[1]
            for block in change[1]:
                harmless(block)
    assert rendering.whole() == blocks(text)
    if "]:" not in text:
        assert shown == blocks(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_word_of_hostile_text_is_lost(text: str) -> None:
    page = rendered(text)
    # Addresses and titles are the part of a link that is not among its words.
    links = " ".join(" ".join(each.values()) for each in page.all("a"))
    info = re.compile(r"^(```|~~~).*", re.MULTILINE)
    for word in re.findall(r"[a-z]{4,}", info.sub("", readable(text))):
        assert word in page.words or word in links or "&" in text, word


@pytest.mark.parametrize(
    "name",
    [
        *("img onerror", "script", "script inline", "svg onload", "iframe srcdoc", "style"),
        *("form", "comment", "cdata", "closing page", "autolink", "javascript", "data"),
    ],
)
def test_what_is_no_markdown_is_shown_letter_by_letter(name: str) -> None:
    words = rendered(HOSTILE[name]).words
    assert words == HOSTILE[name].replace("*more*", "more")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_second_wall_holds_without_the_first(text: str) -> None:
    harmless(clean(readable(text)))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("<p dir=rtl onclick=x style=y id=z class=a>a</p>", "<p>a</p>"),
        ("<a href='javascript:x' class='image big'>a</a>", "a"),
        ("<img src=https://evil.test/x>a", "a"),
        ("<script>x</script><style>y</style>a", "a"),
        ("<pre tabindex=5 class=hl>a</pre>", "<pre>a</pre>"),
        ("<span class='k table'>a</span>", '<span class="k">a</span>'),
        ("<!-- x -->a", "a"),
        ("<p>&#x202e;a&#1;</p>", "<p>a</p>"),
    ],
)
def test_the_second_wall_leaves_only_what_is_on_its_list(raw: str, cleaned: str) -> None:
    page = harmless(clean(raw))
    assert page.words == "a"
    if page.all("a"):
        assert "href" not in page.all("a")[0]
    else:
        assert clean(raw).replace(' class=""', "") == cleaned


PIECES = st.sampled_from(
    [
        *("a", "b c", " ", "  ", "\n", "\n\n", "\n\n\n", "    ", "\t", "# ", "## h\n", "- ", "1. "),
        *("> ", "```", "```python\n", "~~~\n", "*", "**", "_", "`", "~~", "[", "]", "(", ")", "!["),
        *(
            "[a]",
            "[a]: ",
            "https://a.test",
            "[a]: https://a.test\n",
            "](https://b.test)",
            "|",
            "\\",
        ),
        *("a|b\n", "-|-\n", "|\n", "---\n", "===\n", "<b>", "<!--", "&amp;", "&#x202e;", "\u202e"),
        *("\x00", "\r\n", "\ud83d", "слово", "def f(): pass\n", "a b c d e\n\n", ":--", "***\n"),
    ]
)


def streamed(rendering: Rendering, pieces: list[str], shown: list[str]) -> None:
    for piece in pieces:
        rendering.add(piece)
        if change := rendering.changes():
            first, html = change
            assert first <= len(shown)
            shown[first:] = html


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), max_size=25))
def test_a_written_answer_ends_as_a_whole_one(pieces: list[str]) -> None:
    rendering, shown = Rendering(), list[str]()
    streamed(rendering, pieces, shown)
    whole = "".join(pieces)
    assert rendering.whole() == blocks(whole)
    # A link may refer to what is defined later; `done` brings the whole, and mends it.
    if "]:" not in readable(whole):
        assert shown == blocks(whole)


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=20), st.lists(PIECES.filter(lambda it: "]:" not in it)))
def test_after_a_reset_only_what_follows_counts(before: list[str], after: list[str]) -> None:
    rendering, shown = Rendering(), list[str]()
    streamed(rendering, before, shown)
    rendering.reset()
    if change := rendering.changes():
        shown[change[0] :] = change[1]
    assert shown == []
    streamed(rendering, after, shown)
    assert rendering.whole() == blocks("".join(after))
    if "]:" not in readable("".join(after)):
        assert shown == blocks("".join(after))


def test_nothing_new_is_no_change() -> None:
    rendering = Rendering()
    assert rendering.changes() is None
    rendering.add("a\n\n")
    assert rendering.changes() == (0, blocks("a"))
    rendering.add("\n")
    assert rendering.changes() is None


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [("python", "def f(): return '<b>'\n", "k"), ("js", "const a = '<b>';\n", "kd")],
)
def test_code_of_a_known_language_is_coloured(language: str, code: str, name: str) -> None:
    page = rendered(f"```{language}\n{code}```")
    assert page.all("figure") == [{"class": "code", "data-lang": language}]
    assert {"class": name} in page.all("span")
    assert page.all("pre") == [{"tabindex": "0"}]
    assert page.all("code") == [{"class": "hl"}]
    assert page.words == language + code


@pytest.mark.parametrize("language", ["", "nosuch", "text"])
def test_other_code_is_plain(language: str) -> None:
    page = rendered(f"```{language}\n  a <b>\n\n```")
    assert page.all("span") == []
    assert page.words == f"{language}  a <b>\n\n"
    assert page.all("figure")[0].get("data-lang", "") == language


def test_long_code_is_plain() -> None:
    assert "<span" in code_figure("x = 1\n", "python")
    assert "<span" not in code_figure("x = 1\n" * HIGHLIGHTED_CHARS, "python")


def test_a_table_stands_in_a_frame_that_scrolls() -> None:
    (html,) = blocks("|a|b|\n|:-:|--:|\n|c|d|")
    assert html.startswith('<div class="table" tabindex="0"><table>')
    page = harmless(html)
    assert page.all("td") == [{"dir": "auto", "class": "center"}, {"dir": "auto", "class": "right"}]


def test_a_picture_becomes_a_link_with_its_words() -> None:
    page = rendered("![a *b*](https://a.test/x.png) [![c](https://a.test/y.png)](https://a.test)")
    assert page.all("img") == []
    assert [each["href"] for each in page.all("a")] == ["https://a.test/x.png", "https://a.test"]
    assert page.all("a")[0]["class"] == "image"
    assert page.words == "a b c"


def test_headings_stand_below_the_page_s_own() -> None:
    page = rendered("# a\n\n## b\n\n###### c")
    assert [tag for tag, _ in page.found] == ["h3", "h4", "h6"]


def test_what_goes_beyond_the_bound_is_shown_as_written() -> None:
    text = "*a* <b>\n" * (1_000_000 // 8)
    html = blocks(text)
    rest = [block for block in html if block.startswith('<pre class="rest" dir="auto">')]
    assert html[-len(rest) :] == rest
    assert all(len(Page(block).words) <= REST_CHARS for block in rest)
    assert "".join(Page(block).words for block in rest) == text[RENDERED_CHARS:]
    assert rest[0].count("*a* &lt;b&gt;\n") == REST_CHARS // 8


def test_a_word_beyond_the_bound_is_cut_where_it_must() -> None:
    words = [Page(block).words for block in blocks("w" * (RENDERED_CHARS + REST_CHARS + 5))]
    assert [len(each) for each in words] == [RENDERED_CHARS, REST_CHARS, 5]


def test_what_is_nested_too_deep_is_shown_as_written() -> None:
    (html,) = blocks("> " * 500 + "words")
    assert html.startswith('<pre class="rest"')
    assert Page(html).words == "> " * 500 + "words"


def test_a_table_holds_no_more_cells_than_its_text_has_characters() -> None:
    # Rows may leave cells out: a text of 40,000 characters made a page of 27,000,000.
    table = "a|" * 400 + "\n" + "-|" * 400 + "\n" + "|\n" * 160 + "\n"
    page = rendered(table * 20)
    assert len(page.all("table")) == 20
    assert len(page.all("td")) < 20 * len(table)
    # The rows that are left out of the table are shown as written.
    assert page.words.count("|") > 20 * 100


def test_a_table_may_leave_some_cells_out() -> None:
    page = rendered("a|b|c|d\n-|-|-|-\n1\n" + "1|2|3|4\n" * 50 + "1|2")
    assert len(page.all("td")) == 4 * 52


def test_brackets_that_nothing_closes_hide_no_link_after_them() -> None:
    page = rendered("[" * 3_000 + " [a](https://a.test) ![b](https://b.test)")
    assert [each["href"] for each in page.all("a")] == ["https://a.test", "https://b.test"]
    assert page.words == "[" * 3_000 + " a b"


@pytest.mark.parametrize("row", ["[", "![", "[a", "[[a]", "![a]", "[a]["])
def test_the_reader_looks_into_few_open_brackets(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    look = _READER.inline.skipToken

    def counted(state: StateInline) -> None:
        nonlocal looked
        looked += 1
        look(state)

    monkeypatch.setattr(_READER.inline, "skipToken", counted)
    text = row * 2_000
    assert Page("".join(blocks(text))).words == text
    assert 0 < looked < 2 * (OPEN_BRACKETS + 2) * len(text)
