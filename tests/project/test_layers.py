"""The house: which package of `attune` may import which, how many files a folder holds, and how long a file is."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

# what each package may import beside itself; imports that only type checkers see count as well
MAY_IMPORT = {
    "core": "",
    "text": "core",
    "statistics": "",
    "engine": "core",
    "models": "core engine",
    "servers": "core",
    "documents": "core text engine",
    "parts": "core text",
    "search": "core text models",
    "people": "core text models search",
    "questions": "core text models servers engine",
    "choice": "models search statistics",
    "training": "choice core text models search statistics",
    "adapter": "choice core text search statistics",
    "evaluation": "adapter choice core text models search statistics servers",
    "report": "core statistics evaluation.results search.measures",
}
MOST_FILES = 12
LONGEST = 180  # lines: about a page, and what it needs above it
SHORTEST = 36
SHORT = {  # files under `SHORTEST` lines, and why each is one
    "attune/core/environment.py": "loaded before all else, so that torch finds what it sets",
    "attune/core/progress.py": "the one way to show progress; every package uses it",
    "attune/text/words.py": "what a word is; five packages count words by it",
}
FILES = sorted((ROOT / "attune").rglob("*.py"))
MODULES = [path for path in FILES if path.name != "__init__.py"]


def module(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """The modules of the project that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            # `from attune.core import files` imports a module, `from attune.core.files import x` a name in one
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return {name for name in names if name.split(".")[0] in ("attune", "stages", "scripts", "benchmarks", "tests")}


@pytest.mark.parametrize("path", FILES, ids=module)
def test_arrows_run_downward(path: Path) -> None:
    package = (module(path) + ".").split(".")[1]
    allowed = {f"attune.{name}" for name in [package, *MAY_IMPORT.get(package, "").split()]}
    modules = {module(other) for other in FILES} - {"attune"}
    for name in imported(path) & modules | {name for name in imported(path) if not name.startswith("attune")}:
        # of a package, what only names it is the package's own __init__
        assert any(name == one or name.startswith(f"{one}.") or one.startswith(f"{name}.") for one in allowed), name


def test_there_is_no_circle() -> None:
    graph = {module(path): imported(path) - {module(path)} for path in FILES}
    modules = set(graph)
    list(TopologicalSorter({name: others & modules for name, others in graph.items()}).static_order())


def test_every_package_is_in_the_table() -> None:
    names = {path.stem for path in (ROOT / "attune").iterdir() if path.is_dir() or path.suffix == ".py"}
    assert names - {"__init__", "__pycache__"} == set(MAY_IMPORT)


def test_no_folder_is_too_full() -> None:
    for folder in {path.parent for path in FILES}:
        files = [path for path in folder.iterdir() if path.is_file() and path.name != "__init__.py"]
        assert len(files) <= MOST_FILES, folder


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_a_file_is_about_a_page(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    short = path.relative_to(ROOT).as_posix() in SHORT
    assert lines <= LONGEST
    assert (lines < SHORTEST) == short, "joins its neighbour, or stands in SHORT with the reason"


@pytest.mark.parametrize("path", sorted((ROOT / "stages").glob("*.py")), ids=module)
def test_a_stage_is_a_short_story(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 105
    tree = ast.parse(text)
    assert not [node for node in tree.body if isinstance(node, ast.ClassDef)], "classes belong into attune"
    assert not [name for name in imported(path) if name.startswith(("stages", "scripts"))]


@pytest.mark.parametrize("folder", ["scripts", "benchmarks"])
def test_of_a_stage_others_import_only_paths(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("stages"):
                assert all(alias.name.isupper() for alias in node.names), path
