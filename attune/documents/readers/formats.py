"""Which format is read by which reader: by the ending of a file's name. A new format is a row here."""

from __future__ import annotations

from collections.abc import Callable

from attune.documents.blocks import Content, Options
from attune.documents.office.docx import read_docx
from attune.documents.office.epub import read_epub
from attune.documents.office.slides import read_pptx
from attune.documents.pdf.engines import read_pdf
from attune.documents.readers.html import read_html
from attune.documents.readers.mail import read_mail
from attune.documents.readers.markdown import read_markdown
from attune.documents.readers.notebook import read_notebook
from attune.documents.readers.passages import Passage, csv_passages, jsonl_passages
from attune.documents.readers.plain_markup import read_asciidoc, read_rst
from attune.documents.readers.text import read_text
from attune.documents.sheets.delimited import read_delimited
from attune.documents.sheets.spreadsheet import read_spreadsheet

Reader = Callable[[bytes, Options], Content]

READERS: dict[str, Reader] = {
    ".pdf": lambda data, options: read_pdf(data, options.pdf_engine),
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".mdx": read_markdown,
    ".rst": read_rst,
    ".adoc": read_asciidoc,
    ".asciidoc": read_asciidoc,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".docx": read_docx,
    ".docm": read_docx,
    ".pptx": read_pptx,
    ".pptm": read_pptx,
    ".ppsx": read_pptx,
    ".epub": read_epub,
    ".xlsx": read_spreadsheet,
    ".xlsm": read_spreadsheet,
    ".xlsb": read_spreadsheet,
    ".xls": read_spreadsheet,
    ".ods": read_spreadsheet,
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".ipynb": read_notebook,
    ".eml": read_mail,
}
# files that may hold ready-made passages; None: it holds none, and is read as a document
PASSAGES: dict[str, Callable[[bytes], list[Passage] | None]] = {
    ".jsonl": jsonl_passages,
    ".csv": csv_passages,
    ".tsv": csv_passages,
}
ENDINGS = (*READERS, *(name for name in PASSAGES if name not in READERS))
