"""What people put on pages: values beside their labels, boxes, typewriter text, stamps, notes and files."""

from __future__ import annotations

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from tests.support.pdf_files import changed, drawn
from tests.support.pdf_lines import texts


def test_values_stand_behind_their_labels() -> None:
    def draw(canvas: Canvas) -> None:
        for number, label in enumerate(["Name:", "Fault reported:", "Urgency:"]):
            canvas.drawString(60, 700 - 40 * number, label)
        for number, value in enumerate(["Wilhelmina Kessler", "Radiator knocks at night", "before Friday"]):
            canvas.acroForm.textfield(name=f"f{number}", value=value, x=200, y=694 - 40 * number, width=300, height=20)

    found = " ".join(texts(drawn(draw)))
    for row in ("Name: Wilhelmina Kessler", "Fault reported: Radiator knocks at night", "Urgency: before Friday"):
        assert row in found.replace(" | ", " ")


def test_labels_without_colons_and_values_without_looks() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(3):
            canvas.drawString(60, 700 - 20 * number, ["Valve", "Pump", "Tank"][number])
            canvas.acroForm.textfield(name=f"f{number}", value="", x=200, y=694 - 20 * number, width=300, height=16)

    def fill(writer: PdfWriter) -> None:
        for number, annotation in enumerate(writer.pages[0]["/Annots"]):  # type: ignore[arg-type, var-annotated]
            field = annotation.get_object()
            field[NameObject("/V")] = TextStringObject(["brass", "copper", "iron"][number])
            field.pop("/AP", None)

    found = " ".join(texts(changed(drawn(draw), fill))).replace("| ", "").replace("|", "")
    assert "Valve brass" in found and "Pump copper" in found and "Tank iron" in found


def test_boxes_tell_whether_they_are_ticked() -> None:
    def draw(canvas: Canvas) -> None:
        for number, label in enumerate(["leaks", "knocks"]):
            canvas.acroForm.checkbox(name=label, checked=number == 1, x=60, y=700 - 30 * number, size=12)
            canvas.drawString(80, 702 - 30 * number, label)

    found = " ".join(texts(drawn(draw)))
    assert "[ ] leaks" in found and "[x] knocks" in found


def test_choices_and_long_values() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Crew:")
        canvas.acroForm.choice(
            name="crew", value="north", options=["north", "south"], x=200, y=694, width=99, height=20
        )
        canvas.drawString(60, 660, "Remarks:")
        lines = "the pump is warm\nand the valve is open"
        canvas.acroForm.textfield(name="r", value=lines, x=60, y=600, width=300, height=50, fieldFlags="multiline")

    found = " ".join(texts(drawn(draw))).replace("| ", "")
    assert "Crew: north" in found
    assert "Remarks:" in found and "the pump is warm" in found and "and the valve is open" in found


def test_a_field_without_a_printed_label_has_its_name() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(
            name="x7", tooltip="Date of the visit", value="4 May", x=200, y=500, width=99, height=20
        )

    assert texts(drawn(draw)) == ["Date of the visit: 4 May"]


def test_hidden_fields_and_passwords_are_left_out_and_counted() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Key:")
        canvas.acroForm.textfield(name="p", value="hunter2", x=200, y=694, width=99, height=20, fieldFlags="password")

    content = read_pdf(drawn(draw), Options())
    assert "hunter2" not in " ".join(block.text for block in content.blocks)
    assert content.left_out == {"hidden": 7}


@pytest.mark.parametrize("with_look", [False, True])
def test_typewriter_text_is_text_of_its_page(with_look: bool) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "The keeper closed the valve.")
        canvas.freeTextAnnotation("TYPED: valve 7", DA="/Helv 10 Tf 0 g", Rect=[60, 400, 400, 430])

    def add_look(writer: PdfWriter) -> None:
        look = DecodedStreamObject()
        look.set_data(b"BT /F 10 Tf 2 10 Td (TYPED: valve 7) Tj ET")
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        fonts = DictionaryObject(
            {NameObject("/F"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
        )
        look.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): ArrayObject([FloatObject(n) for n in (0, 0, 340, 30)]),
                NameObject("/Resources"): DictionaryObject({NameObject("/Font"): fonts}),
            }
        )
        annotation = writer.pages[0]["/Annots"][0].get_object()  # type: ignore[index]
        annotation[NameObject("/AP")] = DictionaryObject({NameObject("/N"): writer._add_object(look)})

    data = drawn(draw)
    assert texts(changed(data, add_look) if with_look else data) == ["The keeper closed the valve.", "TYPED: valve 7"]


def test_notes_are_counted_and_files_are_told() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "The keeper closed the valve.")
        canvas.textAnnotation("ask the landlord", Rect=[60, 300, 90, 330])

    def attach(writer: PdfWriter) -> None:
        writer.add_attachment("notes.txt", b"order seals")

    content = read_pdf(changed(drawn(draw), attach), Options())
    assert [block.text for block in content.blocks] == ["The keeper closed the valve."]
    assert content.left_out == {"notes beside the text": 14}
    assert content.warnings == ("holds 1 file not read here (notes.txt); save them as documents of their own",)


def test_turned_pages_have_turned_forms() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(300, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Name:")
        canvas.restoreState()
        canvas.acroForm.textfield(name="f", value="Kessler", x=290, y=160, width=20, height=200)

    def turn(writer: PdfWriter) -> None:
        writer.pages[0][NameObject("/Rotate")] = NumberObject(90)
        writer.root_object[NameObject("/NeedsRendering")] = BooleanObject(False)

    assert " ".join(texts(changed(drawn(draw), turn))).replace("| ", "").strip(" |") == "Name: Kessler"
