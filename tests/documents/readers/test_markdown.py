"""Markdown: all that its page shows is in blocks, and nothing that it does not show."""

from __future__ import annotations

import re

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from attune.documents.blocks import Block, Content, Options
from attune.documents.readers.markdown import read_markdown


def read(source: str) -> Content:
    return read_markdown(source.encode(), Options())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "# Foxes ##\n\ntext *is*\nwrapped",
            [Block("heading", "# Foxes", 1), Block("paragraph", "text *is*\nwrapped")],
        ),
        ("Foxes\n===\nDogs\n---", [Block("heading", "# Foxes", 1), Block("heading", "## Dogs", 2)]),
        ("## Foxes {#foxes}", [Block("heading", "## Foxes", 2)]),
        ("<h1 align=center>Foxes</h1>", [Block("heading", "Foxes", 1)]),
        ("|A|B|\n|-|-|\n|1|`2`|", [Block("table", "| A | B |\n| 1 | `2` |", header=1)]),
        ("|A|\n|-|\n|1|2|", [Block("table", "| A |  |\n| 1 | 2 |", header=1)]),  # a cell too many, which no page shows
        ("```py\nif x:\n  y  <!-- z -->\n```", [Block("code", "```py\nif x:\n  y  <!-- z -->\n```")]),
        ("    if x:\n      y", [Block("code", "if x:\n  y")]),
        ("{{< highlight go >}}\nif x {\n  y\n{{< /highlight >}}", [Block("code", "```\nif x {\n  y\n```")]),
        ("{% highlight ruby %}\nx\n  y\n{% endhighlight %}", [Block("code", "```\nx\n  y\n```")]),
        ("1. one\n2. two\n   more\n   - in\n\n   par", [Block("list", "1. one\n2. two\n  more\n  - in\n  par", 1)]),
        ("- [x] done", [Block("list", "- [x] done", 1)]),
        ("> quoted\n> > deeper", [Block("paragraph", "quoted"), Block("paragraph", "deeper")]),
        ("a[^1]\n\n[^1]: note\n[^2]: nobody refers to", [Block("paragraph", "a[^1]"), Block("list", "[^1]: note", 1)]),
        ("$$\na\n= b\n$$", [Block("code", "a\n= b")]),
        ('!!! note "Mind"\n    the steam', [Block("paragraph", "Mind"), Block("paragraph", "the steam")]),
        ("import X from './x'\nexport const y = 1\n\ntext", [Block("paragraph", "text")]),
        ('import "./x.css";\nimport {\n  A,\n} from "x";\n\ntext', [Block("paragraph", "text")]),
        ("Import duties apply", [Block("paragraph", "Import duties apply")]),
        ("<Note>In one line</Note>", [Block("paragraph", "In one line")]),
        ("a\n\n---\n\nb", [Block("paragraph", "a"), Block("paragraph", "b")]),
        (
            "<details><summary>Why?</summary>\n\nSo.\n\n</details>",
            [Block("paragraph", "Why?"), Block("paragraph", "So.")],
        ),
        ("<Tabs>\n<Tab onClick={() => go()}>\n\nText\n\n</Tab>\n</Tabs>", [Block("paragraph", "Text")]),
        ("<table>\n<tr><th>A<th>B\n\n<tr><td>1<td>2\n</table>", [Block("table", "| A | B |\n| 1 | 2 |", header=1)]),
    ],
)
def test_blocks(source: str, expected: list[Block]) -> None:
    assert list(read(source).blocks)[: len(expected)] == expected


def test_code_in_a_list_stays_code() -> None:
    found = read("- one\n\n  ```\n  if x:\n    y\n  ```\n- two").blocks
    assert [(block.kind, block.text) for block in found] == [
        ("list", "- one"),
        ("code", "```\nif x:\n  y\n```"),
        ("list", "- two"),
    ]


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: Of foxes\n---\n# Other", "Of foxes"),
        ("---\nlayout: post\n---\n# Heading", "Heading"),
        ("Some text.\n\n## How foxes   live ##\n", "How foxes live"),
        ("## Second\n\n# First", "First"),
        ("# Learning C#\n", "Learning C#"),
        ("```\n# a comment\n```\n\n# Real", "Real"),
        ("# [Foxes](http://x.y) and **dogs** `x`", "Foxes and dogs x"),
        ("# ![Logo](logo.png)\n\n## Foxes", "Logo"),
        ("# snake_case_name", "snake_case_name"),
        ("# ---\n\n## Foxes", "Foxes"),
        ("# 1\n\n# Foxes", "Foxes"),
        ("<h1>Foxes</h1>\n\n## Install", "Foxes"),
        ("#hashtag\nno heading", ""),
        ("no heading\n\n---\n", ""),
    ],
)
def test_titles(source: str, title: str) -> None:
    assert read(source).title == title


def test_what_is_left_out_is_counted() -> None:
    data = "data:image/png;base64," + "iVBORw0KGgo" * 9
    source = f"---\ntags: [a]\ndescription: About\n---\n\ntext <!-- secret --> ![plan]({data})\n\n<p hidden>h</p>"
    content = read(source)
    assert [block.text for block in content.blocks] == ["About", "text  plan"]
    assert content.left_out == {"comments": 6, "embedded files": 117, "front matter": 16, "hidden": 1}
    assert content.characters == 5 + 8 + 6 + 117 + 16 + 1


WORD = st.from_regex(r"[a-z]{2,5}[0-9]", fullmatch=True)
MARKS = st.sampled_from(
    [
        "# ",
        "- ",
        "1. ",
        "> ",
        "    ",
        "```",
        "| ",
        " | ",
        "|-|-|",
        "**",
        "*",
        "`",
        "[",
        "](x)",
        "<b>",
        "</b>",
        "<br>",
        "\n",
        "\n\n",
        "---",
    ]
)


@given(st.lists(WORD | MARKS | st.just(" "), max_size=30))
def test_words_of_the_rendered_page_are_there(parts: list[str]) -> None:
    source = "".join(parts)
    page = cmarkgfm.github_flavored_markdown_to_html(source)
    tree = document_fromstring(f"<body>{page}</body>")
    shown = re.findall(r"[a-z]{2,5}\d", " ".join(tree.itertext()))
    found = re.findall(r"[a-z]{2,5}\d", " ".join(block.text for block in read(source).blocks))
    for word in set(shown):
        assert found.count(word) >= min(shown.count(word), 1)


@pytest.mark.parametrize("prefix", ["> ", "> > ", "- > ", "1. ", "  "])
def test_tables_in_quotes_and_lists_have_their_own_cells_only(prefix: str) -> None:
    below = " " * len(prefix) if prefix.strip()[:1] in ("-", "1") else prefix
    below = below[:2] + "> " if prefix == "- > " else below
    found = read(f"{prefix}| A | B |\n{below}|---|---|\n{below}| 1 | 2 |\n")
    assert [block for block in found.blocks if block.kind == "table"] == [
        Block("table", "| A | B |\n| 1 | 2 |", header=1)
    ]
