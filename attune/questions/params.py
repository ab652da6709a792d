"""The knobs of the local writer, apart from it: whoever asks a server needs no torch in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from attune.core.params import Section


class LocalParams(Section):
    """The table `synthesize_questions.local` of params.yaml."""

    revision: str | None
    max_reply_tokens: int = Field(ge=8)
    guidance: float = Field(ge=1)
    reply_starts: list[str] = Field(min_length=1)
    avoid: list[str]
    dtype: Literal["auto", "float32", "bfloat16"]
    batch_size: int = Field(ge=1)


def local_settings(model: str, params: LocalParams) -> Mapping[str, Any]:
    """Return all that shapes a reply beside the prompt: how many are written at a time does not."""
    return {"model": model, **params.model_dump(exclude={"batch_size"})}
