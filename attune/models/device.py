"""The device that models run on, and what follows from it: how many GPUs, which precision, how many texts at a time.

One process uses one GPU. Several are for several processes (`runtime.processes`), each with its own: a model that is
split over GPUs within a process sees parts of a batch, and the loss compares within whole ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from attune.core.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ON_PROCESSOR = 32  # texts: where there is no GPU, more are no faster
MOST = 1024  # texts: with more, a GPU is no faster
SHARE = 0.5  # of a GPU's memory, for what a batch needs beside the weights
COPIES = 4  # of the widest layer that are in memory at a time
UNKNOWN_WIDTH = 4096  # of a model that does not say it, such as one of static embeddings


@dataclass(frozen=True)
class Device:
    """What there is.

    Attributes:
        kind: as torch calls it: `cpu`, `cuda`, `mps`, `xpu`.
        count: of them; 1 for `cpu`.
        bfloat16: whether it computes in bfloat16.
    """

    kind: str
    count: int = 1
    bfloat16: bool = True

    @classmethod
    def here(cls) -> Device:
        """Return that of this machine; memory of a GPU is not touched yet."""
        if not torch.accelerator.is_available():
            return cls("cpu")
        found = torch.accelerator.current_accelerator()
        kind = found.type if found is not None else "cpu"
        return cls(kind, torch.accelerator.device_count(), kind != "cuda" or torch.cuda.is_bf16_supported())


def check_processes(device: Device, processes: int) -> None:
    """Refuse more processes than GPUs.

    Raises:
        UserError: there are more, which would wait for each other on one GPU, or not start at all.
    """
    if device.kind != "cpu" and processes > device.count:
        raise UserError(
            f"runtime.processes is {processes}, but there are {device.count} GPUs ({device.kind}): each process needs "
            f"one of its own; set it to {device.count}, or hide the GPUs (CUDA_VISIBLE_DEVICES=-1) to train without"
        )


def check_bf16(device: Device) -> None:
    """Refuse `finetune.bf16` on a GPU that does not compute so.

    Raises:
        UserError: it is one.
    """
    if not device.bfloat16:
        raise UserError(f"finetune.bf16 is true, but this GPU ({device.kind}) has no bfloat16; set it to false")


def idle_gpus(device: Device, processes: int) -> str:
    """Return what to say where GPUs have nothing to do; nothing where none is idle."""
    if device.kind == "cpu" or processes >= device.count:
        return ""
    idle = device.count - processes
    return f"{idle} of {device.count} GPUs stay idle while training: runtime.processes is how many are used"


def texts_at_a_time(model: SentenceTransformer, knob: int) -> int:
    """Return how many texts are encoded at a time: `runtime.encode_batch_size`, or what the memory holds where it is 0.

    By all of the GPU's memory, not by what is free: another number changes the last digits of vectors, so on one kind
    of GPU it must be the same every time.
    """
    if knob or model.device.type != "cuda":
        return knob or ON_PROCESSOR
    memory = torch.cuda.get_device_properties(model.device).total_memory
    window = model.max_seq_length if isinstance(model.max_seq_length, int) else ON_PROCESSOR
    return fitting(memory, window, _width(model))


def fitting(memory: int, window: int, width: int) -> int:
    """Return how many texts fit: a power of two, for which kernels are made, from 32 to 1024.

    Args:
        memory: of the GPU, in bytes.
        window: tokens of a text.
        width: numbers of a token in the widest layer, 4 bytes each.
    """
    texts = int(SHARE * memory) // (COPIES * 4 * window * width)
    return max(ON_PROCESSOR, min(MOST, 1 << max(texts.bit_length() - 1, 0)))


def _width(model: SentenceTransformer) -> int:
    config = getattr(model, "config", None)
    return int(getattr(config, "intermediate_size", None) or UNKNOWN_WIDTH)
