"""What tokens cost."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from attune.core.params import Section

CHARACTERS_PER_TOKEN = 4.0  # of English, with the tokenizers of today's models


class Price(Section):
    """US dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


def dollars(prompt_tokens: float, completion_tokens: float, price: Price | None, share: float = 1.0) -> float | None:
    """Return a share of the price of tokens in US dollars; None where it is unknown."""
    if price is None:
        return None
    return share * (prompt_tokens * price.input + completion_tokens * price.output) / 1e6


def money(amount: float | None) -> str:
    """Return an amount of US dollars in words."""
    if amount is None:
        return "at an unknown price (synthesize_questions.prices has none for this model)"
    return "free of charge" if amount == 0 else f"${amount:,.2f}" if amount >= 0.01 else "less than $0.01"


@dataclass(frozen=True)
class Estimate:
    """The tokens that replies will take, and their price where it is known."""

    prompt_tokens: float
    completion_tokens: float
    price: Price | None
    share: float = 1.0  # of the price that is paid

    @property
    def dollars(self) -> float | None:
        """What the tokens cost; None where the price is unknown."""
        return dollars(self.prompt_tokens, self.completion_tokens, self.price, self.share)

    def __str__(self) -> str:
        tokens = f"about {self.prompt_tokens:,.0f} tokens to read and {self.completion_tokens:,.0f} to write"
        return f"{tokens}, {money(self.dollars)}"
