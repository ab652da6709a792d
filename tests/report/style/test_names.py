"""Systems are called what they are."""

from __future__ import annotations

from attune.report.style.names import system_name


def test_systems_are_called_what_they_are() -> None:
    names = [system_name(name) for name in ("base@64", "finetuned@128", "bm25@2", "my-base@64", "base@v2")]
    assert names == ["Base, 64 numbers", "Fine-tuned, 128 numbers", "bm25@2", "my-base@64", "base@v2"]
