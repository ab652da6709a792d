"""What follows from the device, for machines that this one is not; and a training on a GPU, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.models.device import (
    MOST,
    ON_PROCESSOR,
    SHARE,
    Device,
    check_bf16,
    check_processes,
    fitting,
    idle_gpus,
    texts_at_a_time,
)  # fmt: skip
from attune.models.encode import embed, set_up_torch
from attune.models.load import load_folder
from attune.training.loop.trainer import train
from tests.support.training import examples, knobs, saved

GIB = 2**30
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


@given(st.sampled_from(["cpu", "cuda", "mps"]), st.integers(1, 8), st.integers(1, 8))
def test_each_process_has_a_gpu_and_idle_ones_are_told(kind: str, count: int, processes: int) -> None:
    device = Device(kind, count)
    if kind != "cpu" and processes > count:
        with pytest.raises(UserError, match=f"runtime.processes is {processes}, but there are {count} GPUs"):
            check_processes(device, processes)
    else:
        check_processes(device, processes)
        assert bool(idle_gpus(device, processes)) == (kind != "cpu" and processes < count)


def test_two_of_eight_idle() -> None:
    assert idle_gpus(Device("cuda", 8), 6).startswith("2 of 8 GPUs stay idle")


def test_a_gpu_without_bfloat16_is_told() -> None:
    with pytest.raises(UserError, match=r"no bfloat16; set it to false"):
        check_bf16(Device("cuda", 1, bfloat16=False))
    check_bf16(Device("cpu"))


@given(st.integers(GIB, 192 * GIB), st.sampled_from([128, 256, 512, 1024, 8192]), st.sampled_from([64, 1536, 4096]))
def test_texts_fit_into_the_memory(memory: int, window: int, width: int) -> None:
    texts = fitting(memory, window, width)
    assert ON_PROCESSOR <= texts <= MOST and texts.bit_count() == 1
    needed = 4 * 4 * window * width
    assert texts == ON_PROCESSOR or texts * needed <= SHARE * memory
    assert texts == MOST or 2 * texts * needed > SHARE * memory or texts < ON_PROCESSOR


def test_on_a_processor_the_knob_or_32(tiny_model: Path) -> None:
    model = load_folder(tiny_model).to("cpu")
    assert [texts_at_a_time(model, knob) for knob in (0, 5)] == [ON_PROCESSOR, 5]


@on_gpu
@pytest.mark.parametrize("bf16", [False, True])
def test_training_on_a_gpu_gives_the_same_bytes_twice(tiny_model: Path, tmp_path: Path, bf16: bool) -> None:
    runs = []
    for name in ("one", "two"):
        set_up_torch(0, 7)
        model = load_folder(tiny_model)
        assert model.device.type == "cuda"
        embed(model, ["before training"], "passage", 1)
        losses = train(model, examples(), knobs(bf16=bf16))
        assert losses[-1].loss < losses[0].loss
        runs.append((losses, saved(model, tmp_path / name)))
    assert runs[0] == runs[1]


@on_gpu
def test_vectors_of_a_gpu_are_those_of_the_processor(tiny_model: Path) -> None:
    texts, model = [f"word {number}" for number in range(100)], load_folder(tiny_model)
    there = embed(model, texts, "passage", texts_at_a_time(model, 0))
    torch.testing.assert_close(there, embed(model.to("cpu"), texts, "passage", 32), rtol=1e-3, atol=1e-4)
