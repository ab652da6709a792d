"""What the data set is made of: chunks, and the questions that they answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Chunk:
    """A part of a document; `metadata` tells where it stands there (see `stages/chunk.py`)."""

    id: str
    title: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def passage(self) -> str:
        """What a model embeds: title and text joined as BEIR and MTEB join them."""
        return f"{self.title} {self.text}".strip()

    @property
    def documents(self) -> list[str]:
        """Every document that holds this text, the one named first in front."""
        return [self.metadata["document"], *(place["document"] for place in self.metadata.get("also_in", []))]


@dataclass(frozen=True)
class Question:
    """A question that the chunk `metadata["chunk"]` answers."""

    id: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)


def content_id(*parts: str) -> str:
    """Return 16 hexadecimal digits that depend on the parts and nothing else."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


HEADINGS = ("title", "heading", "caption")
