"""A linear map of a model's query vectors, for models whose weights nobody can train and indexes that must stay.

The map starts as the identity and learns to lead each question to its chunks, whose vectors stay as they are: so
nothing is indexed again, and the model may be behind a server. How far to go from the identity is chosen on the dev
questions, like the way between two models. The loss is InfoNCE (van den Oord et al. 2018, arXiv 1807.03748, equation 4)
over all chunks, with several right ones counted together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import normalize

from attune.core.progress import progress
from attune.search.ask import EncodedSet
from attune.search.judged import JudgedQuestions
from attune.search.measures import DEPTH, Values, ndcg
from attune.training.guards import is_ahead, luck_of
from attune.training.interpolation import Choice, choose

SCALE = 20.0  # of cosines, as in the usual loss
STEPS, WATCHED = 100, 10  # of training, each over all questions; and from one look at the dev questions to the next
LEARNING_RATE = 1e-4  # larger ones overfit some hundred questions (docs/measurements.md)
WAYS = (0.125, 0.25, 0.5, 1.0)  # from the identity (0) to the map that was learned (1)
BLOCK = 512  # questions compared with all chunks at a time
NAME = "weight"  # of the map in its file


@dataclass(frozen=True)
class Adapted:
    """A map and how it was chosen.

    Attributes:
        weight: of shape (d, d); a vector q becomes weight @ q, divided by its length.
        choice: how far it is from the identity, and what the dev questions said.
        learned: the whole way, as training left it.
    """

    weight: Tensor
    choice: Choice
    learned: Tensor

    def apply(self, encoded: EncodedSet) -> EncodedSet:
        """Return the same set with the questions' vectors mapped."""
        return mapped(encoded, self.weight)


def mapped(encoded: EncodedSet, weight: Tensor) -> EncodedSet:
    """Return a set with the questions' vectors mapped, by their cosine; what has no vector keeps none."""
    questions = normalize(encoded.question_vectors.float() @ weight.T)
    chunks = normalize(encoded.chunk_vectors.float())
    return EncodedSet(
        encoded.questions, encoded.chunks, questions, chunks, lambda a, b: a @ b.T, encoded.truncated, encoded.has_gaps
    )


def fit_adapter(
    train: EncodedSet,
    relevant: Sequence[Sequence[str]],
    groups: Sequence[int],
    dev: EncodedSet,
    asked: JudgedQuestions,
    clusters: Sequence[str],
) -> Adapted:
    """Learn a map and choose how much of it to take; the identity where no way beats it by more than luck.

    Args:
        train: the training questions and all chunks.
        relevant: the chunks that answer each training question.
        groups: the number of the group of near-duplicates that each chunk belongs to; those of a right chunk are no
            wrong answers.
        dev: the dev questions and all chunks.
        asked: the dev questions and their answers.
        clusters: the cluster of each dev question.
    """
    size = train.chunk_vectors.shape[1]
    linear = nn.Linear(size, size, bias=False)
    with torch.no_grad():
        linear.weight.copy_(torch.eye(size))
    start = {NAME: torch.eye(size)}

    def measure() -> Values:
        hits = mapped(dev, linear.weight.detach()).ranking(DEPTH).hits(asked.relevant)
        return ndcg(hits, 10)

    looks, best = _train(linear, train, relevant, groups, measure)
    linear.load_state_dict({NAME: best})
    choice = choose(
        linear,  # type: ignore[arg-type]  # has weights, and that is all that is asked of it
        start,
        WAYS,
        lambda _: measure(),
        lucky=luck_of(looks, clusters),
        ahead=is_ahead,
    )
    return Adapted(linear.weight.detach().clone(), choice, best)


def _train(
    linear: nn.Linear,
    train: EncodedSet,
    relevant: Sequence[Sequence[str]],
    groups: Sequence[int],
    measure: Callable[[], Values],
) -> tuple[list[Values], Tensor]:
    """Train; return what the dev questions said each time, and the map that did best on them."""
    questions, chunks = train.question_vectors.float(), normalize(train.chunk_vectors.float())
    blocks = list(_blocks(train, relevant, groups))
    optimizer = torch.optim.Adam(linear.parameters(), lr=LEARNING_RATE)
    looks: list[Values] = []
    best, best_mean = linear.weight.detach().clone(), -1.0
    for step in progress(range(1, STEPS + 1), "adapter", "step"):
        optimizer.zero_grad()
        for first, right, hidden in blocks:
            scores = SCALE * normalize(linear(questions[first : first + len(right)])) @ chunks.T
            scores = scores.masked_fill(hidden, -torch.inf)
            found = scores.masked_fill(~right, -torch.inf).logsumexp(dim=1)
            loss = (scores.logsumexp(dim=1) - found).sum() / len(relevant)
            loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % WATCHED == 0:
            looks.append(measure())
            if float(looks[-1].mean()) > best_mean:
                best, best_mean = linear.weight.detach().clone(), float(looks[-1].mean())
    return looks, best


def _blocks(
    train: EncodedSet, relevant: Sequence[Sequence[str]], groups: Sequence[int]
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield, for some questions at a time, the first, which chunks are right, and which are no wrong answers either."""
    place = {chunk: number for number, chunk in enumerate(train.chunks)}
    labels = torch.as_tensor(groups)
    for first in range(0, len(relevant), BLOCK):
        answers = [[place[chunk] for chunk in ids] for ids in relevant[first : first + BLOCK]]
        right = torch.zeros((len(answers), len(place)), dtype=torch.bool)
        for row, ids in enumerate(answers):
            right[row, ids] = True
        near = torch.stack([torch.isin(labels, labels[ids]) for ids in answers])
        yield first, right, near & ~right


def save_adapter(adapted: Adapted, path: Path, model: str) -> None:
    """Write a map as safetensors, with the name of the model whose query vectors it is for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({NAME: adapted.weight.contiguous()}, path, {"model": model, "way": f"{adapted.choice.weight:g}"})
