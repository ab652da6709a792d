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

import torch
from torch import Tensor
from torch.nn import functional

from attune.training.data.batches import BatchLabels


def info_nce(
    questions: Tensor,
    chunks: Tensor,
    labels: BatchLabels,
    scale: float,
    symmetric: bool,
    teacher_weight: float = 0.0,
) -> Tensor:
    """Return the loss of a batch; every question weighs the same, however many relevant chunks it has.

    Args:
        questions: vectors of shape (questions, dimensions), of any length.
        chunks: vectors of shape (chunks, dimensions), of any length.
        labels: what the questions shall find, and what a teacher says, where there is one.
        scale: 1 / temperature.
        symmetric: also find the questions of each chunk among all questions, and take the mean of both losses. A chunk
            without a question, such as a hard negative, has no loss of its own.
        teacher_weight: how much the teacher has to say, from 0 to 1.

    Returns:
        A scalar, in float32 or better.
    """
    relevant, masked, teacher = labels["relevant"], labels["masked"], labels.get("teacher")
    with torch.autocast(questions.device.type, enabled=False):  # eight bits of bfloat16 are too few for scaled cosines
        scores = scale * (_unit(questions) @ _unit(chunks).T)
        loss = _one_way(scores, relevant, masked)
        if symmetric:
            loss = (loss + _one_way(scores.T, relevant.T, masked.T)) / 2
        if teacher is not None:
            loss = (1 - teacher_weight) * loss + teacher_weight * _divergence(scores, teacher, masked)
    return loss


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
