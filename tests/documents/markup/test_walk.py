"""The walk gives each word once, in order, with the breaks that a browser shows."""

from __future__ import annotations

import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block, characters
from attune.documents.markup.page import html_blocks


def blocks(markup: str) -> list[Block]:
    return html_blocks(markup).blocks


def text(markup: str) -> str:
    return "\n".join(block.text for block in blocks(markup))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<section>One</section><section>Two</section>", "One\nTwo"),
        ("<details><summary>Why?</summary>So.</details>", "Why?\nSo."),
        ("<fieldset><legend>Legend</legend>Field</fieldset>", "Legend\nField"),
        ("text<p>block</p>text", "text\nblock\ntext"),
        ("<select><option>a<option>b</select>", "a\nb"),
        ("<button>One</button><button>Two</button>", "One Two"),
        ("one<span style='display:block'>two</span>three", "one\ntwo\nthree"),
        ("<li style='display:inline'>a</li><li style='display:inline'>b</li>", "- a b"),
        ("shares at $<div style='display:inline'><span>5.22</span></div> each", "shares at $5.22 each"),
        ("<x-card>One</x-card><x-card>Two</x-card>", "One Two"),
        ("a<input type=submit value=Send>b<input type=hidden value=token>", "a Send b"),
        ("un<b>brok</b>en wo<wbr>rd<!-- c -->s", "unbroken words"),
        ("a<br>b<br><br>c", "a\nb\nc"),
        ("<h1>Two <i>words</i></h1>text", "Two words\ntext"),
        ("<p>a <b> b </b> c</p>", "a b c"),
        ("<a>is_<wbr>arm</a><wbr><span class=badge>New</span>", "is_arm New"),
        ("<q>said</q>", '"said"'),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>", "漢字(kanji)"),
        ("<td>a</td><tr><td>b", "a\nb"),  # no table around
        ("<div style='display: flex'><b>9</b><i>10</i></div>", "9 10"),
        ("<p style='white-space: pre-wrap'>a:\n  b: 1</p>", "a:\n  b: 1"),
        ("<div style='white-space: pre-wrap'>\n   <p>a</p>\n   <p>b</p></div>", "a\nb"),
    ],
)
def test_breaks_are_those_of_a_browser(markup: str, expected: str) -> None:
    assert text(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("2021<sup>1</sup> litres", "2021^1 litres"),
        ("10<sup>6</sup> joule", "10^6 joule"),
        ("10<sup>−6</sup> m", "10^−6 m"),
        ("costs 20.<sup>1</sup> Next", "costs 20.^1 Next"),
        ("counted<sup id=c><a href=#n>[3]</a></sup>.", "counted[3]."),
        ("H<sub>2</sub>O", "H2O"),
        ("12<sub>3</sub>", "12_3"),
        ("10<sup>3</sup>/<sub>4</sub> inches", "10 3/4 inches"),
        ("log<sub>10</sub>100", "log10 100"),
        ("1<sup>st</sup> of May", "1st of May"),
        ("<sup>1</sup> See there", "1 See there"),
        ("<del>100</del>50", "100 50"),
        ("x<sup>2</sup>3", "x^2 3"),
        ("Brand<sup>™</sup>", "Brand™"),
        ("10<span style='vertical-align: super'>6</span> joule", "10^6 joule"),
        ("2021<a epub:type=noteref href=#n>1</a> litres", "2021^1 litres"),
        ("2021<sup><a role=doc-noteref href=#n>1</a></sup> litres", "2021^1 litres"),
        ("bro<span epub:type=pagebreak>12</span>ken", "broken"),
    ],
)
def test_raised_lowered_and_struck_marks_change_no_number(markup: str, expected: str) -> None:
    assert text(f"<p>{markup}</p>") == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<pre><code class='language-yaml'>{}</code></pre>",
        "<pre>\n<span>{}</span></pre>",
        "<div class=highlight><pre><a></a>{}</pre></div>",
        "<div style='white-space: pre'>{}</div>",
        "<ul><li>first<pre>{}</pre></ul>",
    ],
)
def test_code_keeps_its_lines_and_its_indentation(markup: str) -> None:
    code = "pump:\n  limits:\n    - low: 1\n\n  # never edit\n  name: main"
    assert Block("code", code) in blocks(markup.format(code))


def test_lines_of_code_may_be_blocks() -> None:
    assert blocks("<pre><div>if x:</div><div>  y</div></pre>") == [Block("code", "if x:\n  y")]


def test_lists_have_their_marks_and_what_stands_in_an_item_stays_with_it() -> None:
    found = blocks("<ol start=3><li>three<li value=7><p>seven<p>more<ul><li>in</ul><li>eight</ol>")
    assert found == [Block("list", "3. three\n7. seven\n  more\n  - in\n8. eight", level=1)]


def test_kinds() -> None:
    page = "<h2>A</h2><p>b<ul><li>c</ul><table><caption>d</caption><tr><th>e<th>f<tr><td>1<td>2</table><pre>g</pre>"
    kinds = [(block.kind, block.level, block.header) for block in blocks(page)]
    expected = [
        ("heading", 2, 0),
        ("paragraph", 0, 0),
        ("list", 1, 0),
        ("caption", 0, 0),
        ("table", 0, 1),
        ("code", 0, 0),
    ]
    assert kinds == expected


def test_a_heading_that_nobody_closed_is_no_heading() -> None:
    assert {block.kind for block in blocks("<h1><div>" + "words " * 200)} == {"paragraph"}


INLINE = ["b", "i", "span", "a", "em", "code", "font"]
BLOCK = ["div", "p", "section", "blockquote", "h3", "center", "dd", "figure", "summary", "fieldset"]


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str]:
    """A page, and its words: those with no blank or block between them are written together."""
    numbers = count()

    def part(depth: int) -> tuple[str, str]:
        markup = said = ""
        for kind in draw(st.lists(st.sampled_from("wwbi"), min_size=1, max_size=4)):
            if kind == "w":
                word = f"w{next(numbers)}x" + draw(st.sampled_from(["", " ", "\n "]))
                markup, said = markup + word, said + word
            elif depth < 4:
                tag = draw(st.sampled_from(INLINE if kind == "i" else BLOCK))
                inner, words = part(depth + 1)
                markup += f"<{tag}>{inner}</{tag}>"
                said += words if kind == "i" else f" {words} "
        return markup, said

    return part(0)


@given(pages())
def test_no_word_is_lost_doubled_moved_or_glued(page: tuple[str, str]) -> None:
    markup, said = page
    found = text(
        f"<body>{markup}</body>"
    )  # a parser may close a paragraph early: that adds breaks, and takes none away
    assert "".join(found.split()) == "".join(said.split())
    joined = set(re.findall(r"(?<=x)w\d+x", found))
    assert joined <= set(re.findall(r"(?<=x)w\d+x", said))


TAGS = [
    "div",
    "p",
    "p hidden",
    "nav",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "pre",
    "h1",
    "b",
    "footer",
    "option",
    "svg",
    "sup",
]


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.text("ab1 é漢\n", max_size=6), st.booleans()), max_size=30))
def test_every_letter_is_in_a_block_or_counted(parts: list[tuple[str, str, bool]]) -> None:
    markup = "".join(f"<{tag}>{words}" + f"</{tag.split()[0]}>" * closed for tag, words, closed in parts)
    page = html_blocks(f"<body><b>{markup}")
    all_words = "".join(words for _, words, _ in parts)
    assert page.characters == characters(all_words)
    assert sum(characters(block.text) for block in page.blocks) >= characters(all_words) - sum(page.left_out.values())
