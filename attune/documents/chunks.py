"""From the spans of a document to its chunks, with what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attune.core.records import Chunk, content_id
from attune.documents.cutting.cutter import Span
from attune.documents.cutting.lead import context
from attune.documents.document import Document

MARKED = ("heading", "caption")  # kinds of blocks whose places a chunk tells


def chunks_of(document: Document, spans: Iterable[Span]) -> Iterator[Chunk]:
    """Yield the chunks that spans cut out of a document, but for those without a letter or a digit."""
    blocks = document.blocks
    marked = any(block.kind in MARKED for block in blocks)
    first = 0  # block that reaches into the chunk
    for span in spans:
        while blocks[first].end <= span.start:
            first += 1
        own = first
        while blocks[own].end <= span.own:
            own += 1
        text = document.text[span.start : span.end]
        if not any(map(str.isalnum, text)):
            continue
        pages = document.pages(span.start, span.end)
        path, header = context(document, blocks[own], span.own)
        metadata = {
            "document": document.path,
            "title": document.title,
            "start": span.start,
            "end": span.end,
            "pages": list(pages) if pages else None,
        }
        metadata |= {"headings": list(path)} if path else {}
        metadata |= {"table_header": header} if header else {}
        if marked:
            metadata["marks"] = list(_marks(document, first, span))
        yield Chunk(content_id(span.title, text), span.title, text, metadata)


def _marks(document: Document, first: int, span: Span) -> Iterator[dict[str, str | int]]:
    """Yield where in a chunk its headings and captions stand."""
    for number in range(first, len(document.blocks)):
        block = document.blocks[number]
        if block.start >= span.end:
            return
        if block.kind in MARKED and span.start <= block.start and block.end <= span.end:
            yield {"kind": block.kind, "start": block.start - span.start, "end": block.end - span.start}
