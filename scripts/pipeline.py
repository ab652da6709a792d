"""The pipeline's own stages, run in a folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
CORPUS, QUERIES, QRELS = Path("data/beir/corpus.jsonl"), Path("data/beir/queries.jsonl"), Path("data/beir/qrels")
GROUPS = Path("data/beir/groups.csv")


def lay_out(work: Path, knobs: dict[str, Any]) -> None:
    """Make a folder that the stages can run in, with some knobs set by their dotted names."""
    work.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "params.yaml", work)
    for folder in ("prompts", "data/general"):
        shutil.copytree(ROOT / folder, work / folder, dirs_exist_ok=True)
    set_knobs(work, knobs)


def set_knobs(work: Path, knobs: dict[str, Any]) -> None:
    """Set knobs by their dotted names."""
    yaml = YAML()
    values = yaml.load(work / "params.yaml")
    for name, value in knobs.items():
        *sections, key = name.split(".")
        table = values
        for section in sections:
            table = table[section]
        table[key] = value
    yaml.dump(values, work / "params.yaml")


def read_knobs(pairs: list[str]) -> dict[str, Any]:
    """Read KEY=VALUE from the command line, the values as YAML."""
    yaml = YAML(typ="safe", pure=True)
    return {name: yaml.load(value) for name, value in (pair.split("=", 1) for pair in pairs)}


def stage(work: Path, name: str) -> float:
    """Run a stage; return its seconds."""
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", f"stages.{name}"], cwd=work, env=environment, check=True)  # noqa: S603
    return time.perf_counter() - start


def metrics(work: Path, name: str) -> dict[str, Any]:
    """Return what a stage measured."""
    values: dict[str, Any] = json.loads((work / f"results/{name}/metrics.json").read_text(encoding="utf-8"))
    return values
