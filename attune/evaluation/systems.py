"""What is compared: BM25 and the models in this process, each asked the same in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.models.prompts import used_prompts
from attune.models.window import copy_tokenizer, window_of
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import rank_bm25
from attune.search.measures import DEPTH

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 1024  # passages tokenized at a time


def search_bm25(questions: Sequence[str], chunks: Sequence[Chunk]) -> Ranking:
    """Ask BM25."""
    ids = [chunk.id for chunk in chunks]
    return Ranking(ids, rank_bm25(questions, [chunk.passage for chunk in chunks], ids, DEPTH))


def search_model(
    model: SentenceTransformer, questions: Sequence[str], chunks: Sequence[Chunk], batch_size: int, name: str
) -> Ranking:
    """Ask an embedding model in this process every question of every chunk, with the prompts that it has.

    See `prompts.set_prompts` for the prompts that a model ought to have.
    """
    return search_shortened(model, questions, chunks, batch_size, name, [])[name]


def search_shortened(
    model: SentenceTransformer,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    batch_size: int,
    name: str,
    dimensions: Sequence[int],
) -> dict[str, Ranking]:
    """Ask an embedding model with its whole vectors, and once more with the first d numbers of the same vectors.

    Every text is encoded once.

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
    passages = {chunk.id: chunk.passage for chunk in chunks}
    encoded = EncodedSet.of(model, questions, passages, batch_size, name)
    truncated = truncated_share(model, list(passages.values()))
    lengths = {name: length} | {f"{name}@{d}": d for d in dimensions}
    return {key: replace(encoded.ranking(DEPTH, d), truncated=truncated) for key, d in lengths.items()}


def truncated_share(model: SentenceTransformer, texts: Sequence[str]) -> float:
    """Return the share (0 to 1) of passages whose end the model does not read.

    Counted are the tokens of the passage with the model's passage prompt in front, special tokens included, against
    the model's window. A model without a window cuts nothing.
    """
    window = window_of(model)
    if window is None or not texts:
        return 0.0
    prompt = used_prompts(model).passage
    tokenizer = copy_tokenizer(model)
    longer = 0
    for start in range(0, len(texts), BATCH):
        batch = [prompt + text for text in texts[start : start + BATCH]]
        # verbose: no warning about texts longer than the window, which is what is to be found out
        tokens = tokenizer(batch, truncation=False, padding=False, return_attention_mask=False, verbose=False)
        longer += sum(len(ids) > window for ids in tokens["input_ids"])
    return longer / len(texts)
