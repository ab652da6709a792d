"""Pages of scipy's reference manual as blocks: headings, paragraphs, list items and code.

The source are the docstrings in the files of the installed package, whose version is pinned: the same text on every
platform and Python. They are read, not imported. Their form is reStructuredText in numpydoc's sections
(https://numpydoc.readthedocs.io/en/latest/format.html); markup that a reader of the manual does not see is taken out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent, shorten
from typing import Literal

SUBPACKAGES = ("interpolate", "signal", "stats")
FEWEST_WORDS = 150  # of summary and notes: pages that tell something, not only the types of their parameters
LONGEST_TITLE = 90  # characters
LEFT_OUT = {"Examples", "References", "See Also", "Methods", "Attributes"}  # code, titles of papers, lists of names

SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
WORD = re.compile(r"[A-Za-z]{2,}")
DIRECTIVE = re.compile(r"\.\. ([\w-]+)::(.*)")
TOLD_AS_TEXT = {"note", "warning", "important", "tip"}
ITEM = re.compile(r"(?:[*-]|\d+\.|\(?\w\)) +")
ROLE = re.compile(r":(?:\w+:)?\w+:`(?:~(?:\w+\.)*)?([^`<]*[^`<\s])(?: *<[^`]*>)?`")
LITERAL = re.compile(r"``?([^`]+)``?_{0,2}")
EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})(\w[^*]*)\1(?![\w*])")
STRONG = re.compile(r"\*\*([A-Za-z]+)\*\*")  # within a word
COMMENT = re.compile(r"\.\. (?!\w+::)")  # footnotes too
CITATION = re.compile(r"(\[[\w.]+\])_")
TERM = re.compile(r"\S.* : \S.*|[\w*, {}.\"']+")  # the line above what it means, indented


@dataclass(frozen=True)
class Block:
    """A part of a page; the level is that of a heading."""

    kind: Literal["heading", "paragraph", "item", "code"]
    text: str
    level: int = 0


@dataclass(frozen=True)
class Page:
    """A page of the manual.

    Attributes:
        name: of a function or class with its subpackage: "stats.mode".
        blocks: the first is its title.
    """

    name: str
    blocks: tuple[Block, ...]


@cache
def pages() -> tuple[Page, ...]:
    """Return the pages on public functions and classes of `SUBPACKAGES` that hold `FEWEST_WORDS`, sorted by name."""
    found = {}
    for subpackage in SUBPACKAGES:
        for file in sorted((_root() / subpackage).glob("*.py")):
            for name, docstring in _docstrings(file):
                sections = _sections(docstring)
                if len(WORD.findall(sections[""] + sections.get("Notes", ""))) >= FEWEST_WORDS:
                    found[f"{subpackage}.{name}"] = sections
    return tuple(Page(name, tuple(_page(name, found[name]))) for name in sorted(found))


def _root() -> Path:
    spec = find_spec("scipy")
    assert spec and spec.submodule_search_locations, "scipy is in requirements.txt"
    return Path(spec.submodule_search_locations[0])


def _docstrings(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            docstring = ast.get_docstring(node) or ""
            # what begins with a section has no summary, and what holds "%(" is a template that code fills in
            if SECTION.search(docstring) and not SECTION.match(docstring) and "%(" not in docstring:
                yield node.name, docstring


def _sections(docstring: str) -> dict[str, str]:
    summary, *others = SECTION.split(docstring)
    return {"": summary} | dict(zip(others[::2], others[1::2], strict=True))


def _page(name: str, sections: dict[str, str]) -> Iterator[Block]:
    summary = sections[""].strip().partition("\n\n")[0]
    title = f"{name.rpartition('.')[2]}: {_prose(summary).rstrip('.')}"
    yield Block("heading", shorten(title, LONGEST_TITLE, placeholder=""), 1)
    yield from _blocks(sections[""])
    for heading, text in sections.items():
        if heading and heading not in LEFT_OUT:
            yield Block("heading", heading, 2)
            yield from _blocks(text)


def _blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a section. What is indented belongs to the line above: a directive, a term, or nothing."""
    lines = text.expandtabs().rstrip().split("\n")
    while lines:
        first = lines.pop(0)
        if not first.strip():
            continue
        if directive := DIRECTIVE.match(first):
            yield from _told(directive[1], directive[2].strip(), dedent(_indented(lines)))
        elif COMMENT.match(first):
            _indented(lines)
        elif first.startswith((">>>", "=====", "+--", "  ")):
            yield Block("code", "\n".join([first, *_until_blank(lines)]).rstrip())
        elif item := ITEM.match(first):
            yield Block("item", _prose(" ".join([first[item.end() :], *_until_blank(lines, ITEM)])))
        elif TERM.fullmatch(first) and lines and lines[0].startswith("  "):
            meaning = list(_blocks(dedent(_indented(lines))))
            told = meaning.pop(0).text if meaning and meaning[0].kind == "paragraph" else ""
            name, _, kind = _prose(first).partition(" : ")
            yield Block("item", f"{name} ({kind}): {told}" if kind else f"{name}: {told}")
            yield from meaning
        else:
            paragraph = [first, *_until_blank(lines, DIRECTIVE)]
            code = paragraph[-1].rstrip().endswith("::")
            yield Block("paragraph", _prose(" ".join(paragraph)).replace("::", ":"))
            if code and (inside := _indented(lines)):
                yield Block("code", dedent(inside).strip("\n"))


def _told(directive: str, argument: str, inside: str) -> Iterator[Block]:
    if directive == "math" or directive.startswith("code"):
        yield Block("code", "\n".join(filter(None, [argument, inside])).strip("\n"))
    elif directive in TOLD_AS_TEXT:
        yield from _blocks(f"{argument}\n{inside}".strip())


def _indented(lines: list[str]) -> str:
    """Take the indented lines, and the blank ones between them, from the front."""
    taken = []
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        taken.append(lines.pop(0))
    return "\n".join(taken).strip("\n")


def _until_blank(lines: list[str], end: re.Pattern[str] | None = None) -> list[str]:
    taken = []
    while lines and lines[0].strip() and not (end and end.match(lines[0])):
        taken.append(lines.pop(0))
    return taken


def _prose(text: str) -> str:
    text = CITATION.sub(r"\1", LITERAL.sub(r"\1", ROLE.sub(r"\1", text.replace("\\ ", ""))))
    text = STRONG.sub(r"\1", EMPHASIS.sub(r"\2", text))
    return " ".join(text.replace("``", "").split())
