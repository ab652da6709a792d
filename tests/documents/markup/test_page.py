"""Pages are read whole, however they are written, and kept whole where hardly anything would be left."""

from __future__ import annotations

import pytest

from attune.documents.decode import Unreadable
from attune.documents.markup.page import html_blocks

TEXT = "The keeper closed the valve. " * 10


def words(markup: str) -> str:
    return " ".join(block.text for block in html_blocks(markup).blocks)


@pytest.mark.parametrize(
    "markup", ["<nav>{}</nav>", "<aside>{}</aside>", "<footer>{}</footer><p>Short.", "<form>{}</form>"]
)
def test_a_page_that_is_marked_as_menus_is_kept(markup: str) -> None:
    page = html_blocks(markup.format(TEXT))
    assert TEXT.strip() in words(markup.format(TEXT))
    assert page.left_out == {}
    assert page.warnings == ("all of the page is read, for most of it is marked as menus, headers or footers",)


def test_an_article_that_is_marked_is_enough_whatever_stands_around() -> None:
    page = html_blocks(f"<nav>{TEXT * 9}</nav><main>{TEXT * 3}</main>")
    assert [block.text for block in page.blocks] == [(TEXT * 3).strip()]
    assert page.warnings == ()


@pytest.mark.parametrize("markup", ["", " \n", "<!-- nothing -->", "<html></html>", "<script>x</script>"])
def test_empty_pages(markup: str) -> None:
    assert html_blocks(markup).blocks == []


@pytest.mark.parametrize(
    "markup",
    [
        "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head>{}",
        "<html><head><script src='x'/><title/></head><body><a id='top'/>{}",
        "<HTML><BODY>{}</BODY></HTML><p>",
        "</div></td>{}",
        "<body>\0{}",
    ],
)
def test_however_it_is_written(markup: str) -> None:
    assert words(markup.format("<p>one</p><p>two")) == "one two"


@pytest.mark.parametrize("tag", ["div", "font", "b", "blockquote", "ul><li", "table><tr><td"])
def test_elements_too_deep_within_each_other_are_read_without_them(tag: str) -> None:
    page = html_blocks("<p>first</p>" + f"<{tag}>" * 5_000 + "deep<p>last")
    assert " ".join(block.text for block in page.blocks).split()[-2:] == ["deep", "last"]
    assert "too deep" in page.warnings[0]


def test_what_is_still_too_deep_is_refused() -> None:
    with pytest.raises(Unreadable, match="too deep"):
        html_blocks("<noscript>" * 5_000 + "deep")


def test_a_long_text_is_not_cut() -> None:
    assert len(words("<p>" + "w" * 12_000_000)) == 12_000_000


def test_a_paragraph_that_ends_none_is_a_break() -> None:
    assert [block.text for block in html_blocks("<p><ul><li>a</ul>b</p>c").blocks] == ["- a", "b", "c"]
