"""Answers that nobody has marked: chunks that must not count as wrong for a question, though it was not asked of them.

A chunk that holds a query word for word is about it. A title is answered by every chunk of its document; and where
people's clicks tell the document alone, its chunk is guessed, and another may be the right one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from attune.core.records import Chunk
from attune.text.words import words

Words = tuple[str, ...]
Piece = str | tuple[str, str]


def plausible_answers(
    chunks: Sequence[Chunk], relevant: Mapping[str, Sequence[str]], titles: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return the plausible answers of each question that has some, its relevant chunks left out.

    Args:
        chunks: all chunks; only those with a question are looked through for the words of another.
        relevant: ids of the relevant chunks, for each question's text.
        titles: the questions that are titles of documents, or that a document is known to answer, and no chunk.

    Returns:
        Ids of chunks for the text of each question.
    """
    asked = {chunk for ids in relevant.values() for chunk in ids}
    candidates = [chunk for chunk in chunks if chunk.id in asked]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for question, chunk in _word_for_word(list(relevant), candidates):
        found[question].add(chunk)
    first = {chunk.id: chunk.document for chunk in candidates}
    of_document: defaultdict[str, set[str]] = defaultdict(set)
    for each in chunks if titles else ():
        for place in each.places:
            of_document[place.document].add(each.id)
    for title in titles:
        for document in {first[chunk] for chunk in relevant[title]}:
            found[title] |= of_document[document]
    rest = {question: ids.difference(relevant[question]) for question, ids in found.items()}
    return {question: frozenset(ids) for question, ids in rest.items() if ids}


def _word_for_word(questions: Sequence[str], chunks: Sequence[Chunk]) -> Iterator[tuple[str, str]]:
    """Yield the question and the chunk's id where the words of a question stand in the passage in a row.

    A question is looked for only where its rarest pair of words stands, so this takes little longer than reading the
    passages twice.
    """
    split = {question: tuple(words(question)) for question in questions}
    pieces: dict[str, list[Piece]] = {
        question: [*pairwise(wanted), *(wanted if len(wanted) == 1 else ())] for question, wanted in split.items()
    }
    asked = {piece for each in pieces.values() for piece in each}
    counts = Counter(piece for chunk in chunks for _, piece in _pieces(words(chunk.passage)) if piece in asked)
    anchored: defaultdict[Piece, list[tuple[str, Words, int]]] = defaultdict(list)
    for question, wanted in split.items():
        if wanted:
            place = min(range(len(pieces[question])), key=lambda place: counts[pieces[question][place]])
            anchored[pieces[question][place]].append((question, wanted, place))
    for chunk in chunks:
        said = tuple(words(chunk.passage))
        for at, piece in _pieces(said):
            for question, wanted, place in anchored.get(piece, ()):
                start = at - place
                if start >= 0 and said[start : start + len(wanted)] == wanted:
                    yield question, chunk.id


def _pieces(said: Sequence[str]) -> Iterator[tuple[int, Piece]]:
    """Yield each word and each pair of words in a row, with the place where it begins."""
    yield from enumerate(said)
    yield from enumerate(pairwise(said))
