"""Any text is shown as it is, and becomes no markup."""

from __future__ import annotations

import html
import re

import cmarkgfm
from hypothesis import example, given
from hypothesis import strategies as st

from attune.report.style.text import displayable, excerpt, markdown

SIGNS = st.sampled_from(
    [*"\\`*_[]()<>&|~$#!@:/.-+=\"'{}^%\n\t\0", " ", "http://", "www.", "GH-7", "me@x.org", "é", "中", "ﷺ"]
)
TEXTS = st.lists(SIGNS | st.characters(codec="utf-8") | st.sampled_from("aZ09"), max_size=40).map("".join)


def rendered(source: str) -> str:
    options = cmarkgfm.Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.github_flavored_markdown_to_html(source, options=options))


@given(TEXTS)
@example("![a](http://b) [c][d] <e@f.gh> <https://i.jk> &copy; \\* www.l.mn o@p.qr ftp://s.t mailto:u@v.wx")
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    page = rendered(f"x {markdown(text)} y")
    shown = re.fullmatch(r"<p>x (.*) y</p>\n", page, re.DOTALL)
    assert shown, page
    assert "<" not in shown[1]
    assert " ".join(html.unescape(shown[1]).replace("\u2060", "").split()) == " ".join(
        displayable(" ".join(text.split())).replace("\u2060", "").split()
    )


@given(TEXTS)
def test_markdown_stays_within_its_cell_and_mentions_nobody(text: str) -> None:
    page = rendered(f"| a | b |\n|---|---|\n| {markdown(text)} | z |\n")
    assert page.count("<td>") == 2 and page.count("<tr>") == 2
    assert not re.search(r"(?<!\w)@[a-zA-Z]|(?<!\w)#\d|\bGH-\d", html.unescape(page))


def test_hit_rates_stay_as_they_are_in_markdown() -> None:
    assert markdown("nDCG@10, 91.0 % (+8.9)") == "nDCG@10, 91.0 % (+8.9)"


@given(TEXTS, st.integers(1, 30))
def test_excerpt_is_the_beginning_in_one_line(text: str, most: int) -> None:
    whole, short = displayable(" ".join(text.split())), excerpt(text, most)
    assert "\n" not in short and len(short) <= most + 2
    assert short == whole if len(whole) <= most else whole.startswith(short.removesuffix(" …"))


def test_excerpt_cuts_between_words_and_breaks_long_ones() -> None:
    assert excerpt("one two three", 9) == "one two …"
    assert excerpt("a" * 50, 10) == "a" * 10 + " …"
