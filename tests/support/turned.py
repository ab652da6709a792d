"""Questions that are their chunks, turned: what a linear map can learn."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from attune.adapter.lessons import Lessons
from attune.core.records import Chunk
from attune.search.ask import EncodedSet
from attune.search.general_set import GeneralSet
from attune.search.judged import JudgedQuestions

SIZE, CHUNKS = 16, 60


def encoded(questions: Tensor, chunks: Tensor) -> EncodedSet:
    texts, ids = [f"q{i}" for i in range(len(questions))], [f"c{i}" for i in range(len(chunks))]
    return EncodedSet(texts, ids, questions, chunks, lambda a, b: a @ b.T, has_gaps=True)


def turned(turn: Tensor, noise: float, seed: int = 0) -> EncodedSet:
    """A training question and then a dev question for each chunk."""
    chance = torch.Generator().manual_seed(seed)
    chunks = normalize(torch.randn(CHUNKS, SIZE, generator=chance))
    both = [normalize(chunks @ turn.T + noise * torch.randn(CHUNKS, SIZE, generator=chance)) for _ in range(2)]
    return encoded(torch.cat(both), chunks)


def general(turn: Tensor) -> tuple[EncodedSet, GeneralSet]:
    """General questions that guard, and all of them; they ask in the direction of their chunks, turned."""
    chance = torch.Generator().manual_seed(9)
    vectors = normalize(torch.randn(24, SIZE, generator=chance))
    ids = [f"g{i}" for i in range(24)]
    chunks = [Chunk(f"c{i}", "", id) for i, id in enumerate(ids)]
    asked = JudgedQuestions(ids, ids, [[chunk.id] for chunk in chunks])
    whole = GeneralSet(asked, chunks, [f"field {i % 12}" for i in range(24)], "field")
    places = [ids.index(id) for id in whole.half("guards").asked.ids]
    return encoded(normalize(vectors[places] @ turn.T), vectors), whole


def lessons(whole: GeneralSet, alike: list[set[str]] | None = None) -> Lessons:
    """A training and a dev question for each chunk, each of a document of its own."""
    train, dev = ([f"{part}{i}" for i in range(CHUNKS)] for part in ("t", "d"))
    right = [[f"c{i}"] for i in range(CHUNKS)]
    return Lessons(
        JudgedQuestions(train, train, right),
        alike or [set() for _ in right],
        JudgedQuestions(dev, dev, right),
        [f"d{i}" for i in range(CHUNKS)],
        whole,
    )


IDENTITY = torch.eye(SIZE)
REVERSED = torch.flip(IDENTITY, [0])
ANYHOW = torch.linalg.qr(torch.randn(SIZE, SIZE, generator=torch.Generator().manual_seed(1))).Q
