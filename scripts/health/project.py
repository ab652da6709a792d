"""The project: its params, its documents, and whether its models are there."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attune.core.errors import UserError
from attune.core.params import BaseModelParams, GeneralParams, RuntimeParams, Section, load_params
from attune.documents.folder.find import find_documents
from attune.documents.params import ChunkParams
from attune.evaluation.params import EvaluateParams
from attune.models.locate import EMBEDDED, HUB_NAME, locate
from attune.parts.assign import SplitParams
from attune.questions.params import SynthesizeQuestionsParams
from attune.training.params import FinetuneParams
from scripts.health.finding import FINE, MIND, WRONG, Finding
from stages.chunk import DOCUMENTS

SECTION_CLASSES: dict[str, type[Section]] = {
    "base_model": BaseModelParams,
    "general": GeneralParams,
    "chunk": ChunkParams,
    "synthesize_questions": SynthesizeQuestionsParams,
    "split": SplitParams,
    "finetune": FinetuneParams,
    "evaluate": EvaluateParams,
    "runtime": RuntimeParams,
}


def params() -> Iterator[Finding]:
    """Check every section of params.yaml."""
    wrong = []
    for name, section_class in SECTION_CLASSES.items():
        try:
            load_params(name, section_class)
        except UserError as error:
            wrong.append(str(error))
    for words in dict.fromkeys(wrong):
        yield Finding(WRONG, words)
    if not wrong:
        yield Finding(FINE, "params.yaml is valid")


def documents() -> Finding:
    """Count the documents."""
    count = len(find_documents(DOCUMENTS).documents) if DOCUMENTS.is_dir() else 0
    if not count:
        return Finding(MIND, f"{DOCUMENTS} holds no documents", "put yours there; else `make repro` writes the sample")
    return Finding(FINE, f"{count} documents in {DOCUMENTS}")


def model(what: str, name: str, revision: str | None, installed: Any = EMBEDDED) -> Finding:
    """Tell whether a model is there, without fetching it."""
    on_the_hub = name not in installed and not Path(name).is_dir() and HUB_NAME.fullmatch(name)
    if on_the_hub and revision is not None:
        from huggingface_hub import try_to_load_from_cache

        if isinstance(try_to_load_from_cache(name, "config.json", revision=revision), str):
            return Finding(FINE, f"{what} {name}, fetched")
        if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
            return Finding(WRONG, f"{what} {name} is not here, and HF_HUB_OFFLINE is set", "unset it for one run")
        return Finding(MIND, f"{what} {name} is not here yet", "the next run fetches it from the hub, once")
    if name in installed:
        package = installed[name][0]
        if importlib.util.find_spec(package) is None:
            return Finding(WRONG, f"{what} {name} is not installed (package {package})", "run `make install`")
        return Finding(FINE, f"{what} {name}, installed")
    try:
        locate(name, revision, installed)
    except UserError as error:
        return Finding(WRONG, f"{what}: {error}")
    return Finding(FINE, f"{what} {name}, a folder")


def findings() -> Iterator[Finding]:
    """Look at all of it."""
    yield from params()
    yield documents()
