"""The section `evaluate` of params.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from attune.core.params import Section
from attune.evaluation.results import ADAPTER, BASE, BM25, COMPARED_K, FINETUNED, HYBRID
from attune.search.fusion import FusionKind
from attune.search.measures import DEPTH

# names of systems; those with @ are of evaluate.dimensions, those with +adapter of evaluate.adapters
TAKEN = re.compile(rf"{BM25}|({BASE}|{FINETUNED}|{HYBRID})(@\d+)?|{HYBRID}_.*|.*{re.escape(ADAPTER)}", re.DOTALL)


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


class HybridParams(Section):
    """`evaluate.hybrid`: how BM25 and a model are put together; see `fusion.py`."""

    dense_weight: float = Field(ge=0, le=1)
    fusion: FusionKind
    also: list[str]


class EvaluateParams(Section):
    """`evaluate`: what is measured, and with what the models are compared."""

    k: list[int] = Field(min_length=1)
    max_questions: int = Field(ge=1)
    others: list[OtherModel]
    adapters: list[str]
    max_cost_usd: float | None = Field(ge=0)
    dimensions: list[Annotated[int, Field(ge=1)]]
    hybrid: HybridParams
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
                f"expected names that differ, none of {BM25}, {BASE}, {FINETUNED}, {HYBRID}, and none like {BASE}@64, "
                f"{HYBRID}_{BASE} or {BASE}{ADAPTER}"
            )
        return others

    @field_validator("adapters")
    @classmethod
    def _adapt_what_is_asked(cls, adapters: list[str], info: ValidationInfo) -> list[str]:
        known = [BASE, *(other.name for other in info.data.get("others", []))]
        if unknown := [name for name in adapters if name not in known]:
            raise ValueError(f"no model is called {', '.join(unknown)}; expected some of: {', '.join(known)}")
        if len(set(adapters)) < len(adapters):
            raise ValueError("a name stands twice; expected each once")
        return adapters

    @field_validator("max_cost_usd")
    @classmethod
    def _know_prices(cls, most: float | None, info: ValidationInfo) -> float | None:
        others = info.data.get("others", [])
        unknown = [other.name for other in others if isinstance(other, ServerModel) and other.price is None]
        if most is not None and unknown:
            raise ValueError(
                f"what {', '.join(unknown)} costs is unknown; give it a price in evaluate.others, 0 for a server of "
                "your own, or set max_cost_usd to null"
            )
        return most

    @field_validator("hybrid")
    @classmethod
    def _fuse_what_is_asked(cls, hybrid: HybridParams, info: ValidationInfo) -> HybridParams:
        known = [other.name for other in info.data.get("others", [])]
        known += [f"{model}@{d}" for model in (BASE, FINETUNED) for d in info.data.get("dimensions", [])]
        if unknown := [name for name in hybrid.also if name not in known]:
            raise ValueError(
                f"no system is called {', '.join(unknown)}; expected names of evaluate.others, or {BASE}@N and "
                f"{FINETUNED}@N for N in evaluate.dimensions (now: {', '.join(known) or 'none'})"
            )
        return hybrid
