"""Chunks about machines that do not exist, each with words of its own."""

from __future__ import annotations

from attune.core.records import Chunk

WORDS = "alabaster bassoon cobalt dahlia ermine fjord gazelle hibiscus isotope jasmine krypton lagoon".split(" ")


def chunks(count: int) -> list[Chunk]:
    return [
        Chunk(f"c{i:02d}", "", f"The {WORDS[i % 12]}{'x' * i} machine and its {WORDS[(i + 5) % 12]} valve run daily, "
              "and one man can set it up, if he has a key for it.",
              {"document": "a.txt", "title": "A", "start": i, "end": i + 1, "pages": None})
        for i in range(count)
    ]  # fmt: skip
