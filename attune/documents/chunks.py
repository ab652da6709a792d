"""From documents to chunks; a text that stands in several places is one chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from attune.core.records import Chunk, content_id
from attune.documents.cutter import Cutter, Span
from attune.documents.document import Document
from attune.documents.reading import Reading


def chunk_documents(
    documents: Iterable[Document], cutter: Cutter, titles: bool, min_tokens: int
) -> tuple[list[Chunk], dict[str, int]]:
    """Return the chunks in the order of documents and places, and counts for the metrics.

    A chunk whose own tokens are fewer than `min_tokens` is dropped, except where it is all of its document. Its text
    is not lost where the next chunk repeats it.
    """
    chunks: dict[str, Chunk] = {}
    cut = Counter({"tokens": 0, "duplicate_chunks_merged": 0, "short_chunks_dropped": 0})
    for document in documents:
        title = cutter.cut_title(document.title) if titles else ""
        spans = cutter.spans(title, document.text)
        for span in spans:
            own_tokens = cutter.count(document.text[span.own : span.end])
            cut["tokens"] += own_tokens
            if own_tokens < min_tokens and len(spans) > 1:
                cut["short_chunks_dropped"] += 1
                continue
            chunk = make_chunk(document, title, span)
            first = chunks.setdefault(chunk.id, chunk)
            if first is not chunk:
                first.metadata.setdefault("also_in", []).append(chunk.places[0].row)
                cut["duplicate_chunks_merged"] += 1
    return list(chunks.values()), dict(cut)


def make_chunk(document: Document, title: str, span: Span) -> Chunk:
    """Return the chunk of a document that a span cuts out."""
    text = document.text[span.start : span.end]
    pages = document.pages(span.start, span.end)
    metadata = {
        "document": document.path,
        "title": document.title,
        "start": span.start,
        "end": span.end,
        "pages": list(pages) if pages else None,
    }
    return Chunk(content_id(title, text), title, text, metadata)


def counts(reading: Reading, chunks: list[Chunk], cut: dict[str, int]) -> dict[str, int]:
    """Return what was read and what became of it; `cut` is what `chunk_documents` counted."""
    return {
        "documents": len(reading.documents),
        "unreadable_documents": len(reading.unreadable),
        "other_files": reading.other_files,
        "pages": sum(len(document.page_starts) for document in reading.documents),
        "pages_without_text": sum(document.pages_without_text for document in reading.documents),
        "characters": sum(len(document.text) for document in reading.documents),
        "tokens": cut["tokens"],
        "chunks": len(chunks),
        "duplicate_chunks_merged": cut["duplicate_chunks_merged"],
        "short_chunks_dropped": cut["short_chunks_dropped"],
    }
