"""Hard negatives, on vectors made by hand."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers.util import cos_sim

from attune.core.records import Chunk
from attune.search.ask import EncodedSet
from attune.training.data.hard_negatives import hard_negatives
from attune.training.data.training_set import TrainingSet

TEXTS = {"a": "pumps move water", "b": "fans move air", "c": "ovens bake bread", "d": "lamps give light"}


def training(
    relevant: dict[str, list[str]], groups: list[int] | None = None, overlaps: tuple[tuple[str, str], ...] = ()
) -> TrainingSet:
    chunks = [Chunk(name, "", text, {}) for name, text in TEXTS.items()]
    return TrainingSet.build(chunks, {q: q for q in relevant}, relevant, groups or [0, 1, 2, 3], overlaps)


def encoded(data: TrainingSet, similarities: dict[str, list[float]]) -> EncodedSet:
    """Vectors with these similarities between each question and the chunks a, b, c, d."""
    return EncodedSet(
        list(data.relevant),
        ["a", "b", "c", "d"],
        torch.tensor(list(similarities.values())),
        torch.eye(4),
        lambda q, c: q @ c.T,
    )


def test_negatives_are_the_closest_that_are_not_too_close() -> None:
    data = training({"What moves water?": ["a"]})
    found = encoded(data, {"q": [0.8, 0.79, 0.7, 0.1]})  # b is above 0.95 * 0.8: it may be right too
    assert hard_negatives(data, found, 1, 0.95).negatives == {"a": ("c",)}
    assert hard_negatives(data, found, 2, 0.95).negatives == {"a": ("c", "d")}
    assert hard_negatives(data, found, 1, 1.0).negatives == {"a": ("b",)}


def test_near_duplicates_and_neighbours_are_no_negatives() -> None:
    found = encoded(training({"What moves water?": ["a"]}), {"q": [0.8, 0.5, 0.4, 0.1]})
    twins = training({"What moves water?": ["a"]}, groups=[0, 0, 2, 3])
    assert hard_negatives(twins, found, 1, 0.95).negatives == {"a": ("c",)}
    neighbours = training({"What moves water?": ["a"]}, overlaps=(("b", "a"), ("c", "d")))
    assert hard_negatives(neighbours, found, 1, 0.95).negatives == {"a": ("c",)}
    both = training({"What moves water?": ["a", "b"]})
    assert hard_negatives(both, found, 1, 0.95).negatives == {"a": ("c",), "b": ("c",)}


def test_plausible_answers_are_no_negatives_of_their_question() -> None:
    data = replace(training({"What moves water?": ["a"]}), plausible={"What moves water?": frozenset({"b"})})
    assert hard_negatives(data, encoded(data, {"q": [0.8, 0.5, 0.4, 0.1]}), 1, 0.95).negatives == {"a": ("c",)}


def test_negatives_of_several_questions_are_joined() -> None:
    data = training({"What moves water?": ["a"], "What is wet?": ["a"]})
    found = encoded(data, {"1": [0.8, 0.5, 0.4, 0.1], "2": [0.8, 0.1, 0.2, 0.6]})
    assert hard_negatives(data, found, 1, 0.95).negatives == {"a": ("d",)}
    assert hard_negatives(data, found, 2, 0.95).negatives == {"a": ("d", "b")}


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(1, 3),
    margin=st.floats(0.5, 1.0),
    answers=st.lists(st.sets(st.sampled_from("abcd"), min_size=1, max_size=2), min_size=1, max_size=6),
    groups=st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_negatives_keep_every_rule(
    seed: int, count: int, margin: float, answers: list[set[str]], groups: list[int]
) -> None:
    data = training({f"question {i}": sorted(chunks) for i, chunks in enumerate(answers)}, groups)
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(len(answers), 8, generator=generator), torch.randn(4, 8, generator=generator)
    found = EncodedSet(list(data.relevant), ["a", "b", "c", "d"], *vectors, cos_sim)
    scores = cos_sim(*vectors)
    for chunk, others in hard_negatives(data, found, count, margin).negatives.items():
        assert 0 < len(others) <= count and chunk not in others
        for other in others:
            asking = [row for row, question in enumerate(data.relevant) if chunk in data.relevant[question]]
            assert any(
                all(scores[row, "abcd".index(other)] < margin * scores[row, "abcd".index(c)] for c in chunks)
                and other not in chunks
                and not {data.groups[c] for c in chunks} & {data.groups[other]}
                for row in asking
                for chunks in [data.relevant[f"question {row}"]]
            )
