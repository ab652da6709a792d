"""Training: the same bytes twice, killed or not, and never a model that is worse."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch

from attune.choice import guards
from attune.core.beir import (
    read_corpus,
    read_qrels,
    read_queries,
    write_corpus,
    write_groups,
    write_qrels,
    write_queries,
)
from attune.core.errors import UserError
from attune.core.files import read_csv
from attune.core.params import PARAMS_FILE, load_params
from attune.core.records import Chunk, Question
from attune.models.encode import embed
from attune.models.load import load_folder
from attune.search.ask import Ranking
from attune.search.general_set import load_set
from attune.search.measures import means
from attune.text.near_duplicates import near_duplicate_groups
from attune.training import fit as fitting
from attune.training.dev import DevSet
from attune.training.fit import CHECKPOINTS
from attune.training.params import FinetuneParams
from stages import finetune
from stages.finetune import DEV, DEV_CURVE, GENERAL, LOSS, METRICS, MODEL, TRAIN, main
from tests.conftest import ROOT, set_params

COMMITTED = load_params("finetune", FinetuneParams, ROOT / PARAMS_FILE).model_dump()


def write_project(project: Path, tiny_model: Path, count: int = 12, **knobs: Any) -> None:
    subjects = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle".split()
    chunks = [
        Chunk(f"c{i}", "", f"The {subjects[i % 12]} number {i} is blue.", {"document": "a", "title": "A"})
        for i in range(count)
    ]
    questions = [
        Question(f"q{i}{v}", f"{v} colour has {subjects[i % 12]} {i}?", {"chunks": [f"c{i}"]})
        for i in range(count)
        for v in ("What", "Which")
    ]
    write_corpus(finetune.CORPUS, chunks)
    write_queries(finetune.QUERIES, questions)
    write_groups(finetune.GROUPS, chunks, near_duplicate_groups((chunk.text for chunk in chunks), 0.8))
    write_qrels(TRAIN, [(q.id, q.metadata["chunks"][0]) for q in questions[:-4]])
    write_qrels(DEV, [(q.id, q.metadata["chunks"][0]) for q in questions[-4:]])
    shutil.copytree(ROOT / GENERAL, project / GENERAL, dirs_exist_ok=True)
    set_params(
        project / "params.yaml",
        base_model={"name": str(tiny_model), "max_tokens": 64},
        # a model of random weights knows nothing in general; what it does there is tested on its own
        finetune={"batch_size": 4, "max_tokens": 32, "learning_rate": 1e-3, "keep_general": False, **knobs},
        runtime={"threads": 1},
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    main()
    first, results = tree(MODEL), tree(Path("results"))
    main()
    assert tree(MODEL) == first
    assert tree(Path("results")) == results
    assert {path.name for path in MODEL.rglob("*")} >= {"model.safetensors", "modules.json", "README.md"}
    assert not [name for name in first if name.endswith((".bin", ".pt", ".pkl", ".pickle"))]


@pytest.mark.slow
def test_offline_or_not_the_bytes_are_the_same(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(project, tiny_model)
    written = []
    for offline in (True, False):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
        main()
        written.append(tree(MODEL))
    assert written[0] == written[1]


def test_training_learns_and_the_saved_model_is_the_trained_one(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=8)
    write_qrels(DEV, [])  # without dev questions nothing is chosen
    main()
    losses = [float(loss) for _, loss in read_csv(LOSS, ("step", "loss"))]
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    steps = [int(step) for step, _ in read_csv(LOSS, ("step", "loss"))]
    assert steps == list(range(1, len(steps) + 1))
    assert load_folder(MODEL).max_seq_length == 64  # the window of training is not the window of use
    base, tuned = load_folder(tiny_model), load_folder(MODEL)
    assert not torch.equal(base.encode(["x"], convert_to_tensor=True), tuned.encode(["x"], convert_to_tensor=True))


def metrics() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(METRICS.read_text())
    return values


@pytest.mark.slow
def test_dev_questions_are_measured_before_training_and_after_each_epoch(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=3, keep_epoch="best")
    main()
    rows = list(read_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10")))
    assert [row[0] for row in rows] == ["0", "1", "2", "3"]
    found = metrics()
    assert found["train_pairs"] == 20 and found["dev_questions"] == 4
    best = max(rows[1:], key=lambda row: (float(row[2]), -int(row[0])))
    assert found["epoch"] == int(best[0])
    assert found["dev"]["after"]["ndcg@10"] == float(best[2])
    assert found["dev"]["before"]["ndcg@10"] == float(rows[0][2]) == found["dev"]["ndcg@10_by_weight"]["0"]


def every_way_beats_the_base_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "luck_of", lambda epochs, clusters: lambda values: dict.fromkeys(values, 0.0))


def weights(folder: Path) -> bytes:
    (file,) = folder.rglob("model.safetensors")
    return file.read_bytes()


@pytest.mark.slow
def test_where_nothing_beats_the_base_model_it_is_the_result(project: Path, tiny_model: Path, capsys: Any) -> None:
    write_project(project, tiny_model, learning_rate=1e-12)
    main()
    assert metrics()["weight"] == 0
    assert "it is the base model" in capsys.readouterr().out
    base, result = load_folder(tiny_model), load_folder(MODEL)
    for name, tensor in base.state_dict().items():
        assert torch.equal(tensor, result.state_dict()[name]), name


@pytest.mark.slow
def test_a_model_that_forgets_is_not_taken(project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every_way_beats_the_base_model(monkeypatch)
    write_project(project, tiny_model, epochs=1)
    main()
    assert metrics()["weight"] > 0
    # the general questions are now answered perfectly by the base model alone
    calls: list[str] = []

    def ask(
        model: Any, questions: Any, passages: Any, batch_size: int, depth: int, description: str, known: Any
    ) -> Ranking:
        calls.append(description)
        chunks = list(passages)
        answers = [chunks.index(relevant[0]) for relevant in general.asked.relevant]
        # the base model finds every answer first, the others find the same few chunks whatever is asked
        first = [[answer, *(place for place in range(depth) if place != answer)][:depth] for answer in answers]
        found = first if len(calls) == 1 else [list(range(depth)) for _ in answers]
        return Ranking(chunks, np.array(found))

    general = load_set("data/general").half("guards")
    monkeypatch.setattr(guards, "ask", ask)
    set_params(project / "params.yaml", finetune={"keep_general": True})
    main()
    assert len(calls) == 3 and metrics()["weight"] == 0


@pytest.mark.slow
def test_without_dev_questions_training_goes_on(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=2)
    write_qrels(DEV, [])
    main()
    assert list(read_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10"))) == []
    assert metrics()["weight"] == 1.0 and metrics()["epoch"] == 2
    assert MODEL.is_dir()


@pytest.fixture(scope="module")
def plain(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights that the knobs of `write_project` give in one epoch, the whole way."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copy(ROOT / "params.yaml", folder)
    with contextlib.chdir(folder):
        write_project(folder, tiny_model, epochs=1)
        write_qrels(DEV, [])
        main()
        return weights(MODEL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hard_negatives", 2),
        ("teacher", "base"),
        ("dimensions", [8, 16]),
        ("lora_rank", 4),
        ("freeze_embeddings", True),
    ],
)
def test_every_option_trains_something_else_and_the_same_bytes_again(
    project: Path, tiny_model: Path, plain: bytes, option: str, value: Any
) -> None:
    write_project(project, tiny_model, epochs=1, **{option: value})
    write_qrels(DEV, [])
    main()
    first, results = tree(MODEL), tree(Path("results"))
    assert weights(MODEL) != plain
    main()
    assert tree(MODEL) == first and tree(Path("results")) == results
    assert {n: t.shape for n, t in load_folder(MODEL).state_dict().items()} == {
        n: t.shape for n, t in load_folder(tiny_model).state_dict().items()
    }


@pytest.mark.slow
def test_questions_that_do_not_find_their_chunk_are_left_out(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=1, round_trip=1)
    strays = [Question(f"stray{i}", f"Who wrote it, and why{'?' * i}", {"chunks": [f"c{i}"]}) for i in range(1, 6)]
    write_queries(finetune.QUERIES, [*read_queries(finetune.QUERIES), *strays])
    write_qrels(TRAIN, [(f"q{i}What", f"c{i}") for i in range(6)] + [(q.id, q.metadata["chunks"][0]) for q in strays])
    main()
    # no search can tell five questions with the same words apart
    assert 4 <= metrics()["round_trip_dropped"] <= 5
    assert metrics()["train_pairs"] == 11 - metrics()["round_trip_dropped"]


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "window"), [(1e-3, 200), (1e-12, 128)])
def test_the_window_grows_unless_the_base_model_is_the_result(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, rate: float, window: int
) -> None:
    if window == 200:
        every_way_beats_the_base_model(monkeypatch)
    write_project(project, tiny_model, learning_rate=rate, max_tokens=None, epochs=1)
    set_params(project / "params.yaml", base_model={"max_tokens": 200})
    main()
    assert (metrics()["weight"] > 0) == (window == 200)
    assert load_folder(MODEL).max_seq_length == window


def test_more_dimensions_than_a_vector_has_are_refused(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, dimensions=[16, 33])
    with pytest.raises(UserError, match=r"finetune\.dimensions has 33, but .* have 32 numbers"):
        main()


def test_patience_without_a_best_epoch_is_refused(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, patience=2)
    with pytest.raises(UserError, match=r"finetune\.patience.* set finetune\.keep_epoch to best"):
        main()


@pytest.mark.slow
def test_training_stops_when_it_gets_no_better(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, learning_rate=1e-12, epochs=9, keep_epoch="best", patience=2)
    main()
    assert [row[0] for row in read_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10"))] == ["0", "1", "2", "3"]
    assert metrics()["epoch"] == 1 and metrics()["weight"] == 0


def run_stage() -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"}
    command = [sys.executable, "-m", "stages.finetune"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_two_processes_end_as_one_does(project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every_way_beats_the_base_model(monkeypatch)
    write_project(project, tiny_model, epochs=4, dropout=False, keep_epoch="best", patience=3)
    main()
    one, alone = metrics(), load_folder(MODEL).state_dict()
    shutil.rmtree(MODEL)
    set_params(project / "params.yaml", runtime={"processes": 2, "threads": 2})
    done = run_stage()
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("wrote models/finetuned") == 1 and "2 processes, 1 threads each" in done.stdout
    two = metrics()
    assert two["train_pairs"] == one["train_pairs"]
    assert two["dev"]["before"] == pytest.approx(one["dev"]["before"])
    assert two["dev"]["after"] == pytest.approx(one["dev"]["after"], abs=0.15)
    losses = [float(loss) for _, loss in read_csv(LOSS, ("step", "loss"))]
    assert len(losses) == 12 and losses[-1] < losses[0]
    assert not list(Path(CHECKPOINTS).iterdir())
    for name, tensor in load_folder(MODEL).state_dict().items():
        assert tensor.shape == alone[name].shape


@pytest.mark.slow
def test_two_machines_end_as_one_does(project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own copy of the project and a launcher of its own, as docs/many-machines.md has it."""
    every_way_beats_the_base_model(monkeypatch)
    write_project(project, tiny_model, epochs=4, dropout=False, keep_epoch="best", patience=3)
    main()
    one = metrics()
    shutil.rmtree(MODEL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    second = project.with_name("second")
    shutil.copytree(project, second)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1"]
    launcher += ["--master-addr", "127.0.0.1", "--master-port", port]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    machines, pipe = [], subprocess.PIPE
    for rank, folder in (("0", project), ("1", second)):
        command = [*launcher, "--node-rank", rank, "-m", "stages.finetune"]
        machines.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True))
    said = [machine.communicate(timeout=500) for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], [errors[-2000:] for _, errors in said]
    assert [out.count("wrote models/finetuned") for out, _ in said] == [1, 0]
    assert MODEL.exists() and not (second / MODEL).exists()
    two = metrics()
    assert two["train_pairs"] == one["train_pairs"]
    assert two["dev"]["before"] == pytest.approx(one["dev"]["before"])
    assert two["dev"]["after"] == pytest.approx(one["dev"]["after"], abs=0.15)


