"""A linear map, and how much of it is taken: by the rule that a training is chosen by.

The way from the identity to the map that was learned is tried on the dev questions. What beats the identity by no more
than luck does not count, nor what does worse on general questions; so the identity may be what is taken.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor, nn

from attune.adapter.lessons import Lessons
from attune.adapter.linear_map import Pairs, identity, learn, mapped, unit
from attune.choice.guards import luck_of
from attune.choice.interpolation import Choice, choose
from attune.core.errors import UserError
from attune.search.ask import EncodedSet
from attune.search.judged import JudgedQuestions
from attune.search.measures import Values, ndcg
from attune.statistics.difference import compare, verdict_word

WAYS = (0.125, 0.25, 0.5, 1.0)  # from the identity (0) to the map that was learned (1)
NAME, ABOUT = "weight", "about"  # of the map in its file, and of what the file says about it


@dataclass(frozen=True)
class Adapted:
    """A map and how it was chosen.

    Attributes:
        weight: of shape (d, d); a vector q becomes weight @ q, divided by its length.
        choice: how far it is from the identity, and what the dev questions said.
        learned: the whole way, as training left it.
        questions: how many it was learned from.
        refused: how many training questions it was not learned from: a server made no vector of them or their chunks.
        guards: the questions that it had to pass: dev, general.
    """

    weight: Tensor
    choice: Choice
    learned: Tensor
    questions: int
    refused: int
    guards: tuple[str, ...]

    def apply(self, encoded: EncodedSet) -> EncodedSet:
        """Return a set with the questions' vectors mapped; the very same where nothing is taken."""
        return mapped(unit(encoded), self.weight) if self.choice.weight else encoded


def fit_adapter(encoded: EncodedSet, general: EncodedSet, lessons: Lessons) -> Adapted:
    """Learn a map and choose how much of it to take; the identity where no way beats it by more than luck.

    Args:
        encoded: the training questions, then the dev questions, and all chunks.
        general: the general questions that guard, and all general chunks; there may be no such questions.
        lessons: these questions, and their answers.

    Raises:
        UserError: the model does not compare by the cosine, or no training question has a vector.
    """
    encoded = unit(encoded)
    dev, first = lessons.dev, len(lessons.train)
    of_dev, guarding = encoded.part(first, first + len(dev)), unit(general)
    pairs, refused = _pairs(encoded, lessons)
    linear = identity(encoded.chunk_vectors.shape[1])
    start = {name: tensor.clone() for name, tensor in linear.state_dict().items()}

    def measure(_: object = None) -> Values:
        return _values(mapped(of_dev, linear.weight.detach()), dev)

    half = lessons.general.half("guards")
    before = _values(guarding, half.asked)

    def harmless(_: object) -> bool:
        after = _values(mapped(guarding, linear.weight.detach()), half.asked)
        return verdict_word(compare(after, before, half.clusters)) != "worse"

    looks = learn(linear, pairs, measure)
    learned = linear.weight.detach().clone()
    choice = choose(
        linear,  # type: ignore[arg-type]  # has weights, and that is all that is asked of it
        start,
        WAYS,
        measure,
        lucky=luck_of(looks, lessons.clusters),
        harmless=harmless if half.asked else None,
    )
    guards = ("dev", "general") if half.asked else ("dev",)
    return Adapted(_weight(linear), choice, learned, len(pairs.right), refused, guards)


def _weight(linear: nn.Linear) -> Tensor:
    return linear.weight.detach().clone()


def _values(encoded: EncodedSet, asked: JudgedQuestions) -> Values:
    return ndcg(encoded.ranking(10).hits(asked.relevant), 10)


def _pairs(encoded: EncodedSet, lessons: Lessons) -> tuple[Pairs, int]:
    """Return what the map is learned from, and how many training questions are not among it for want of a vector."""
    has_vector = encoded.chunk_vectors.any(dim=1).tolist()
    place = {chunk: number for number, chunk in enumerate(encoded.chunks) if has_vector[number]}
    right = [[chunk for chunk in ids if chunk in place] for ids in lessons.train.relevant]
    asked = encoded.question_vectors[: len(right)].any(dim=1).tolist()
    taken = [row for row, answers in enumerate(right) if answers and asked[row]]
    if not taken:
        raise UserError("no training question of the adapter has a vector, so nothing can be learned from them")
    among = sorted({chunk for row in taken for chunk in right[row]})
    row_of = {chunk: number for number, chunk in enumerate(among)}

    def rows(ids: Sequence[str]) -> list[int]:
        return sorted(row_of[chunk] for chunk in ids if chunk in row_of)

    pairs = Pairs(
        encoded.question_vectors[taken],
        encoded.chunk_vectors[[place[chunk] for chunk in among]],
        [rows(right[row]) for row in taken],
        [rows(sorted(lessons.alike[row])) for row in taken],
    )
    return pairs, len(right) - len(taken)


def save_adapter(adapted: Adapted, path: Path, model: str, prompt: str) -> None:
    """Write a map as safetensors.

    Args:
        adapted: the map.
        path: where to.
        model: the name of the model whose query vectors it is for.
        prompt: what stood in front of each question.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # one entry: several would be written in an order that changes from run to run
    about = {"model": model, "prompt": prompt, "way": adapted.choice.weight}
    save_file({NAME: adapted.weight.contiguous()}, path, {ABOUT: json.dumps(about, ensure_ascii=False)})
