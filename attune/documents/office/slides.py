"""PPTX: slides in the order in which they are shown, each with its title, texts, tables, charts and speaker's notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from attune.core.errors import listed
from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.office.archive import Archive, Element
from attune.documents.office.drawings import drawn, relation
from attune.documents.office.package import Related, core_title, files_within, main_part, related
from attune.documents.office.slide_text import paragraphs, slide_table
from attune.text import titles

TITLES = ("title", "ctrTitle")
RUNNING = ("ftr", "sldNum", "dt", "hdr")  # footer, number, date, header
BULLETED = ("body", "obj", "")  # placeholders whose paragraphs are items of a list
SHOWN = 10  # numbers in a message


def read_pptx(data: bytes, _: Options) -> Content:
    """Read a presentation. What an audience never sees is left out and counted: hidden slides and shapes, comments.

    Raises:
        Unreadable: it is damaged, locked, or no presentation.
    """
    archive = Archive(data, "PPTX")
    presentation = main_part(archive)
    parts = related(archive, presentation)
    ids = [relation(one, "id") for one in archive.xml(presentation).iterfind(".//{*}sldIdLst/{*}sldId")]
    slides = list(dict.fromkeys(parts[one].target for one in ids if one in parts))
    blocks: list[Block] = []
    left_out: Counter[str] = Counter()
    hidden, silent = [], []
    for number, name in enumerate(slides, start=1):
        found = list(_slide(archive, name, number, left_out))
        if archive.xml(name).get("show") in ("0", "false"):
            hidden.append(number)
            left_out["hidden"] += sum(characters(block.text) for block in found)
        else:
            blocks += found
            silent += [number] * (not found)
    warnings = files_within(archive, slides)
    if hidden:
        warnings.append(f"hidden slides are left out: {listed(hidden, SHOWN)}")
    if silent:
        warnings.append(f"slides without text (pictures are not read): {listed(silent, SHOWN)}")
    if lost := len(set(ids) - set(parts)):
        warnings.append(f"slides that are missing in the file: {lost}")
    title = next((block.text for block in blocks if block.page == 1 and block.kind == "heading"), "")
    total = sum(characters(block.text) for block in blocks) + left_out.total()
    title = titles.from_metadata(core_title(archive)) or title
    return Content(title, tuple(blocks), len(slides), total, dict(+left_out), tuple(warnings))


def _slide(archive: Archive, name: str, number: int, left_out: Counter[str]) -> Iterator[Block]:
    parts = related(archive, name)
    tree = archive.xml(name).find("{*}cSld/{*}spTree")
    shapes = list(_shapes(tree, left_out))
    for shape in sorted(shapes, key=lambda shape: _placeholder(shape) not in TITLES):  # the rest keeps its order
        yield from _shape(archive, parts, shape, number, left_out)
    for part in parts.values():
        if part.kind == "comments" and part.target in archive:
            said = archive.xml(part.target).iter("{*}t", "{*}text")
            left_out["comments"] += sum(characters(one.text or "") for one in said)
        if part.kind == "notesSlide" and part.target in archive:
            for shape in _shapes(archive.xml(part.target).find("{*}cSld/{*}spTree"), left_out):
                if _placeholder(shape) == "body":
                    yield from paragraphs(shape, number, bulleted=False)


def _shapes(tree: Element | None, left_out: Counter[str]) -> Iterator[Element]:
    """Yield the shapes of a slide, also those within groups, without recursion."""
    waiting = [] if tree is None else list(reversed(tree))
    while waiting:
        shape = waiting.pop()
        kind = shape.tag.rpartition("}")[2]
        properties = shape.find("./{*}cNvPr") if kind == "nvGrpSpPr" else shape.find("./*/{*}cNvPr")
        if properties is not None and properties.get("hidden") in ("1", "true"):
            left_out["hidden"] += characters("".join(one.text or "" for one in shape.iter("{*}t")))
        elif kind == "AlternateContent":  # the same for newer programs and for older ones: never both
            best = max(shape, key=lambda one: any(text.text for text in one.iter("{*}t")), default=None)
            waiting += [] if best is None else reversed(best)
        elif kind == "grpSp":
            waiting += reversed(shape)
        elif kind in ("sp", "graphicFrame", "cxnSp"):
            yield shape


def _shape(
    archive: Archive, parts: Mapping[str, Related], shape: Element, number: int, left_out: Counter[str]
) -> Iterator[Block]:
    kind = _placeholder(shape)
    if kind in RUNNING:
        left_out["running heads"] += sum(characters(block.text) for block in paragraphs(shape, number, bulleted=False))
    elif kind in TITLES:
        words = " ".join(block.text for block in paragraphs(shape, number, bulleted=False)).split()
        if words:
            yield Block("heading", " ".join(words), level=1, page=number)
    elif shape.tag.endswith("}graphicFrame"):
        for one in shape.iter("{*}tbl"):
            yield slide_table(one, number)
        yield from drawn(archive, parts, shape, number)
    else:
        yield from paragraphs(shape, number, bulleted=kind in BULLETED)


def _placeholder(shape: Element) -> str | None:
    """Return what a shape is a placeholder for, "" for content of any kind; None where it is none."""
    found = shape.find("./*/{*}nvPr/{*}ph")
    return None if found is None else str(found.get("type", ""))
