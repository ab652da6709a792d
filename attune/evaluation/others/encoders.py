"""Models of `evaluate.others`, in a folder, on the hub or behind a server: each encodes with its own prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch

from attune.core.params import BaseModelParams, RuntimeParams
from attune.core.records import Chunk
from attune.evaluation.params import LocalModel, ServerModel
from attune.evaluation.systems import encode_model
from attune.models.load import load_embedder
from attune.models.prompts import server_prompts, set_prompts, used_prompts
from attune.search.ask import EncodedSet
from attune.servers.embedder import OpenAIEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Encoder(Protocol):
    """A model that can be asked for vectors."""

    @property
    def prompt(self) -> str:
        """What stands in front of a question."""
        ...

    def encode(self, questions: Sequence[str], chunks: Sequence[Chunk], what: str) -> EncodedSet:
        """Encode questions and chunks; `what` they are is told while that lasts."""
        ...


@dataclass(frozen=True)
class LocalEncoder:
    """A model in this process, with the prompts that it has."""

    model: SentenceTransformer
    batch_size: int

    @property
    def prompt(self) -> str:
        """What stands in front of a question."""
        return used_prompts(self.model).query

    def encode(self, questions: Sequence[str], chunks: Sequence[Chunk], what: str) -> EncodedSet:
        """Encode questions and chunks; see `systems.encode_model`."""
        return encode_model(self.model, questions, chunks, self.batch_size, what)


class ServerEncoder:
    """A model behind a server, with the prompts that its name is known for."""

    def __init__(self, model: ServerModel, runtime: RuntimeParams, vectors: Path) -> None:
        self._embedder = OpenAIEmbedder(model.name, model.base_url, model.dimensions, model.price, runtime, vectors)
        self._prompts, self.said = server_prompts(model.name)

    @property
    def prompt(self) -> str:
        """What stands in front of a question."""
        return self._prompts.query

    def encode(self, questions: Sequence[str], chunks: Sequence[Chunk], what: str) -> EncodedSet:
        """Ask for the vectors that are missing, and encode with them and those that are kept.

        A chunk that the server makes no vector of is found for no question, and for a question without one nothing is
        found: the chunk stays in the corpus and the question in the test set, as users of that model would meet them.

        Raises:
            NoKeyError: it wants a key, and there is none.
            UserError: it cannot be asked.
        """
        texts = self.texts(questions, chunks)
        passages, asked = texts[: len(chunks)], texts[len(chunks) :]
        of_chunks = torch.from_numpy(self._embedder.embed(passages, f"{what}: chunks"))
        of_questions = torch.from_numpy(self._embedder.embed(asked, f"{what}: questions"))
        ids, cut = [chunk.id for chunk in chunks], self._embedder.cut_share(passages)
        return EncodedSet(questions, ids, of_questions, of_chunks, lambda a, b: a @ b.T, cut, has_gaps=True)

    def texts(self, questions: Sequence[str], chunks: Sequence[Chunk]) -> list[str]:
        """Return what the server reads: chunks, then questions, each with its prompt."""
        passages = [self._prompts.passage + chunk.passage for chunk in chunks]
        return [*passages, *(self._prompts.query + question for question in questions)]

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return those of `texts` that have no vector yet, each once."""
        return self._embedder.missing(texts)


def encoder_of(model: LocalModel | ServerModel, runtime: RuntimeParams, vectors: Path) -> Encoder:
    """Return a model of `evaluate.others` to encode with, and say which prompts it gets.

    Args:
        model: which one.
        runtime: how to ask.
        vectors: the folder where vectors that are paid for are kept.

    Raises:
        UserError: it cannot be loaded.
    """
    if isinstance(model, ServerModel):
        server = ServerEncoder(model, runtime, vectors)
        print(f"{model.name}: {server.said}")
        return server
    loaded = load_embedder(BaseModelParams(**model.model_dump(exclude={"provider"})))
    print(f"{model.name}: {set_prompts(loaded, model.name)}")
    return LocalEncoder(loaded, runtime.encode_batch_size)
