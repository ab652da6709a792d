"""The documentation names only what exists, and its tables say what the code says."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from attune.core.records import HEADINGS, PEOPLES, Place
from attune.questions.asking.replies import Reply
from attune.questions.params import KINDS
from attune.servers.vectors import Vectors
from scripts.sample_table import block, renewed
from tests.conftest import ROOT
from tests.project.test_dvc_yaml import ORDER, entries
from tests.project.test_layers import MAY_IMPORT

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
DOCUMENTS = ["README.md", "AGENTS.md", "CONTRIBUTING.md", "SECURITY.md", *PAGES]
DOCUMENTS += ["data/general/README.md", "data/human/README.md", "data/queries/README.md"]
# what the pipeline, its tools or an example make
MADE = tuple("data/ models/ results/ dvc_plots/ .attune/ .venv reports/ site/ requirements.txt.tmp".split())
MADE += (".dvc/tmp", ".dvc/cache", ".dvc/config.local")
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
PROGRAMS = [p for folder in ("scripts", "benchmarks") for p in sorted((ROOT / folder).rglob("*.py"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """What stands under the heading of a document that begins like this, up to the next of its level."""
    (found,) = re.findall(rf"^## {re.escape(heading)}.*?\n(.*?)(?=^## |\Z)", text(name), re.MULTILINE | re.DOTALL)
    return str(found)


def rows(part: str) -> Iterator[list[str]]:
    """The rows of the tables in a part of a document, without their heads, as cells."""
    for table in re.findall(r"^\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", part, re.MULTILINE):
        for line in table.splitlines():
            yield [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", [*DOCUMENTS, ".ci/run"])
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|\$ |`|    )make ([a-z-]+)", text(name), re.MULTILINE))
    assert named <= targets


def test_every_make_target_explains_itself() -> None:
    for target in re.findall(r"^([a-z-]+):.*$", text("Makefile"), re.MULTILINE):
        assert re.search(rf"^{target}:.* ## .+", text("Makefile"), re.MULTILINE), target


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md", "Makefile", "Dockerfile", "dvc.yaml", "params.yaml"])
def test_every_module_that_is_run_exists(name: str) -> None:
    for module in re.findall(r"-m\s+((?:stages|scripts|benchmarks)\.\w+)", text(name)):
        if not module.endswith(".NAME"):
            assert 'if __name__ == "__main__"' in text(module.replace(".", "/") + ".py"), f"{name} runs {module}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_option_that_is_named_exists(name: str) -> None:
    for command in re.findall(r"`(python -m \w+\.\w+ [^`]*)`|^\$ (python -m \w+\.\w+ .*)$", text(name), re.MULTILINE):
        check_options("".join(command))


@pytest.mark.parametrize(
    "path", [p for p in PROGRAMS if "\nUsage: " in p.read_text(encoding="utf-8")], ids=lambda p: p.stem
)
def test_every_usage_is_that_of_its_program(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    usage = path.read_text(encoding="utf-8").split("\nUsage: ")[1].split('"""')[0]
    for line in usage.strip().splitlines():
        assert line.split()[:3] == ["python", "-m", module]
        check_options(line)


def check_options(command: str) -> None:
    """Fail where a program does not know an option that it is called with."""
    module = command.split()[2]
    for option in re.findall(r"(?<=[\s\[])--[a-z-]+", command):
        assert f'"{option}"' in text(module.replace(".", "/") + ".py"), f"{module} has no {option}"


