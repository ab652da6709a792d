"""The state of the model that is kept of a training: that of its last epoch, or the best on the dev questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from safetensors.torch import load_model, save_model
from transformers import TrainerCallback

from attune.core.progress import progress
from attune.search.measures import means
from attune.training.dev import NDCG, DevSet
from attune.training.loop.precision import Precision, as_stored
from attune.training.loop.processes import agree, group

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BEST = "best.safetensors"


class Epoch(NamedTuple):
    """What the dev questions say at the end of an epoch; number 0 is before training."""

    number: int
    means: dict[str, float]  # over the questions, for each measure
    ndcg: list[float]  # of each question

    @property
    def questions(self) -> int:
        """How many were asked."""
        return len(self.ndcg)


class BestEpoch(TrainerCallback):
    """Measures the dev questions after each epoch, and keeps the weights that did best on them, or the last ones.

    What it finds goes into the trainer's own log, which its checkpoints hold, and the best weights lie beside them: a
    run that goes on from a checkpoint ends like one that was never interrupted. Of several processes the first one
    measures, and the others wait for it.

    Args:
        model: the model in training.
        dev: the dev questions; without any, nothing is measured, and nothing stops early.
        batch_size: texts encoded at a time.
        folder: where the best weights are kept.
        best: keep the best epoch, and not the last.
        patience: stop after N epochs without a better one; None goes on to the end.
        stored: the precision of the model's file, in which it is measured; None is that of training.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        dev: DevSet,
        batch_size: int,
        folder: Path,
        best: bool,
        patience: int | None = None,
        stored: Precision | None = None,
    ) -> None:
        self.measured: list[Epoch] = []
        self.last = 0  # epoch of the training
        self._keeps_best, self._patience, self._stored = best, patience, stored or {}
        self._model, self._dev, self._batch_size, self._file = model, dev, batch_size, folder / BEST

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take up what an earlier part of the run found."""
        self.measured = [
            Epoch(entry["epoch_ended"], entry["dev"], entry["dev_ndcg"])
            for entry in state.log_history
            if "dev" in entry
        ]
        self._bar = progress(None, "training", "batch", total=state.max_steps)
        self._bar.update(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Advance the progress bar."""
        self._bar.update(1)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure the model so far, and tell whether to go on."""
        if not self._dev.asked:
            return
        epoch = round(state.epoch)
        if group().is_main_process:
            self._measure(epoch, state)
        if self._patience is not None and agree(group().is_main_process and epoch - self._best >= self._patience):
            control.should_training_stop = True

    def _measure(self, epoch: int, state: Any) -> None:
        with as_stored(self._model, self._stored):
            values = self._dev.measure(self._model, self._batch_size)
        found = Epoch(epoch, means(values), values[NDCG].tolist())
        if self._keeps_best and all(found.means[NDCG] > earlier.means[NDCG] for earlier in self.measured):
            save_model(self._model, str(self._file))
        self.measured.append(found)
        state.log_history.append({"epoch_ended": epoch, "dev": found.means, "dev_ndcg": found.ndcg})

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the progress bar."""
        self.last = round(state.epoch)
        self._bar.close()

    def take(self) -> int:
        """Give the model the weights of the epoch that is kept, and return which; without dev questions the last."""
        if not self.measured or not self._keeps_best:
            return self.last
        load_model(self._model, str(self._file), device=str(self._model.device))
        return self._best

    @property
    def candidates(self) -> list[Epoch]:
        """The epochs that could have been kept."""
        return self.measured if self._keeps_best else self.measured[-1:]

    @property
    def _best(self) -> int:
        return max(self.measured, key=lambda epoch: (epoch.means[NDCG], -epoch.number)).number
