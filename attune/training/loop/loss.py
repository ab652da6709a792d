"""The loss that the trainer calls: it encodes a batch, in pieces where that is better, and hands it to `info_nce`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.base.losses.gradcache import CachedLossMixin, has_static_embedding_input
from torch import Tensor, nn

from attune.core.errors import UserError
from attune.training.loop.info_nce import info_nce
from attune.training.loop.params import LoopParams
from attune.training.loop.processes import gather

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CPU_TOKENS = 1024  # encoded at a time on a processor: what its caches hold; a fifth faster than a batch at once
Features = dict[str, Tensor]  # what a tokenizer returns for some texts


class ContrastiveLoss(CachedLossMixin, nn.Module):
    """`info_nce` as sentence-transformers' trainer calls it.

    In a group of processes each of them encodes its `share` of the texts and sees the vectors of all, so that the
    loss, and the gradients after their mean over the processes, are those of one process with the whole batch.

    Args:
        model: the model to train.
        params: how to train. With `dimensions` the loss is the mean over the first d numbers of the vectors, for each
            such d, and the whole (Matryoshka: Kusupati et al. 2022, arXiv 2205.13147, equation 1). With `mini_batch`
            gradients are cached between the pieces of a batch, each of which is encoded twice (GradCache: Gao et al.
            2021, arXiv 2101.06983).
        chunks: the vectors of all chunks of every batch, of shape (chunks, d), where they stay as they are; None
            encodes those of a batch.

    Raises:
        UserError: `mini_batch` for a model that cannot read a part of a batch.
    """

    def __init__(self, model: SentenceTransformer, params: LoopParams, chunks: Tensor | None = None) -> None:
        super().__init__()
        if params.mini_batch is not None and has_static_embedding_input(model):
            raise UserError("a model of static embeddings reads a batch as one; set finetune.mini_batch to null")
        self.model = model
        self.params = params
        self._chunks = None if chunks is None else chunks.to(model.device)
        self.uses_gradient_cache = params.mini_batch is not None
        self.mini_batch_size = params.mini_batch or 0
        self.mini_batch_num_tokens = CPU_TOKENS if params.mini_batch is None and model.device.type == "cpu" else None

    def forward(self, sentence_features: Iterable[Features], labels: Any) -> Tensor:
        """Encode this process's questions and chunks, and return the loss of the whole batch.

        Args:
            sentence_features: of the questions, then of the chunks, unless these have their vectors.
            labels: `BatchLabels` of the questions and chunks of all processes together.
        """
        if self.uses_gradient_cache:
            return self.forward_cached(sentence_features, labels)
        return self.calculate_loss([self._encode(part) for part in sentence_features], labels)

    def calculate_loss(self, reps: list[list[Tensor]], labels: Any = None, *, with_backward: bool = False) -> Tensor:
        """Return the loss for vectors that come in pieces; `with_backward` also hands the gradients back to them."""
        params, counts = self.params, labels["relevant"].shape
        questions, *encoded = (gather(torch.cat(parts), count) for parts, count in zip(reps, counts, strict=False))
        (chunks,) = encoded if self._chunks is None else (self._chunks, *encoded)
        losses = [
            info_nce(
                questions[:, :d], chunks[:, :d], labels, 1 / params.temperature, params.symmetric, params.teacher_weight
            )
            for d in sorted({questions.shape[1], *params.dimensions})
        ]
        loss = torch.stack(losses).mean()
        if with_backward:
            torch.autograd.backward(loss)
            return loss.detach()
        return loss

    def _encode(self, texts: Features) -> list[Tensor]:
        """Return the vectors of all texts, with their graph, in pieces where that is faster."""
        if self.mini_batch_num_tokens is None or "attention_mask" not in texts:  # no mask: static embeddings
            return [self.model(texts)["sentence_embedding"]]
        pieces = self.embed_minibatch_iter(texts, with_grad=True, copy_random_state=False)
        return [vectors for vectors, _ in pieces]
