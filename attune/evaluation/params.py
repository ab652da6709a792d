"""The section `evaluate` of params.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from attune.core.params import Section
from attune.evaluation.results import BASE, BM25, COMPARED_K, FINETUNED
from attune.search.measures import DEPTH

TAKEN = re.compile(rf"{BM25}|({BASE}|{FINETUNED})(@\d+)?")  # names of systems; those with @ are of evaluate.dimensions


class LocalModel(Section):
    """An entry of `evaluate.others`: a sentence-transformers model in a folder or on the hub."""

    provider: Literal["local"]
    name: str = Field(min_length=1)
    revision: str | None
    max_tokens: int | None = Field(ge=16)


class ServerModel(Section):
    """An entry of `evaluate.others`: a model behind OpenAI's embedding interface."""

    provider: Literal["openai"]
    name: str = Field(min_length=1)
    base_url: str | None = Field(min_length=1)
    dimensions: int | None = Field(ge=1)
    price: float | None = Field(ge=0)


OtherModel = Annotated[LocalModel | ServerModel, Field(discriminator="provider")]


class EvaluateParams(Section):
    """`evaluate`: what is measured, and with what the models are compared."""

    k: list[int] = Field(min_length=1)
    others: list[OtherModel]
    dimensions: list[Annotated[int, Field(ge=1)]]
    fail_if_worse: bool

    @field_validator("k")
    @classmethod
    def _within_depth(cls, ks: list[int]) -> list[int]:
        if ks != sorted(set(ks)) or ks[0] < 1 or ks[-1] > DEPTH or COMPARED_K not in ks:
            raise ValueError(
                f"expected ascending numbers from 1 to {DEPTH}, {COMPARED_K} among them, such as [1, 5, 10]"
            )
        return ks

    @field_validator("others")
    @classmethod
    def _names_of_their_own(cls, others: list[OtherModel]) -> list[OtherModel]:
        names = [other.name for other in others]
        if len(set(names)) < len(names) or any(map(TAKEN.fullmatch, names)):
            raise ValueError(
                f"expected names that differ, none of {BM25}, {BASE}, {FINETUNED}, and none like {BASE}@64"
            )
        return others
