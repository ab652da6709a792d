"""What stages map: the same bytes on two machines as on one, also when one of them dies, or the stage itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from pathlib import Path

import psutil
import pytest
import torch

from attune.core.params import RuntimeParams
from attune.documents.folder import reading
from attune.documents.folder.cache import FOLDER
from attune.engine import choice
from attune.engine.choice import Here
from attune.engine.connection import ADDRESS, connect
from attune.engine.jobs import Engine, Item, Job, Lost, Result
from attune.models.encode import embed
from attune.models.load import load_folder
from attune.questions.asking.replies import Replies
from attune.questions.writers import local
from attune.questions.writers.local import LocalWriter
from stages import chunk, finetune
from tests.conftest import ROOT, set_params
from tests.questions.writers.test_local import make_llm, requests
from tests.questions.writers.test_local import params as writer_params
from tests.stages.test_chunk import DATA
from tests.stages.test_finetune import tree, write_project
from tests.support.asking import limits, runtime
from tests.support.cut_documents import PROSE
from tests.support.ray_cluster import Machines

pytestmark = pytest.mark.slow


class Killing:
    """The cluster, and its second machine dies after some results."""

    def __init__(self, two: Machines, after: int) -> None:
        two.complete()
        self._two, self._after = two, after
        self.killed = 0

    def map(self, job: Job[Item, Result], items: Iterable[Item]) -> Generator[Result | Lost, None, None]:
        for number, result in enumerate(connect().map(job, items)):
            if number == self._after and not self.killed:
                self._two.kill()
                self.killed += 1
            yield result


def use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything run on an engine."""

    def chosen(_: RuntimeParams) -> Engine:
        return engine

    for module in (choice, reading, local):
        monkeypatch.setattr(module, "engine_of", chosen)
    monkeypatch.setattr(choice, "_in_use", engine)


def write_documents(project: Path, count: int) -> None:
    shutil.copytree(DATA / "documents", project / "data/documents")
    for number in range(count):
        (project / f"data/documents/{number:03d}.md").write_text(f"# Of foxes {number}\n\n" + PROSE * (number % 7 + 1))
    (project / "data/documents/empty.txt").touch()
    set_params(
        project / "params.yaml",
        chunk={"max_tokens": 48, "overlap_tokens": 12, "min_tokens": 6, "max_failed_fraction": 0.5},
        runtime={"workers": 1, "threads": 1},
    )


def written() -> list[bytes]:
    return [path.read_bytes() for path in (chunk.CORPUS, chunk.TABLE, chunk.METRICS)]


def test_documents(two: Machines, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_documents(project, 30)
    chunk.main()
    here, kept = written(), tree(FOLDER)
    shutil.rmtree(FOLDER)
    engine = Killing(two, after=12)
    use(engine, monkeypatch)
    chunk.main()
    assert engine.killed
    assert written() == here
    assert tree(FOLDER) == kept


def test_vectors(two: Machines, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    model = load_folder(tiny_model)
    texts = [f"{word} {number} " * (number % 9 + 1) for number in range(100) for word in ("pump", "valve")]
    here = embed(model, texts, "passage", 4)
    engine = Killing(two, after=20)
    use(engine, monkeypatch)
    assert torch.equal(embed(model, texts, "passage", 4), here)
    assert engine.killed


def test_replies(two: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaConfig

    torch.set_num_threads(1)
    asked = requests(24)
    model = make_llm(tmp_path / "llm", LlamaConfig)
    engines: dict[str, Engine] = {"here": Here(), "away": (killing := Killing(two, after=5))}
    for name, engine in engines.items():
        use(engine, monkeypatch)
        with Replies(tmp_path / name) as replies:
            writer = LocalWriter(str(model), writer_params(batch_size=2), runtime())
            assert writer.write(asked, replies, limits()) == {}
    assert killing.killed
    assert (tmp_path / "here").read_bytes() == (tmp_path / "away").read_bytes() != b""


def test_a_training_that_mines_and_measures_elsewhere(
    two: Machines, project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(project, tiny_model, epochs=2, hard_negatives=2, round_trip=5, teacher="base")
    finetune.main()
    here = tree(finetune.MODEL), tree(Path("results"))
    two.complete()
    set_params(project / "params.yaml", runtime={"engine": "ray"})
    finetune.main()
    assert isinstance(choice.engine_in_use(), type(connect()))
    monkeypatch.setattr(choice, "_in_use", Here())
    assert (tree(finetune.MODEL), tree(Path("results"))) == here


def begin(project: Path, two: Machines) -> subprocess.Popen[str]:
    """Start the stage on the cluster, and wait until it has some documents."""
    two.complete()
    set_params(project / "params.yaml", runtime={"engine": "ray"})
    environment = os.environ | {"PYTHONPATH": str(ROOT), ADDRESS: two.address}
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.chunk"], cwd=project, env=environment, stderr=subprocess.PIPE, text=True
    )
    while len(list(Path(FOLDER).glob("*/*"))) < 5:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.05)
    return process


def readers() -> list[psutil.Process]:
    """The child processes in which documents are read."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "multiprocessing.spawn" in " ".join(process.info["cmdline"] or [])
        and any("ray::" in " ".join(parent.cmdline()) for parent in process.parents()[:1])
    ]


@pytest.mark.parametrize(("how", "code", "last"), [(signal.SIGKILL, -9, ""), (signal.SIGINT, 130, "interrupted: what")])
def test_a_stage_that_was_ended_is_taken_up(
    two: Machines, project: Path, how: signal.Signals, code: int, last: str
) -> None:
    write_documents(project, 200)
    process = begin(project, two)
    process.send_signal(how)
    _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert said.splitlines()[-1:] == [] or said.splitlines()[-1].startswith(last)
    kept = {path: path.stat().st_ino for path in Path(FOLDER).glob("*/*")}
    assert 5 <= len(kept) < 203
    end = time.monotonic() + 60
    while readers() and time.monotonic() < end:
        time.sleep(0.5)
    assert not readers()  # nobody works for one who is gone
    set_params(project / "params.yaml", runtime={"engine": "local"})
    chunk.main()
    assert {path: path.stat().st_ino for path in kept} == kept  # not made again
    taken_up = written()
    shutil.rmtree(FOLDER)
    chunk.main()
    assert written() == taken_up
