"""What came of a training: as metrics.json has it, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attune.choice.interpolation import LUCK, Choice
from attune.statistics.clusters import ENOUGH_CLUSTERS
from attune.training.best_epoch import Epoch
from attune.training.loop.trainer import StepLoss

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MOST_TRIED = 6  # ways times epochs, on a few documents: beyond, the rule errs more often than it says (measurements.md)


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    model: SentenceTransformer  # with the weights that were chosen
    passages: SentenceTransformer | None  # what makes their vectors, where `model` is for questions alone
    base_fingerprint: str
    questions: int  # that passed the filter
    pairs: int  # of those with a chunk
    losses: list[StepLoss]
    curve: list[Epoch]  # before training, and of each epoch; empty without dev questions
    epochs: int  # of the training
    best: int  # the epoch that is kept
    choice: Choice  # of a way between the models
    guards: tuple[str, ...]  # the questions that the chosen weights had to pass: dev, general
    dev_clusters: int  # of the dev questions: documents, or chunks where those are too few

    @property
    def weight(self) -> float:
        """How far from the base model (0) to the epoch that is kept (1) the chosen weights are."""
        return self.choice.weight

    @property
    def metrics(self) -> dict[str, Any]:
        """What is kept, and how training went on the dev questions, as it stands in metrics.json."""
        kept = {"epoch": self.best, "weight": self.weight, "guards": list(self.guards)}
        if not self.curve:
            return kept
        measured = {epoch.number: epoch.means for epoch in self.curve}
        dev = {
            "clusters": self.dev_clusters,
            "before": measured[0],
            "after": measured[self.best],
            "ndcg@10_by_weight": {f"{weight:g}": float(found.mean()) for weight, found in self.choice.values.items()},
            "luck_by_weight": {f"{weight:g}": chance for weight, chance in self.choice.luck.items()},
        }
        return kept | {"dev": dev}

    @property
    def told(self) -> Iterator[str]:
        """Lines about what is kept, why, and what guards it."""
        if self.weight:
            yield f"kept: epoch {self.best}, and {self.weight:.0%} of the way there from the base model"
        elif any(chance < LUCK for chance in self.choice.luck.values()):
            yield "it is the base model: what beats it on the dev questions does worse on general questions"
        elif self.curve:
            yield "it is the base model: nothing that was trained beats it on the dev questions by more than luck"
        else:
            yield "it is the base model: all that was trained does worse on general questions"
        if self.curve and not self.weight and self.choice.luck:
            weight = min(self.choice.luck, key=lambda weight: self.choice.luck[weight])
            gain = float((self.choice.values[weight] - self.choice.values[0.0]).mean())
            yield (
                f"{weight:.0%} of the way changes ndcg@10 by {gain:+.3f} on {self.curve[0].questions} dev questions of "
                f"{self.dev_clusters} documents or chunks: luck alone gives that in {self.choice.luck[weight]:.0%} of "
                "cases; more dev documents (split.dev_fraction) tell smaller gains from luck"
            )
        tried = max(0, len(self.curve) - 1) * len(self.choice.luck)
        if self.weight and self.dev_clusters < ENOUGH_CLUSTERS and tried > MOST_TRIED:
            yield (
                f"warning: {tried} models were tried on dev questions of {self.dev_clusters} documents or chunks, "
                "which tell little of what the models have in common: luck passes in up to 15 of 100 such cases, not "
                f"in {100 * LUCK:.0f}; try fewer (finetune.epochs, finetune.interpolate), or raise split.dev_fraction"
            )
        if self.passages is not None:
            yield f"passages keep the vectors of the base model: an index of {self.base_fingerprint} stays as it is"
        if not self.curve:
            guard = "general questions alone guard it" if self.guards else "nothing guards it but the verdict"
            yield f"warning: there are no dev questions (split.dev_fraction): {guard}"
