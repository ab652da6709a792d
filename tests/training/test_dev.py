"""The dev questions and the chunks that they are asked of."""

from __future__ import annotations

from attune.core.records import Chunk
from attune.training.dev import DevSet


def test_dev_set_keeps_the_relevant_chunks_and_a_sample_that_never_changes() -> None:
    chunks = [Chunk(f"{i:03d}", "", "text", {}) for i in range(100)]
    dev = DevSet.choose(chunks, {"q": "What?"}, {"q": ["099", "098"]}, most=10)
    assert len(dev.chunks) == 10
    assert {"099", "098"} <= {chunk.id for chunk in dev.chunks}
    assert dev == DevSet.choose(chunks[::-1], {"q": "What?"}, {"q": ["099", "098"]}, most=10)
