"""Which format is read by which reader: by the ending of a file's name. A new format is a row here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from attune.documents.blocks import Content, Options
from attune.documents.readers.passages import Passage, csv_passages, jsonl_passages

Reader = Callable[[bytes, Options], Content]


def _late(module: str, name: str) -> Reader:
    """Return a reader that is imported with the first file it reads: all of them take longer than most folders do."""

    def read(data: bytes, options: Options) -> Content:
        found: Reader = getattr(import_module(f"attune.documents.{module}"), name)
        return found(data, options)

    return read


READERS: dict[str, Reader] = {
    ".pdf": _late("pdf.engines", "read_pdf"),
    ".txt": _late("readers.text", "read_text"),
    ".md": _late("readers.markdown", "read_markdown"),
    ".markdown": _late("readers.markdown", "read_markdown"),
    ".mdx": _late("readers.markdown", "read_markdown"),
    ".rst": _late("readers.plain_markup", "read_rst"),
    ".adoc": _late("readers.plain_markup", "read_asciidoc"),
    ".asciidoc": _late("readers.plain_markup", "read_asciidoc"),
    ".html": _late("readers.html", "read_html"),
    ".htm": _late("readers.html", "read_html"),
    ".xhtml": _late("readers.html", "read_html"),
    ".docx": _late("office.docx", "read_docx"),
    ".docm": _late("office.docx", "read_docx"),
    ".pptx": _late("office.slides", "read_pptx"),
    ".pptm": _late("office.slides", "read_pptx"),
    ".ppsx": _late("office.slides", "read_pptx"),
    ".epub": _late("office.epub", "read_epub"),
    ".xlsx": _late("sheets.spreadsheet", "read_spreadsheet"),
    ".xlsm": _late("sheets.spreadsheet", "read_spreadsheet"),
    ".xlsb": _late("sheets.spreadsheet", "read_spreadsheet"),
    ".xls": _late("sheets.spreadsheet", "read_spreadsheet"),
    ".ods": _late("sheets.spreadsheet", "read_spreadsheet"),
    ".csv": _late("sheets.delimited", "read_delimited"),
    ".tsv": _late("sheets.delimited", "read_delimited"),
    ".ipynb": _late("readers.notebook", "read_notebook"),
    ".eml": _late("readers.mail", "read_mail"),
}
# files that may hold ready-made passages; None: it holds none, and is read as a document
PASSAGES: dict[str, Callable[[bytes], list[Passage] | None]] = {
    ".jsonl": jsonl_passages,
    ".csv": csv_passages,
    ".tsv": csv_passages,
}
ENDINGS = (*READERS, *(name for name in PASSAGES if name not in READERS))
