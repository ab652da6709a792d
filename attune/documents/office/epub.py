"""EPUB: its chapters in the order in which they are read, each a page of HTML."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote, urldefrag

from attune.core.errors import listed, one_line
from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.office.archive import Archive, Element
from attune.documents.readers.html import read_html

CONTAINER = "META-INF/container.xml"
LOCKS = "META-INF/encryption.xml"
FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # hide fonts only
PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml")
SHOWN = 5  # names in a message


def read_epub(data: bytes, options: Options) -> Content:
    """Read a book. Its list of contents is left out, whose lines are headings again.

    Raises:
        Unreadable: it is damaged, locked, or no book.
    """
    archive = Archive(data, "EPUB")
    package = _package(archive)
    book = archive.xml(package)
    _refuse_locked(archive)
    items = {str(item.get("id")): item for item in book.iterfind("{*}manifest/{*}item")}
    order = [str(one.get("idref")) for one in book.iterfind("{*}spine/{*}itemref")]
    if not order:
        raise Unreadable("no EPUB file: its package names no chapters")
    blocks: list[Block] = []
    left_out: Counter[str] = Counter()
    missing, warnings = [], list[str]()
    for name in dict.fromkeys(order):
        item = items.get(name)
        part = _target(archive, package, item) if item is not None else ""
        if item is None or part not in archive:
            missing.append(one_line(part or name, 60))
        elif item.get("media-type") in PAGES:
            try:
                chapter = read_html(archive.read(part), replace(options, boilerplate=True))  # asides are notes here
            except Unreadable as reason:
                missing.append(f"{one_line(part, 60)} ({reason})")
                continue
            left_out.update(chapter.left_out)
            warnings += [one for one in chapter.warnings if one not in warnings]
            if "nav" in (item.get("properties") or "").split():
                left_out["table of contents"] += sum(characters(block.text) for block in chapter.blocks)
            else:
                blocks += chapter.blocks
    if missing:
        warnings.append(f"chapters are missing or damaged: {listed(missing, SHOWN)}")
    titles = [" ".join("".join(one.itertext()).split()) for one in book.iterfind("{*}metadata//{*}title")]
    total = sum(characters(block.text) for block in blocks) + left_out.total()
    return Content(next(filter(None, titles), ""), tuple(blocks), 0, total, dict(+left_out), tuple(warnings))


def _package(archive: Archive) -> str:
    """Return the name of the part that says what is in a book, and in which order."""
    if CONTAINER in archive:
        for root in archive.xml(CONTAINER).iter("{*}rootfile"):
            name = archive.find(posixpath.normpath(unquote(root.get("full-path", ""))))
            if name in archive:
                return name
    found = [name for name in archive.names if name.lower().endswith(".opf")]
    if len(found) != 1:
        raise Unreadable(f"no EPUB file: a zip archive without {CONTAINER}")
    return found[0]


def _target(archive: Archive, package: str, item: Element) -> str:
    href, _ = urldefrag(item.get("href", ""))
    path = posixpath.normpath(posixpath.join(posixpath.dirname(package), href)).lstrip("/")
    found = archive.find(path)
    return found if found in archive else archive.find(unquote(path))


def _refuse_locked(archive: Archive) -> None:
    if LOCKS not in archive:
        return
    methods = {one.get("Algorithm") for one in archive.xml(LOCKS).iterfind(".//{*}EncryptedData/{*}EncryptionMethod")}
    if methods - set(FONTS):
        raise Unreadable("locked by its seller (DRM); only its own program can read it")
