"""The dev questions: how the model does on them while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from stages.lib.beir import Chunk
from stages.lib.embeddings import embed
from stages.lib.errors import UserError
from stages.lib.metrics import find_hits, hit_rate, ndcg
from stages.lib.progress import progress
from stages.lib.ranking import rank

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Measure = Callable[["SentenceTransformer"], dict[str, float]]


@dataclass(frozen=True)
class DevSet:
    """The dev questions, and the chunks that they are asked of."""

    questions: list[str]
    relevant: list[list[str]]
    chunks: list[Chunk]

    @classmethod
    def choose(
        cls, chunks: Sequence[Chunk], questions: dict[str, str], relevant: dict[str, list[str]], most: int
    ) -> DevSet:
        """Take all dev questions and at most `most` chunks: the relevant ones and a fixed sample of the others.

        Encoding a large corpus after every epoch would take longer than the epoch. Ids are hashes, so the
        lowest of them are as good as a random sample, and the same in every run.
        """
        needed = {chunk for ids in relevant.values() for chunk in ids}
        by_need = sorted(chunks, key=lambda chunk: (chunk.id not in needed, chunk.id))
        return cls([questions[q] for q in relevant], list(relevant.values()), by_need[: max(most, len(needed))])

    def measure(self, model: SentenceTransformer, batch_size: int) -> dict[str, float]:
        """Return hit_rate@5 and ndcg@10 of a model, or nothing where there are no dev questions."""
        if not self.questions:
            return {}
        vectors = embed(model, [chunk.passage for chunk in self.chunks], "passage", batch_size, "dev chunks")
        asked = embed(model, self.questions, "question", batch_size)
        ids = [chunk.id for chunk in self.chunks]
        hits, counts = find_hits(rank(model.similarity, asked, vectors, ids, depth=10), ids, self.relevant)
        return {"hit_rate@5": float(hit_rate(hits, 5).mean()), "ndcg@10": float(ndcg(hits, counts, 10).mean())}


class History(TrainerCallback):
    """Records the loss of each step and the dev measures before training and after each epoch."""

    def __init__(self, model: SentenceTransformer, measure: Measure) -> None:
        self.loss: list[tuple[int, float]] = []
        self.dev: list[tuple[int, float, float]] = []
        self._model, self._measure = model, measure

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the base model."""
        self._record(0)
        self._bar = progress(None, "training", "batch", total=state.max_steps)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Advance the progress bar."""
        self._bar.update(1)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Keep the loss, and stop where it is no number any more."""
        if not logs or "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise UserError(
                f"the loss is {loss} at step {state.global_step}: training has diverged; "
                "lower finetune.learning_rate or raise finetune.warmup_fraction"
            )
        self.loss.append((state.global_step, loss))

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model so far."""
        self._record(round(state.epoch))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the progress bar."""
        self._bar.close()

    def summary(self) -> dict[str, Any]:
        """Return the dev measures before and after training, as they stand in metrics.json."""
        names = ("hit_rate@5", "ndcg@10")
        dev = {"before": self.dev[0], "after": self.dev[-1]} if self.dev else {}
        return {"dev": {when: dict(zip(names, row[1:], strict=True)) for when, row in dev.items()}}

    def _record(self, epoch: int) -> None:
        if values := self._measure(self._model):
            self.dev.append((epoch, values["hit_rate@5"], values["ndcg@10"]))
