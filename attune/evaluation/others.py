"""Every system is asked: those of `systems.py`, and further models in a folder, on the hub, or behind a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from attune.core.params import BaseModelParams, RuntimeParams
from attune.core.records import Chunk
from attune.evaluation.params import EvaluateParams, LocalModel, ServerModel
from attune.evaluation.results import BM25
from attune.evaluation.systems import search_bm25, search_model, search_shortened
from attune.models.load import load_embedder
from attune.models.prompts import server_prompts, set_prompts
from attune.search.ask import EncodedSet, Ranking
from attune.search.measures import DEPTH
from attune.servers.embedder import OpenAIEmbedder
from attune.servers.server import NoKeyError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def search(
    models: Mapping[str, SentenceTransformer],
    params: EvaluateParams,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
) -> tuple[dict[str, Ranking], dict[str, str]]:
    """Ask every system; return what each found, and why others were skipped.

    Args:
        models: the base and the fine-tuned model.
        params: which others there are, and how short vectors shall be.
        questions: all questions, of whatever set.
        chunks: all chunks.
        runtime: how to ask.
        vectors: the folder where vectors that are paid for are kept; it is made, also where none is.
    """
    found = {BM25: search_bm25(questions, chunks)}
    for name, model in models.items():
        found |= search_shortened(model, questions, chunks, runtime.encode_batch_size, name, params.dimensions)
    skipped: dict[str, str] = {}
    vectors.mkdir(parents=True, exist_ok=True)
    for other in params.others:
        try:
            found[other.name] = search_other(other, questions, chunks, runtime, vectors)
        except NoKeyError as error:
            skipped[other.name] = str(error)
            print(f"warning: {other.name} is skipped: {error}; then run `dvc repro --force --single-item evaluate`")
    return found, skipped


def search_other(
    other: LocalModel | ServerModel,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
) -> Ranking:
    """Ask a model of `evaluate.others`, with its own prompts; a server's model with those that its name is known for.

    A chunk that the server makes no vector of is found for no question, and for a question without one nothing is
    found: the chunk stays in the corpus and the question in the test set, as users of that model would meet them.

    Raises:
        NoKeyError: it is behind a server that wants a key, and there is none.
        UserError: it cannot be loaded or asked.
    """
    if isinstance(other, LocalModel):
        model = load_embedder(BaseModelParams(**other.model_dump(exclude={"provider"})))
        print(f"{other.name}: {set_prompts(model, other.name)}")
        return search_model(model, questions, chunks, runtime.encode_batch_size, other.name)
    embedder = OpenAIEmbedder(other.name, other.base_url, other.dimensions, other.price, runtime, vectors)
    prompts, said = server_prompts(other.name)
    print(f"{other.name}: {said}")
    passages = [prompts.passage + chunk.passage for chunk in chunks]
    asked = [prompts.query + question for question in questions]
    of_chunks = embedder.embed(passages, f"{other.name}: chunks")
    of_questions = embedder.embed(asked, f"{other.name}: questions")
    ids = [chunk.id for chunk in chunks]
    encoded = EncodedSet(questions, ids, torch.from_numpy(of_questions), torch.from_numpy(of_chunks), _similarity)
    ranked, no_chunk = encoded.ranking(DEPTH).ranked, ~of_chunks.any(axis=1)
    ranked[np.isin(ranked, np.flatnonzero(no_chunk))] = -1
    ranked[~of_questions.any(axis=1)] = -1
    return Ranking(ids, ranked, embedder.cut_share(passages), int(no_chunk.sum()))


def _similarity(questions: torch.Tensor, chunks: torch.Tensor) -> torch.Tensor:
    """Return the dot products; a chunk without a vector comes behind all others."""
    return (questions @ chunks.T).masked_fill(~chunks.any(dim=1), -torch.inf)
