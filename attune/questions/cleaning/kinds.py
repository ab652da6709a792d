"""The kinds of queries that are written: full questions, hurried ones, keywords.

People type all three. A server's model is told how many of each to write; what the local model writes, full questions
all of them, is put into the other forms by rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from attune.core.beir import Chunk, content_id
from attune.core.params import Section
from attune.questions.cleaning.parse import is_json, parse_questions
from attune.text.words import words

Kind = Literal["full", "hurried", "keywords"]
KINDS: tuple[Kind, ...] = get_args(Kind)
QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
SENTENCE_ENDS = (".", "!", ":", "\u2026", "\u3002", "\uff01", "\u0964")  # of a remark of the model
BEGINS = 0.02  # a word that is first or second in more of the questions is no keyword
COMMON = 0.25  # nor is one in more of the chunks
FEWEST_KEYWORDS = 2


class Query(NamedTuple):
    """A query, the chunk that answers it, and its kind: one of these or of `attune.questions.cleaning.headings`."""

    chunk_id: str
    text: str
    kind: str


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


def queries_in(replies: Iterable[tuple[str, str]], most: int) -> Iterator[Query]:
    """Yield the first `most` queries of each reply, their kind told by their form.

    What has no question mark is a keyword query, if the reply is JSON and it is no sentence: else it is as likely a
    remark of the model, and is left to the cleaning.

    Args:
        replies: chunk id and text of each reply.
        most: queries taken of one reply.
    """
    for chunk, reply in replies:
        structured = is_json(reply)
        for text in parse_questions(reply)[:most]:
            keywords = structured and not text.endswith(QUESTION_MARKS + SENTENCE_ENDS)
            yield Query(chunk, text, "keywords" if keywords else "full")


def in_kinds(questions: Sequence[Query], chunks: Sequence[Chunk], kinds: Kinds) -> list[Query]:
    """Put full questions into the kinds in turn, in the proportion of `kinds`.

    A question stays whole where too little would be left of it, or what another one says as well.
    """
    common = common_words([question.text for question in questions], chunks)
    order = [kind for kind, share in kinds.shares.items() for _ in range(share)]
    places: Counter[str] = Counter()
    rephrased = []
    for question in questions:
        # not every chunk has a question for each kind, so they do not all begin with the first
        kind = order[(int(content_id(question.chunk_id), 16) + places[question.chunk_id]) % len(order)]
        places[question.chunk_id] += 1
        text = rephrase(question.text, kind, common)
        rephrased.append(question if text == question.text else Query(question.chunk_id, text, kind))
    pairs = list(zip(questions, rephrased, strict=True))
    said = Counter(form for question, query in pairs for form in {_spoken(question.text), _spoken(query.text)})
    return [query if said[_spoken(query.text)] == 1 else question for question, query in pairs]


def common_words(questions: Sequence[str], chunks: Sequence[Chunk]) -> set[str]:
    """Return the words that carry no subject, in whatever language.

    They begin many questions ("what is", "how does") or stand in many chunks ("the", "of").
    """
    begins = _frequent((set(words(question)[:2]) for question in questions), max(1, BEGINS * len(questions)))
    return begins | _frequent((set(words(chunk.passage)) for chunk in chunks), COMMON * len(chunks))


def rephrase(question: str, kind: Kind, common: Collection[str]) -> str:
    """Put a full question into the form of a kind; it stays whole where too little would be left of it."""
    if kind == "full":
        return question
    spoken = [word.strip("\"'“”‘’()[]{},;:.!?") for word in question.rstrip("".join(QUESTION_MARKS)).split()]
    if kind == "keywords":
        kept = [word for word in spoken if any(part not in common for part in words(word))]
        return " ".join(kept) if len(kept) >= FEWEST_KEYWORDS else question
    return " ".join(spoken).lower().strip() or question


def _spoken(text: str) -> str:
    return " ".join(words(text))


def _frequent(texts: Iterable[Collection[str]], most: float) -> set[str]:
    counts = Counter(word for text in texts for word in text)
    return {word for word, count in counts.items() if count > most}
