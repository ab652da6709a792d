"""A model on disk: its weights, the card and attune.json beside them; the same bytes each time, on every machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from attune.core.files import atomic_folder, write_json
from attune.core.params import BaseModelParams
from attune.models.layout import read_layout
from attune.models.load import load_folder
from attune.models.locate import locate
from attune.models.prompts import used_prompts
from attune.models.window import window_of
from attune.training.saving.card import model_card
from attune.training.saving.fingerprint import fingerprint
from attune.training.saving.pair import DOCUMENT, QUERY, check_pair, join_pair
from attune.training.saving.shared_form import CannotTell, without_traces, write_shared_form

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ABOUT = "attune.json"
LIKE = 1e-5  # of numbers of a vector; rewritten files that mean something else move them far more
PROBES = ("What is this?", "", "Wie groß ist die Übertragungsrate?", "これは何ですか。 🙂", "A long text. " * 800)


def save(
    model: SentenceTransformer,
    folder: Path,
    base: BaseModelParams,
    examples: int,
    weight: float,
    base_fingerprint: str,
    passages: SentenceTransformer | None = None,
) -> str:
    """Write the model as safetensors in the form that old and new readers share, and return its fingerprint.

    Beside it stand a card that holds no text of the documents and no date, and attune.json: what a user keeps with an
    index. A model that the shared form has no words for is written in that of the installed sentence-transformers, and
    a line says so.

    Args:
        model: what is saved.
        folder: where.
        base: what it was made of.
        examples: how many questions it was trained on.
        weight: how far from the base model (0) to the trained one (1) its weights are.
        base_fingerprint: of the base model, with the window and the prompts that it was trained with.
        passages: the base model, where `model` is for questions alone; then both are written, see `pair.py`.
    """
    model.eval()
    own, prompts = fingerprint(model), used_prompts(model)
    index = own if passages is None else fingerprint(passages)
    with atomic_folder(folder) as temporary:
        if passages is None:
            _write_shared(model, temporary, folder, base)
        else:
            for name, one in ((QUERY, model), (DOCUMENT, passages.eval())):
                (temporary / name).mkdir()
                _write_shared(one, temporary / name, folder / name, base)
            join_pair(temporary)
            check_pair(temporary, model, passages, list(PROBES))
        about = {
            "fingerprint": own,
            "base_fingerprint": base_fingerprint,
            "index_fingerprint": index,
            "base_model": {"name": base.name, "revision": base.revision},
            "dimensions": model.get_embedding_dimension(),
            "max_tokens": window_of(model),
            "prompts": {"query": prompts.query, "passage": prompts.passage},
            "similarity": model.similarity_fn_name,
        }
        write_json(temporary / ABOUT, about)
        card = model_card(model, base, examples, weight, own, None if passages is None else index)
        (temporary / "README.md").write_text(card, encoding="utf-8")
    return own


def _write_shared(model: SentenceTransformer, folder: Path, final: Path, base: BaseModelParams) -> None:
    """Write a model into an empty folder, which will lie at `final`, in the shared form where that has the words."""
    try:
        _write(model, folder)
        write_shared_form(model, folder, read_layout(locate(base.name, base.revision)).first)
        _check(model, folder)
    except CannotTell as reason:
        print(f"warning: only sentence-transformers 6 reads {final}, and few servers can: {reason}")
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        _write(model, folder)


def _write(model: SentenceTransformer, folder: Path) -> None:
    # the library's own card holds training times and samples of the data: not reproducible, not to be shared
    model.save_pretrained(str(folder), create_model_card=False)
    without_traces(model, folder)


def _check(model: SentenceTransformer, folder: Path) -> None:
    """Encode some texts with what stands in the folder.

    Raises:
        CannotTell: they get other vectors.
    """
    again = load_folder(folder).to(model.device)
    for encode in ("encode_query", "encode_document"):
        written, meant = (getattr(one, encode)(list(PROBES), convert_to_tensor=True).float() for one in (again, model))
        if not torch.allclose(written, meant, atol=LIKE, rtol=0):
            raise CannotTell("read again in the older form, it makes other vectors")
