"""HTML files: the article of a page, in whatever encoding it declares. Nothing is fetched, and no script is run."""

from __future__ import annotations

import codecs
import re

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable, decoded
from attune.documents.markup.page import html_blocks, parse
from attune.text import titles

FRAMES_SHOWN = 5
CHARSET = re.compile(rb"<\?xml[^>]+?encoding\s*=\s*[\"']?([\w.:-]+)|<meta[^>]+?charset\s*=\s*[\"']?([\w.:-]+)", re.I)
COMMENT = re.compile(rb"<!--(?:(?!-->).)*(?:-->|\Z)", re.DOTALL)
CHARSET_BYTES = 65_536  # browsers begin anew where it stands behind the first 1,024 bytes
# as https://encoding.spec.whatwg.org has it: pages that declare the left one are written in the right one
READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-8",
}


def read_html(data: bytes, options: Options) -> Content:
    """Return what a page of HTML says.

    Raises:
        Unreadable: it is not in the encoding that it declares, cannot be parsed, or only shows other pages in frames.
    """
    markup, warning = decoded(data, declared_encoding(data))
    warnings = [warning] if warning else []
    tree = parse(markup, warnings)
    if tree is None:
        return Content("", ())
    page = html_blocks(tree, options.boilerplate)
    frames = [source for frame in tree.iter("frame") if (source := frame.get("src"))]
    if frames and not page.blocks:
        raise Unreadable(f"only shows other pages in frames: {', '.join(frames[:FRAMES_SHOWN])}")
    heading = next((b.text for b in page.blocks if b.kind == "heading" and b.level == 1), "")
    title = tree.find(".//head/title")
    named = "" if title is None else title.text_content()
    return Content(
        titles.from_metadata(named) or heading,
        tuple(page.blocks),
        characters=page.characters,
        left_out=page.left_out,
        warnings=(*warnings, *page.warnings),
    )


def declared_encoding(data: bytes) -> str:
    """Return the encoding that an HTML file declares, by the name under which browsers would read it; else nothing."""
    found = CHARSET.search(COMMENT.sub(b"", data[:CHARSET_BYTES]))
    if not found:
        return ""
    name = (found[1] or found[2]).decode()
    try:
        return READ_AS.get(codecs.lookup(name).name, name)
    except LookupError:
        return name
