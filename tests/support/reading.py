"""A document from bytes, as if they were a file."""

from __future__ import annotations

from pathlib import Path

from attune.documents.document import Document, read_document
from attune.documents.pdf import Engine


def read(folder: Path, name: str, content: bytes, engine: Engine = "pdfium") -> Document:
    file = folder / name
    file.write_bytes(content)
    return read_document(file, name, engine)
