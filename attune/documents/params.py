"""The section `chunk` of params.yaml."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from attune.core.errors import UserError
from attune.core.params import Section
from attune.documents.blocks import Engine, Options


class ChunkParams(Section):
    """`chunk`: how documents are read and cut."""

    gone: ClassVar = {
        "skip_unreadable": "chunk.max_failed_fraction says how many documents may fail, 0.0 none, 1.0 all but one"
    }

    max_tokens: int = Field(ge=16)
    overlap_tokens: int = Field(ge=0)
    min_tokens: int = Field(ge=0)
    pdf_engine: Engine
    html_boilerplate: bool
    titles: bool
    headings: bool
    table_headers: bool
    max_failed_fraction: float = Field(ge=0, le=1)

    @property
    def options(self) -> Options:
        """Return what of it concerns the readers."""
        return Options(self.pdf_engine, self.html_boilerplate)

    @field_validator("overlap_tokens", "min_tokens")
    @classmethod
    def _leave_room(cls, tokens: int, info: ValidationInfo) -> int:
        most = info.data.get("max_tokens", tokens * 2) // 2
        if tokens > most:
            raise PydanticCustomError("room", "must be at most half of chunk.max_tokens: {most}", {"most": most})
        return tokens


def check_window(max_tokens: int, window: int | None) -> None:
    """Refuse chunks that the model would read in part only; one without a window reads all.

    Raises:
        UserError: a chunk can be longer than the window of the base model.
    """
    if window is not None and max_tokens > window:
        raise UserError(
            f"chunk.max_tokens is {max_tokens}, but the base model reads {window} tokens of a text and ignores the "
            f"rest: set chunk.max_tokens to {window} or less, or base_model.max_tokens to {max_tokens} if it can"
        )
