"""Cut the documents into chunks that fit into the window of the embedding model.

Reads data/documents, writes data/beir/corpus.jsonl, results/chunk/documents.csv (a row for each file: what was read,
left out and lost of it, and why) and results/chunk/metrics.json. A chunk is an exact part of the text of its document,
and tells where it stands there; docs/data-set.md has the fields. What was made of each document is kept in
.attune/documents, so that the next run reads only what changed.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.documents.cutting.tokens import Tokens
from attune.documents.folder.cache import Cache
from attune.documents.folder.merging import merged_corpus
from attune.documents.folder.reading import check_failures, documents_in, made_of, passed_over, warn
from attune.documents.folder.table import counts, write_table
from attune.documents.folder.work import Work
from attune.documents.params import ChunkParams, check_window
from attune.models.load import load_tokenizer
from attune.models.trainable import check_trainable
from attune.models.window import window

DOCUMENTS = Path("data/documents")
CORPUS = Path("data/beir/corpus.jsonl")
TABLE = Path("results/chunk/documents.csv")
METRICS = Path("results/chunk/metrics.json")


def main() -> None:
    """Run the stage."""
    params = load_params("chunk", ChunkParams)
    base = load_params("base_model", BaseModelParams)
    runtime = load_params("runtime", RuntimeParams)
    folder = documents_in(DOCUMENTS)
    with merged_corpus(CORPUS) as corpus, TemporaryDirectory() as scratch:
        work = Work(DOCUMENTS, params, Path(scratch, "tokens"), Cache.here(runtime.document_cache_gib))
        rows = []
        with made_of(folder.documents, work, runtime) as made:  # they are read while the model is looked at
            check_trainable(base)
            tokenizer = load_tokenizer(base)
            check_window(params.max_tokens, window(base, tokenizer))
            Tokens(tokenizer).write(work.tokens)
            for document in made:
                rows.append(document.row)
                for id, line in document.lines:
                    corpus.add(id, line)
        write_table(TABLE, [*rows, *passed_over(folder)])
        warn(rows, TABLE)
        check_failures(rows, params.max_failed_fraction)
    write_json(METRICS, counts(rows, len(corpus), corpus.merged, len(folder.others) + len(folder.links_out)))
    print(f"wrote {CORPUS} (documents: {len(rows)}, chunks: {len(corpus)}), {TABLE} and {METRICS}")


if __name__ == "__main__":
    run(main)
