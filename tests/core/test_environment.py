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


@pytest.mark.parametrize("stage", sorted(path.name for path in (ROOT / "stages").glob("[!_]*.py")))
def test_stages_import_it_before_what_reads_it(stage: str) -> None:
    tree = ast.parse((ROOT / "stages" / stage).read_text(encoding="utf-8"))
    modules = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    others = [name for name in modules if name.split(".")[0] not in sys.stdlib_module_names]
    assert others[0].startswith("attune.core.")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the OpenMP of other systems tells in other words")
@pytest.mark.parametrize(("name", "value", "spins"), [("PATH", os.environ["PATH"], 0), ("GOMP_SPINCOUNT", "7", 7)])
def test_threads_of_torch_wait_as_told(name: str, value: str, spins: int) -> None:
    unset = {key: value for key, value in os.environ.items() if key not in WAITING}
    command = [sys.executable, "-c", "import attune.core.errors, torch"]
    environment = unset | {"OMP_DISPLAY_ENV": "VERBOSE", name: value}
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment)
    assert f"GOMP_SPINCOUNT = '{spins}'" in told.stderr
