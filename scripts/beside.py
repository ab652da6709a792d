"""The stages in a temporary folder, on the data of this one, whose models and metrics stay as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from attune.core.errors import UserError
from attune.core.params import PARAMS_FILE, BaseModelParams, GeneralParams, Section, load_params, read_params
from attune.evaluation.params import EvaluateParams
from attune.training.params import FinetuneParams
from scripts.pipeline import set_knobs, stage
from stages.evaluate import CORPUS, GENERAL, GROUPS, QUERIES, TEST
from stages.finetune import DEV

READ = (CORPUS, QUERIES, DEV, TEST, GROUPS, GENERAL)  # what the stages read beside params and the training questions
FOLDERS = ("base_model.name", "finetune.teacher", "general.set")  # knobs that may name a folder
SECTIONS: dict[str, type[Section]] = {  # of params.yaml, looked at before the training
    "base_model": BaseModelParams,
    "general": GeneralParams,
    "finetune": FinetuneParams,
    "evaluate": EvaluateParams,
}


def check_params() -> None:
    """Load the sections that the stages will: a mistake there is told now, not after the training.

    Raises:
        UserError: there is a mistake.
    """
    for section, kind in SECTIONS.items():
        load_params(section, kind)


def link_inputs(work: Path) -> None:
    """Make a folder in which the stages find the data of this one, but for the training questions."""
    for path in READ:
        if path.exists():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).symlink_to(path.resolve())
    shutil.copy(PARAMS_FILE, work)
    lists = ("others", "adapters", "dimensions", "hybrid.also")
    knobs: dict[str, Any] = {f"evaluate.{name}": [] for name in lists}
    knobs["evaluate.fail_if_worse"] = False
    values = read_params()
    for name in FOLDERS:
        section, key = name.split(".")
        folder = values[section].get(key)
        if folder and Path(folder).is_dir():
            knobs[name] = str(Path(folder).resolve())
    set_knobs(work, knobs)


def run_stage(work: Path, name: str) -> float:
    """Run a stage; return its seconds.

    Raises:
        UserError: it failed.
    """
    try:
        return stage(work, name)
    except subprocess.CalledProcessError:
        raise UserError(f"the stage {name} failed; what it said stands above this line") from None
