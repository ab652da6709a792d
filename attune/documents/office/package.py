"""How the parts of an Office file hang together: relationships by id, the main part, and what is said about the file.

The rules are those of Open Packaging Conventions (ECMA-376, part 2): a part's relationships lie beside it in `_rels`,
and a target is a path from the part that names it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from attune.documents.decode import Unreadable
from attune.documents.office.archive import Archive, Element
from attune.documents.pdf.said import files

HELD = ("package", "oleObject")  # kinds of files within a file
KINDS = {"word": "DOCX", "xl": "XLSX", "ppt": "PPTX"}  # by the folder of the main part


@dataclass(frozen=True)
class Related:
    """A part that another one names: what it is to it ("slide", "notesSlide", ...), and its name in the archive."""

    kind: str
    target: str


def related(archive: Archive, part: str = "") -> dict[str, Related]:
    """Return the parts that a part names, by their ids in their order; "" stands for the file as a whole.

    What lies outside of the file is left out: nothing is fetched.
    """
    folder, name = posixpath.split(part)
    relationships = posixpath.join(folder, "_rels", f"{name}.rels")
    if relationships not in archive:
        return {}
    return {
        one.get("Id", ""): Related(
            posixpath.basename(one.get("Type", "")), _path(archive, folder, one.get("Target", ""))
        )
        for one in archive.xml(relationships).iter("{*}Relationship")
        if one.get("TargetMode") != "External"
    }


def main_part(archive: Archive) -> str:
    """Return the name of the part that holds the document itself.

    Raises:
        Unreadable: there is none, or it is one of another kind.
    """
    for one in related(archive).values():
        if one.kind == "officeDocument" and one.target in archive:
            kind = KINDS.get(one.target.partition("/")[0], archive.kind)
            if kind != archive.kind:
                raise Unreadable(f"no {archive.kind} file: it is a {kind} file; name it .{kind.lower()}")
            return one.target
    raise Unreadable(f"no {archive.kind} file: a zip archive without an Office document in it")


def core_title(archive: Archive) -> str:
    """Return the title in the properties of the file, "" where there is none."""
    for one in related(archive).values():
        if one.kind == "core-properties" and one.target in archive:
            found: Element = archive.xml(one.target).find(".//{http://purl.org/dc/elements/1.1/}title")
            return "" if found is None else "".join(found.itertext()).strip()
    return ""


def files_within(archive: Archive, parts: Iterable[str]) -> list[str]:
    """Return a warning where some parts hold files of their own, such as a workbook that opens at a click.

    The tables that charts are drawn from are none: they are named by the charts, and read with them.
    """
    found = (one for part in parts for one in related(archive, part).values() if one.kind in HELD)
    names = sorted({posixpath.basename(one.target) for one in found if one.target in archive})
    return [files(names, 0)] if names else []


def _path(archive: Archive, folder: str, target: str) -> str:
    """Return the name of a target, which may be written as an address, with `%20` for a blank."""
    path = posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/")
    found = archive.find(path)
    return found if found in archive else archive.find(unquote(path))
