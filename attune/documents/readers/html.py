"""HTML files: the article of a page, in whatever encoding it declares. Nothing is fetched, and no script is run."""

from __future__ import annotations

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable, declared_encoding, decoded
from attune.documents.markup.page import html_blocks, parse
from attune.text import titles

FRAMES_SHOWN = 5


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
