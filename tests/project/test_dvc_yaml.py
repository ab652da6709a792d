"""dvc.yaml, the scripts, params.yaml and the README agree.

DVC follows no imports and sees no default values, so what is not written in dvc.yaml is an input that nobody tracks.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from attune.core.params import PARAMS_FILE, SECTIONS, Section, load_params
from tests.conftest import ROOT

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = PIPELINE["stages"]
ORDER = ["chunk", "synthesize-questions", "split", "finetune", "evaluate", "report"]
UNTRACKED = {"runtime"}  # knobs that change no result
EMPTY = {"attune/__init__.py", "stages/__init__.py"}  # nothing but a docstring, which a test below makes sure of


def module_name(stage: str) -> str:
    return "stages." + stage.replace("-", "_")


def source(module: str) -> Path | None:
    """The file of a module of this project, relative to its root."""
    path = Path(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if (ROOT / candidate).is_file():
            return candidate
    return None


def imported(path: Path) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import, which this walk does not follow"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return {name for name in names if name.split(".")[0] in ("attune", "stages", "scripts")}


def reached(stage: str) -> set[str]:
    """Every file of the project that a stage runs, by walking the imports."""
    found: set[Path] = set()
    waiting = {module_name(stage)}
    while waiting:
        path = source(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting |= imported(path)
    return {path.as_posix() for path in found}


def package_of(path: str) -> str:
    """What dvc.yaml lists for a file: the package of the library that it belongs to, else the file itself."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "attune" and len(parts) > 2 else path


def entries(stage: str, *kinds: str) -> set[str]:
    """The paths that a stage lists under the given keys."""
    listed = [entry for kind in kinds for entry in STAGES[stage].get(kind, [])]
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in listed}


def constants(stage: str) -> set[str]:
    """The values of the path constants at the top of a stage's script."""
    module = importlib.import_module(module_name(stage))
    return {
        value.as_posix()
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, Path) and name != "PARAMS_FILE"
    }


def loaded_sections(stage: str) -> set[str]:
    """The sections of params.yaml that a script loads."""
    tree = ast.parse((ROOT / str(source(module_name(stage)))).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "load_params" and isinstance(call.args[0], ast.Constant)
    }


def test_the_stages_are_those_in_order() -> None:
    assert list(STAGES) == ORDER
    scripts = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert scripts == {stage.replace("-", "_") for stage in ORDER}


@pytest.mark.parametrize("stage", ORDER)
def test_stage_runs_its_module_and_says_what_it_does(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python -m {module_name(stage)}"
    assert re.fullmatch(r"[A-Z].{30,}\.", STAGES[stage]["desc"].strip())


@pytest.mark.parametrize("stage", ORDER)
def test_deps_list_every_package_that_is_reached_and_no_other(stage: str) -> None:
    listed = {path for path in entries(stage, "deps") if path.startswith(("attune/", "stages/"))}
    assert listed == {package_of(path) for path in reached(stage)} - EMPTY


def test_what_no_stage_lists_is_empty() -> None:
    for path in EMPTY:
        (docstring,) = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)


@pytest.mark.parametrize("stage", ORDER)
def test_path_constants_are_the_deps_outs_metrics_and_plots(stage: str) -> None:
    code = {"requirements.txt", f"stages/{stage.replace('-', '_')}.py"}
    files = {path for path in entries(stage, "deps") if not path.startswith("attune/")} - code
    assert constants(stage) == files | entries(stage, "outs", "metrics", "plots")


@pytest.mark.parametrize("stage", ORDER)
def test_library_versions_are_an_input(stage: str) -> None:
    assert "requirements.txt" in entries(stage, "deps")


@pytest.mark.parametrize("stage", ORDER)
def test_params_list_the_sections_that_are_loaded(stage: str) -> None:
    shown = set(SECTIONS) if stage == "report" else set()  # it shows the settings of all
    assert set(STAGES[stage]["params"]) == (loaded_sections(stage) | shown) - UNTRACKED


@pytest.mark.parametrize("stage", ORDER)
def test_metrics_and_plots_lie_in_git(stage: str) -> None:
    for kind in ("metrics", "plots"):
        for entry in STAGES[stage].get(kind, []):
            assert list(entry.values()) == [{"cache": False}]


def test_replies_are_kept_between_runs() -> None:
    outs = {
        k: v for entry in STAGES["synthesize-questions"]["outs"] if isinstance(entry, dict) for k, v in entry.items()
    }
    assert outs["data/replies.jsonl"]["persist"] is True


def test_cached_outs_are_ignored_by_git_by_hand() -> None:
    # DVC takes back the lines that it adds itself when a later stage fails
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for stage in ORDER:
        for path in entries(stage, "outs"):
            assert f"/{path}" in ignored


def section_classes() -> dict[str, type[Section]]:
    found = {}
    for stage in ORDER:
        module = importlib.import_module(module_name(stage))
        tree = ast.parse(inspect.getsource(module))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "load_params":
                section, name = call.args
                assert isinstance(section, ast.Constant) and isinstance(name, ast.Name)
                found[str(section.value)] = getattr(module, name.id)
    return found


def test_every_section_has_a_class_without_defaults() -> None:
    classes = section_classes()
    assert set(classes) == set(SECTIONS)
    for section in classes.values():
        for name, field in section.model_fields.items():
            assert field.is_required(), f"{section.__name__}.{name} has a default, which DVC cannot see"


def test_params_yaml_is_valid() -> None:
    for section, params_class in section_classes().items():
        load_params(section, params_class, ROOT / PARAMS_FILE)


def test_every_knob_is_explained() -> None:
    lines = (ROOT / PARAMS_FILE).read_text(encoding="utf-8").splitlines()
    previous_was_comment = False
    unexplained = []
    shared: dict[str, bool] = {}
    for line in lines:
        if re.match(r"\s*#", line):
            previous_was_comment = True
            continue
        if knob := re.match(r"(\s+)(\w+):", line):
            explained = previous_was_comment or " # " in line
            # a knob right below an explained one of the same pair (min_words, max_words) shares its comment
            if not explained and not shared.get(knob.group(1)):
                unexplained.append(line)
            shared[knob.group(1)] = explained
        previous_was_comment = False
    assert not unexplained


def test_numbers_mean_the_same_to_every_yaml_reader() -> None:
    # to PyYAML (YAML 1.1) 2e-5 is a string, to DVC (YAML 1.2) a float
    from ruamel.yaml import YAML

    text = (ROOT / PARAMS_FILE).read_text(encoding="utf-8")
    assert yaml.safe_load(text) == YAML(typ="safe", pure=True).load(text)


def test_readme_describes_every_stage() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for stage in ORDER:
        assert f"`{stage}`" in readme
