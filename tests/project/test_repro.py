"""`dvc repro` in a clone: it rebuilds what changed, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from attune.core.beir import read_corpus
from tests.conftest import ROOT, set_params
from tests.support.chat_server import ChatServer

pytestmark = pytest.mark.slow  # a run of the pipeline is quick with a tiny model, a dozen of them take minutes
STAGES = ["chunk", "synthesize-questions", "split", "finetune", "evaluate", "report"]
SUBJECTS = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle kettle anchor".split()


def document(name: str) -> str:
    """Some paragraphs with words that stand in no other document."""
    lines = [f"# The {name} manual", ""]
    for part in ("inlet", "rotor", "sensor", "gasket"):
        rare = [f"{name}{part}{suffix}" for suffix in ("ium", "ator", "ogen", "itis")]
        lines += [f"The {rare[0]} of the {name} holds the {rare[1]}. " * 6 + f"Oil the {rare[2]} before {rare[3]}.", ""]
    return "\n".join(lines)


def copy_project(folder: Path, *left_out: str) -> None:
    """Copy this project as it lies here, but for dvc.lock, what git ignores and what begins with one of `left_out`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and name != "dvc.lock" and not name.startswith(left_out):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


class Clone:
    """A clone of this project with a tiny model, its own documents and the scripted server."""

    def __init__(self, folder: Path, tiny_model: Path, server: ChatServer) -> None:
        self.folder, self.server = folder, server
        copy_project(folder, "results/")
        documents = folder / "data" / "documents"
        documents.mkdir(parents=True)
        for name in SUBJECTS:
            (documents / f"{name}.md").write_text(document(name), encoding="utf-8")
        set_params(
            folder / "params.yaml",
            base_model={"name": str(tiny_model), "max_tokens": None},
            chunk={"max_tokens": 64, "overlap_tokens": 8},
            synthesize_questions={"provider": "openai", "model": "scripted", "base_url": server.url},
            split={"dev_fraction": 0.0},  # without dev questions the trained model is taken, however bad it is
            finetune={"epochs": 1, "max_tokens": 32},
            runtime={"workers": 1, "threads": 1, "max_retries": 0},
        )
        for command in (["git", "init", "-q"], ["git", "add", "-A"], ["git", "commit", "-qm", "start"]):
            self.run(*command)

    def run(self, *command: str, check: bool = True) -> str:
        environment = os.environ | {
            "DVC_SITE_CACHE_DIR": str(self.folder / ".dvc/tmp/site"),
            "DVC_NO_ANALYTICS": "1",
            "HF_HUB_OFFLINE": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert done.returncode == 0 or not check, output
        return output

    def repro(self, *options: str) -> list[str]:
        """Run `dvc repro`; return the stages that ran."""
        return re.findall(r"Running stage '([\w-]+)'", self.run("dvc", "repro", *options))

    def lock(self) -> bytes:
        return (self.folder / "dvc.lock").read_bytes()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Clone]:
    with HTTPServer(threaded=True) as server:
        clone = Clone(tmp_path_factory.mktemp("clone"), tiny_model, ChatServer(server))
        assert clone.repro() == STAGES
        clone.run("git", "add", "-A")
        clone.run("git", "commit", "-qm", "first run")
        yield clone


def test_all_outputs_are_there(clone: Clone) -> None:
    for path in ("data/beir/corpus.jsonl", "data/beir/queries.jsonl", "data/beir/qrels/test.tsv", "data/replies.jsonl",
                 "models/finetuned/modules.json", "results/evaluate/metrics.json", "results/report.html"):  # fmt: skip
        assert (clone.folder / path).is_file()


def test_second_run_does_nothing(clone: Clone) -> None:
    asked = len(clone.server.prompts)
    assert clone.repro() == []
    assert len(clone.server.prompts) == asked


def test_runtime_knob_reruns_nothing(clone: Clone) -> None:
    set_params(clone.folder / "params.yaml", runtime={"concurrency": 5, "encode_batch_size": 7})
    assert clone.repro() == []


def test_what_python_and_editors_leave_behind_is_no_change(clone: Clone) -> None:
    for name in ("__pycache__/page.cpython-311.pyc", "page.py~", ".page.py.swp", "page.py.orig", "page.py.tmp"):
        path = clone.folder / "attune/report" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("left behind", encoding="utf-8")
    assert clone.repro() == []


@pytest.mark.parametrize(
    ("file", "stages"),
    [
        ("report/page.py", {"report"}),
        ("report/templates/report.css", {"report"}),
        ("evaluation/fair.py", {"evaluate", "report"}),
        ("questions/cleaning/rules.py", {"synthesize-questions"}),
        ("training/fit.py", {"finetune"}),
        ("documents/pdf/engines.py", {"chunk"}),
        ("servers/server.py", {"synthesize-questions", "evaluate"}),
        ("parts/assign.py", {"split"}),
        ("core/errors.py", set(STAGES)),
    ],
)
def test_a_change_of_code_reaches_the_stages_that_run_it(clone: Clone, file: str, stages: set[str]) -> None:
    path = clone.folder / "attune" / file
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n", encoding="utf-8")
    status = json.loads(clone.run("dvc", "status", "--json"))
    path.write_text(before, encoding="utf-8")
    assert {stage for stage, changes in status.items() if any("changed deps" in change for change in changes)} == stages


