"""What people put on a page: values of forms, typewriter text, stamps. Each is text of its page, at its place.

Values are read from the fields, since many programs fill them in without drawing them. What else has a look of its own
is drawn into the page by pdfium, so that it is read like all text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from attune.documents.blocks import characters
from attune.documents.pdf.pages.visible import Box

HIDDEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
MULTILINE, PASSWORD = 1 << 12, 1 << 13  # flags of text fields, ISO 32000-1, 12.7.4.3
TYPED = (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
NOTES = (
    *(pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE),
    *(pdfium.FPDF_ANNOT_SQUIGGLY, pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_CARET),
)
TICKED = {True: "[x]", False: "[ ]"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Text that was put into a box of a page.

    Attributes:
        text: what was put there; a line a line.
        box: where, in points of the page.
        name: what the field is called where nothing is printed beside it.
        ticks: is it a box that is ticked or not, so that its name stands behind it?
    """

    text: str
    box: Box
    name: str = ""
    ticks: bool = False


@dataclass
class Put:
    """What was put on a page.

    Attributes:
        entries: text whose look is not drawn.
        drawn: is there more, drawn by pdfium into the page, which has to be loaded again?
        fields: how many fields of a form there are.
        files: how many files are pinned to the page.
        left_out: characters of hidden fields and of notes that nobody sees on the page, by reason.
    """

    entries: list[Entry] = field(default_factory=list)
    drawn: bool = False
    fields: int = 0
    files: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def put_on(page: Any, form: Any) -> Put:
    """Return what was put on a page; `form` is the form of its document or None."""
    put = Put()
    for number in reversed(range(pdfium.FPDFPage_GetAnnotCount(page))):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            stays = _take(annotation, form, put)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if stays:
            put.drawn = True
        else:
            pdfium.FPDFPage_RemoveAnnot(page, number)
    put.entries.reverse()
    if put.drawn:
        put.drawn = pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
    return put


def _take(annotation: Any, form: Any, put: Put) -> bool:
    """Note what an annotation says; return whether it has to be drawn to be read."""
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    hidden = pdfium.FPDFAnnot_GetFlags(annotation) & HIDDEN
    put.files += kind == pdfium.FPDF_ANNOT_FILEATTACHMENT
    if kind == pdfium.FPDF_ANNOT_WIDGET and form:
        put.fields += 1
        return _field(annotation, form, put, bool(hidden))
    contents = _string(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents")
    if hidden and kind in TYPED:
        put.left_out["hidden"] += characters(contents)
    elif kind in NOTES:
        put.left_out["notes beside the text"] += characters(contents)
    elif kind in TYPED:
        if pdfium.FPDFAnnot_GetAP(annotation, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2:
            return True
        put.entries.append(Entry(contents, _box(annotation)))
    return False


def _field(annotation: Any, form: Any, put: Put, hidden: bool) -> bool:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    value = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not hidden:
            state = _string(pdfium.FPDFAnnot_GetStringValue, annotation, b"AS") or value
            put.entries.append(Entry(TICKED[state not in ("", "Off")], _box(annotation), name, ticks=True))
    elif kind in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        if kind == pdfium.FPDF_FORMFIELD_LISTBOX:
            value = _chosen(form, annotation) or value
        if hidden or (kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and flags & PASSWORD):
            put.left_out["hidden"] += characters(value)
        elif value.strip():
            put.entries.append(Entry(value, _box(annotation), name))
    return kind == pdfium.FPDF_FORMFIELD_SIGNATURE and not hidden


def _chosen(form: Any, annotation: Any) -> str:
    count = pdfium.FPDFAnnot_GetOptionCount(form, annotation)
    chosen = [n for n in range(max(0, count)) if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, n)]
    return ", ".join(_string(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, n) for n in chosen)


def _box(annotation: Any) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rect)
    return (
        min(rect.left, rect.right),
        min(rect.bottom, rect.top),
        max(rect.left, rect.right),
        max(rect.bottom, rect.top),
    )


def _string(call: Callable[..., int], *arguments: Any) -> str:
    """Return a text of pdfium, which is asked for its length first."""
    length = call(*arguments, None, 0)
    if length <= 2:
        return ""
    buffer = (pdfium.FPDF_WCHAR * (length // 2))()
    call(*arguments, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\r", "\n")


def names_of_files(document: Any) -> list[str]:
    """Return the names of the files that a document holds within it."""
    count = pdfium.FPDFDoc_GetAttachmentCount(document)
    files = [pdfium.FPDFDoc_GetAttachment(document, number) for number in range(count)]
    return [_string(pdfium.FPDFAttachment_GetName, file) or "a file without a name" for file in files if file]
