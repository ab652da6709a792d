"""DOCX: mammoth makes HTML of it, the walk over HTML blocks. Nothing outside is opened, no picture read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

import mammoth
from lxml import etree
from lxml.html import document_fromstring

from attune.core.errors import one_line
from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.markup.page import html_blocks
from attune.documents.office.archive import Archive, Element
from attune.documents.office.docx_elements import replace
from attune.documents.office.docx_markup import mend
from attune.documents.office.docx_paragraphs import CODE, OUTLINE, only_names, read_styles, settle
from attune.documents.office.numbering import Numbering, value
from attune.documents.office.package import Related, core_title, files_within, main_part, related
from attune.text import titles

STYLES = (
    """
p[style-name='Title'] => h1.title:fresh
p[style-name='caption'] => figcaption:fresh
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='Code'] => pre:separator('\\n')
p[style-name='macro'] => pre:separator('\\n')
"""
    + f"p.{CODE} => pre:separator('\\n')\n"
    + "\n".join(f"p.{OUTLINE}{level} => h{min(level + 1, 6)}:fresh" for level in range(9))
)
READ = ("footnotes", "endnotes")  # parts with text beside the document itself
NOTES = ("footnote", "endnote")
NOT_READ = {"header": "running heads", "footer": "running heads", "comments": "comments"}
NO_TEXT = re.compile(r"/(?:media|embeddings|fonts|theme|glossary|customXml)/")  # parts that mammoth does not need


def read_docx(data: bytes, _: Options) -> Content:
    """Read a text document. Heads and feet of pages, comments, and what is deleted or hidden are left out and counted.

    Raises:
        Unreadable: it is damaged, locked, or no text document.
    """
    archive = Archive(data, "DOCX")
    main = main_part(archive)
    parts = related(archive, main)
    by_kind = {part.kind: part.target for part in parts.values() if part.target in archive}
    left_out: Counter[str] = Counter()
    trees = _trees(archive, main, parts, by_kind, left_out)
    instead = {name: etree.tostring(tree, xml_declaration=True, encoding="UTF-8") for name, tree in trees.items()}
    names = [name for name in archive.names if not NO_TEXT.search(f"/{name}")]
    try:
        html = mammoth.convert_to_html(
            archive.repacked(names, instead),
            style_map=STYLES,
            include_embedded_style_map=False,
            external_file_access=False,
            convert_image=lambda _: [],
        ).value
    except MemoryError:
        raise
    except Exception as error:  # of a file that breaks the rules: KeyError, ValueError, RecursionError, ...
        raise Unreadable(f"cannot be read as DOCX ({type(error).__name__}: {one_line(error, 100)})") from None
    page = document_fromstring(f"<body>{html}</body>")
    _label(page)
    blocks = html_blocks(page, boilerplate=True).blocks
    for part in parts.values():
        if part.kind in NOT_READ and part.target in archive:
            left_out[NOT_READ[part.kind]] += characters("".join(_texts(archive.xml(part.target))))
    read = [trees[by_kind[kind]] for kind in READ if kind in by_kind]
    total = sum(characters("".join(_texts(tree))) for tree in [trees[main], *read])
    found = page.find(".//h1[@class='title']")
    title = "" if found is None else found.text_content()
    warnings = [*_warnings(trees[main]), *files_within(archive, [main])]
    title = title or titles.from_metadata(core_title(archive)) or _first_heading(blocks)
    return Content(title, tuple(blocks), 0, total + left_out.total(), dict(+left_out), tuple(warnings))


def _trees(
    archive: Archive, main: str, parts: dict[str, Related], by_kind: dict[str, str], left_out: Counter[str]
) -> dict[str, Element]:
    """Return the trees of the parts that change, by name, as mammoth is to find them."""
    lists = archive.xml(by_kind["numbering"]) if "numbering" in by_kind else None
    looks = archive.xml(by_kind["styles"]) if "styles" in by_kind else None
    styles, numbering = read_styles(looks, lists), Numbering(lists)
    trees = {main: archive.xml(main)}
    trees |= {by_kind[kind]: archive.xml(by_kind[kind]) for kind in READ if kind in by_kind}
    for name, tree in trees.items():
        mend(archive, parts if name == main else related(archive, name), tree, left_out)
        settle(tree, styles, numbering, left_out)
    _drop_lost_notes(trees.values())
    if looks is not None:
        only_names(looks)
        trees[by_kind["styles"]] = looks
    return trees


def _drop_lost_notes(trees: Collection[Element]) -> None:
    """Take out the marks of notes that are nowhere, at which the reader would give up."""
    known = {(kind, value(note, "id")) for tree in trees for kind in NOTES for note in tree.iter(f"{{*}}{kind}")}
    for tree in trees:
        for kind in NOTES:
            for mark in list(tree.iter(f"{{*}}{kind}Reference")):
                if (kind, value(mark, "id")) not in known:
                    replace(mark, [])


def _label(page: Element) -> None:
    """Let the numbers that are in the text stand as they are, and give notes the marks by which the text names them."""
    for items in list(page.iter("ol")):
        items.tag = "dl"  # whose items have no marks
        for number, item in enumerate(items.iterchildren("li"), start=1):
            item.tag = "dt"
            if item.get("id", "").startswith(("footnote-", "endnote-")):
                first = item[0] if len(item) else item
                first.text = f"[{number}] {(first.text or '').lstrip()}"
    for link in list(page.iterfind(".//dt//a[@href]")):  # from a note back to where it is named
        if link.text == "↑" and not len(link):
            link.drop_tree()


def _warnings(document: Element) -> Iterator[str]:
    if count := sum(1 for _ in document.iter("{*}altChunk")):
        yield f"inserted files are not read: {count}; open it in a word processor and save it once"


def _texts(tree: Element) -> Iterator[str]:
    return (one.text or "" for one in tree.iter("{*}t"))


def _first_heading(blocks: list[Block]) -> str:
    return blocks[0].text if blocks and blocks[0].kind == "heading" else ""
