"""Cut the documents into chunks that fit into the window of the embedding model.

Reads data/documents (.pdf, .txt, .md, .html), writes data/beir/corpus.jsonl and results/chunk/metrics.json.
A chunk is an exact part of the text of its document, and tells where it stands there:

    {"_id": …, "title": …, "text": …, "metadata": {"document": "a/b.pdf", "title": …, "start": 0, "end": 901,
     "pages": [1, 2], "also_in": [{"document": …, "start": …, "end": …, "pages": …}]}}

`pages` is null where the format has none, `also_in` is there when the same text stands at more than one place.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import write_corpus
from attune.core.errors import UserError, run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.core.progress import progress
from attune.documents.chunks import chunk_documents, counts
from attune.documents.cutter import Cutter
from attune.documents.params import ChunkParams, check_window
from attune.documents.reading import read_documents
from attune.models.load import load_tokenizer
from attune.models.trainable import check_trainable
from attune.models.window import window

DOCUMENTS = Path("data/documents")
CORPUS = Path("data/beir/corpus.jsonl")
METRICS = Path("results/chunk/metrics.json")


def main() -> None:
    """Run the stage."""
    params = load_params("chunk", ChunkParams)
    base = load_params("base_model", BaseModelParams)
    runtime = load_params("runtime", RuntimeParams)
    check_trainable(base)
    tokenizer = load_tokenizer(base)
    check_window(params.max_tokens, window(base, tokenizer))
    reading = read_documents(DOCUMENTS, params.pdf_engine, params.skip_unreadable, runtime)
    cutter = Cutter(tokenizer, params.max_tokens, params.overlap_tokens)
    documents = progress(reading.documents, "chunking", " documents")
    chunks, cut = chunk_documents(documents, cutter, params.titles, params.min_tokens)
    if not chunks:
        raise UserError(f"no chunk has chunk.min_tokens ({params.min_tokens}) tokens of its own: set it lower")
    write_corpus(CORPUS, chunks)
    write_json(METRICS, counts(reading, chunks, cut))
    print(f"wrote {CORPUS} (documents: {len(reading.documents)}, chunks: {len(chunks)}) and {METRICS}")


if __name__ == "__main__":
    run(main)
