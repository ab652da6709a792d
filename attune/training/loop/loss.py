"""The loss that the trainer calls: it encodes a batch, in pieces where that is better, and hands it to `info_nce`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.base.losses.gradcache import CachedLossMixin, has_static_embedding_input
from torch import Tensor, nn

from attune.core.errors import UserError
from attune.training.loop.info_nce import info_nce
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
        scale: 1 / temperature.
        symmetric: see `info_nce`.
        dimensions: train the first so many numbers of a vector to stand alone as well: the loss is the mean over these
            and the whole (Matryoshka: Kusupati et al. 2022, arXiv 2205.13147, equation 1).
        teacher_weight: see `info_nce`.
        mini_batch: texts in memory at a time, with gradients cached between (GradCache: Gao et al. 2021,
            arXiv 2101.06983), at the price of encoding each text twice. None keeps the whole batch.

    Raises:
        UserError: `mini_batch` for a model that cannot read a part of a batch.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        scale: float,
        symmetric: bool = False,
        mini_batch: int | None = None,
        dimensions: Sequence[int] = (),
        teacher_weight: float = 0.0,
    ) -> None:
        super().__init__()
        if mini_batch is not None and has_static_embedding_input(model):
            raise UserError("a model of static embeddings reads a batch as one; set finetune.mini_batch to null")
        self.model = model
        self.scale, self.symmetric = scale, symmetric
        self.dimensions, self.teacher_weight = dimensions, teacher_weight
        self.uses_gradient_cache = mini_batch is not None
        self.mini_batch_size = mini_batch or 0
        self.mini_batch_num_tokens = CPU_TOKENS if mini_batch is None and model.device.type == "cpu" else None

    def forward(self, sentence_features: Iterable[Features], labels: Any) -> Tensor:
        """Encode this process's questions and chunks, and return the loss of the whole batch.

        Args:
            sentence_features: of the questions, then of the chunks.
            labels: tensors `relevant`, `masked` and, where there is one, `teacher`, of shape (questions, chunks) of all
                processes together.
        """
        if self.uses_gradient_cache:
            return self.forward_cached(sentence_features, labels)
        return self.calculate_loss([self._encode(part) for part in sentence_features], labels)

    def calculate_loss(self, reps: list[list[Tensor]], labels: Any = None, *, with_backward: bool = False) -> Tensor:
        """Return the loss for vectors that come in pieces; `with_backward` also hands the gradients back to them."""
        relevant, masked, teacher = labels["relevant"], labels["masked"], labels.get("teacher")
        questions, chunks = (gather(torch.cat(parts), n) for parts, n in zip(reps, relevant.shape, strict=True))
        form = relevant, masked, self.scale, self.symmetric, teacher, self.teacher_weight
        sizes = sorted({questions.shape[1], *self.dimensions})
        losses = [info_nce(questions[:, :size], chunks[:, :size], *form) for size in sizes]
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
