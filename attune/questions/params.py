"""The section `synthesize_questions`, apart from the writers: whoever asks a server needs no torch in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from attune.core.params import Section
from attune.servers.prices import Price

Kind = Literal["full", "hurried", "keywords"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class LocalParams(Section):
    """The table `synthesize_questions.local` of params.yaml."""

    revision: str | None
    max_reply_tokens: int = Field(ge=8)
    guidance: float = Field(ge=1)
    reply_starts: list[str] = Field(min_length=1)
    avoid: list[str]
    dtype: Literal["auto", "float32", "bfloat16"]
    batch_size: int = Field(ge=1)


class Kinds(Section):
    """The table `synthesize_questions.kinds`: in which proportion the kinds are written."""

    full: int = Field(ge=0, le=100)
    hurried: int = Field(ge=0, le=100)
    keywords: int = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _some_kind(self) -> Self:
        if not any(self.shares.values()):
            raise ValueError("all kinds are 0; give at least one of them a share, such as full: 1")
        return self

    @property
    def shares(self) -> dict[Kind, int]:
        """The share of each kind."""
        return {"full": self.full, "hurried": self.hurried, "keywords": self.keywords}

    def counts(self, most: int) -> dict[Kind, int]:
        """Divide `most` queries over the kinds by the method of the largest remainder; the first kind wins a tie."""
        total = sum(self.shares.values())
        counts = {kind: most * share // total for kind, share in self.shares.items()}
        by_remainder = sorted(counts, key=lambda kind: -(most * self.shares[kind] % total))
        for kind in by_remainder[: most - sum(counts.values())]:
            counts[kind] += 1
        return counts


class Queries(Section):
    """The table `synthesize_questions.queries`: what counts of data/queries; see `attune.people.queries.answers`."""

    min_clicks: int = Field(ge=1)
    min_share: float = Field(ge=0, le=1)
    max_per_chunk: int = Field(ge=1)


def local_settings(model: str, params: LocalParams) -> Mapping[str, Any]:
    """Return all that shapes a reply beside the prompt: how many are written at a time does not."""
    return {"model": model, **params.model_dump(exclude={"batch_size"})}


def chat_settings(model: str, temperature: float | None, max_reply_tokens: int) -> Mapping[str, Any]:
    """Return all that shapes a reply beside the prompt: neither the server nor how it is asked."""
    return {"model": model, "temperature": temperature, "max_reply_tokens": max_reply_tokens}


def price_of(model: str, prices: Mapping[str, Price], free: bool) -> Price | None:
    """Return the price of a model: nothing for one in this process, else what `prices` says."""
    return Price(input=0, output=0) if free else prices.get(model)


class SynthesizeQuestionsParams(Section):
    """The section `synthesize_questions` of params.yaml."""

    provider: Literal["local", "openai"]
    mode: Literal["live", "batch"]
    model: str = Field(min_length=1)
    base_url: str | None = Field(min_length=1)
    questions_per_chunk: int = Field(ge=1, le=20)
    kinds: Kinds
    headings: bool
    queries: Queries
    examples: list[str]
    min_passage_words: int = Field(ge=0)
    max_passage_characters: int | None = Field(ge=100)
    max_reply_tokens: int = Field(ge=16)
    temperature: float | None = Field(ge=0, le=2)
    max_failed_fraction: float = Field(ge=0, le=1)
    max_cost_usd: float | None = Field(ge=0)
    prices: dict[str, Price]
    min_words: int = Field(ge=1)
    max_words: int = Field(ge=1)
    rare_word_fraction: float = Field(ge=0, le=1)
    max_similarity: float = Field(gt=0, le=1)
    local: LocalParams

    @field_validator("mode")
    @classmethod
    def _only_servers_have_batches(cls, mode: str, others: ValidationInfo) -> str:
        if mode == "batch" and others.data.get("provider") == "local":
            raise PydanticCustomError(
                "mode",
                "a model in this process has no batches; set it to live, or synthesize_questions.provider to openai",
            )
        return mode

    @property
    def price(self) -> Price | None:
        """What the model costs; None where `prices` does not say."""
        return price_of(self.model, self.prices, free=self.provider == "local")

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that shapes a reply beside the prompt; known without a key and without loading a model."""
        if self.provider == "local":
            return local_settings(self.model, self.local)
        return chat_settings(self.model, self.temperature, self.max_reply_tokens)
