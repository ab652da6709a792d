"""Vectors of questions and passages, with the prompts that a model keeps for each; the same numbers every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from transformers import set_seed

from attune.core.errors import UserError
from attune.core.progress import progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def set_up_torch(threads: int, seed: int) -> None:
    """Set the number of threads (0 = all cores) and every random seed.

    The same seed, machine and number of threads give the same bytes; another number of threads adds up
    in another order and may change the last bits.
    """
    if threads:
        torch.set_num_threads(threads)
    set_seed(seed)


def embed(
    model: SentenceTransformer,
    texts: Sequence[str],
    kind: Literal["question", "passage"],
    batch_size: int,
    description: str | None = None,
) -> torch.Tensor:
    """Encode texts, longest first so that a batch holds little padding.

    Args:
        model: the embedding model.
        texts: the texts to encode.
        kind: which of the model's prompts goes in front of a text.
        batch_size: texts encoded at a time.
        description: what the progress bar says; None shows no bar.

    Returns:
        Vectors of shape (texts, dimensions), in the order of the texts, on the processor.

    Raises:
        UserError: the model returned a number that is not finite.
    """
    encode = model.encode_query if kind == "question" else model.encode_document
    order = sorted(range(len(texts)), key=lambda index: (-len(texts[index]), index))
    vectors = torch.empty(len(texts), model.get_embedding_dimension() or 0)
    bar = progress(None, description, "text", total=len(texts)) if description else None
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        encoded = encode(
            [texts[index] for index in batch],
            batch_size=batch_size,
            convert_to_tensor=True,
            show_progress_bar=False,
        )
        vectors[batch] = encoded.float().cpu()
        if bar is not None:
            bar.update(len(batch))
    if bar is not None:
        bar.close()
    if not torch.isfinite(vectors).all():
        raise UserError("the model returns vectors that are not finite; its weights are broken, train it again")
    return vectors
