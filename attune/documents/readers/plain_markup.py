"""reStructuredText and AsciiDoc: plain text with headings, without comments and settings."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from textwrap import dedent

from attune.documents.blocks import Content, Options, characters
from attune.documents.decode import decoded
from attune.documents.markup.front_matter import front_matter
from attune.documents.readers.text import text_content
from attune.text import titles

RST_COMMENT = re.compile(  # also targets of links, which have no words: ".. _name:"
    r"^(?P<indent> *)\.\.(?:[ \t]+(?!\[|\||[\w:+.-]+::)\S.*|[ \t]*)"
    r"(?:\n(?P=indent)[ \t]+\S.*|\n[ \t]*(?=\n(?P=indent)[ \t]+\S))*$",
    re.MULTILINE,
)
RST_CODE = re.compile(  # its settings stand between the directive and an empty line
    r"^(?P<indent> *)\.\. +(?:code-block|code|sourcecode|parsed-literal|highlight|prompt|ipython|doctest|testcode)::"
    r"[ \t]*(?P<language>\S*)[^\n]*\n(?P<settings>(?:(?P=indent)[ \t]+:[\w-]+:[^\n]*\n)*)"
    r"(?P<code>(?:[ \t]*\n|(?P=indent)[ \t]+\S[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)
RST_ROLE = re.compile(r"(?::[\w:+.-]+:`|(?<![\w`])`(?=[^`<]+<[^`>]*>`__?))([^`<]+?)(?:\s*<[^`>]*>)?`(?:__?(?!\w))?")
RST_FIELDS = re.compile(r"\s*(?::[\w-]+:.*\n(?:[ \t]+\S.*\n)*)+(?=[ \t]*\n)")  # for the program that publishes the page
RST_DIRECTIVE = re.compile(  # ".. note:: Hot.", with its settings, and what stands indented below; or code, for itself
    r"^(?P<code>```(?s:.*?)^```[ \t]*$)|^(?P<indent> *)\.\. +(?P<name>[\w:+.-]+)::(?P<words>[^\n]*)\n"
    r"(?P<settings>(?:(?P=indent)[ \t]+:[\w-]+:[^\n]*\n(?:(?P=indent)[ \t]+(?!:)\S[^\n]*\n)*)*)"
    r"(?P<body>(?:[ \t]*\n|(?P=indent)[ \t]+\S[^\n]*(?:\n|\Z))*)",
    re.MULTILINE,
)
RST_HEADER = re.compile(r"^[ \t]*:header:[ \t]*(\S.*)$", re.MULTILINE)
NO_WORDS = ("toctree", "include", "literalinclude", "contents", "index", "raw", "autosummary", "sectnum")
VERSIONS = ("versionadded", "versionchanged", "deprecated")  # whose names are words
DEEPEST = 3  # directives within each other
PATHS = ("image", "figure", "video", "youtube", "graphviz", "plot")  # whose first words are the name of a file
ASCIIDOC_COMMENT = re.compile(r"^(/{4,})[ \t]*\n.*?^\1[ \t]*$|^//(?!/)[^\n]*$", re.MULTILINE | re.DOTALL)
ASCIIDOC_HEADING = re.compile(r"^(={1,6})[ \t]+(\S.*)$", re.MULTILINE)
ASCIIDOC_SETTING = re.compile(r"^:[!\w-]+:.*$|^\[\[?[^\]\n]*\]\]?[ \t]*$", re.MULTILINE)
ASCIIDOC_CODE = re.compile(r"^(?:-{4,}|\.{4,})[ \t]*$", re.MULTILINE)
ASCIIDOC_TABLE = re.compile(r"^\|={3,}[ \t]*\n(?P<lines>.*?)^\|={3,}[ \t]*$", re.MULTILINE | re.DOTALL)
ASCIIDOC_MACRO = re.compile(
    r"^(?:image|video|audio|include|toc|ifn?def|ifeval|endif)::[^\n]*$|^(?:'''|<<<)[ \t]*$", re.MULTILINE
)
ASCIIDOC_BLOCK = re.compile(  # a note, a side bar or a quote between two lines of a mark, the first below an empty line
    r"(?P<before>\A|\n[ \t]*\n|\n\.[^\n]+\n)(?P<mark>={4,}|\*{4,}|_{4,})[ \t]*\n(?P<body>.*?)^(?P=mark)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
ASCIIDOC_TITLE = re.compile(r"^\.(?=[^\s.])", re.MULTILINE)


def read_rst(data: bytes, options: Options) -> Content:
    """Return what a file of reStructuredText says.

    Raises:
        Unreadable: its encoding cannot be told, or it is no text.
    """
    text, warning = decoded(data)
    left_out: Counter[str] = Counter()
    text = _without_front(text.replace("\r\n", "\n"), RST_FIELDS, left_out)
    text = _without(RST_COMMENT, text, "comments", left_out)
    text = RST_CODE.sub(lambda found: _fenced(found, left_out), text)
    for _ in range(DEEPEST):
        text = RST_DIRECTIVE.sub(lambda found: _words(found, left_out), text)
    return _content(RST_ROLE.sub(r"\1", text), warning, left_out)


def read_asciidoc(data: bytes, options: Options) -> Content:
    """Return what a file of AsciiDoc says.

    Raises:
        Unreadable: its encoding cannot be told, or it is no text.
    """
    text, warning = decoded(data)
    left_out: Counter[str] = Counter()
    text = _without_front(text.replace("\r\n", "\n"), None, left_out)
    text = _without(ASCIIDOC_COMMENT, text, "comments", left_out)
    text = _without(ASCIIDOC_SETTING, text, "settings", left_out)
    text = _without(ASCIIDOC_MACRO, text, "settings", left_out)
    text = ASCIIDOC_BLOCK.sub(r"\g<before>\n\g<body>\n", text)
    text = ASCIIDOC_HEADING.sub(lambda found: f"\n{'#' * len(found[1])} {found[2]}\n", text)
    text = ASCIIDOC_TABLE.sub(_rows, ASCIIDOC_CODE.sub("```", text))
    return _content(ASCIIDOC_TITLE.sub("", text), warning, left_out)


def _without_front(text: str, fields: re.Pattern[str] | None, left_out: Counter[str]) -> str:
    """Return a text without what stands in front of it for the program that publishes it."""
    end = front_matter(text).end
    if not end and fields and (found := fields.match(text)):
        end = found.end()
    left_out["front matter"] += characters(text[:end])
    return text[end:]


def _words(found: re.Match[str], left_out: Counter[str]) -> str:
    """Return what a reader sees of a directive: its words and what stands below, without its name and settings."""
    if found["code"]:
        return found[0]
    kind = found["name"].rpartition(":")[2]
    words = "" if kind in (*NO_WORDS, *PATHS) else found["words"].strip()
    words = f"{kind} {words}" if kind in VERSIONS else words
    body = "" if kind in NO_WORDS else dedent(found["body"])
    if kind == "csv-table":
        body = _csv_rows(RST_HEADER.findall(found["settings"]), body)
    left_out["settings"] += characters(found[0]) - characters(words) - characters(body)
    return f"\n{words}\n{body}\n"


def _csv_rows(header: list[str], body: str) -> str:
    """Return the rows of a table that is written as CSV, the names of its columns first."""
    lines = [*header, *(line for line in body.split("\n") if line.strip())]
    rows = [f"| {' | '.join(map(str.strip, cells))} |" for cells in csv.reader(lines, skipinitialspace=True)]
    return "\n".join(["", *rows[:1], *(["|---|"] if header else []), *rows[1:], ""])


def _fenced(found: re.Match[str], left_out: Counter[str]) -> str:
    """Return the code of a directive between fences, so that its lines and its indentation stay."""
    left_out["settings"] += characters(found["settings"])
    return f"\n```{found['language']}\n{dedent(found['code']).strip(chr(10))}\n```\n\n"


def _rows(found: re.Match[str]) -> str:
    """Return a table of AsciiDoc a row a line; its cells may stand in lines of their own."""
    lines = [line.strip().lstrip("|") for line in found["lines"].split("\n") if line.strip()]
    cells = [cell.strip() for line in lines for cell in line.split("|")]
    width = lines[0].count("|") + 1 if lines else 1
    rows = [f"| {' | '.join(cells[start : start + width])} |" for start in range(0, len(cells), width)]
    named = re.match(r"\s*\S.*\n[ \t]*\n", found["lines"])  # an empty line behind the first row
    return "\n".join(["", *rows[:1], *(["|---|"] if named else []), *rows[1:], ""])


def _without(pattern: re.Pattern[str], text: str, reason: str, left_out: Counter[str]) -> str:
    without = pattern.sub("", text)
    left_out[reason] += characters(text) - characters(without)
    return without


def _content(text: str, warning: str, left_out: Counter[str]) -> Content:
    content = text_content(text, warning)
    heading = next((block.text for block in content.blocks if block.kind == "heading"), "")
    left_out.update(content.left_out)
    return replace(
        content,
        title=titles.from_heading(heading.lstrip("# ")) or content.title,
        characters=content.characters + left_out.total() - sum(content.left_out.values()),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )
