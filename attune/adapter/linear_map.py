"""A linear map of a model's query vectors: how it is applied, and how it is learned.

It starts as the identity and learns to lead each question to its chunks, whose vectors stay as they are: so nothing is
indexed again, and the model may be behind a server. The loss is InfoNCE (van den Oord et al. 2018, arXiv 1807.03748,
equation 4) over all chunks that are asked about, with several right ones counted together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.search.ask import EncodedSet
from attune.search.measures import Values

SCALE = 20.0  # of cosines, as in the usual loss
STEPS, WATCHED = 100, 10  # of training, each over all questions; and from one look at the dev questions to the next
LEARNING_RATE = 1e-4  # larger ones overfit some hundred questions (docs/measurements.md)
BLOCK = 512  # questions compared with all chunks at a time
LIKE = 1e-3  # cosines that differ by less are the same: half-precision models round to as much


def identity(size: int) -> nn.Linear:
    """Return the map of vectors of `size` numbers to themselves."""
    linear = nn.Linear(size, size, bias=False)
    with torch.no_grad():
        linear.weight.copy_(torch.eye(size))
    return linear


def unit(encoded: EncodedSet) -> EncodedSet:
    """Return a set with all vectors of length 1, compared by their inner product; what has no vector keeps none.

    Raises:
        UserError: the model compares by something else than the cosine, which the map would not keep.
    """
    questions, chunks = (normalize(v.float()) for v in (encoded.question_vectors, encoded.chunk_vectors))
    found = replace(encoded, question_vectors=questions, chunk_vectors=chunks, similarity=inner_product)
    some = encoded.question_vectors[:BLOCK], encoded.chunk_vectors[:BLOCK]
    own, cosine = encoded.similarity(*some), inner_product(questions[:BLOCK], chunks[:BLOCK])
    if not torch.allclose(own.float(), cosine, atol=LIKE, rtol=0):
        raise UserError(
            "a model that is to get an adapter compares vectors by something else than the cosine, which a linear map "
            "does not keep; take it out of evaluate.adapters"
        )
    return found


def inner_product(questions: Tensor, chunks: Tensor) -> Tensor:
    """Return the inner products of vectors of shapes (questions, d) and (chunks, d)."""
    return questions @ chunks.T


def mapped(encoded: EncodedSet, weight: Tensor) -> EncodedSet:
    """Return a set whose vectors are of length 1 (see `unit`) with those of its questions mapped, and so again."""
    return replace(encoded, question_vectors=normalize(encoded.question_vectors @ weight.T))


@dataclass(frozen=True)
class Pairs:
    """What a map is learned from.

    Attributes:
        questions: vectors of length 1, of shape (questions, d).
        chunks: vectors of length 1, of shape (chunks, d).
        right: for each question, the rows of `chunks` that answer it; at least one.
        alike: for each question, the rows that are no wrong answers either.
    """

    questions: Tensor
    chunks: Tensor
    right: Sequence[Sequence[int]]
    alike: Sequence[Sequence[int]]

    def blocks(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield, for some questions at a time, their vectors, which chunks are right, and which are not to be asked."""
        for first in range(0, len(self.right), BLOCK):
            part = slice(first, first + BLOCK)
            vectors = self.questions[part]
            yield vectors, self._marked(self.right[part]), self._marked(self.alike[part])

    def _marked(self, rows: Sequence[Sequence[int]]) -> Tensor:
        marks = torch.zeros((len(rows), len(self.chunks)), dtype=torch.bool)
        for row, places in enumerate(rows):
            marks[row, list(places)] = True
        return marks


def learn(linear: nn.Linear, pairs: Pairs, measure: Callable[[], Values]) -> list[Values]:
    """Train a map, and leave it as it did best on the dev questions.

    Args:
        linear: the map, to begin with as the identity.
        pairs: what it is to learn.
        measure: the dev values of the map as it is, of shape (dev questions,), higher is better.

    Returns:
        What `measure` said each time it was asked.
    """
    optimizer = torch.optim.Adam(linear.parameters(), lr=LEARNING_RATE)
    looks: list[Values] = []
    best, best_mean = linear.weight.detach().clone(), -1.0
    for step in progress(range(1, STEPS + 1), "adapter", "step"):
        optimizer.zero_grad()
        for questions, right, alike in pairs.blocks():
            scores = SCALE * normalize(linear(questions)) @ pairs.chunks.T
            scores = scores.masked_fill(alike, -torch.inf)
            found = scores.masked_fill(~right, -torch.inf).logsumexp(dim=1)
            loss = (scores.logsumexp(dim=1) - found).sum() / len(pairs.right)
            loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % WATCHED == 0:
            looks.append(measure())
            if float(looks[-1].mean()) > best_mean:
                best, best_mean = linear.weight.detach().clone(), float(looks[-1].mean())
    with torch.no_grad():
        linear.weight.copy_(best)
    return looks
