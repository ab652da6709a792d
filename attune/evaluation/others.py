"""Every system is asked: those of `systems.py`, and further models in a folder, on the hub, or behind a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from attune.core.params import BaseModelParams, RuntimeParams
from attune.core.records import Chunk
from attune.evaluation.params import EvaluateParams, LocalModel, ServerModel
from attune.evaluation.results import BM25, hybrid_of
from attune.evaluation.systems import Hybrids, encode_model, search_bm25, search_encoded
from attune.models.load import load_embedder
from attune.models.prompts import server_prompts, set_prompts
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.servers.embedder import OpenAIEmbedder
from attune.servers.server import NoKeyError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Found:
    """What every system found.

    Attributes:
        rankings: system -> what it found.
        by_weight: base and fine-tuned model -> what it found together with BM25, for each of `systems.WEIGHTS`.
        skipped: system -> why it could not be asked.
    """

    rankings: dict[str, Ranking]
    by_weight: dict[str, list[Ranking]]
    skipped: dict[str, str]

    def part(self, start: int, stop: int) -> Found:
        """Return what was found for some of the questions."""
        return Found(
            {name: ranking.part(start, stop) for name, ranking in self.rankings.items()},
            {name: [ranking.part(start, stop) for ranking in found] for name, found in self.by_weight.items()},
            self.skipped,
        )


def search(
    models: Mapping[str, SentenceTransformer],
    params: EvaluateParams,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
) -> Found:
    """Ask every system.

    Args:
        models: the base and the fine-tuned model.
        params: which others there are, how short vectors shall be, and what is fused with BM25.
        questions: all questions, of whatever set.
        chunks: all chunks.
        runtime: how to ask.
        vectors: the folder where vectors that are paid for are kept; it is made, also where none is.
    """
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in chunks]), params.hybrid)
    found, by_weight = {BM25: search_bm25(hybrids.lexical, questions, chunks)}, {}
    fused = [*models, *params.hybrid.also]
    for name, model in models.items():
        encoded = encode_model(model, questions, chunks, runtime.encode_batch_size, name)
        found |= search_encoded(encoded, name, params.dimensions, hybrids, fused)
        by_weight[name] = hybrids.by_weight(encoded, name)
    skipped: dict[str, str] = {}
    vectors.mkdir(parents=True, exist_ok=True)
    for other in params.others:
        try:
            encoded = encode_other(other, questions, chunks, runtime, vectors)
            found |= search_encoded(encoded, other.name, [], hybrids, fused)
        except NoKeyError as error:
            skipped |= {name: str(error) for name in (other.name, *([hybrid_of(other.name)] * (other.name in fused)))}
            print(f"warning: {other.name} is skipped: {error}; then run `dvc repro --force --single-item evaluate`")
    return Found(found, by_weight, skipped)


def encode_other(
    other: LocalModel | ServerModel,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
) -> EncodedSet:
    """Encode with a model of `evaluate.others`, with its own prompts; a server's with those its name is known for.

    A chunk that the server makes no vector of is found for no question, and for a question without one nothing is
    found: the chunk stays in the corpus and the question in the test set, as users of that model would meet them.

    Raises:
        NoKeyError: it is behind a server that wants a key, and there is none.
        UserError: it cannot be loaded or asked.
    """
    if isinstance(other, LocalModel):
        model = load_embedder(BaseModelParams(**other.model_dump(exclude={"provider"})))
        print(f"{other.name}: {set_prompts(model, other.name)}")
        return encode_model(model, questions, chunks, runtime.encode_batch_size, other.name)
    embedder = OpenAIEmbedder(other.name, other.base_url, other.dimensions, other.price, runtime, vectors)
    prompts, said = server_prompts(other.name)
    print(f"{other.name}: {said}")
    passages = [prompts.passage + chunk.passage for chunk in chunks]
    asked = [prompts.query + question for question in questions]
    of_chunks = torch.from_numpy(embedder.embed(passages, f"{other.name}: chunks"))
    of_questions = torch.from_numpy(embedder.embed(asked, f"{other.name}: questions"))
    ids = [chunk.id for chunk in chunks]
    cut = embedder.cut_share(passages)
    return EncodedSet(questions, ids, of_questions, of_chunks, lambda a, b: a @ b.T, cut, has_gaps=True)
