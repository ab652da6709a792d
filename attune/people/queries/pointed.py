"""From what a row points at to the chunks of today: an id, a name, a path or a URL, and perhaps a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from attune.core.records import Pages
from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from attune.people.queries.rows import Target

PAGE = re.compile(r"(?:^|&)page=(\d{1,6})(?:&|$)")  # how a link names a page of a PDF file (RFC 8118, section 3)


ENDINGS = ("", ".html", ".htm", ".md", "/index.html")  # that addresses of pages leave out
ANYWHERE = ("index", "default", "home", "readme")  # names that every folder may have: alone they tell nothing


class Pointed(NamedTuple):
    """The chunks that may answer, by their numbers, and whether each of them is known to."""

    chunks: frozenset[int]
    is_exact: bool


def pointed_at(target: Target, evidence: Evidence) -> Pointed:
    """Return the chunks that a target leads to.

    A quote and the id of a chunk tell exactly; a document, pages or a section do so only where one chunk stands there.

    Raises:
        NotFound: it leads to none.
    """
    name = target.document
    if chunk := evidence.chunk(name):
        return Pointed(frozenset(chunk), True)
    if target.quote and not name:
        return Pointed(frozenset(evidence.holding(target.quote)), True)
    reason = NotFound(f"no document '{name}' has chunks")
    for number, (called, page) in enumerate(_names(name)):
        try:
            return _within(target, called, target.pages or page, evidence)
        except NotFound as error:
            reason = reason if number else error  # the first is what the row says
    raise reason


def _within(target: Target, name: str, pages: Pages | None, evidence: Evidence) -> Pointed:
    if target.quote:
        return Pointed(frozenset(evidence.holding(target.quote, name, pages)), True)
    found = evidence.on_pages(name, pages) if pages else evidence.all_of(name)
    if target.section:
        found &= evidence.under(name, target.section)
        if not found:
            raise NotFound(f"the section '{target.section}' of {name} is on other pages")
    return Pointed(frozenset(found), len(found) == 1)


def _names(name: str) -> Iterator[tuple[str, Pages | None]]:
    """Yield a name as it stands, and as a URL the ends of its path, the longest first, with the page that it opens."""
    yield name, None
    if not ("://" in name or name.startswith("/") or "#" in name):
        return
    parts = urlsplit(name if "://" in name else f"//host/{name.lstrip('/')}")
    page = PAGE.search(parts.fragment)
    pages = (int(page[1]), int(page[1])) if page and int(page[1]) else None
    folders = unquote(parts.path).strip("/").split("/")
    for start in range(len(folders)):
        tail = "/".join(folders[start:])
        if start == 0 or PurePosixPath(tail).stem.casefold() not in ANYWHERE:
            yield from ((tail + ending, pages) for ending in ENDINGS)
