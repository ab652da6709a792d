"""Charts and diagrams of Office files: what they say in words and numbers, on slides and in text documents."""

from __future__ import annotations

from collections.abc import Mapping

from attune.documents.blocks import Block, table
from attune.documents.office.archive import Archive, Element
from attune.documents.office.package import Related

RELATIONSHIP = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}",  # of files in the strict form
)


def relation(element: Element, name: str) -> str:
    """Return the id of a relationship that an element names in its attribute `name`: "id", "embed", "dm"."""
    return next((str(element.get(space + name)) for space in RELATIONSHIP if element.get(space + name)), "")


def drawn(archive: Archive, parts: Mapping[str, Related], graphic: Element, page: int | None = None) -> list[Block]:
    """Return what charts and diagrams within a graphic say.

    Args:
        archive: the file.
        parts: what the part of `graphic` names, by id.
        graphic: an element that may hold them, at any depth.
        page: its page or slide.

    Raises:
        Unreadable: a part is damaged.
    """
    blocks = []
    for element in graphic.iter("{*}chart", "{*}relIds"):
        diagram = element.tag.endswith("}relIds")
        part = parts.get(relation(element, "dm" if diagram else "id"))
        if part and part.target in archive:
            blocks += (_diagram if diagram else _chart)(archive.xml(part.target), page)
    return blocks


def _chart(chart: Element, page: int | None) -> list[Block]:
    """A title as caption, and a table with a row for each category and a column for each series."""
    series = list(chart.iter("{*}ser"))
    names = [_words(one.find("{*}tx")) for one in series]
    values = [_points(one, "val", "yVal") for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(one, "cat", "xVal")
    places = sorted({place for points in (*values, categories) for place in points})
    rows = [[categories.get(place, ""), *(points.get(place, "") for points in values)] for place in places]
    title = _words(chart.find(".//{*}chart/{*}title"))
    blocks = [Block("caption", title, page=page)] if title else []
    return [*blocks, table([["", *names], *rows], header=int(any(names)), page=page)] if rows else blocks


def _points(series: Element, *names: str) -> dict[int, str]:
    """The values of a series by their place. Of categories on several levels the innermost is taken."""
    points: dict[int, str] = {}
    for name in names:
        for point in series.iterfind(f"{{*}}{name}//{{*}}pt"):
            points.setdefault(_number(point.get("idx")), _words(point))
    return points


def _diagram(data: Element, page: int | None) -> list[Block]:
    """The words of a diagram's boxes, in the order in which they were made."""
    texts = [_words(point) for point in data.iterfind(".//{*}pt/{*}t")]
    return [Block("list", "\n".join(f"- {text}" for text in texts if text), level=1, page=page)] if any(texts) else []


def _words(element: Element | None) -> str:
    if element is None:
        return ""
    paragraphs = list(element.iter("{*}p")) or [element]
    return " ".join(" ".join("".join(one.text or "" for one in p.iter("{*}t", "{*}v")) for p in paragraphs).split())


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
