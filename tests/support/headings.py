"""Chunks with headings."""

from __future__ import annotations

from attune.core.records import Chunk

TEXT = "The pump moves eighty litres of water each minute, and its valve is made of brass, which does not rust at all."
TEXT_2 = (
    "An oil pan below the engine holds four litres; the filter beside it is changed when the lamp on the panel is lit."
)


def chunk(
    text: str, name: str = "c", document: str = "a-manual.pdf", title: str = "a manual", shown: str = ""
) -> Chunk:
    return Chunk(name, shown, text, {"document": document, "title": title})
