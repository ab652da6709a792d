"""A training that has diverged stops, and tells what to turn, instead of going on for hours.

It has diverged where the loss is no number any more, or where the mean of the last STEPS steps is above EXPLOSION times
that of the first STEPS steps and above EXPLOSION times the loss of guessing, which is ln(n) for n chunks in a batch.
What is merely bad is left to the dev questions.
"""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

from transformers import TrainerCallback

from attune.core.errors import UserError

EXPLOSION, STEPS = 2.0, 10


class StopOnDivergence(TrainerCallback):
    """Watches the loss of each step.

    Args:
        chunks: of the largest batch.
    """

    def __init__(self, chunks: int) -> None:
        self._guessing = math.log(chunks)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Look at what the trainer has just logged.

        Raises:
            UserError: the training has diverged.
        """
        if not logs or "loss" not in logs:
            return
        first, last = (
            [entry["loss"] for entry in entries if "loss" in entry]
            for entries in (state.log_history[:STEPS], state.log_history[-STEPS:])
        )
        if not math.isfinite(logs["loss"]) or fmean(last) > EXPLOSION * max(fmean(first), self._guessing):
            raise UserError(
                f"the loss is {logs['loss']:.4g} at step {state.global_step}: training has diverged; "
                "lower finetune.learning_rate or raise finetune.warmup_fraction"
            )
