"""The parts of a Word file that are the same in each: its files, styles, bullets (ECMA-376, part 1)."""

from __future__ import annotations

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

STYLES = {"paragraph": "BodyText", "item": "ListBullet", "code": "HTMLPreformatted"}
NAMES = {
    "Heading1": "heading 1",
    "Heading2": "heading 2",
    "BodyText": "Body Text",
    "ListBullet": "List Bullet",
    "HTMLPreformatted": "HTML Preformatted",
}
DOCUMENT = f'<w:document xmlns:w="{WORD}"><w:body>{{body}}</w:body></w:document>'


def _relationships(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{TYPE}.styles+xml"/>'
        f'<Override PartName="/word/numbering.xml" ContentType="{TYPE}.numbering+xml"/></Types>'
    ),
    "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
    "word/_rels/document.xml.rels": _relationships(("styles", "styles.xml"), ("numbering", "numbering.xml")),
    "word/styles.xml": (
        f'<w:styles xmlns:w="{WORD}">'
        + "".join(
            f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/></w:style>'
            for style, name in NAMES.items()
        )
        + "</w:styles>"
    ),
    "word/numbering.xml": (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="bullet"/><w:lvlText w:val="\u2022"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    ),
}
