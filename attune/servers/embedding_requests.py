"""OpenAI's embedding interface: what goes into one request, and what its answer must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from attune.servers.server import is_about_content, is_hopeless, packed, words_of_error
from attune.servers.vectors import Matrix, check_vectors
from attune.servers.words import parsed

MOST_TEXTS = 32  # in a request: what text-embeddings-inference takes unless told otherwise; OpenAI takes 2048
MOST_BYTES = 300_000  # in a request: OpenAI takes 300,000 tokens, and none of them is shorter than a byte
TOO_MUCH = (400, 413, 422, 451)  # how servers refuse too many texts, or one that is longer than the model reads
OPTIONAL = ("encoding_format", "dimensions")  # parameters that not every server knows
KEPT_SHARE = 0.75  # of a text that was refused as too long
MOST_REFUSED = 0.05  # of the texts, or `FEW` of them, stay without a vector before a common cause is suspected
FEW = 3
SHORTEST = 128  # characters, at most 512 bytes: any model reads that, so a refusal of less has another cause


@dataclass(frozen=True)
class Text:
    """What is to be embedded.

    Attributes:
        key: of the whole text.
        text: the whole text, or the beginning of it that the model can read.
        characters: length of the whole text.
    """

    key: str
    text: str
    characters: int


class Refused:
    """The texts that a server makes no vector of: those of a few are their own fault, those of many the server's.

    Attributes:
        keys: of these texts.
    """

    def __init__(self, count: int) -> None:
        """Begin without one; `count` is how many texts are asked for."""
        self.keys: set[str] = set()
        self._most = max(FEW, int(MOST_REFUSED * count))
        self._reasons: dict[str, list[str]] = {}

    def add(self, text: Text, reason: str) -> bool:
        """Note a text, and tell whether there are few enough."""
        self.keys.add(text.key)
        self._reasons.setdefault(reason, []).append(beginning(text))
        return len(self.keys) <= self._most

    def __str__(self) -> str:
        """The first few of them, and why."""
        shown = list(self._reasons.items())[:FEW]
        return "; ".join(f"{', '.join(texts[:FEW])}: {reason}" for reason, texts in shown)


def beginning(text: Text) -> str:
    """Return how a text begins, in quotation marks."""
    return f"'{' '.join(text.text.split())[:40]}…'"


class NoVectorError(ValueError):
    """The model makes nothing that can be compared of one of the texts: of another it may."""


class _Item(BaseModel):
    model_config = ConfigDict(strict=True)

    # some servers write it as text, or leave it out: their answers have the order of the texts
    index: Annotated[int | None, Field(strict=False)] = None
    embedding: list[float | None] | None  # null is what JSON has for "not a number"


class _Answer(BaseModel):
    data: list[_Item]


def packs(texts: Iterable[Text]) -> Iterator[list[Text]]:
    """Yield texts in packs that a request can hold."""
    return packed(texts, lambda text: len(text.text.encode()), MOST_TEXTS, MOST_BYTES)


def unknown_in(body: Mapping[str, Any], error: Exception) -> set[str]:
    """Return the parameters of a request that a server says it does not know, of those that it can do without."""
    words = words_of_error(error) if isinstance(error, openai.APIStatusError) and is_hopeless(error) else ""
    return {name for name in OPTIONAL if name in body and name in words}


def parts_of_refused(pack: list[Text], error: Exception, proven: bool) -> tuple[list[list[Text]], bool]:
    """Return what to ask for in place of a pack that came to nothing, and whether a text of it may be the cause.

    Args:
        pack: the texts.
        error: what became of them.
        proven: whether the server has made vectors before; else it may refuse everything.
    """
    if isinstance(error, NoVectorError):
        return smaller_packs(pack, may_cut=False), True
    if not isinstance(error, openai.APIStatusError) or not is_hopeless(error):
        return [], False
    of_content = is_about_content(words_of_error(error))
    too_much = error.status_code in TOO_MUCH
    parts = smaller_packs(pack, may_cut=not of_content) if too_much or of_content else []
    return parts, of_content or (too_much and proven)


def smaller_packs(pack: list[Text], may_cut: bool = True) -> list[list[Text]]:
    """Return a refused pack in halves, or its only text without its end; nothing where that cannot help.

    A text that is refused for what it says is not cut: its beginning may be taken and stand for all of it.

    No tokenizer is at hand that would tell how long a text is to the server's model. The server knows; what it takes
    depends on the text alone, and a refusal costs nothing.
    """
    if len(pack) > 1:
        middle = len(pack) // 2
        return [pack[:middle], pack[middle:]]
    text = pack[0].text
    return [[replace(pack[0], text=text[: int(len(text) * KEPT_SHARE)])]] if may_cut and len(text) > SHORTEST else []


def read_answer(content: bytes, count: int, dimensions: int | None) -> Matrix:
    """Return the vectors in an answer, of shape (count, dimensions), in the order in which the texts were sent.

    The client's own classes believe what a server sends, and take longer to read it.

    Args:
        content: the body of the answer.
        count: how many texts were sent.
        dimensions: how many numbers each vector is to have; None where that is not known yet.

    Raises:
        NoVectorError: a vector in it means nothing.
        ValueError: says what else is wrong with the answer.
    """
    try:
        items = _read(content).data
    except ValidationError as error:
        raise ValueError(_explain(error, content)) from None
    if len(items) != count:
        raise ValueError(f"{len(items)} vectors came for {count} texts")
    items.sort(key=lambda item: item.index or 0)
    if (numbers := [item.index for item in items]) not in ([*range(count)], [None] * count):
        raise ValueError(f"the vectors came with the indices {numbers}; expected 0 to {count - 1}")
    lengths = sorted({len(item.embedding or ()) for item in items})
    if not lengths[0] and (len(lengths) > 1 or count == 1):
        raise NoVectorError("a vector is empty")
    if len(lengths) > 1:
        raise ValueError(f"vectors of {lengths[0]} and of {lengths[-1]} numbers came in one answer")
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is found out below
        vectors = np.array([item.embedding or () for item in items], dtype=np.float32)
    if problem := check_vectors(vectors, dimensions):
        meaningless = dimensions is None or vectors.shape[1] == dimensions
        raise NoVectorError(problem) if meaningless else ValueError(problem)
    return vectors


def _read(content: bytes) -> _Answer:
    try:
        return _Answer.model_validate_json(content)
    except ValidationError:  # in something that keeps the connection open, or that a gateway added
        return _Answer.model_validate(parsed(content))


def _explain(error: ValidationError, content: bytes) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "list_type" and isinstance(problem["input"], str):
        return f"{where} is text, such as base64, where a list of floats was asked for"
    return f"the answer holds no vectors ({where} {problem['msg']}): {content.decode(errors='replace')}"
