"""Which chunk of a document answers a query that led people there: the one that BM25 and the base model find first.

A click tells the document. To take all its chunks for right would teach that a query is like each of them; to take the
first would teach openings. Both scores are scaled to 0 to 1 over the chunks that it may be, and added, as in hybrid
search, so that neither the words alone nor what the model knows already decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attune.core.params import BaseModelParams, RuntimeParams
from attune.core.records import Chunk
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.models.prompts import set_prompts
from attune.search.ask import EncodedSet
from attune.search.bm25 import LexicalIndex
from attune.search.fusion import fuse
from attune.search.ranking import order_by_id

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DENSE_WEIGHT = 0.7  # of the model; people's questions are served best by 0.7 to 0.9 (docs/hybrid.md)


class Open(NamedTuple):
    """A query, and the numbers of the chunks one of which answers it."""

    query: str
    chunks: frozenset[int]


def guess(
    opens: Sequence[Open], chunks: Sequence[Chunk], load: Callable[[], SentenceTransformer], batch_size: int
) -> list[int]:
    """Return, for each query, the number of the chunk among those that may answer it.

    Only chunks that may answer one are encoded. Of equally good ones it is that with the lowest id.

    Args:
        opens: what is to be guessed.
        chunks: all chunks.
        load: returns the base model, with its prompts; not called where nothing is to be guessed.
        batch_size: texts embedded at a time.
    """
    if not opens:
        return []
    return choose(opens, chunks, encode(opens, chunks, load(), batch_size), DENSE_WEIGHT)


def encode(opens: Sequence[Open], chunks: Sequence[Chunk], model: SentenceTransformer, batch_size: int) -> EncodedSet:
    """Return the queries, each once, and the chunks that may answer one, in the order of their ids."""
    numbers = {number for each in opens for number in each.chunks}
    passages = {chunk.id: chunk.passage for chunk in sorted((chunks[n] for n in numbers), key=lambda chunk: chunk.id)}
    return EncodedSet.of(model, list(dict.fromkeys(each.query for each in opens)), passages, batch_size, "queries")


def choose(opens: Sequence[Open], chunks: Sequence[Chunk], encoded: EncodedSet, weight: float) -> list[int]:
    """Return what `guess` does, with what is encoded already, and a weight of the model from 0 to 1."""
    numbers = {number for each in opens for number in each.chunks}
    number_of = {chunks[number].id: number for number in numbers}
    column = {number_of[name]: place for place, name in enumerate(encoded.chunks)}
    lexical = LexicalIndex([chunks[number_of[name]].passage for name in encoded.chunks])
    words = lexical.lines(encoded.questions, order_by_id(encoded.chunks), "queries")
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for row, each in enumerate(opens):
        wanted[each.query].append(row)
    found = [0] * len(opens)
    for query, by_meaning, by_words in zip(encoded.questions, encoded.lines(), words, strict=True):
        for row in wanted[query]:
            columns = np.array(sorted(column[number] for number in opens[row].chunks))
            (fused,) = fuse([by_meaning[columns]], [by_words[columns]], [weight], "score")
            found[row] = number_of[encoded.chunks[columns[fused.argmax()]]]
    return found


def load_base(base: BaseModelParams, runtime: RuntimeParams) -> SentenceTransformer:
    """Load the base model, with the prompts that it has.

    Raises:
        UserError: there is no such model.
    """
    set_up_torch(runtime.threads, seed=0)
    model = load_embedder(base)
    print(f"which chunk of a document answers what people typed: {base.name}: {set_prompts(model, base.name)}")
    return model
