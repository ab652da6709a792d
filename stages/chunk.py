"""Cut the documents into chunks that fit into the window of the embedding model.

Reads data/documents (.pdf, .txt, .md, .html), writes data/beir/corpus.jsonl and results/chunk/metrics.json.
A chunk is an exact part of the text of its document, and tells where it stands there:

    {"_id": …, "title": …, "text": …, "metadata": {"document": "a/b.pdf", "title": …, "start": 0, "end": 901,
     "pages": [1, 2], "also_in": [{"document": …, "start": …, "end": …, "pages": …}]}}

`pages` is null where the format has none, `also_in` is there when the same text stands at more than one place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from attune.core.beir import Chunk, content_id, write_corpus
from attune.core.errors import UserError, run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, Section, load_params
from attune.core.progress import progress
from attune.documents.cutter import Span, Splitter
from attune.documents.document import Document
from attune.documents.pdf import Engine
from attune.documents.reading import Reading, read_documents
from attune.models.load import load_tokenizer, window

DOCUMENTS = Path("data/documents")
CORPUS = Path("data/beir/corpus.jsonl")
METRICS = Path("results/chunk/metrics.json")


class ChunkParams(Section):
    """`chunk`: how documents are read and cut."""

    max_tokens: int = Field(ge=16)
    overlap_tokens: int = Field(ge=0)
    min_tokens: int = Field(ge=0)
    pdf_engine: Engine
    titles: bool
    skip_unreadable: bool

    @field_validator("overlap_tokens")
    @classmethod
    def _leave_room(cls, overlap: int, info: ValidationInfo) -> int:
        most = info.data.get("max_tokens", overlap * 2) // 2
        if overlap > most:
            raise PydanticCustomError("overlap", "must be at most half of chunk.max_tokens: {most}", {"most": most})
        return overlap


def check_window(max_tokens: int, window: int) -> None:
    """Refuse chunks that the model would read in part only.

    Raises:
        UserError: a chunk can be longer than the window of the base model.
    """
    if max_tokens > window:
        raise UserError(
            f"chunk.max_tokens is {max_tokens}, but the base model reads {window} tokens of a text and ignores the "
            f"rest: set chunk.max_tokens to {window} or less, or base_model.max_tokens to {max_tokens} if it can"
        )


def chunk_documents(
    documents: Iterable[Document], splitter: Splitter, titles: bool, min_tokens: int
) -> tuple[list[Chunk], dict[str, int]]:
    """Return the chunks in the order of documents and places, and counts for the metrics.

    A chunk whose own tokens are fewer than `min_tokens` is dropped, except where it is all of its document. Its text
    is not lost where the next chunk repeats it.
    """
    chunks: dict[str, Chunk] = {}
    counts = Counter({"tokens": 0, "duplicate_chunks_merged": 0, "short_chunks_dropped": 0})
    for document in documents:
        title = splitter.cut_title(document.title) if titles else ""
        spans = splitter.spans(title, document.text)
        for span in spans:
            own_tokens = splitter.count(document.text[span.own : span.end])
            counts["tokens"] += own_tokens
            if own_tokens < min_tokens and len(spans) > 1:
                counts["short_chunks_dropped"] += 1
                continue
            chunk = make_chunk(document, title, span)
            first = chunks.setdefault(chunk.id, chunk)
            if first is not chunk:
                place = {key: value for key, value in chunk.metadata.items() if key != "title"}
                first.metadata.setdefault("also_in", []).append(place)
                counts["duplicate_chunks_merged"] += 1
    return list(chunks.values()), dict(counts)


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


def metrics(reading: Reading, chunks: list[Chunk], counts: dict[str, int]) -> dict[str, int]:
    """Return what was read and what became of it."""
    return {
        "documents": len(reading.documents),
        "unreadable_documents": len(reading.unreadable),
        "other_files": reading.other_files,
        "pages": sum(len(document.page_starts) for document in reading.documents),
        "pages_without_text": sum(document.pages_without_text for document in reading.documents),
        "characters": sum(len(document.text) for document in reading.documents),
        "tokens": counts["tokens"],
        "chunks": len(chunks),
        "duplicate_chunks_merged": counts["duplicate_chunks_merged"],
        "short_chunks_dropped": counts["short_chunks_dropped"],
    }


def main() -> None:
    """Run the stage."""
    params = load_params("chunk", ChunkParams)
    base = load_params("base_model", BaseModelParams)
    runtime = load_params("runtime", RuntimeParams)
    check_window(params.max_tokens, window(base))
    reading = read_documents(DOCUMENTS, params.pdf_engine, params.skip_unreadable, runtime)
    splitter = Splitter(load_tokenizer(base), params.max_tokens, params.overlap_tokens)
    documents = progress(reading.documents, "chunking", " documents")
    chunks, counts = chunk_documents(documents, splitter, params.titles, params.min_tokens)
    if not chunks:
        raise UserError(f"no chunk has chunk.min_tokens ({params.min_tokens}) tokens of its own: set it lower")
    write_corpus(CORPUS, chunks)
    write_json(METRICS, metrics(reading, chunks, counts))
    print(f"wrote {CORPUS} (documents: {len(reading.documents)}, chunks: {len(chunks)}) and {METRICS}")


if __name__ == "__main__":
    run(main)
