"""Full questions in the words of people in a hurry, and as keywords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from attune.core.records import Chunk, content_id
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.reading.lines import QUESTION_MARKS
from attune.questions.params import Kind, Kinds
from attune.text.words import words

BEGINS = 0.02  # a word that is first or second in more of the questions is no keyword
COMMON = 0.25  # nor is one in more of the chunks
FEWEST_KEYWORDS = 2


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
