"""No comment, no embedded file and no tag stays in the source of a page, in whatever form; code stays as it is."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.markup.markdown_source import (
    COMMENTS,
    EMBEDDED,
    TAGS,
    without_comments,
    without_embedded,
    words_of,
)

DATA = "data:image/png;base64," + "iVBORw0KGgo" * 9 + "="


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- SECRET -->",
        "<!--SECRET\n\nof two paragraphs\n-->",
        "<!--- SECRET -- with dashes -->",
        "{/* SECRET */}",
        "{{/* SECRET */}}",
        "{{< comment >}}SECRET{{< /comment >}}",
        "{% comment %} SECRET {% endcomment %}",
        "{::comment}\nSECRET\n{:/comment}",
        "{# SECRET #}",
        "%% SECRET %%",
        "%%\nSECRET\n%%",
    ],
)
def test_comments_go_in_every_form(comment: str) -> None:
    left_out: Counter[str] = Counter()
    for source in (f"a {comment} b", f"a\n\n{comment}\n\nb"):
        assert without_comments(source, [], left_out).split() == ["a", "b"]
    assert left_out[COMMENTS] >= 12


@pytest.mark.parametrize(
    "line",
    [
        "[//]: # (SECRET)",
        '[//]: # "SECRET"',
        "[comment]: <> (SECRET (nested))",
        "[_metadata_]: # (SECRET)",
        "<!-- SECRET",
    ],
)
def test_lines_that_are_comments(line: str) -> None:
    assert without_comments(f"a\n\n{line}", [], Counter()).split() == ["a"]


@pytest.mark.parametrize(
    "source",
    [
        "`<!-- x -->`",
        "``a ` <!-- x -->``",
        "\\<!-- x -->",
        "50%% and 60%%",
        "a <! -- b",
        "a {b} c",
        "x [//] y",
        "a%%b%%c <!",
    ],
)
def test_what_is_no_comment_stays(source: str) -> None:
    assert without_comments(source, [], Counter()) == source


def test_what_stands_behind_a_comment_stays() -> None:
    source = "a\n\n  <!-- SECRET -->\n\nb <!-- SECRET\n-->\n  <!--\n  SECRET -->\nc"
    assert without_comments(source, [], Counter()).split() == ["a", "b", "c"]


def test_calls_of_hugo_may_stand_over_lines() -> None:
    left_out: Counter[str] = Counter()
    source = 'a\n\n{{< img\n  src="x.png"\n>}}\n\n`{{< b >}}` {{% c %}}d{{% /c %}}'
    assert without_comments(source, [], left_out).split() == ["a", "`{{<", "b", ">}}`", "d"]
    assert left_out == {TAGS: 12}


def test_comments_in_code_stay() -> None:
    lines = ["a <!-- x -->", "```", "<!-- stays -->", "```", "b <!-- y -->"]
    found = without_comments("\n".join(lines), [(1, 4)], Counter())
    assert found.split("\n") == ["a ", "```", "<!-- stays -->", "```", "b "]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"![plan of it]({DATA})", "plan of it"),
        (f'![plan]({DATA} "title")', "plan"),
        (f"![plan](<{DATA}>)", "plan"),
        (f"[open]({DATA.replace('image/png', 'application/pdf')})", "open"),
        (f"a\n\n[image1]: <{DATA}>", "a\n\n"),
        (f"[image1]: {DATA} 'title'\nb", "\nb"),
        (f"<img src='{DATA}'>", "<img src=''>"),
        (f"url({DATA})", "url()"),
        (f"a {DATA} b", "a  b"),
        (f"x ({'iVBORw0KGgo' * 30}) y", "x () y"),
        (DATA[:-1] + "\n" + "QUJDREVGR0hJ" * 5 + "=", ""),
        (DATA.replace(";base64", ";charset=utf-8;base64"), ""),
        ("data:image/svg+xml;utf8,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22%3E", ""),
    ],
)
def test_embedded_files_go(source: str, expected: str) -> None:
    left_out: Counter[str] = Counter()
    assert without_embedded(source, left_out) == expected
    assert left_out[EMBEDDED] > 50


@pytest.mark.parametrize(
    "source", ["the data: see below", "data:text/plain,hello", "a/very/long/path" * 30, "word" * 200]
)
def test_what_is_no_file_stays(source: str) -> None:
    assert without_embedded(source, Counter()) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2021<sup>1</sup> and H<sub>2</sub>O", "2021^1 and H2O"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<kbd>Ctrl</kbd>+<span class='x'>C</span>", "Ctrl+C"),
        ("a < b and c > d, x<y", "a < b and c > d, x<y"),
        ("<https://example.org/a> <me@example.org>", "https://example.org/a me@example.org"),
        ("`<b>` and `&amp;`", "`<b>` and `&amp;`"),
        ("AT&amp;T &copy; &#8212; &nope", "AT&T © — &nope"),
        ("# Title {#custom-id}", "# Title"),
        ("{{< figure src='x' >}} {{% notice %}}in{{% /notice %}}", " in"),
        ("{% include x.html %}{{ site.url }}text{: .class}", "text"),
        ("<Tabs items={['a']}><Tab.Item>one</Tab.Item></Tabs>", "one"),
        ("a set {x, y} of {1}", "a set {x, y} of {1}"),
        (":::tip Mind\ntext\n:::", "Mind\ntext\n"),
    ],
)
def test_words(source: str, expected: str) -> None:
    assert words_of(source) == expected


@given(st.text("abc 123 .,;()*_\n", max_size=60))
def test_plain_text_is_left_alone(source: str) -> None:
    assert words_of(without_comments(without_embedded(source, Counter()), [], Counter())) == source