@pytest.mark.parametrize("name", [*DOCUMENTS, "params.yaml"])
def test_every_knob_that_is_named_exists(name: str) -> None:
    for section, knob in re.findall(rf"\b({'|'.join(PARAMS)})\.([a-z_]+)\b", text(name)):
        if section not in ("chunk", "split", "finetune", "evaluate") or not knob.endswith(("py", "tsv")):
            assert knob in PARAMS[section], f"{name} names {section}.{knob}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_is_named_exists_or_is_made(name: str) -> None:
    for path in re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:ya?ml|md|txt|in|py))`", text(name)):
        if not path.startswith(MADE) and not path.endswith((".jsonl", ".tsv", ".csv", "NAME.py")):
            # a bare name is that of a file at the top, or of one in the packages that it is said of
            files = [ROOT / path, *((ROOT / "attune").rglob(path) if "/" not in path else [])]
            assert any(file.exists() for file in files), f"{name} names {path}"


def test_the_tree_is_that_of_the_project() -> None:
    (tree,) = re.findall(
        r"^```\n(.*?)^```", section("docs/how-it-works.md", "In this folder"), re.MULTILINE | re.DOTALL
    )
    paths = [f"attune/{path}" if line[0] == " " else path for line in tree.splitlines() for path in line[:25].split()]
    for path in paths:
        assert path.startswith(MADE) or (ROOT / path).exists(), path
    assert {Path(path).stem for path in paths if path.startswith("attune/")} == {"attune", *MAY_IMPORT}


def test_every_document_that_code_names_exists() -> None:
    files = [p for folder in ("attune", "stages", "scripts", "benchmarks") for p in (ROOT / folder).rglob("*.py")]
    for path in [*files, ROOT / "params.yaml", ROOT / "dvc.yaml", ROOT / "requirements.in"]:
        for named in re.findall(
            r"(?:docs|data/human|data/queries|data/general)/[\w-]+\.md\b", path.read_text(encoding="utf-8")
        ):
            assert (ROOT / named).exists(), f"{path} names {named}"


def test_nothing_tells_where_it_was_made() -> None:
    for name in DOCUMENTS:
        assert "/work/main" not in text(name) and "/root" not in text(name)


def test_what_re_runs_what_is_what_dvc_yaml_lists() -> None:
    made = {path for stage in ORDER for path in entries(stage, "outs", "metrics", "plots")}
    runs: dict[str, list[str]] = {}
    for stage in ORDER:
        for path in entries(stage, "deps") - made:
            if not path.startswith("stages/"):  # a script is its own stage's
                runs.setdefault(path, []).append(stage)
    told = {row[0].strip("`"): row[3] for row in rows(section("CONTRIBUTING.md", "The map"))}
    assert told == {path: "all" if stages == ORDER else ", ".join(stages) for path, stages in runs.items()}


def test_the_map_says_who_may_import_whom() -> None:
    told = {row[0].strip("`"): row[2] for row in rows(section("CONTRIBUTING.md", "The map"))}
    packages = {path: imports for path, imports in told.items() if path.startswith("attune/")}
    assert {Path(path).stem: imports.split(", ") if imports else [] for path, imports in packages.items()} == {
        package: imports.split() for package, imports in MAY_IMPORT.items()
    }


def flat(row: dict[str, Any]) -> set[str]:
    """The names of the fields of a row, those of its metadata with a dot."""
    return {name for name in row if name != "metadata"} | {f"metadata.{name}" for name in row.get("metadata", {})}


def told_fields(heading: str) -> set[str]:
    return {name for row in rows(section("docs/data-set.md", heading)) for name in re.findall(r"`([^`]+)`", row[0])}


def test_the_fields_of_chunks_are_told() -> None:
    corpus = [json.loads(line) for line in text("tests/data/chunk/corpus.jsonl").splitlines()]
    assert told_fields("Chunks") == set().union(*map(flat, corpus)) | {"metadata.also_in"}
    (also_in,) = (row[1] for row in rows(section("docs/data-set.md", "Chunks")) if "also_in" in row[0])
    assert re.findall(r"`(\w+)`", also_in) == list(Place("a.pdf").row)


def test_the_fields_of_questions_are_told() -> None:
    assert told_fields("Questions") == {"_id", "text", "metadata.chunks", "metadata.kind"}
    (kinds,) = (row[1] for row in rows(section("docs/data-set.md", "Questions")) if row[0] == "`metadata.kind`")
    assert re.findall(r"`(\w+)`", kinds) == [*KINDS, *HEADINGS, *PEOPLES]


def test_the_fields_of_replies_and_vectors_are_told(tmp_path: Path) -> None:
    assert told_fields("Replies") == {"key", *(field.name for field in fields(Reply))}
    with Vectors(tmp_path / "model.jsonl") as vectors:
        vectors.keep(["a"], np.ones((1, 2), dtype=np.float32), {"a": 5})
    assert told_fields("Vectors") == flat(json.loads((tmp_path / "model.jsonl").read_text(encoding="utf-8")))


def test_the_fields_of_general_questions_are_told() -> None:
    for file in ("corpus.jsonl", "queries.jsonl"):
        for line in text(f"data/general/{file}").splitlines():
            assert flat(json.loads(line)) - {"_id", "title", "text"} == told_fields("General")


def test_the_sample_s_table_is_that_of_the_committed_run() -> None:
    page = text("docs/first-run.md")
    with contextlib.chdir(ROOT):
        assert renewed(page, block()) == page, "`make sample-table` writes it"
    metrics = json.loads(text("results/evaluate/metrics.json"))
    for name in ("bm25", "base", "finetuned", "hybrid_base", "hybrid"):
        assert f"{metrics['systems'][name]['ndcg@10']:.3f}" in page


def test_figures_that_the_readme_repeats_are_those_of_the_pages() -> None:
    readme = section("README.md", "Results")
    told = " ".join(text("docs/results.md").split()) + " ".join(text("docs/measurements.md").split())
    figures = re.findall(r"\d+\.\d{3}", readme)
    assert len(figures) > 12
    assert [figure for figure in figures if figure not in told] == []


def test_the_readme_is_one_page() -> None:
    assert len(text("README.md").splitlines()) <= 150
