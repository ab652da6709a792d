"""Vectors from any server that speaks OpenAI's embedding interface: OpenAI, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.servers import embedding_requests as requests
from attune.servers.embedding_requests import Refused, Text
from attune.servers.prices import money, tokens_in
from attune.servers.server import Server
from attune.servers.throttle import run_all
from attune.servers.vectors import Matrix, Vectors, make_unit, vector_key, vectors_file

HALF_CHARACTERS = re.compile("[\ud800-\udfff]")  # surrogates; UTF-8 has none


@dataclass(frozen=True)
class _Run:
    client: openai.AsyncOpenAI
    server: Server
    vectors: Vectors
    refused: Refused
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
        One that it refuses for another reason of its own, such as what it says, stays without a vector, and is named.

        Args:
            texts: the texts, prompts included.
            description: what the texts are, for the progress bar.

        Returns:
            Vectors of length 1 and shape (texts, dimensions), in the order of the texts; zeros for those without one.

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
            refused = Refused(len(different))
            if missing:
                asyncio.run(self._ask_for(missing, vectors, refused, description))
            cut = vectors.cut.intersection(keys)
            found = vectors.take(keys)
        if cut:
            print(f"warning: {description}: {len(cut)} texts are longer than {self._model} reads; their ends were cut")
        if refused.keys:
            print(
                f"warning: {description}: {len(refused.keys)} of {len(different)} texts have no vector, and the next "
                f"run asks for them again ({refused})"
            )
        self._cut |= cut
        make_unit(found)
        return found

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts that have no vector yet, each once: what `embed` would ask for."""
        vectors, different = Vectors.read(self._path), dict(zip(self._keys(texts), texts, strict=True))
        return [text for key, text in different.items() if key not in vectors]

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

    async def _ask_for(self, texts: Sequence[Text], vectors: Vectors, refused: Refused, description: str) -> None:
        instead = f"give {self._model} in evaluate.others the base_url of a server that needs none"
        server, packs = Server(self._base_url, self._model, self._runtime, instead), list(requests.packs(texts))
        tokens = sum(tokens_in(text.text) for text in texts)
        cost = "at an unknown price" if self._price is None else money(tokens * self._price / 1e6)
        told = f"{len(texts)} vectors are missing, from {self._model} at {server.name}"
        print(f"{told}: about {tokens:,.0f} tokens, {cost}", flush=True)
        workers, waiting = min(self._runtime.concurrency, len(packs)), iter(packs)
        client, http = server.throttled(workers)
        with progress(None, description, "text", total=len(texts)) as bar:
            async with client:
                run = _Run(client, server, vectors, refused, bar)
                await self._ask(run, next(waiting))  # alone: what is wrong with the key or the name shows at once
                await run_all(http, [self._work(run, waiting) for _ in range(workers)])

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
            found = requests.read_answer(reply.content, len(pack), self._dimensions or run.vectors.dimensions)
            cut = {text.key: len(text.text) for text in pack if len(text.text) < text.characters}
            run.vectors.keep([text.key for text in pack], found, cut)
            run.bar.update(len(pack))
        except (openai.APIError, ValueError) as error:
            parts = self._parts(run, pack, body, error)
        for part in parts:
            await self._ask(run, part)

    def _parts(self, run: _Run, pack: list[Text], body: Mapping[str, Any], error: Exception) -> list[list[Text]]:
        """Return what to ask for in place of a pack that came to nothing; nothing for a text without a vector.

        Raises:
            UserError: the others would come to nothing too.
        """
        if unknown := requests.unknown_in(body, error):
            self._unknown |= unknown
            return [pack]
        parts, by_itself = requests.parts_of_refused(pack, error, proven=len(run.vectors) > 0)
        if parts or (by_itself and run.refused.add(pack[0], run.server.explain(error))):
            return parts
        what = requests.beginning(pack[0]) if len(pack) == 1 else f"{len(pack)} texts"
        kept = f"; {len(run.vectors)} vectors are kept in {self._path}" if len(run.vectors) else ""
        raise UserError(
            f"no vectors of the model '{self._model}' for {what}: {run.server.explain(error)}{kept}; mend that "
            "(evaluate.others names the model, its base_url and dimensions) and run the same command again to go on"
        )