def test_a_change_in_the_report_runs_the_report_alone(clone: Clone) -> None:
    path = clone.folder / "attune/report/page.py"
    path.write_text(path.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
    assert clone.repro() == ["report"]


def test_evaluate_knob_reruns_evaluate_and_metrics_diff_shows_it(clone: Clone) -> None:
    set_params(clone.folder / "params.yaml", evaluate={"k": [1, 5, 10, 20]})
    assert clone.repro() == ["evaluate", "report"]
    assert "base.hit_rate@20" in clone.run("dvc", "metrics", "diff")


def test_finetune_knob_reruns_finetune_and_evaluate(clone: Clone) -> None:
    set_params(clone.folder / "params.yaml", finetune={"learning_rate": 1.0e-4})
    assert clone.repro() == ["finetune", "evaluate", "report"]


def test_added_document_asks_for_its_own_chunks(clone: Clone) -> None:
    before = len(clone.server.prompts)
    (clone.folder / "data/documents/zeppelin.md").write_text(document("zeppelin"), encoding="utf-8")
    assert clone.repro() == STAGES
    new = clone.server.prompts[before:]
    assert new and all("zeppelin" in prompt for prompt in new)


def test_forced_run_leaves_the_lock_as_it_was(clone: Clone) -> None:
    before, asked = clone.lock(), len(clone.server.prompts)
    assert clone.repro("--force") == STAGES
    assert clone.lock() == before
    assert len(clone.server.prompts) == asked


@pytest.fixture(scope="module")
def second(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second clone after `dvc pull`, as another person has it."""
    folder = tmp_path_factory.mktemp("shared")
    clone.run("dvc", "remote", "add", "--force", "--default", "storage", str(folder / "storage"))
    clone.run("dvc", "push")
    clone.run("git", "add", "-A")
    clone.run("git", "commit", "-qm", "share")
    clone.run("git", "clone", "-q", str(clone.folder), str(folder / "second"))
    shutil.copytree(clone.folder / "data/documents", folder / "second/data/documents")
    clone.run("dvc", "--cd", str(folder / "second"), "pull")
    return folder / "second"


def test_second_clone_pulls_model_and_replies_from_a_remote(clone: Clone, second: Path, tmp_path: Path) -> None:
    asked = len(clone.server.prompts)
    weights = "models/finetuned/model.safetensors"
    assert (second / weights).read_bytes() == (clone.folder / weights).read_bytes()
    assert "Running stage" not in clone.run("dvc", "--cd", str(second), "repro")
    assert len(clone.server.prompts) == asked
    clone.run("gto", "register", "finetuned-embedder", "--version", "v1.0.0")
    clone.run("dvc", "artifacts", "get", str(clone.folder), "finetuned-embedder", "--out", str(tmp_path / "model"))
    assert (tmp_path / "model/model.safetensors").read_bytes() == (clone.folder / weights).read_bytes()


def test_two_commits_are_compared_on_their_common_questions(clone: Clone) -> None:
    output = clone.run("python", "-m", "scripts.compare", "HEAD")
    counts = re.search(r"test questions: (\d+) in HEAD, (\d+) in this folder, (\d+) in both", output)
    assert counts and 0 < int(counts[3]) <= int(counts[1])
    assert "this folder against HEAD, by ndcg@10: no detectable change" in output
    assert "error: cannot read the data and the model of 'gone'" in clone.run(
        "python", "-m", "scripts.compare", "gone", check=False
    )


def test_changed_document_asks_for_its_changed_chunks_in_a_second_clone_too(clone: Clone, second: Path) -> None:
    def texts() -> set[str]:
        return {" ".join(chunk.text.split()) for chunk in read_corpus(second / "data/beir/corpus.jsonl")}

    before, asked = texts(), len(clone.server.prompts)
    changed = second / "data/documents/lamp.md"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace("lamprotor", "rewrittenrotor"), encoding="utf-8")
    clone.run("dvc", "--cd", str(second), "repro", "synthesize-questions")
    found = [re.findall(r"<passage>\n(.*)\n</passage>", prompt, re.DOTALL) for prompt in clone.server.prompts[asked:]]
    assert sorted(passage for passages in found for passage in passages) == sorted(texts() - before)
    assert 0 < len(found) < sum("lamp" in passage for passage in before)


def test_dag_and_plots_show(clone: Clone) -> None:
    assert "synthesize-questions" in clone.run("dvc", "dag")
    clone.run("dvc", "plots", "show", "--out", "plots")
    html = (clone.folder / "plots/index.html").read_text(encoding="utf-8")
    assert "Training loss" in html and "Hit rate at k" in html


@pytest.mark.parametrize(
    ("section", "knobs", "expected"),
    [
        ("evaluate", {"k": [10, 1]}, "evaluate.k"),
        ("base_model", {"name": "no-such-model"}, "no model 'no-such-model'"),
        ("synthesize_questions", {"base_url": "http://127.0.0.1:9/v1", "temperature": 0.2}, "cannot reach"),
    ],
)
def test_user_mistake_is_one_line_and_no_traceback(
    clone: Clone, section: str, knobs: dict[str, object], expected: str
) -> None:
    params = clone.folder / "params.yaml"
    before = params.read_text(encoding="utf-8")
    set_params(params, **{section: knobs})
    output = clone.run("dvc", "repro", check=False)
    params.write_text(before, encoding="utf-8")
    errors = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and expected in errors[0]
    assert "Traceback" not in output
    # nothing that was finished is lost; a stage with persisted outputs has no run-cache, so it measures again
    assert clone.repro() in ([], ["synthesize-questions"], ["evaluate"])
