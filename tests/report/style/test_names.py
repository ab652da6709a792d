"""Systems are called what they are."""

from __future__ import annotations

from attune.evaluation.results import hybrid_of
from attune.report.style.names import is_variant, system_css, system_name


def test_systems_are_called_what_they_are() -> None:
    names = [system_name(name) for name in ("base@64", "finetuned@128", "bm25@2", "my-base@64", "base@v2")]
    assert names == ["Base, 64 numbers", "Fine-tuned, 128 numbers", "bm25@2", "my-base@64", "base@v2"]


def test_hybrids_are_called_by_what_is_in_them() -> None:
    fused = ("base", "finetuned", "base@64", "finetuned@64", "a/b", "finetuned-large", "m@x")
    assert [system_name(hybrid_of(name)) for name in fused] == [
        *("BM25 + base", "BM25 + fine-tuned", "BM25 + base, 64 numbers", "BM25 + fine-tuned, 64 numbers"),
        *("BM25 + a/b", "BM25 + finetuned-large", "BM25 + m@x"),
    ]
    assert [system_name(name) for name in ("hybrids", "my-hybrid", "hybrid-base")] == [
        "hybrids",
        "my-hybrid",
        "hybrid-base",
    ]


def test_only_the_own_systems_have_colours_of_their_own() -> None:
    systems = ["bm25", "base", "x", "hybrid_base", "finetuned", "hybrid", "hybrid_x"]
    assert [system_css(name, systems) for name in systems] == [
        *("s-bm25", "s-base", "s-0", "s-hybrid_base", "s-finetuned", "s-hybrid", "s-1"),
    ]


def test_models_with_an_adapter_are_called_so() -> None:
    systems = ["base+adapter", "hybrid_base+adapter", "a/b+adapter", "hybrid_a/b+adapter"]
    assert [system_name(name) for name in systems] == [
        *("Base with adapter", "BM25 + base with adapter", "a/b with adapter", "BM25 + a/b with adapter"),
    ]
    assert all(map(is_variant, ["base+adapter", "base@64"])) and not any(map(is_variant, ["base", "a/b", "hybrid"]))
