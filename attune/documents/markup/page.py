"""A page of HTML as blocks: parsed as browsers do, walked, and kept whole where little of it would be left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml.etree import ParserError
from lxml.html import HTMLParser, document_fromstring

from attune.core.errors import one_line
from attune.documents.blocks import Block
from attune.documents.decode import Unreadable
from attune.documents.markup.shown import BOILERPLATE
from attune.documents.markup.walk import Walk

XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
ENOUGH = (
    500  # letters of an article that the page marks as such; it is read without what surrounds it, whatever that is
)
PARAGRAPH_END = re.compile(r"</p\s*>", re.I)  # one that ends none begins an empty one, which this parser does not know
NESTED = re.compile(r"</?(?!script|style|title|head|noscript|template|pre|textarea|h[1-6])[a-z][\w:-]*\b[^<>]*>", re.I)
CODE = re.compile(r"<pre\b[^>]*>(?:(?!<pre\b).)*?</pre\s*>", re.I | re.DOTALL)
CELLS = re.compile(r"</?(?:table|t(?:head|body|foot|r|h|d))\b[^<>]*>", re.I)


@dataclass(frozen=True)
class Page:
    """What a page says.

    Attributes:
        blocks: in the order in which one reads them.
        characters: letters and digits that a reader could find.
        left_out: of these, those that are in no block, by reason.
        warnings: what a user should know of it.
    """

    blocks: list[Block]
    characters: int
    left_out: Mapping[str, int]
    warnings: tuple[str, ...] = ()


def html_blocks(page: Any, boilerplate: bool = False) -> Page:
    """Return the blocks of a page of HTML, or of a part of one.

    Args:
        page: its markup, or its tree as lxml has it.
        boilerplate: keep what surrounds the article.

    Raises:
        Unreadable: the markup cannot be parsed.
    """
    warnings: list[str] = []
    tree = parse(page, warnings) if isinstance(page, str) else page
    if tree is None:
        return Page([], 0, {}, tuple(warnings))
    walk = Walk(boilerplate)
    blocks = walk.read(tree)
    left = walk.left_out[BOILERPLATE]
    if left > walk.found and walk.within < ENOUGH:
        whole = Walk(boilerplate=True)
        blocks, walk = whole.read(tree), whole
        warnings.append("all of the page is read, for most of it is marked as menus, headers or footers")
    found = walk.found + walk.left_out.total()
    return Page(blocks, found, {reason: n for reason, n in sorted(walk.left_out.items()) if n}, tuple(warnings))


def parse(markup: str, warnings: list[str]) -> Any:
    """Return the tree of a page, or None where it holds nothing; add to `warnings` what its reader should know."""
    markup = XML_DECLARATION.sub("", markup.replace("\0", ""), count=1)
    markup = CODE.sub(_lines_of_code, markup)
    markup = PARAGRAPH_END.sub("</p><p></p>", markup)
    for tried in range(2):
        parser = HTMLParser(huge_tree=True)  # else text at some depth would be left out without a word
        try:
            tree = document_fromstring(markup, parser=parser)
        except ParserError:
            return None  # nothing but blanks and comments
        except MemoryError:
            raise
        except Exception as error:  # tag soup can raise anything: AssertionError, ValueError, ...
            raise Unreadable(f"cannot be parsed as HTML ({type(error).__name__}: {one_line(error, 100)})") from None
        if not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            return tree
        if not tried:
            markup = NESTED.sub(" ", markup)
            warnings.append("its elements stand too deep within each other; it is read without their structure")
    raise Unreadable("its elements stand too deep within each other")


def _lines_of_code(found: re.Match[str]) -> str:
    """Return code without the table that numbers its lines, at which the parser would end it."""
    return CELLS.sub(lambda tag: "\n" if tag[0].lower().startswith("</tr") else "", found[0])
