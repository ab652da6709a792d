"""Vectors of questions and chunks whose scores are often equal."""

from __future__ import annotations

import torch
from hypothesis import strategies as st


@st.composite
def cases(
    draw: st.DrawFn, grids: tuple[int, ...] = (2, 3, 1000)
) -> tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]]:
    """Vectors of whole numbers up to one of `grids`, with shuffled ids; on a coarse grid equal scores are common."""
    count, asked = draw(st.integers(2, 130)), draw(st.integers(1, 6))
    seed = draw(st.integers(0, 10**6))
    generator = torch.Generator().manual_seed(seed)
    levels = draw(st.sampled_from(grids))
    chunks = torch.randint(1, levels + 1, (count, 3), generator=generator).float()
    questions = torch.randint(1, levels + 1, (asked, 3), generator=generator).float()
    order = torch.randperm(count, generator=generator).tolist()
    ids = [f"c{number:04d}" for number in order]
    relevant = [draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True)) for _ in range(asked)]
    return questions, chunks, ids, relevant
