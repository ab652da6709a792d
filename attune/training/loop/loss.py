"""InfoNCE over questions and chunks, where each chunk of a batch is encoded once for all of its questions.

The loss of a question q with relevant chunks P and negatives N is the mean over p in P of

    -log( exp(s(q, p)) / (exp(s(q, p)) + sum over n in N of exp(s(q, n))) ),    s = scale * cosine

which is equation 4 of van den Oord et al. 2018 (arXiv 1807.03748) averaged over the positives outside the logarithm
(Khosla et al. 2020, arXiv 2004.11362, equation 2), but a positive is never weighed against another positive. With one
question for each chunk it is sentence-transformers' MultipleNegativesRankingLoss.

A teacher can have a say: the loss is then (1 - w) times the above plus w times the divergence KL(teacher || model) of
the softmax over the chunks of the batch, which is listwise distillation (Hinton et al. 2015, arXiv 1503.02531, without
the factor for the temperature).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from sentence_transformers.base.losses.gradcache import CachedLossMixin, has_static_embedding_input
from sentence_transformers.util.distributed import all_gather_with_grad, get_rank, get_world_size
from torch import Tensor, nn
from torch.nn import functional

from attune.core.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CPU_TOKENS = 1024  # encoded at a time on a processor: what its caches hold; a fifth faster than a batch at once
Features = dict[str, Tensor]  # what a tokenizer returns for some texts
Item = TypeVar("Item")


def info_nce(
    questions: Tensor,
    chunks: Tensor,
    relevant: Tensor,
    masked: Tensor,
    scale: float,
    symmetric: bool,
    teacher: Tensor | None = None,
    teacher_weight: float = 0.0,
) -> Tensor:
    """Return the loss of a batch; every question weighs the same, however many relevant chunks it has.

    Args:
        questions: vectors of shape (questions, dimensions), of any length.
        chunks: vectors of shape (chunks, dimensions), of any length.
        relevant: bools of shape (questions, chunks): the chunk answers the question.
        masked: bools of the same shape: the chunk counts neither as relevant nor as a negative.
        scale: 1 / temperature.
        symmetric: also find the questions of each chunk among all questions, and take the mean of both losses. A chunk
            without a question, such as a hard negative, has no loss of its own.
        teacher: a teacher's scores before its softmax, of the same shape; None without one.
        teacher_weight: how much the teacher has to say, from 0 to 1.

    Returns:
        A scalar, in float32 or better.
    """
    with torch.autocast(questions.device.type, enabled=False):  # eight bits of bfloat16 are too few for scaled cosines
        scores = scale * (_unit(questions) @ _unit(chunks).T)
        loss = _one_way(scores, relevant, masked)
        if symmetric:
            loss = (loss + _one_way(scores.T, relevant.T, masked.T)) / 2
        if teacher is not None:
            loss = (1 - teacher_weight) * loss + teacher_weight * _divergence(scores, teacher, masked)
    return loss


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


def share(items: Sequence[Item]) -> Sequence[Item]:
    """Return this process's part of the items: every nth of them, so that long and short texts are spread evenly."""
    return items[get_rank() :: get_world_size()]


def gather(vectors: Tensor, count: int) -> Tensor:
    """Put the vectors of every process's `share` together again, in the order of all `count` items, with gradients."""
    processes = get_world_size()
    if processes == 1:
        return vectors
    rows = -(-count // processes)  # all must send the same number: the shorter shares are filled up
    everything = all_gather_with_grad(functional.pad(vectors, (0, 0, 0, rows - len(vectors))))
    places = [item % processes * rows + item // processes for item in range(count)]
    return everything[torch.tensor(places, device=everything.device)]


def _unit(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors.to(torch.promote_types(vectors.dtype, torch.float32)), dim=1)


def _one_way(scores: Tensor, relevant: Tensor, masked: Tensor) -> Tensor:
    """Return the mean loss of the rows of scores of shape (rows, columns); rows without a relevant column have none."""
    negatives = scores.masked_fill(relevant | masked, -torch.inf).logsumexp(dim=1, keepdim=True)
    losses = -functional.logsigmoid(scores - negatives)  # log(1 + sum of exp(negative - positive)), without overflow
    positives = relevant.sum(dim=1)
    of_rows = torch.where(relevant, losses, 0).sum(dim=1) / positives.clamp(min=1)
    return of_rows.sum() / (positives > 0).sum()


def _divergence(scores: Tensor, teacher: Tensor, masked: Tensor) -> Tensor:
    """Return the mean over the questions of KL(teacher || model), over the chunks that are not masked."""
    theirs, ours = (
        functional.log_softmax(values.masked_fill(masked, -torch.inf), dim=1)
        for values in (teacher.to(scores.dtype), scores)
    )
    # where both are masked, the difference is no number
    return (theirs.exp() * (theirs - ours).masked_fill(masked, 0)).sum(dim=1).mean()
