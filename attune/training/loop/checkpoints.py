"""Checkpoints of a training: where they lie, whom they belong to, and when they are written.

They lie outside what DVC deletes, in a folder named by all that the trained weights depend on, so that a run goes on
from its own checkpoints and from no others.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import TrainerCallback

from attune.training.data.training_set import TrainingSet
from attune.training.loop.params import LoopParams
from attune.training.loop.processes import group

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@contextmanager
def checkpoint_folder(root: Path, key: str) -> Iterator[Path]:
    """Give the folder `root/key` for checkpoints; those of other keys go at once, its own when the block succeeds.

    Processes on several machines need a `root` that they share. The first process removes the folder; the others must
    have left the training by then.
    """
    folder = root / key
    first = group().is_main_process
    if first:
        for other in set(root.glob("*")) - {folder}:
            shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
    yield folder
    if first:
        shutil.rmtree(folder)


def checkpoint_key(model: SentenceTransformer, data: TrainingSet, params: LoopParams, *others: object) -> str:
    """Return 16 hexadecimal digits of all that the trained weights depend on: only equal runs share checkpoints.

    Args:
        model: the model as it is before training.
        data: what to train on.
        params: how to train; knobs that a subclass adds count as well.
        others: what else has a part in it, of types that JSON knows.
    """
    libraries = [version(name) for name in ("torch", "transformers", "sentence-transformers")]
    facts = [str(model), model.max_seq_length, model.prompts, model.default_prompt_name, group().num_processes]
    digest = hashlib.sha256()
    # entry by entry: all of them as one text would take as much memory again as the chunks
    for part in ([facts, libraries, params.model_dump(), others], *_entries(data)):
        digest.update(json.dumps(part).encode() + b"\n")
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


def _entries(data: TrainingSet) -> Iterator[object]:
    """Yield all that a training set holds, as JSON can have it: before each table its length."""
    tables = (data.relevant, data.passages, data.groups, data.neighbours, data.plausible, data.negatives)
    for table in tables:
        yield len(table)
        for name, found in table.items():
            yield name, sorted(found) if isinstance(found, frozenset) else found


class SaveCheckpoints(TrainerCallback):
    """Asks for a checkpoint every N steps and after each epoch, but never before the epoch's own callbacks.

    Args:
        folder: where they lie; see `checkpoint_folder`.
        steps: N, in optimizer steps; 0 leaves it at one after each epoch.
    """

    def __init__(self, folder: Path, steps: int = 0) -> None:
        self.folder, self._steps = folder, steps

    def latest(self) -> str | None:
        """Return the newest complete checkpoint; a kill while one was written leaves it without a readable state."""
        complete: dict[int, str] = {}
        for state in self.folder.glob("checkpoint-*/trainer_state.json"):
            try:
                complete[json.loads(state.read_text(encoding="utf-8"))["global_step"]] = str(state.parent)
            except ValueError:
                continue
        return complete[max(complete)] if complete else None

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for one inside an epoch."""
        if self._steps and state.global_step % self._steps == 0 and not float(state.epoch).is_integer():
            control.should_save = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for one after an epoch."""
        control.should_save = True
