"""What is compared: BM25, the base and the fine-tuned model, and others, each asked the same in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.evaluation.truncation import truncated_share
from attune.models.encode import embed
from attune.search.bm25 import rank_bm25
from attune.search.ranking import rank

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEPTH = 100  # how far down the ranking is looked at


@dataclass(frozen=True)
class Found:
    """What a system found.

    `ranked` are indices of chunks, best first, of shape (questions, depth); `truncated` is the share of the chunks
    that the system read in part only, None where it has no window.
    """

    ranked: NDArray[np.int64]
    truncated: float | None


def search_words(questions: Sequence[str], chunks: Sequence[Chunk]) -> Found:
    """Ask BM25."""
    return Found(rank_bm25(questions, [chunk.passage for chunk in chunks], [chunk.id for chunk in chunks], DEPTH), None)


def search_model(
    model: SentenceTransformer, questions: Sequence[str], chunks: Sequence[Chunk], batch_size: int, name: str
) -> Found:
    """Ask an embedding model in this process every question of every chunk, with the prompts that it has.

    See `model_prompts.set_prompts` for the prompts that a model ought to have.
    """
    return search_shortened(model, questions, chunks, batch_size, name, [])[name]


def search_shortened(
    model: SentenceTransformer,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    batch_size: int,
    name: str,
    dimensions: Sequence[int],
) -> dict[str, Found]:
    """Ask an embedding model with its whole vectors, and once more with the first so many numbers of the same vectors.

    Every text is encoded once. Shortened vectors are compared with the model's own similarity function, too: a cosine
    needs nothing more.

    Returns:
        What it found with whole vectors, by its name, and with the first d numbers of them, by `name@d`.

    Raises:
        UserError: its vectors have fewer numbers than asked for.
    """
    length = model.get_embedding_dimension() or 0
    if max(dimensions, default=0) > length:
        raise UserError(
            f"evaluate.dimensions has {max(dimensions)}, but the vectors of {name} have {length} numbers; "
            f"take numbers up to {length}"
        )
    passages, ids = [chunk.passage for chunk in chunks], [chunk.id for chunk in chunks]
    vectors = embed(model, passages, "passage", batch_size, f"{name}: chunks")
    asked = embed(model, questions, "question", batch_size, f"{name}: questions")
    truncated = truncated_share(model, passages)
    lengths = {name: length} | {f"{name}@{d}": d for d in dimensions}
    return {
        key: Found(rank(model.similarity, asked[:, :d], vectors[:, :d], ids, DEPTH), truncated)
        for key, d in lengths.items()
    }
