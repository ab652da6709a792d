"""What is for the display of a page is not in its text; what a picture says is, where it stands for words."""

from __future__ import annotations

import pytest
from lxml.html import fragment_fromstring

from attune.documents.markup.page import html_blocks
from attune.documents.markup.said import mark_of


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h1>Valves<a class=headerlink href=#v title='Link to this heading'>¶</a></h1>", "Valves"),
        ("<h1><a class=anchor href=#v>#</a>Valves</h1>", "Valves"),
        ("<h2>Valves <a href=#v>🔗</a></h2>", "Valves"),
        ("<h2>Valves<a class=permalink href=#v>Permalink</a></h2>", "Valves"),
        ("<h2><a class=anchor href=#v>Valves</a></h2>", "Valves"),
        ("<h2>Valves<a class=hash-link href=#v>\u200b</a></h2>", "Valves"),
        ("<pre><a href=#1 id=1>1</a>use x;\n<a href=#L2>2</a>fn y</pre>", "use x; fn y"),
        ("<pre><span class=linenos>12</span>use x;</pre>", "use x;"),
        ("<table><tr><td class=linenos><pre>1\n2</pre></td><td><pre>a\nb</pre></td></tr></table>", "a b"),
        ("<p class=linenos>A line of words</p><p>See <a href=#note3>3</a></p>", "A line of words See 3"),
        ("<p>A note <a href=#ref1>↩</a></p>", "A note"),
        ("<p>See <a href=#v>valves</a></p>", "See valves"),
        ("<p>See <a href=/c>C</a> and <a href=/p>¶</a></p>", "See C and ¶"),
        ("<p>flow <img class=mwe-math-fallback-image-inline alt='{\\displaystyle q=vA}'> rises", "flow q=vA rises"),
        ("<p>flow <img class=photo alt='a pump'> rises", "flow rises"),
        ("<p>flow <script type='math/tex'>q=v A</script> rises", "flow q=v A rises"),
        ("<p>on <input type=checkbox value=7> <input value=typed>", "on typed"),
    ],
)
def test_said_otherwise(markup: str, expected: str) -> None:
    assert " ".join(" ".join(block.text for block in html_blocks(markup).blocks).split()) == expected


@pytest.mark.parametrize(
    ("markup", "before", "mark"),
    [
        ("<sup>6</sup>", "0", "^"),
        ("<sup>th</sup>", "4", ""),
        ("<sup>th</sup>", "x", "^"),
        ("<sub>2</sub>", "H", ""),
        ("<sub>2</sub>", "1", "_"),
        ("<sub>max</sub>", "x", "_"),
    ],
)
def test_marks(markup: str, before: str, mark: str) -> None:
    element = fragment_fromstring(markup)
    assert mark_of(element, element.tag, before) == mark
