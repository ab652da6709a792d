"""Several processes train as one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformerTrainingArguments
from transformers.training_args import ParallelMode

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.loop import trainer
from attune.training.loop.checkpoints import SaveCheckpoints, checkpoint_folder, checkpoint_key
from attune.training.loop.processes import gather, share, use_one_gpu
from attune.training.loop.trainer import train
from tests.support.training import examples, knobs


def test_one_process_has_everything() -> None:
    assert share(["a", "b", "c"]) == ["a", "b", "c"]
    vectors = torch.randn(3, 2)
    assert gather(vectors, 3) is vectors


def test_no_batch_is_split_over_the_gpus_of_a_machine(tmp_path: Path) -> None:
    arguments = SentenceTransformerTrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    assert use_one_gpu(arguments).n_gpu == 0
    arguments._n_gpu = 4  # what they say of themselves where there are four
    assert arguments.parallel_mode is ParallelMode.NOT_DISTRIBUTED
    assert use_one_gpu(arguments).n_gpu == 1
    assert arguments.parallel_mode is not ParallelMode.NOT_DISTRIBUTED


@pytest.mark.slow
def test_two_processes_train_as_one(tiny_model: Path, tmp_path: Path) -> None:
    model = load_folder(tiny_model)
    losses = train(model, examples(), knobs(symmetric=True, dropout=False))
    command = [
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "tests.training.loop.test_processes",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command, str(tiny_model), str(tmp_path)], check=True, timeout=300, env=environment)
    ours = load_file(tmp_path / "plain-0.safetensors")
    for kind in ("plain", "cached"):
        found = json.loads((tmp_path / f"{kind}-0.json").read_text())
        assert [loss for _, loss in found] == pytest.approx([loss for _, loss in losses], rel=2e-3)
        assert found == json.loads((tmp_path / f"{kind}-1.json").read_text())
        ranks = [(tmp_path / f"{kind}-{rank}.safetensors").read_bytes() for rank in (0, 1)]
        assert ranks[0] == ranks[1]
    assert losses[-1][1] < 0.7 * losses[0][1]
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(ours[name], weights, rtol=0.05, atol=3e-3)


def test_more_processes_than_texts_are_refused(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "group", lambda: SimpleNamespace(num_processes=5))
    with pytest.raises(UserError, match="5 processes cannot share a batch of 4 texts"):
        train(load_folder(tiny_model), examples(), knobs())


def worker(model_folder: Path, out: Path) -> None:
    """What each of the two processes does."""
    torch.set_num_threads(1)
    for kind, mini_batch in (("plain", None), ("cached", 2)):
        model, params = load_folder(model_folder), knobs(symmetric=True, dropout=False, mini_batch=mini_batch)
        with checkpoint_folder(out / "kept", checkpoint_key(model, examples(), params)) as folder:
            losses = train(model, examples(), params, [], SaveCheckpoints(folder))
            rank = torch.distributed.get_rank()
            assert rank > 0 or [path.name for path in folder.iterdir()] == ["checkpoint-9"]
        save_file(model.state_dict(), out / f"{kind}-{rank}.safetensors")
        (out / f"{kind}-{rank}.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    worker(Path(sys.argv[1]), Path(sys.argv[2]))
