"""The dev questions and the chunks that they are asked of."""

from __future__ import annotations

from pathlib import Path

import torch

from attune.core.records import Chunk
from attune.models.load import load_folder
from attune.training.dev import NDCG, DevSet


def test_dev_set_keeps_the_relevant_chunks_and_a_sample_that_never_changes() -> None:
    chunks = [Chunk(f"{i:03d}", "", "text", {}) for i in range(100)]
    dev = DevSet.choose(chunks, {"q": "What?"}, {"q": ["099", "098"]}, most=10)
    assert len(dev.chunks) == 10
    assert {"099", "098"} <= {chunk.id for chunk in dev.chunks}
    assert dev == DevSet.choose(chunks[::-1], {"q": "What?"}, {"q": ["099", "098"]}, most=10)


def test_chunks_that_keep_their_vectors_are_found_by_them_whatever_the_model_makes_of_passages(
    tiny_model: Path,
) -> None:
    chunks = [Chunk(f"{i}", "", f"{name} is blue", {}) for i, name in enumerate("pump fan oven lamp door".split())]
    dev = DevSet.choose(chunks, {"q": "pump is blue", "p": "oven is blue"}, {"q": ["0"], "p": ["2"]}, most=10)
    model = load_folder(tiny_model)
    fixed = dev.fixed(model, 2)
    assert fixed.vectors is not None and fixed.vectors.shape == (5, 32)
    before = fixed.measure(model, 2)[NDCG].tolist()
    assert before == dev.measure(model, 2)[NDCG].tolist() == [1, 1]
    with torch.no_grad():  # passages would be encoded otherwise, and questions are: they find what they found by chance
        for weights in model.parameters():
            weights.copy_(torch.randn(weights.shape, generator=torch.Generator().manual_seed(1)))
    assert dev.measure(model, 2)[NDCG].tolist() == [1, 1] != fixed.measure(model, 2)[NDCG].tolist()
