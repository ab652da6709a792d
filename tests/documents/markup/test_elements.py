"""Elements are what the HTML standard says, unless their own style says otherwise."""

from __future__ import annotations

import pytest
from lxml.html import fragment_fromstring

from attune.documents.markup.elements import inherited, is_apart, is_block
from attune.documents.markup.flow import Style
from attune.documents.markup.shown import declarations


@pytest.mark.parametrize(
    "tag", "details summary dl dt dd section fieldset legend option center figcaption search".split()
)
def test_blocks_of_the_standard(tag: str) -> None:
    assert is_block(tag, {})
    assert not is_block(tag, {"display": "inline"})


@pytest.mark.parametrize("tag", ["span", "b", "label", "button", "code", "x-card"])
def test_what_stands_in_a_line(tag: str) -> None:
    assert not is_block(tag, {})
    assert is_block(tag, {"display": "flex"})


def test_boxes() -> None:
    assert is_apart("button", {}) and is_apart("x-card", {}) and is_apart("li", {"display": "inline-block"})
    assert not is_apart("span", {}) and not is_apart("li", {})


@pytest.mark.parametrize(
    ("markup", "outer", "expected"),
    [
        ("<h3></h3>", Style(), Style("heading", 3)),
        ("<div role=heading aria-level=4></div>", Style(), Style("heading", 4)),
        ("<div role=heading aria-level=x></div>", Style(), Style("heading", 2)),
        ("<pre></pre>", Style(), Style("code", space="pre")),
        ("<h1></h1>", Style("code", space="pre"), Style("code", space="pre")),
        ("<article></article>", Style("heading", 1), Style(within=True)),
        ("<p style='white-space: pre-line'></p>", Style(), Style(space="pre-line")),
        ("<textarea></textarea>", Style(), Style(space="pre")),
        ("<b style='visibility: visible'></b>", Style(hidden=True), Style()),
        ("<div role=main></div>", Style(), Style(within=True)),
        ("<caption></caption>", Style(), Style("caption")),
    ],
)
def test_what_is_inherited(markup: str, outer: Style, expected: Style) -> None:
    element = (
        fragment_fromstring(markup) if "caption" not in markup else fragment_fromstring(f"<table>{markup}</table>")[0]
    )
    assert inherited(element, element.tag, declarations(element.get("style", "")), outer) == expected
