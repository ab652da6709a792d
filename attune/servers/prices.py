"""How many tokens a text is, before a server tells, and what they cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import Field

from attune.core.params import Section

# Characters of a token, chosen on 2026-11-25 after Django's messages in 25 languages and our own English. The
# tokenizers o200k_base, cl100k_base and DeepSeek's make a token of 3.5 to 4.3 of English, German, French and Spanish,
# of 1.0 to 3.9 (median 2.5) in Cyrillic, Greek, Arabic, Hebrew or Devanagari, of 1.2 to 2.7 in Thai, and of 1.0 to 2.0
# in Chinese, Japanese and Korean. A quarter of these texts are blanks and marks, which count as ASCII here.
ASCII, ALPHABETS, DENSE = 4.0, 2.0, 1.0
# Thai to Burmese, Hangul's letters, Khmer, and from Han on all others
_DENSE = re.compile("[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\U0010ffff]+")


def tokens_in(text: str) -> float:
    """Return about how many tokens a text is, by the scripts that it is written in."""
    if text.isascii():
        return len(text) / ASCII
    plain = len(text.encode("ascii", "ignore"))
    dense = sum(map(len, _DENSE.findall(text)))
    return plain / ASCII + dense / DENSE + (len(text) - plain - dense) / ALPHABETS


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


def precise(amount: float) -> str:
    """Return an amount of US dollars in figures, however small."""
    return f"${amount:,.2f}" if amount >= 0.1 or not amount else f"${amount:,.4f}"


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
