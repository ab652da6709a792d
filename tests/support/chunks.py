"""Chunks made for a test: where they stand, or what they say."""

from __future__ import annotations

from attune.core.records import Chunk, content_id


def place(document: str, start: int, end: int) -> dict[str, object]:
    return {"document": document, "start": start, "end": end, "pages": None}


def placed(name: str, document: str, start: int, end: int, *also_in: dict[str, object]) -> Chunk:
    """A chunk that stands at one place or at several."""
    metadata = {"title": "", **place(document, start, end)}
    return Chunk(name, "", name, metadata | ({"also_in": list(also_in)} if also_in else {}))


def saying(text: str, document: str = "a.pdf", start: int = 0, pages: tuple[int, int] | None = None) -> Chunk:
    """A chunk of a text, which stands at one place."""
    place = {"document": document, "title": "", "start": start, "end": start + len(text), "pages": pages}
    return Chunk(content_id(document, str(start)), "", text, place)
