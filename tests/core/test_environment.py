"""Libraries find what they read from the environment when they are loaded, and what the user says stays."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.environment import WAITING, WORKSPACE, set_defaults
from tests.conftest import ROOT

NAMES = (*WAITING, *WORKSPACE, "PATH")


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_what_the_user_has_set_stays(given_by_user: dict[str, str]) -> None:
    environment = dict(given_by_user)
    set_defaults(environment)
    assert environment.items() >= given_by_user.items()
    assert environment.keys() >= set(WORKSPACE)
    chosen = set(WAITING) & set(given_by_user)
    assert chosen or environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert set(WAITING) & set(environment) == (chosen or {"OMP_WAIT_POLICY"})


def first_loaded(module: str) -> str:
    """The first of `attune.core` and the libraries that is loaded by importing a module, without what is lazy."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in found:
            package = name.split(".")[0]
            if package != "attune" and package not in sys.stdlib_module_names | {"numpy"}:
                return name
            if name.startswith("attune.core"):
                return "attune.core"
            if package == "attune" and (first := first_loaded(name)):
                return first
    return ""


@pytest.mark.parametrize("stage", sorted(path.stem for path in (ROOT / "stages").glob("[!_]*.py")))
def test_stages_import_it_before_what_reads_it(stage: str) -> None:
    assert first_loaded(f"stages.{stage}") == "attune.core"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the OpenMP of other systems tells in other words")
@pytest.mark.parametrize(("name", "value", "spins"), [("PATH", os.environ["PATH"], 0), ("GOMP_SPINCOUNT", "7", 7)])
def test_threads_of_torch_wait_as_told(name: str, value: str, spins: int) -> None:
    unset = {key: value for key, value in os.environ.items() if key not in WAITING}
    command = [sys.executable, "-c", "import attune.core.errors, torch"]
    environment = unset | {"OMP_DISPLAY_ENV": "VERBOSE", name: value}
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment)
    assert f"GOMP_SPINCOUNT = '{spins}'" in told.stderr