@pytest.mark.slow
def test_what_is_wrong_is_said_once_by_many_processes(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    write_qrels(TRAIN, [("q0What", "c0")])
    set_params(project / "params.yaml", runtime={"processes": 2})
    failed = run_stage()
    assert failed.returncode == 1
    assert failed.stderr.count("error:") == 1 and "too few to train on" in failed.stderr
    assert "Traceback" not in failed.stderr


KILLED = """
import os, signal, stages.finetune, attune.training.loop.trainer as trainer
from attune.training.best_epoch import BestEpoch
step = BestEpoch.on_step_end
def die(self, args, state, control, **kwargs):
    step(self, args, state, control, **kwargs)
    if state.global_step == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
BestEpoch.on_step_end = die
stages.finetune.main()
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=3)
    check_killed()


def check_killed() -> None:
    """Kill the stage and start it again: it ends as if nothing had happened."""
    set_params(Path("params.yaml"), runtime={"checkpoint_steps": 1})
    main()
    whole, results = tree(MODEL), tree(Path("results"))
    shutil.rmtree(MODEL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", KILLED.format(step=6)], env=environment, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-500:]
    assert list(Path(CHECKPOINTS).rglob("checkpoint-*"))
    main()
    assert tree(MODEL) == whole and tree(Path("results")) == results
    assert not list(Path(CHECKPOINTS).iterdir())


@pytest.mark.slow
def test_card_holds_no_text_of_the_documents_and_no_date(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    main()
    card = (MODEL / "README.md").read_text()
    assert "pump" not in card and "colour" not in card
    assert "base_model" not in card or str(tiny_model) in card
    assert not re.search(r"20\d\d", card.replace(str(tiny_model), ""))


def vectors(model: Any, kind: Literal["question", "passage"]) -> torch.Tensor:
    """What a model makes of the texts of the corpus."""
    return embed(model, [chunk.passage for chunk in read_corpus(finetune.CORPUS)], kind, 4)


@pytest.mark.slow
def test_training_questions_alone_leaves_passages_their_vectors(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_way_beats_the_base_model(monkeypatch)
    write_project(project, tiny_model, side="question", epochs=3)
    main()
    base, tuned, plain = load_folder(tiny_model), load_folder(MODEL), load_folder(MODEL / "query")
    base.max_seq_length = 64
    for passages in (tuned, load_folder(MODEL / "document")):
        assert torch.equal(vectors(passages, "passage"), vectors(base, "passage"))
    assert not torch.equal(vectors(tuned, "question"), vectors(base, "question"))
    assert torch.equal(vectors(tuned, "question"), vectors(plain, "question"))
    losses = [float(loss) for _, loss in read_csv(LOSS, ("step", "loss"))]
    assert sum(losses[-3:]) < 0.9 * sum(losses[:3])
    about, found = json.loads((MODEL / "attune.json").read_text()), metrics()
    assert about["index_fingerprint"] == found["base_fingerprint"] != about["fingerprint"] == found["fingerprint"]
    # what the dev questions said of the model that was kept is what the saved one does
    texts = {question.id: question.text for question in read_queries(finetune.QUERIES)}
    dev = DevSet.choose(read_corpus(finetune.CORPUS), texts, read_qrels(DEV), 2000)
    kept = found["dev"]["ndcg@10_by_weight"][f"{found['weight']:g}"]
    assert means(dev.measure(tuned, 4))["ndcg@10"] == pytest.approx(kept, abs=1e-6)


@pytest.mark.slow
def test_where_nothing_is_better_both_sides_are_the_base_model(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, side="question", epochs=1, learning_rate=1e-12)
    main()
    about = json.loads((MODEL / "attune.json").read_text())
    assert metrics()["weight"] == 0 and about["fingerprint"] == about["base_fingerprint"] == about["index_fingerprint"]
    for side in ("query", "document"):
        for name, tensor in load_folder(tiny_model).state_dict().items():
            assert torch.equal(tensor, load_folder(MODEL / side).state_dict()[name]), name


@pytest.mark.slow
def test_of_questions_alone_a_killed_run_ends_in_the_same_bytes(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, side="question", epochs=3)
    check_killed()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lora_rank": 4},
        {"dimensions": [8, 16]},
        {"teacher": "base", "teacher_weight": 0.9},
        {"freeze_embeddings": True},
        {"symmetric": True},
        {"bf16": True},
        {"dropout": True},
    ],
)
def test_of_questions_alone_every_option_is_obeyed(
    project: Path, tiny_model: Path, plain: bytes, changes: dict[str, Any]
) -> None:
    write_project(project, tiny_model, epochs=1, side="question", **changes)
    write_qrels(DEV, [])
    main()
    assert weights(MODEL / "document") == weights(tiny_model)
    tuned = weights(MODEL / "query")
    if not changes:
        assert tuned not in (plain, weights(tiny_model))
        return
    set_params(project / "params.yaml", finetune={name: COMMITTED[name] for name in changes})
    main()
    assert weights(MODEL / "query") != tuned


@pytest.mark.parametrize(
    ("finetune", "base", "told"),
    [
        ({"hard_negatives": 2}, {}, "all chunks are in every step already; set it to 0"),
        ({"teacher": "some/cross-encoder"}, {}, "set it to base or null"),
        ({}, {"max_tokens": 200}, "reads 128 tokens; set base_model.max_tokens to 128 or less"),
    ],
)
def test_what_questions_alone_cannot_obey_is_refused(
    project: Path, tiny_model: Path, finetune: dict[str, Any], base: dict[str, Any], told: str
) -> None:
    write_project(project, tiny_model, side="question", **finetune)
    set_params(project / "params.yaml", base_model=base)
    with pytest.raises(UserError, match=told) as caught:
        main()
    assert "\n" not in str(caught.value)
