"""Make torch compute the same numbers every time."""

from __future__ import annotations

import torch
from transformers import set_seed


def set_up_torch(threads: int, seed: int) -> None:
    """Set the number of threads (0 = all cores) and every random seed.

    The same seed, machine and number of threads give the same bytes; another number of threads adds up
    in another order and may change the last bits.
    """
    if threads:
        torch.set_num_threads(threads)
    set_seed(seed)
