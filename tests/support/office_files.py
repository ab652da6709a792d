"""Office files for tests, part by part, as no program writes them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def relationships(*related: tuple[str, str, str]) -> str:
    """A part of relationships, each by its id, its kind and its target."""
    rows = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>' for i, kind, target in related)
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def docx(body: str, parts: Mapping[str, str | bytes] | None = None, *related: tuple[str, str, str]) -> bytes:
    """A text document with this body, in the namespace w."""
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relationships(("r1", "officeDocument", "word/document.xml")),
            "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{body}</w:body>'
            "</w:document>",
            "word/_rels/document.xml.rels": relationships(*related),
            **(parts or {}),
        }
    )


def epub(
    chapters: Mapping[str, str], title: str = "Boilers", metadata: str = "", parts: Mapping[str, str] | None = None
) -> bytes:
    """A book of pages of HTML, in their order."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n, _ in enumerate(chapters))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>{title}</dc:title>{metadata}</metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    pages = {f"OEBPS/{name}": f"<html><body>{page}</body></html>" for name, page in chapters.items()}
    return zipped({"META-INF/container.xml": container, "OEBPS/book.opf": package} | pages | dict(parts or {}))


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Prices">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def ods(rows: str) -> bytes:
    """A workbook in LibreOffice's format with one sheet of these rows."""
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": ODS.format(rows), "META-INF/manifest.xml": manifest})
