"""What is compared: BM25, models in this process and both together, each asked the same in the same way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.evaluation.params import HybridParams
from attune.evaluation.results import DECIDES, hybrid_of
from attune.models.prompts import used_prompts
from attune.models.window import copy_tokenizer, window_of
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.search.fusion import rank_fused
from attune.search.measures import DEPTH
from attune.search.ranking import order_by_id, rank_lines

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 1024  # passages tokenized at a time
WEIGHTS = tuple(tenth / 10 for tenth in range(11))  # of the model in a hybrid, for the curve
CURVE_DEPTH = int(DECIDES.partition("@")[2])


@dataclass(frozen=True)
class Hybrids:
    """What it takes to fuse systems with BM25: the chunks as BM25 sees them, and the knobs."""

    lexical: LexicalIndex
    params: HybridParams

    def ranking(self, encoded: EncodedSet, name: str, dimensions: int | None = None) -> Ranking:
        """Ask a model and BM25 together, with the weight of the knob; `name` is the hybrid's."""
        weight, kind = self.params.dense_weight, self.params.fusion
        return rank_fused(encoded, self.lexical, [weight], kind, DEPTH, name, dimensions)[0]

    def by_weight(self, encoded: EncodedSet, name: str) -> list[Ranking]:
        """Ask a model and BM25 together, with each of `WEIGHTS`, as deep as the measure that decides looks."""
        return rank_fused(encoded, self.lexical, WEIGHTS, self.params.fusion, CURVE_DEPTH, f"{name} by weight")


def search_bm25(lexical: LexicalIndex, questions: Sequence[str], chunks: Sequence[Chunk]) -> Ranking:
    """Ask BM25."""
    ids = [chunk.id for chunk in chunks]
    order = order_by_id(ids)
    return Ranking(ids, rank_lines(lexical.lines(questions, order), order, DEPTH))


def encode_model(
    model: SentenceTransformer, questions: Sequence[str], chunks: Sequence[Chunk], batch_size: int, name: str
) -> EncodedSet:
    """Encode questions and chunks with an embedding model in this process, with the prompts that it has.

    See `prompts.set_prompts` for the prompts that a model ought to have.
    """
    passages = {chunk.id: chunk.passage for chunk in chunks}
    encoded = EncodedSet.of(model, questions, passages, batch_size, name)
    return replace(encoded, truncated=truncated_share(model, list(passages.values())))


def search_encoded(
    encoded: EncodedSet, name: str, dimensions: Sequence[int], hybrids: Hybrids, fused: Collection[str]
) -> dict[str, Ranking]:
    """Rank what a model has encoded, with its whole vectors and with the first d numbers of them.

    Args:
        encoded: by the model.
        name: of the model.
        dimensions: how short vectors shall be.
        hybrids: how to fuse with BM25.
        fused: the names of those that shall be fused, among `name` and `name@d`.

    Returns:
        What it found with whole vectors, by its name, and with the first d numbers of them, by `name@d`; then what the
        hybrids found (`results.hybrid_of`).

    Raises:
        UserError: its vectors have fewer numbers than asked for.
    """
    length = encoded.chunk_vectors.shape[1]
    if max(dimensions, default=0) > length:
        raise UserError(
            f"evaluate.dimensions has {max(dimensions)}, but the vectors of {name} have {length} numbers; "
            f"take numbers up to {length}"
        )
    lengths = {name: length} | {f"{name}@{d}": d for d in dimensions}
    found = {key: encoded.ranking(DEPTH, d) for key, d in lengths.items()}
    asked = {hybrid_of(key): d for key, d in lengths.items() if key in fused}
    return found | {hybrid: hybrids.ranking(encoded, hybrid, d) for hybrid, d in asked.items()}


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
