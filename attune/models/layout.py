"""What a model of sentence-transformers is made of, as its folder says it: modules, one applied after another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.core.errors import UserError
from attune.models.locate import LOAD_ERRORS, cannot_load

# what reads the texts; all else works on what comes out of it
READERS = ("Transformer", "StaticEmbedding")


@dataclass(frozen=True)
class Layout:
    """The modules of a model.

    Attributes:
        folder: of the model.
        first: the folder of the module that reads the texts, and of its tokenizer.
        types: the class of each module, as modules.json names it.
    """

    folder: Path
    first: Path
    types: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The classes without the packages that they are in, which changed from version to version."""
        return tuple(name.rpartition(".")[2] for name in self.types)

    @property
    def static(self) -> bool:
        """Whether a text's vector is the mean of vectors of its tokens that hang on no other token."""
        return self.kinds[0] == "StaticEmbedding"


def read_layout(folder: Path) -> Layout:
    """Read modules.json of a model's folder.

    Raises:
        UserError: it is no model of sentence-transformers.
    """
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        types = tuple(str(module["type"]) for module in modules)
        return Layout(folder, folder / str(modules[0]["path"]), types)
    except FileNotFoundError:
        raise UserError(f"{folder} is not a sentence-transformers model: it holds no modules.json") from None
    except (*LOAD_ERRORS, IndexError) as error:
        raise cannot_load(str(folder), error) from None


def read_settings(folder: Path) -> dict[str, Any]:
    """Read config_sentence_transformers.json of a model's folder: prompts, similarity, kind; {} where there is none.

    Raises:
        UserError: it is not what is expected there.
    """
    path = folder / "config_sentence_transformers.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except LOAD_ERRORS as error:
        raise cannot_load(str(folder), error) from None
    if not isinstance(settings, dict):
        raise UserError(f"{path} holds no table; expected one, as sentence-transformers writes it")
    return settings
