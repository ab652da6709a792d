"""Which models can be trained here, told by their files alone: before a question is paid for, and in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.layout import READERS, Layout, read_layout, read_settings
from attune.models.locate import LOAD_ERRORS, cannot_load, locate

LIBRARY = "sentence_transformers."
AFTER = ("Pooling", "Dense", "Normalize", "LayerNorm", "Dropout")  # modules that may follow the first one
TRAINED = ("F64", "F32", "F16", "BF16")  # what safetensors calls numbers that training can move a little
WHOLE = ("I64", "I32", "BOOL")  # tables of positions and the like
OTHER = "take another base_model"


def check_trainable(base: BaseModelParams) -> None:
    """Refuse a base model that could not be trained, measured or saved later.

    Raises:
        UserError: there is no such model, or one of a kind that is not trained here: which, and what to do.
    """
    layout = read_layout(locate(base.name, base.revision))
    if (found := _unknown(layout) or _unlike_cosine(layout) or _stored(base.name, layout)) is not None:
        raise UserError(f"the base model {base.name} {found}")


def _unknown(layout: Layout) -> str | None:
    """Tell what it is made of, where that is not a reader of texts and what may follow it."""
    kind = read_settings(layout.folder).get("model_type", "SentenceTransformer")
    if kind != "SentenceTransformer":
        return f"is a {kind}, expected a SentenceTransformer, which gives each text one vector; {OTHER}"
    for name in layout.types:
        if not name.startswith(LIBRARY):
            return f"brings code of its own along ({name}), which is never run; {OTHER}"
    first, *others = layout.kinds
    if first in ("Router", "Asym"):
        sides = [name for name in ("query", "document") if (layout.folder / name / "modules.json").exists()]
        remedy = f"take one side of it: {' or '.join(str(layout.folder / name) for name in sides)}" if sides else OTHER
        return f"is a {first}, which reads questions and passages with networks of their own; {remedy}"
    if first not in READERS:
        return f"begins with the module {first}, expected {' or '.join(READERS)}; {OTHER}"
    if odd := [name for name in others if name not in AFTER]:
        return f"has the module {odd[0]}, expected {', '.join(AFTER)}; {OTHER}"
    if (layout.first / "adapter_config.json").exists():
        return "is an adapter on another model: merge it into that one (`merge_and_unload` of peft), and save that"
    return None


def _unlike_cosine(layout: Layout) -> str | None:
    """Tell the model's similarity, where its order is not that of the cosine, which is what the loss trains.

    Vectors of length 1 have the same order by their dot product.
    """
    named = read_settings(layout.folder).get("similarity_fn_name") or "cosine"
    if named == "cosine" or (named == "dot" and layout.kinds[-1] == "Normalize"):
        return None
    return (
        f"compares vectors by '{named}', expected 'cosine', which is what training is for; take its sibling for the "
        "cosine, where there is one"
    )


def _stored(name: str, layout: Layout) -> str | None:
    """Tell what is wrong with the files of weights: pickles, which can hold code, or numbers that are quantized."""
    try:
        if (config := layout.first / "config.json").exists():
            settings: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
            if settings.get("quantization_config"):
                return f"is quantized, and such weights cannot be trained; {OTHER}: the one that it was made of"
        files = sorted(layout.first.glob("*.safetensors"))
        found = {kind for file in files for kind in _dtypes(file)}
    except LOAD_ERRORS as error:
        raise cannot_load(name, error) from None
    if not files:
        return f"holds no weights as safetensors in {layout.first}; convert them, or take another revision of it"
    if odd := sorted(found - {*TRAINED, *WHOLE}):
        return f"has weights that are quantized ({', '.join(odd)}) and cannot be trained; {OTHER}"
    return None


def _dtypes(file: Path) -> set[str]:
    with safe_open(file, framework="np") as weights:  # reads the header alone, and imports no torch
        return {weights.get_slice(key).get_dtype() for key in weights.keys()}  # noqa: SIM118  # it is no dict
