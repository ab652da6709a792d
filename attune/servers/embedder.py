"""Vectors from any server that speaks OpenAI's embedding interface: OpenAI, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.servers.embedding_requests import OPTIONAL, TOO_MUCH, Text, packs, read_answer, smaller_packs
from attune.servers.prices import money, tokens_in
from attune.servers.server import Server, is_about_content, is_hopeless, words_of_error
from attune.servers.vectors import Matrix, Vectors, vector_key, vectors_file

HALF_CHARACTERS = re.compile("[\ud800-\udfff]")  # surrogates; UTF-8 has none
ROWS_AT_A_TIME = 4096


@dataclass(frozen=True)
class _Run:
    client: openai.AsyncOpenAI
    server: Server
    vectors: Vectors
    bar: Any


class OpenAIEmbedder:
    """Asks for each text once and for all: `runtime.concurrency` requests at a time, every vector kept as it comes."""

    def __init__(
        self,
        model: str,
        base_url: str | None,
        dimensions: int | None,
        price: float | None,
        runtime: RuntimeParams,
        folder: Path,
    ) -> None:
        """Ask nothing yet, not even for the key: it is not needed where all vectors are kept.

        Args:
            model: the name by which the server knows the model.
            base_url: the server's address; None is OpenAI.
            dimensions: how many numbers a vector is to have; None is as many as the model gives.
            price: US dollars for a million tokens; None where it is unknown.
            runtime: how to ask.
            folder: where vectors are kept, in a file for each model.
        """
        self._model, self._base_url, self._dimensions = model, base_url, dimensions
        self._price, self._runtime = price, runtime
        self._path = vectors_file(folder, model, dimensions)
        self._cut: set[str] = set()
        self._unknown: set[str] = set()  # parameters that the server says it does not know

    def embed(self, texts: Sequence[str], description: str) -> Matrix:
        """Embed texts, asking only for those that have no vector yet; say before what that costs.

        A text that the server refuses as too long is cut at its end by a quarter until it is taken; see `cut_share`.

        Args:
            texts: the texts, prompts included.
            description: what the texts are, for the progress bar.

        Returns:
            Vectors of length 1 and shape (texts, dimensions), in the order of the texts.

        Raises:
            NoKeyError: vectors are missing, OpenAI itself is to be asked, and the environment holds no key.
            UserError: a text cannot be embedded, or the server gave no vectors that can be used; those that it gave
                before are kept.
        """
        keys = self._keys(texts)
        different = dict(zip(keys, texts, strict=True))
        with Vectors(self._path) as vectors:
            missing = [Text(key, text, len(text)) for key, text in different.items() if key not in vectors]
            kept = len(different) - len(missing)
            print(f"{description}: {len(different)} texts, {kept} of them have a vector in {self._path}")
            if missing:
                asyncio.run(self._ask_for(missing, vectors, description))
            cut = vectors.cut.intersection(keys)
            found = vectors.take(keys)
        if cut:
            print(f"warning: {description}: {len(cut)} texts are longer than {self._model} reads; their ends were cut")
        self._cut |= cut
        for start in range(0, len(found), ROWS_AT_A_TIME):
            rows = found[start : start + ROWS_AT_A_TIME]
            rows /= np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        return found

    def cut_share(self, texts: Sequence[str]) -> float:
        """Return the share of texts, all embedded before, that the server refused to read whole.

        What a server cuts off without a word does not count: nobody but the server knows.
        """
        return sum(key in self._cut for key in self._keys(texts)) / len(texts)

    def _keys(self, texts: Sequence[str]) -> list[str]:
        for number, text in enumerate(texts, start=1):
            if not text.strip() or HALF_CHARACTERS.search(text):
                raise UserError(
                    f"text {number} of {len(texts)} is {text[:40]!r}: {self._model} cannot embed it; expected words, "
                    "without halves of characters"
                )
        return [vector_key(self._model, self._dimensions, text) for text in texts]

    async def _ask_for(self, texts: Sequence[Text], vectors: Vectors, description: str) -> None:
        instead = f"give {self._model} in evaluate.others the base_url of a server that needs none"
        server, requests = Server(self._base_url, self._model, self._runtime, instead), list(packs(texts))
        tokens = sum(tokens_in(text.text) for text in texts)
        cost = "at an unknown price" if self._price is None else money(tokens * self._price / 1e6)
        print(f"{len(texts)} to ask {self._model} at {server.name} for: about {tokens:,.0f} tokens, {cost}", flush=True)
        workers, waiting = min(self._runtime.concurrency, len(requests)), iter(requests)
        client = server.throttled(workers)
        with progress(None, description, "text", total=len(texts)) as bar:
            async with client:
                run = _Run(client, server, vectors, bar)
                await self._work(run, islice(waiting, 1))  # alone: what is wrong with the key or the name shows at once
                try:
                    async with asyncio.TaskGroup() as group:
                        for _ in range(workers):
                            group.create_task(self._work(run, waiting))
                except* (UserError, OSError) as errors:
                    raise errors.exceptions[0] from None

    async def _work(self, run: _Run, waiting: Iterable[list[Text]]) -> None:
        for pack in waiting:
            await self._ask(run, pack)

    async def _ask(self, run: _Run, pack: list[Text]) -> None:
        """Ask for the vectors of a pack, in parts where it is refused as too much, and keep them."""
        body: dict[str, Any] = {"model": self._model, "input": [text.text for text in pack]}
        # unasked, the client asks for base64, which not every server knows
        named = {"encoding_format": "float"} | ({"dimensions": self._dimensions} if self._dimensions else {})
        body |= {name: value for name, value in named.items() if name not in self._unknown}
        parts: list[list[Text]] = []
        try:
            reply = await run.client.post("/embeddings", body=body, cast_to=httpx2.Response)
            found = read_answer(reply.content, len(pack), self._dimensions or run.vectors.dimensions)
            cut = {text.key: len(text.text) for text in pack if len(text.text) < text.characters}
            run.vectors.keep([text.key for text in pack], found, cut)
            run.bar.update(len(pack))
        except (openai.APIError, ValueError) as error:
            if isinstance(error, openai.APIStatusError) and is_hopeless(error):
                words = words_of_error(error)
                of_content = is_about_content(words)
                if unknown := {name for name in OPTIONAL if name in body and name in words}:
                    self._unknown |= unknown
                    parts = [pack]
                elif error.status_code in TOO_MUCH or of_content:
                    parts = smaller_packs(pack, may_cut=not of_content)
            if not parts:
                raise self._failure(run, pack, error) from None
        for part in parts:
            await self._ask(run, part)

    def _failure(self, run: _Run, pack: list[Text], error: Exception) -> UserError:
        start = " ".join(pack[0].text.split())[:40]
        what = f"'{start}…'" if len(pack) == 1 else f"{len(pack)} texts"
        kept = f"; {len(run.vectors)} vectors are kept in {self._path}" if len(run.vectors) else ""
        return UserError(
            f"no vectors of the model '{self._model}' for {what}: {run.server.explain(error)}{kept}; mend that "
            "(evaluate.others names the model, its base_url and dimensions) and run the same command again to go on"
        )
