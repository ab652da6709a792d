"""The section `chunk` of params.yaml."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from attune.core.errors import UserError
from attune.core.params import Section
from attune.documents.pdf import Engine


class ChunkParams(Section):
    """`chunk`: how documents are read and cut."""

    max_tokens: int = Field(ge=16)
    overlap_tokens: int = Field(ge=0)
    min_tokens: int = Field(ge=0)
    pdf_engine: Engine
    titles: bool
    skip_unreadable: bool

    @field_validator("overlap_tokens")
    @classmethod
    def _leave_room(cls, overlap: int, info: ValidationInfo) -> int:
        most = info.data.get("max_tokens", overlap * 2) // 2
        if overlap > most:
            raise PydanticCustomError("overlap", "must be at most half of chunk.max_tokens: {most}", {"most": most})
        return overlap


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
