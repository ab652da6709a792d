"""The examples for clouds and clusters: valid, of commands that exist, and ended and started again as they say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from attune.core.params import read_params
from scripts.forecast import BEGIN, DEFAULT_BYTES, LETTERS_A_TOKEN, STAGES, Work, seconds
from tests.conftest import ROOT
from tests.project.test_dvc_yaml import ORDER

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".sh", ".sbatch"))
# of `man sbatch`; a word that it does not know ends a job at once
SBATCH = set(
    "array constraint cpus-per-task dependency error exclusive export gpus gpus-per-node gres job-name mail-type mem "
    "mem-per-cpu nodes ntasks ntasks-per-node open-mode output partition qos requeue signal time".split()
)
# of docs.skypilot.co/en/latest/reference/yaml-spec.html
SKYPILOT = {
    "": set("name workdir num_nodes resources envs secrets volumes file_mounts setup run config".split()),
    "resources": set(
        "infra accelerators accelerator_args cpus memory instance_type use_spot disk_size disk_tier network_tier "
        "max_hourly_cost image_id ports labels autostop any_of ordered job_recovery".split()
    ),
    "job_recovery": {"strategy", "max_restarts_on_errors", "recover_on_exit_codes"},
    "mount": {"name", "source", "store", "mode", "persistent"},
}
MODES = {"MOUNT", "COPY", "MOUNT_CACHED"}


def in_bash(text: str) -> str:
    """What bash objects to, without running anything."""
    return subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True).stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_bash_can_read_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert in_bash(text) == "" and text.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in text
    assert "unexpected" in in_bash(text + "fi\n")  # it would say so


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.suffix == ".sbatch"], ids=lambda path: path.name)
def test_slurm_knows_what_it_is_told(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("#SBATCH")]
    names = [re.fullmatch(r"#SBATCH --([a-z-]+)(=\S+)?", line) for line in told]
    assert all(names) and {name[1] for name in names if name} <= SBATCH
    # what stands behind the first command is not looked at
    first = next(number for number, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(lines.index(line) < first for line in told)


def test_skypilot_knows_what_it_is_told() -> None:
    task = yaml.safe_load((EXAMPLES / "skypilot.yaml").read_text(encoding="utf-8"))
    assert task.keys() <= SKYPILOT[""] and task["resources"].keys() <= SKYPILOT["resources"]
    assert task["resources"]["job_recovery"].keys() <= SKYPILOT["job_recovery"]
    for mount in task["file_mounts"].values():
        assert mount.keys() <= SKYPILOT["mount"] and mount["mode"] in MODES
    assert all(isinstance(value, str) for value in task["envs"].values())
    assert in_bash(task["setup"]) == in_bash(task["run"]) == ""
    named = set(re.findall(r"\$\{(\w+)\}", str(task["file_mounts"])))
    assert named <= task["envs"].keys()


def test_all_commands_and_files_of_the_examples_exist() -> None:
    for path in EXAMPLES.iterdir():
        text = path.read_text(encoding="utf-8")
        for module in re.findall(r"-m ((?:stages|scripts)\.\w+)", text):
            assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
        for name in re.findall(r"\b(?:examples|docs)/[\w./-]+\w|requirements-\w+\.txt", text):
            assert (ROOT / name).exists(), name
    assert re.search(r"for stage in (.*); do", (EXAMPLES / "run.sh").read_text())[1].split() == ORDER  # type: ignore[index]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose commands note that they were called; `dvc repro finetune` goes on until it is interrupted."""
    (tmp_path / "examples").mkdir()
    for path in SCRIPTS:
        (tmp_path / "examples" / path.name).write_bytes(path.read_bytes())
        (tmp_path / "examples" / path.name).chmod(0o755)
    commands = {
        "dvc": 'echo "dvc $*" >> called; [ "$2" != "$FOREVER" ] || { trap "echo ended >> called; exit 1" INT; '
        'while :; do sleep 0.05; done; }; [ "$2" != "$FAILS" ]',
        "python": 'echo "python $*" >> called',
        "scontrol": 'echo "scontrol $*" >> called',
    }
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, body in commands.items():
        (tmp_path / ".venv" / "bin" / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (tmp_path / ".venv" / "bin" / name).chmod(0o755)
    return tmp_path


def heed_interrupts() -> None:
    """A shell that starts the tests in the background lets all that they start ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(project: Path, **environment: str) -> subprocess.Popen[bytes]:
    variables = os.environ | {"SLURM_SUBMIT_DIR": str(project), "SLURM_JOB_ID": "7", "FOREVER": "-", "FAILS": "-"}
    command = ["bash", "examples/slurm.sbatch"]
    return subprocess.Popen(command, cwd=project, env=variables | environment, preexec_fn=heed_interrupts)


def called(project: Path) -> list[str]:
    return (project / "called").read_text().splitlines() if (project / "called").exists() else []


def test_each_stage_is_pushed_before_the_next_begins(project: Path) -> None:
    assert start(project).wait(200) == 0
    pushed = [line for stage in ORDER for line in (f"dvc repro {stage}", "dvc push --run-cache")]
    assert called(project) == ["python -m scripts.pull", *pushed]


def test_an_error_ends_the_job_for_good(project: Path) -> None:
    assert start(project, FAILS="split").wait(200) != 0
    assert called(project)[-1] == "dvc repro split"


def test_a_job_that_is_taken_away_ends_its_stage_and_asks_to_be_started_again(project: Path) -> None:
    job = start(project, FOREVER="finetune")
    for _ in range(4000):
        if called(project)[-1:] == ["dvc repro finetune"]:
            break
        time.sleep(0.05)
    assert called(project)[-1] == "dvc repro finetune"
    time.sleep(2)  # until it can be interrupted
    job.send_signal(signal.SIGTERM)
    assert job.wait(200) != 0
    assert called(project)[-2:] == ["ended", "scontrol requeue 7"]


def test_no_stage_begins_after_the_signal(project: Path) -> None:
    slow = project / ".venv" / "bin" / "dvc"
    slow.write_text('#!/usr/bin/env bash\ntrap "" INT\necho "dvc $*" >> called\nsleep 4\n')  # ends well all the same
    job = start(project)
    for _ in range(4000):
        if called(project)[-1:] == ["dvc repro chunk"]:
            break
        time.sleep(0.05)
    time.sleep(1)
    job.send_signal(signal.SIGTERM)
    assert job.wait(200) != 0
    assert called(project)[-2:] == ["dvc repro chunk", "scontrol requeue 7"]


def test_what_large_collections_take_is_what_the_forecast_reckons_with() -> None:
    page = (ROOT / "docs/many-machines.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| (.*) \|$", page, re.MULTILINE)
    assert [int(documents.replace(",", "")) for documents, _, _ in lines] == [10**power for power in range(3, 8)]
    params = read_params(ROOT / "params.yaml")
    params["synthesize_questions"]["provider"], params["runtime"]["concurrency"] = "openai", 200
    for documents, chunks, cells in lines:
        count = int(chunks.replace(",", ""))
        assert count == 10 * int(documents.replace(",", ""))
        letters = count * params["chunk"]["max_tokens"] * LETTERS_A_TOKEN
        took = seconds(Work(STAGES, letters, count, count, 192), params, DEFAULT_BYTES, 16)
        hours = [(took[name] - BEGIN) / 3600 for name in ("chunk", "synthesize-questions", "finetune", "evaluate")]
        dollars = [count * (700 * 0.15 + 100 * 0.60) / 1e6, 16 * 0.05 * (hours[0] + hours[2] + hours[3])]
        memory = count * 10 / 2**20
        told = [float(cell.replace(",", "")) for cell in cells.split(" | ")]
        for value, expected in zip(told, [*hours, *dollars, memory], strict=True):
            assert value == pytest.approx(expected, rel=0.4, abs=0.006)  # costs are measured again, now and then
