"""A run that was interrupted or killed goes on from its own checkpoints, and from no others, to the same bytes."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback

from attune.models.load import load_folder
from attune.training.loop.checkpoints import SaveCheckpoints, checkpoint_folder, checkpoint_key
from attune.training.loop.trainer import train
from tests.support.training import Stop, examples, knobs, saved


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "every", "changes"),
    [(4, 0, {}), (6, 2, {"mini_batch": 2}), (4, 3, {"gradient_accumulation": 2, "questions_per_chunk": 1})],
)
def test_interrupted_run_goes_on_to_the_same_bytes(
    tiny_model: Path, tmp_path: Path, stop: int, every: int, changes: dict[str, Any]
) -> None:
    params = knobs(**changes)  # 3 batches in an epoch: the run goes on at the end of an epoch, or inside one
    whole = load_folder(tiny_model)
    losses = train(whole, examples(), params)
    with pytest.raises(KeyboardInterrupt):
        train(load_folder(tiny_model), examples(), params, [Stop(stop)], SaveCheckpoints(tmp_path / "kept", every))
    model = load_folder(tiny_model)
    assert train(model, examples(), params, [], SaveCheckpoints(tmp_path / "kept", every)) == losses
    assert saved(model, tmp_path / "resumed") == saved(whole, tmp_path / "whole")


@pytest.mark.slow
def test_killed_run_goes_on_to_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    whole = load_folder(tiny_model)
    losses = train(whole, examples(), knobs())
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.loop.test_checkpoints", str(tiny_model), str(tmp_path / "kept")],
        timeout=300,
    )
    assert run.returncode == -signal.SIGKILL
    (checkpoint,) = (tmp_path / "kept").iterdir()
    assert checkpoint.name == "checkpoint-4"
    # another kill came after a checkpoint was written, before the one before it was removed
    shutil.copytree(tmp_path / "kept" / "checkpoint-4", tmp_path / "kept" / "checkpoint-3")
    (tmp_path / "kept" / "checkpoint-3" / "trainer_state.json").write_text('{"global_step": 3}')
    # and others while one was written
    (tmp_path / "kept" / "checkpoint-6").mkdir()
    (tmp_path / "kept" / "checkpoint-6" / "model.safetensors").write_bytes(b"half")
    (tmp_path / "kept" / "checkpoint-8").mkdir()
    (tmp_path / "kept" / "checkpoint-8" / "trainer_state.json").write_text('{"global_st')
    model = load_folder(tiny_model)
    assert train(model, examples(), knobs(), [Stop(0)], SaveCheckpoints(tmp_path / "kept", 2)) == losses
    assert saved(model, tmp_path / "resumed") == saved(whole, tmp_path / "whole")
    (last,) = (tmp_path / "kept").iterdir()
    notes = json.loads((last / "trainer_state.json").read_text())["log_history"]
    assert [entry["note"] for entry in notes if "note" in entry] == list(range(1, 10))  # those before the kill too


def test_no_checkpoint_comes_before_what_is_done_after_an_epoch(tiny_model: Path, tmp_path: Path) -> None:
    class Interrupted(TrainerCallback):
        def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 6:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(load_folder(tiny_model), examples(), knobs(), [Interrupted()], SaveCheckpoints(tmp_path, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-4"]


@pytest.mark.slow
def test_finished_training_is_not_done_again(tiny_model: Path, tmp_path: Path) -> None:
    model = load_folder(tiny_model)
    losses = train(model, examples(), knobs(), checkpoints=SaveCheckpoints(tmp_path / "kept"))
    again = load_folder(tiny_model)
    assert train(again, examples(), knobs(), [Stop(1)], SaveCheckpoints(tmp_path / "kept")) == losses
    assert saved(again, tmp_path / "again") == saved(model, tmp_path / "first")


def test_key_tells_every_input_apart(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    key = checkpoint_key(model, data, knobs())
    assert checkpoint_key(load_folder(tiny_model), examples(), knobs()) == key
    assert len(key) == 16
    others = [
        checkpoint_key(model, data, knobs(seed=8)),
        checkpoint_key(model, dataclasses.replace(data, passages=dict(data.passages) | {"c00": "else"}), knobs()),
        checkpoint_key(model, dataclasses.replace(data, relevant={"x": ("c00", "c01")}), knobs()),
        checkpoint_key(model, dataclasses.replace(data, groups=dict.fromkeys(data.groups, 0)), knobs()),
        checkpoint_key(model, dataclasses.replace(data, neighbours={}), knobs()),
        checkpoint_key(model, dataclasses.replace(data, plausible={"x": frozenset({"c01"})}), knobs()),
        checkpoint_key(model, dataclasses.replace(data, negatives={"c00": ("c01",)}), knobs()),
    ]
    model.max_seq_length = 63
    others.append(checkpoint_key(model, data, knobs()))
    model.max_seq_length = 128
    next(model.parameters()).data[0, 0] += 1e-6
    others.append(checkpoint_key(model, data, knobs()))
    assert len({key, *others}) == len(others) + 1


def test_key_depends_on_the_knobs_beside_the_loop_too(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    keys = {checkpoint_key(model, data, params) for params in (knobs(), knobs(patience=3), knobs(lora_rank=4))}
    assert len(keys | {checkpoint_key(model, data, knobs(), ["What?"])}) == 4


def test_the_texts_are_not_copied_for_the_key(tiny_model: Path) -> None:
    model, passage = load_folder(tiny_model), "word " * 2000
    many = {f"c{i:04d}": f"{passage}{i}" for i in range(1000)}  # 10 MB
    data = dataclasses.replace(examples(), passages=many)
    tracemalloc.start()
    checkpoint_key(model, data, knobs())
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_checkpoints_of_other_inputs_go_and_own_ones_stay_until_the_end(tmp_path: Path) -> None:
    root = tmp_path / ".attune" / "checkpoints"
    (root / "stale" / "checkpoint-3").mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt), checkpoint_folder(root, "own") as folder:
        (folder / "checkpoint-1").mkdir()
        raise KeyboardInterrupt
    assert [path.name for path in root.iterdir()] == ["own"]
    with checkpoint_folder(root, "own") as folder:
        assert [path.name for path in folder.iterdir()] == ["checkpoint-1"]
    assert list(root.iterdir()) == []


if __name__ == "__main__":  # the run that is killed
    torch.set_num_threads(1)
    model, out = load_folder(Path(sys.argv[1])), Path(sys.argv[2])
    train(model, examples(), knobs(), [Stop(5, kill=True)], SaveCheckpoints(out, 2))
