"""Documents from bytes or words, as if they were files."""

from __future__ import annotations

from pathlib import Path

from attune.documents.blocks import Engine, Options
from attune.documents.document import Document, read_document


def read(folder: Path, name: str, content: bytes, engine: Engine = "pdfium") -> Document:
    file = folder / name
    file.write_bytes(content)
    return read_document(file, name, Options(engine))


def put(root: Path, *names: str, text: str = "Some words.") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
