"""Two models in one folder: one for questions, one for passages.

The folder holds two plain ones, `query` and `document`, each a model that every server reads. What stands above them
is sentence-transformers' Router, which is made of the same files: so `encode_query` asks the one model and
`encode_document` the other, and no weights are there twice. A text that nobody says more of is taken for a passage.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.saving.shared_form import PACKAGE
from attune.training.saving.tokenizer_files import write_settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

QUERY, DOCUMENT = "query", "document"  # the names of the routes, which the library gives them, and of the folders
SETTINGS = "config_sentence_transformers.json"


def join_pair(folder: Path) -> None:
    """Write the files that make one model of the two in `folder/query` and `folder/document`, which stay as they are.

    Both must have the same prompts and the same similarity.
    """
    types: dict[str, str] = {}
    structure: dict[str, list[str]] = {}
    for route in (QUERY, DOCUMENT):
        modules = json.loads((folder / route / "modules.json").read_text(encoding="utf-8"))
        of_route = {(Path(route) / module["path"]).as_posix(): module["type"] for module in modules}
        types |= of_route
        structure[route] = list(of_route)
    # and no empty `route_mappings`, which version 5.0 does not know
    parameters: dict[str, Any] = {"default_route": DOCUMENT, "allow_empty_key": True}
    write_settings(folder / "router_config.json", {"types": types, "structure": structure, "parameters": parameters})
    router = {"idx": 0, "name": "0", "path": "", "type": f"{PACKAGE}.Router"}
    write_settings(folder / "modules.json", [router])
    shutil.copyfile(folder / QUERY / SETTINGS, folder / SETTINGS)


def check_pair(folder: Path, questions: SentenceTransformer, passages: SentenceTransformer, texts: list[str]) -> None:
    """Read the folder as one model and encode some texts: an index stays only where its vectors are the very same.

    Raises:
        UserError: the passages' vectors are not those of `passages` to the bit, or the questions' not of `questions`.
    """
    pair = load_folder(folder).to(passages.device)
    asked, told = (
        (getattr(pair, name)(texts, convert_to_tensor=True), getattr(one, name)(texts, convert_to_tensor=True))
        for name, one in (("encode_query", questions), ("encode_document", passages))
    )
    if not torch.equal(*told) or not torch.allclose(*asked, atol=1e-5, rtol=0):
        raise UserError(
            "the models of questions and of passages make other vectors when they are read as one; "
            "set finetune.side to both"
        )
