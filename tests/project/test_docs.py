"""The documentation names only what exists."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from attune.evaluation.assessment import COMPARED
from tests.conftest import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/measurements.md", "docs/data-set.md"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*DOCUMENTS, ".ci/run"])
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|\$ |`|    )make ([a-z-]+)", text(name), re.MULTILINE))
    assert named <= targets


def test_every_make_target_explains_itself() -> None:
    for target in re.findall(r"^([a-z-]+):.*$", text("Makefile"), re.MULTILINE):
        assert re.search(rf"^{target}:.* ## .+", text("Makefile"), re.MULTILINE), target


@pytest.mark.parametrize("name", [*DOCUMENTS, "params.yaml"])
def test_every_knob_that_is_named_exists(name: str) -> None:
    for section, knob in re.findall(rf"\b({'|'.join(PARAMS)})\.([a-z_]+)\b", text(name)):
        if section not in ("chunk", "split", "finetune", "evaluate") or not knob.endswith(("py", "tsv")):
            assert knob in PARAMS[section], f"{name} names {section}.{knob}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_is_named_exists_or_is_made(name: str) -> None:
    made = ("data/", "models/", "results/", "dvc_plots/", ".dvc/tmp", ".venv", "reports/", "requirements.txt.tmp")
    for path in re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:ya?ml|md|txt|in|py))`", text(name)):
        if not path.startswith(made) and not path.endswith((".jsonl", ".tsv", ".csv")):
            # a bare name is that of a file at the top or, in the library, of one in each package that it is said of
            found = (ROOT / path).exists() or "/" not in path and any((ROOT / "attune").rglob(path))
            assert found or path == "stages/NAME.py", f"{name} names {path}"


def test_nothing_tells_where_it_was_made() -> None:
    for name in DOCUMENTS:
        assert "/work/main" not in text(name) and "/root" not in text(name)


def test_results_in_the_readme_are_those_of_the_committed_run() -> None:
    metrics = json.loads(text("results/evaluate/metrics.json"))
    section = text("README.md").split("The sample documents")[1].split("The classic experiment")[0]
    rows = re.findall(
        r"^\| ([a-z_]+@\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ?([+-][\d.]+ to [+-][\d.]+)? \|$",
        section,
        re.MULTILINE,
    )
    assert len(rows) >= 5
    intervals = 0
    for name, *found, interval in rows:
        assert found == [f"{metrics[system][name]:.3f}" for system in ("bm25", "base", "finetuned")]
        if interval:
            difference = metrics["verdict"]["base"][name]
            assert interval == f"{difference['low']:+.3f} to {difference['high']:+.3f}"
            intervals += 1
    assert intervals == len(COMPARED)
    assert f"{metrics['chunks']} chunks" in section and f"{metrics['questions']} of them" in section
    assert f"Verdict: {metrics['verdict']['word']}, on {metrics['verdict']['clusters']} test documents" in section
