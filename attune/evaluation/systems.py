"""What is compared: BM25, the base and the fine-tuned model, and others, each asked the same in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from attune.core.beir import Chunk
from attune.core.errors import UserError
from attune.core.params import BaseModelParams, RuntimeParams, Section
from attune.evaluation.truncation import truncated_share
from attune.models.encode import embed
from attune.models.load import load_embedder
from attune.models.prompts import server_prompts, set_prompts
from attune.search.bm25 import rank_bm25
from attune.search.ranking import rank
from attune.servers.embedder import OpenAIEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEPTH = 100  # how far down the ranking is looked at


class LocalModel(Section):
    """An entry of `evaluate.others`: a sentence-transformers model in a folder or on the hub."""

    provider: Literal["local"]
    name: str = Field(min_length=1)
    revision: str | None
    max_tokens: int | None = Field(ge=16)


class ServerModel(Section):
    """An entry of `evaluate.others`: a model behind OpenAI's embedding interface."""

    provider: Literal["openai"]
    name: str = Field(min_length=1)
    base_url: str | None = Field(min_length=1)
    dimensions: int | None = Field(ge=1)
    price: float | None = Field(ge=0)


Other = Annotated[LocalModel | ServerModel, Field(discriminator="provider")]


@dataclass(frozen=True)
class Found:
    """What a system found.

    `ranked` are indices of chunks, best first, of shape (questions, depth); `truncated` is the share of the chunks
    that the system read in part only, None where it has no window.
    """

    ranked: NDArray[np.int64]
    truncated: float | None


def search_words(questions: Sequence[str], chunks: Sequence[Chunk]) -> Found:
    """Ask BM25."""
    return Found(rank_bm25(questions, [chunk.passage for chunk in chunks], [chunk.id for chunk in chunks], DEPTH), None)


def search_model(
    model: SentenceTransformer, questions: Sequence[str], chunks: Sequence[Chunk], batch_size: int, name: str
) -> Found:
    """Ask an embedding model in this process every question of every chunk, with the prompts that it has.

    See `model_prompts.set_prompts` for the prompts that a model ought to have.
    """
    return search_shortened(model, questions, chunks, batch_size, name, [])[name]


def search_shortened(
    model: SentenceTransformer,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    batch_size: int,
    name: str,
    dimensions: Sequence[int],
) -> dict[str, Found]:
    """Ask an embedding model with its whole vectors, and once more with the first so many numbers of the same vectors.

    Every text is encoded once. Shortened vectors are compared with the model's own similarity function, too: a cosine
    needs nothing more.

    Returns:
        What it found with whole vectors, by its name, and with the first d numbers of them, by `name@d`.

    Raises:
        UserError: its vectors have fewer numbers than asked for.
    """
    length = model.get_embedding_dimension() or 0
    if max(dimensions, default=0) > length:
        raise UserError(
            f"evaluate.dimensions has {max(dimensions)}, but the vectors of {name} have {length} numbers; "
            f"take numbers up to {length}"
        )
    passages, ids = [chunk.passage for chunk in chunks], [chunk.id for chunk in chunks]
    vectors = embed(model, passages, "passage", batch_size, f"{name}: chunks")
    asked = embed(model, questions, "question", batch_size, f"{name}: questions")
    truncated = truncated_share(model, passages)
    lengths = {name: length} | {f"{name}@{d}": d for d in dimensions}
    return {
        key: Found(rank(model.similarity, asked[:, :d], vectors[:, :d], ids, DEPTH), truncated)
        for key, d in lengths.items()
    }


def search_other(
    other: LocalModel | ServerModel,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
) -> Found:
    """Ask a model of `evaluate.others`, with its own prompts; a server's model with those that its name is known for.

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
    of_chunks = torch.from_numpy(embedder.embed(passages, f"{other.name}: chunks"))
    of_questions = torch.from_numpy(embedder.embed(asked, f"{other.name}: questions"))
    ranked = rank(lambda a, b: a @ b.T, of_questions, of_chunks, [chunk.id for chunk in chunks], DEPTH)
    return Found(ranked, embedder.cut_share(passages))
