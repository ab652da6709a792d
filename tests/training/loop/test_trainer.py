"""Training end to end with a tiny model: the same bytes again, after a kill too, and with several processes."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import TrainerCallback

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.models.load import load_folder
from attune.training.data.batches import Batch, plan_batches
from attune.training.data.training_set import TrainingSet
from attune.training.loop import trainer
from attune.training.loop.checkpoints import SaveCheckpoints, checkpoint_folder, checkpoint_key
from attune.training.loop.divergence import StopOnDivergence
from attune.training.loop.loader import Collator
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.params import LoopParams
from attune.training.loop.trainer import train

SUBJECTS = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle radio".split()


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tiny tensors wait longer for a second thread than they take."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def knobs(**changes: Any) -> LoopParams:
    values: dict[str, Any] = {
        "epochs": 3, "batch_size": 5, "questions_per_chunk": None, "learning_rate": 3e-3, "warmup_fraction": 0.1,
        "weight_decay": 0.01, "temperature": 0.05, "symmetric": False, "max_tokens": 32, "gradient_accumulation": 1,
        "mini_batch": None, "bf16": False, "dropout": True, "dimensions": [], "teacher_weight": 0.5, "seed": 7,
    }  # fmt: skip
    return LoopParams(**values).model_copy(update=changes)  # beyond the ranges as well


def examples() -> TrainingSet:
    """13 chunks with two questions each, and one question of two chunks: 3 batches of 4 or 5 chunks."""
    chunks = [Chunk(f"c{i:02d}", "", f"The {name} number {i} is blue.", {}) for i, name in enumerate(SUBJECTS)]
    relevant = {f"{word} colour has {name} {i}?": [f"c{i:02d}"] for i, name in enumerate(SUBJECTS) for word in "ab"}
    relevant |= {"What is blue?": ["c00", "c07"]}
    return TrainingSet.build(chunks, {q: q for q in relevant}, relevant, list(range(13)), [("c01", "c02")])


def saved(model: SentenceTransformer, folder: Path) -> bytes:
    model.save_pretrained(str(folder), create_model_card=False)
    return (folder / "model.safetensors").read_bytes()


class Stop(TrainerCallback):
    """Ends the process at the end of a step, or raises; keeps a note of every step for a resumed run."""

    def __init__(self, step: int, kill: bool = False) -> None:
        self._step, self._kill = step, kill

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        state.log_history.append({"note": state.global_step})
        if state.global_step == self._step:
            if self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt


@pytest.mark.parametrize("include_prompt", [True, False])
@pytest.mark.parametrize("prompts", [{}, {"query": "ask: ", "passage": "told: "}, {"other": "either: "}])
def test_texts_are_read_as_the_model_encodes_them(
    tiny_model: Path, prompts: dict[str, str], include_prompt: bool
) -> None:
    model = load_folder(tiny_model).eval()
    model.prompts = dict(prompts)
    model.default_prompt_name = "other" if "other" in prompts else None
    pooling = model[1]
    assert isinstance(pooling, Pooling)
    pooling.include_prompt = include_prompt
    model.max_seq_length = 12
    data = examples()
    batch = Batch(("What is blue?", "a colour has pump 0?"), ("c00", "c07", "c03"))
    inputs = Collator(model, data)([batch])
    for kind, texts, encode in (
        ("question", list(batch.questions), model.encode_query),
        ("passage", [data.passages[chunk] for chunk in batch.chunks], model.encode_document),
    ):
        part = {key.removeprefix(f"{kind}_"): value for key, value in inputs.items() if key.startswith(f"{kind}_")}
        with torch.inference_mode():
            vectors = model(part)["sentence_embedding"]
        torch.testing.assert_close(vectors, encode(texts, convert_to_tensor=True))
    assert (inputs["question_task"], inputs["passage_task"]) == ("query", "document")  # for models with two encoders
    assert inputs["label"]["relevant"].tolist() == [[True, True, False], [True, False, False]]


def test_two_runs_write_the_same_bytes_and_learn(tiny_model: Path, tmp_path: Path) -> None:
    models = [load_folder(tiny_model), load_folder(tiny_model)]
    before = saved(models[0], tmp_path)
    losses = [train(model, examples(), knobs(epochs=5)) for model in models]
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[0]] == list(range(1, 16))
    assert sum(loss for _, loss in losses[0][-3:]) < 0.6 * sum(loss for _, loss in losses[0][:3])
    first, second = (saved(model, tmp_path) for model in models)
    assert first == second != before
    assert models[0].max_seq_length == 128  # the window of training is not the window of use
    train(models[0], examples(), knobs(epochs=1, dropout=False))
    assert {module.p for module in models[0].modules() if isinstance(module, torch.nn.Dropout)} == {0.1}


@pytest.fixture(scope="module")
def usual(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights that the settings of `knobs` give in one epoch."""
    model = load_folder(tiny_model)
    train(model, examples(), knobs(epochs=1))
    return saved(model, tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize(
    "changes",
    [{"seed": 8}, {"temperature": 0.06}, {"symmetric": True}, {"questions_per_chunk": 1}, {"max_tokens": 8},
     {"weight_decay": 0.5}, {"warmup_fraction": 0.5}, {"gradient_accumulation": 2}, {"bf16": True}, {"mini_batch": 2},
     {"dropout": False}],
)  # fmt: skip
def test_every_setting_has_an_effect(tiny_model: Path, usual: bytes, tmp_path: Path, changes: dict[str, Any]) -> None:
    model = load_folder(tiny_model)
    assert all(math.isfinite(loss) for _, loss in train(model, examples(), knobs(epochs=1, **changes)))
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    assert saved(model, tmp_path) != usual


@pytest.mark.parametrize(
    ("fraction", "sixths"), [(0.0, [6, 5, 4, 3, 2, 1]), (0.5, [0, 2, 4, 6, 4, 2]), (1.0, [0, 1, 2, 3, 4, 5])]
)
def test_learning_rate_rises_and_falls(tiny_model: Path, fraction: float, sixths: list[int]) -> None:
    rates: list[float] = []

    class Watch(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            rates.extend([logs["learning_rate"]] if "loss" in logs else [])

    train(load_folder(tiny_model), examples(), knobs(epochs=2, warmup_fraction=fraction), [Watch()])
    assert rates == pytest.approx([3e-3 * sixth / 6 for sixth in sixths])


def test_each_chunk_is_encoded_once(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    forward = ContrastiveLoss.forward

    def watch(self: Any, features: Any, labels: Any) -> Any:
        seen.append((len(features[0]["input_ids"]), len(features[1]["input_ids"])))
        return forward(self, features, labels)

    monkeypatch.setattr(ContrastiveLoss, "forward", watch)
    given: list[Batch] = []
    collate = Collator.__call__

    def note(self: Collator, batches: Any) -> Any:
        given.extend(batches)
        return collate(self, batches)

    monkeypatch.setattr(Collator, "__call__", note)
    train(load_folder(tiny_model), examples(), knobs(epochs=2))
    assert given == [batch for epoch in plan_batches(examples(), 2, 5, None, seed=7) for batch in epoch]
    assert [sum(part) for part in zip(*seen[:3], strict=True)] == [27, 13]
    assert [sum(part) for part in zip(*seen[3:], strict=True)] == [27, 13]


def test_accumulated_step_is_the_mean_of_its_batches(tiny_model: Path) -> None:
    still = knobs(epochs=1, learning_rate=1e-9, dropout=False)
    one = train(load_folder(tiny_model), examples(), still)
    two = train(
        load_folder(tiny_model), examples(), knobs(epochs=1, learning_rate=1e-9, dropout=False, gradient_accumulation=2)
    )
    assert len(one) == 3 and len(two) == 2
    assert two[0][1] == pytest.approx((one[0][1] + one[1][1]) / 2, rel=1e-5)
    assert two[1][1] == pytest.approx(one[2][1], rel=1e-5)


def test_cached_training_is_plain_training(tiny_model: Path) -> None:
    losses = train(load_folder(tiny_model), examples(), knobs(symmetric=True, dropout=False))
    again = train(load_folder(tiny_model), examples(), knobs(symmetric=True, dropout=False, mini_batch=2))
    assert [loss for _, loss in again] == pytest.approx([loss for _, loss in losses], rel=1e-3)


@pytest.mark.parametrize(
    ("stop", "every", "changes"),
    [(4, 0, {}), (6, 2, {"mini_batch": 2}), (4, 3, {"gradient_accumulation": 2, "questions_per_chunk": 1})],
)
def test_interrupted_run_goes_on_to_the_same_bytes(
    tiny_model: Path, tmp_path: Path, stop: int, every: int, changes: dict[str, Any]
) -> None:
    settings = knobs(**changes)  # 3 batches in an epoch: the run goes on at the end of an epoch, or inside one
    whole = load_folder(tiny_model)
    losses = train(whole, examples(), settings)
    with pytest.raises(KeyboardInterrupt):
        train(load_folder(tiny_model), examples(), settings, [Stop(stop)], SaveCheckpoints(tmp_path / "kept", every))
    model = load_folder(tiny_model)
    assert train(model, examples(), settings, [], SaveCheckpoints(tmp_path / "kept", every)) == losses
    assert saved(model, tmp_path / "resumed") == saved(whole, tmp_path / "whole")


def test_killed_run_goes_on_to_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    whole = load_folder(tiny_model)
    losses = train(whole, examples(), knobs())
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.loop.test_trainer", "kill", str(tiny_model), str(tmp_path / "kept")],
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


def test_finished_training_is_not_done_again(tiny_model: Path, tmp_path: Path) -> None:
    model = load_folder(tiny_model)
    losses = train(model, examples(), knobs(), checkpoints=SaveCheckpoints(tmp_path / "kept"))
    again = load_folder(tiny_model)
    assert train(again, examples(), knobs(), [Stop(1)], SaveCheckpoints(tmp_path / "kept")) == losses
    assert saved(again, tmp_path / "again") == saved(model, tmp_path / "first")


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
        "tests.training.loop.test_trainer",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, *command, "share", str(tiny_model), str(tmp_path)], check=True, timeout=300, env=environment
    )
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


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_loss_that_is_no_number_stops_with_a_remedy(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    forward = ContrastiveLoss.forward
    monkeypatch.setattr(ContrastiveLoss, "forward", lambda *arguments: forward(*arguments) * bad)
    model = load_folder(tiny_model)
    with pytest.raises(UserError, match=r"the loss is (nan|inf) at step 1: .* lower finetune\.learning_rate"):
        train(model, examples(), knobs())
    assert model.max_seq_length == 128


@pytest.mark.parametrize(
    ("losses", "stops"),
    [
        ([0.3] * 20, False),
        ([0.3] * 10 + [2.7] * 10, False),  # no worse than guessing: dev will tell
        ([0.3] * 10 + [9.0] * 3 + [0.3] * 10, False),  # a few bad batches
        ([0.3] * 10 + [9.0] * 10, True),
        ([9.0] * 30, False),
        ([9.0] * 10 + [20.0] * 10, True),
    ],
)
def test_exploding_loss_stops(losses: list[float], stops: bool) -> None:
    guard, state = StopOnDivergence(chunks=16), SimpleNamespace(log_history=[], global_step=0)

    def play() -> None:
        for loss in losses:
            state.global_step += 1
            state.log_history += [{"loss": loss, "step": state.global_step}]
            guard.on_log(None, state, None, logs={"loss": loss})

    if stops:
        with pytest.raises(UserError, match="training has diverged"):
            play()
    else:
        play()


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
        checkpoint_key(model, dataclasses.replace(data, negatives={"c00": ("c01",)}), knobs()),
    ]
    model.max_seq_length = 63
    others.append(checkpoint_key(model, data, knobs()))
    model.max_seq_length = 128
    next(model.parameters()).data[0, 0] += 1e-6
    others.append(checkpoint_key(model, data, knobs()))
    assert len({key, *others}) == len(others) + 1


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


def worker(task: str, model_folder: Path, out: Path) -> None:
    """What the processes of the tests do."""
    torch.set_num_threads(1)
    if task == "kill":
        train(load_folder(model_folder), examples(), knobs(), [Stop(5, kill=True)], SaveCheckpoints(out, 2))
    for kind, mini_batch in (("plain", None), ("cached", 2)):
        model, settings = load_folder(model_folder), knobs(symmetric=True, dropout=False, mini_batch=mini_batch)
        with checkpoint_folder(out / "kept", checkpoint_key(model, examples(), settings)) as folder:
            losses = train(model, examples(), settings, [], SaveCheckpoints(folder))
            rank = torch.distributed.get_rank()
            assert rank > 0 or [path.name for path in folder.iterdir()] == ["checkpoint-9"]
        save_file(model.state_dict(), out / f"{kind}-{rank}.safetensors")
        (out / f"{kind}-{rank}.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    worker(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))


@pytest.mark.parametrize("dropout", [True, False])
def test_seed_decides_the_dropout(tiny_model: Path, tmp_path: Path, dropout: bool) -> None:
    trained = []
    for seed in (1, 2):
        model = load_folder(tiny_model)
        one_batch = knobs(epochs=1, batch_size=20, warmup_fraction=0.0, seed=seed, dropout=dropout)
        train(model, examples(), one_batch)
        trained.append(saved(model, tmp_path))
    assert (trained[0] != trained[1]) == dropout
