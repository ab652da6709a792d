"""PDF files for tests, written by reportlab."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

Draw = Callable[[Canvas], None]

LINE_HEIGHT = 14


def pdf(*pages: Sequence[str], title: str = "") -> bytes:
    """Return a PDF file with these lines on its pages."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.setTitle(title)
    for page in pages:
        for number, line in enumerate(page):
            canvas.drawString(50, 780 - number * LINE_HEIGHT, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def drawn(*pages: Draw, title: str = "") -> bytes:
    """Return a PDF file whose pages are drawn by functions, in Helvetica of 10 points unless they choose."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=0)
    canvas.setTitle(title)
    for draw in pages:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def lines_at(canvas: Canvas, lines: Sequence[str], x: float = 60, y: float = 760, step: float = 14) -> None:
    """Draw lines below each other."""
    for number, line in enumerate(lines):
        canvas.drawString(x, y - step * number, line)


def changed(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    """Return a PDF file after a change by pypdf."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def scanned_pdf() -> bytes:
    """Return a PDF file that holds a picture and no text."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.rect(100, 100, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def locked_pdf(password: str, algorithm: str) -> bytes:
    """Return an encrypted PDF file; everyone may open it when the password is empty."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf(["A secret about foxes."])))
    writer.encrypt(password, "owner", algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def endless_pdf() -> bytes:
    """Return a small PDF file that is valid and takes any parser for ever: forms that draw each other."""
    fanout, depth = 20, 12
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /XObject << /X 6 0 R >>"
        b" /Font << /F 5 0 R >> >> >>",
        stream(b"/X Do"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for level in range(depth):
        body = b"/X Do " * fanout if level < depth - 1 else b"BT /F 9 Tf 50 700 Td (x) Tj ET"
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F 5 0 R >>"
        form += b" /XObject << /X %d 0 R >> >>" % (7 + level) if level < depth - 1 else b" >>"
        objects.append(stream(body, form))
    return raw_pdf(objects)


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """Return a PDF file of these objects, which are numbered from 1; the first one is its catalog."""
    file = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(file + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """Return a stream with its dictionary."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(body), body)
