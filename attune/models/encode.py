"""Vectors of questions and passages, with the prompts that a model keeps for each; the same numbers every time."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

import torch
from transformers import set_seed

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.engine.choice import engine_in_use
from attune.engine.jobs import Job, Lost

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


class _Encoding(Job[list[str], torch.Tensor]):
    """Encodes batches of texts."""

    gpu = True

    def __init__(self, model: SentenceTransformer, kind: Literal["question", "passage"]) -> None:
        self._model, self._kind, self.processors = model, kind, torch.get_num_threads()

    def __getstate__(self) -> dict[str, Any]:
        on_processor = self._model.device.type == "cpu"
        return vars(self) | ({} if on_processor else {"_model": deepcopy(self._model).to("cpu")})

    def arrive(self) -> None:
        """Use as many threads as where the model comes from, for they decide on the last digits; or a GPU."""
        torch.set_num_threads(self.processors)
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, item: list[str]) -> torch.Tensor:
        """Return the vectors of a batch, of shape (texts, dimensions), on the processor."""
        encode = self._model.encode_query if self._kind == "question" else self._model.encode_document
        vectors = encode(item, batch_size=len(item), convert_to_tensor=True, show_progress_bar=False)
        return vectors.float().cpu()


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
        UserError: the model returned a number that is not finite, or the engine lost a batch.
    """
    order = sorted(range(len(texts)), key=lambda index: (-len(texts[index]), index))
    # a text's vector depends on the last digits on its batch: batches are the same whoever encodes them
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    vectors = torch.empty(len(texts), model.get_embedding_dimension() or 0)
    encoded = engine_in_use().map(_Encoding(model, kind), ([texts[index] for index in batch] for batch in batches))
    bar = progress(None, description, "text", total=len(texts)) if description else None
    for batch, found in zip(batches, encoded, strict=True):
        if isinstance(found, Lost):
            raise UserError(f"a batch of {len(batch)} texts {found.reason}; lower runtime.encode_batch_size")
        vectors[batch] = found
        if bar is not None:
            bar.update(len(batch))
    if bar is not None:
        bar.close()
    if not torch.isfinite(vectors).all():
        raise UserError("the model returns vectors that are not finite; its weights are broken, train it again")
    return vectors
