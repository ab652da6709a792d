"""What people point at, a document, its pages or a quote from it, as chunks of today.

A judgement about a text outlives the chunks it was made on; a judgement about a chunk's id does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attune.core.records import Chunk, Pages
from attune.people.places.document_names import DocumentNames, NotFound
from attune.people.places.letters import letters
from attune.people.places.places import Places, joined
from attune.people.places.quotes import SHORTEST, LetterSpan, Texts
from attune.text.heading_lines import as_heading
from attune.text.marked_headings import headings

MOST_PLACES = 5  # a quote that stands in more places than this points at none
LONGEST = 50  # characters of a quote in a message


class PlacedChunk(NamedTuple):
    """A chunk at one of its places in a document: `start` to `end` in characters; pages are (0, 0) without such."""

    start: int
    end: int
    number: int
    pages: Pages


class Evidence:
    """Chunks by their documents, pages and texts. They are told by their numbers in the sequence."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks, self._ids = chunks, {chunk.id: number for number, chunk in enumerate(chunks)}
        placed: dict[str, list[PlacedChunk]] = {}
        for number, chunk in enumerate(chunks):
            for place in chunk.places:
                row = PlacedChunk(place.start, place.end, number, place.pages or (0, 0))
                placed.setdefault(place.document, []).append(row)
        ordered = {path: sorted(placed[path]) for path in sorted(placed)}
        self._names = DocumentNames(ordered)
        self._numbers = {path: number for number, path in enumerate(ordered)}
        self._texts = Texts([joined((row.start, chunks[row.number].text) for row in rows) for rows in ordered.values()])
        self._places = [self._placed(document, rows) for document, rows in enumerate(ordered.values())]

    def _placed(self, document: int, rows: list[PlacedChunk]) -> Places:
        starts, ends, chunks, pages = zip(*rows, strict=True)
        first, last = np.array(pages, dtype=np.int64).T
        positions = self._texts.positions
        return Places(np.array(chunks), positions(document, starts), positions(document, ends), first, last)

    def chunk(self, chunk_id: str) -> set[int]:
        """Return the chunk with an id, or nothing where there is none any more."""
        return {self._ids[chunk_id]} if chunk_id in self._ids else set()

    def all_of(self, name: str) -> set[int]:
        """Return every chunk of a document.

        Raises:
            NotFound: there is no such document, or more than one.
        """
        return set(self._places[self._document(name)].chunks.tolist())

    def on_pages(self, name: str, pages: Pages) -> set[int]:
        """Return the chunks that stand on pages of a document, wholly or in part.

        Raises:
            NotFound: there is no such document, it has no such pages, or no chunk stands on them.
        """
        document = self._document(name)
        return set(self._places[document].chunks[self._on(document, name, pages)].tolist())

    def under(self, name: str, section: str) -> set[int]:
        """Return the chunks of a document that stand under a heading or hold it, with its number or without.

        Raises:
            NotFound: there is no such document or heading.
        """
        numbered = as_heading(section)
        wanted = {letters(section), letters(numbered[0] if numbered else section)} - {""}
        found = set()
        for number in self.all_of(name):
            chunk = self._chunks[number]
            there = [*chunk.headings, *(heading for heading, *_ in headings(chunk.text, chunk.marks))]
            if not wanted.isdisjoint(map(letters, there)):
                found.add(number)
        if not found:
            raise NotFound(f"no heading '{_shortened(section)}' stands in {name}; copy it from the document")
        return found

    def holding(self, quote: str, name: str | None = None, pages: Pages | None = None) -> set[int]:
        """Return the chunks that hold a quote or parts of it: from anywhere, from a document, or from pages of it.

        Raises:
            NotFound: it stands nowhere or in too many places, or as for `on_pages`.
        """
        document = None if name is None else self._document(name)
        shown, where = _shortened(quote), f"in {name}" if name else "in any document"
        if len(letters(quote)) < SHORTEST:
            raise NotFound(f"the quote '{shown}' has fewer than {SHORTEST} letters and digits; quote more")
        within = self._texts.whole if document is None else self._texts.span(document)
        if document is not None and name is not None and pages:
            spans = self._find_on(quote, document, name, pages)
        else:
            spans = self._texts.find(quote, within)
        if not spans:
            raise NotFound(f"the quote '{shown}' stands nowhere {where}; copy it from the text of today")
        found = {tuple(self._at(span).tolist()) for span in spans}
        if len(found) > MOST_PLACES:
            raise NotFound(f"the quote '{shown}' stands in more than {MOST_PLACES} places {where}; quote more")
        return {chunk for chunks in found for chunk in chunks}

    def _find_on(self, quote: str, document: int, name: str, pages: Pages) -> list[LetterSpan]:
        places, on = self._places[document], self._on(document, name, pages)
        start, end = int(places.starts[on].min()), int(places.ends[on].max())
        within, length = self._texts.span(document), len(letters(quote))
        # it may start on the page before, or end on the page after
        near = LetterSpan(max(within.start, start - length), min(within.end, end + length))
        spans = [span for span in self._texts.find(quote, near) if span.start < end and span.end > start]
        if not spans and (elsewhere := self._texts.find(quote, within)):
            other = places.first_pages[places.holding(*elsewhere[0])].min()
            raise NotFound(
                f"the quote '{_shortened(quote)}' stands on page {other} of {name}, not on {_listed(pages)}; "
                "pages are counted from 1 at the start of the file, whatever is printed on them"
            )
        return spans

    def _on(self, document: int, name: str, pages: Pages) -> NDArray[np.bool_]:
        places = self._places[document]
        if not places.last_pages.any():
            raise NotFound(f"{name} has no pages; leave the page empty and give a quote")
        on = places.on(pages)
        if not on.any():
            last = places.last_pages.max()
            raise NotFound(f"no chunk stands on {_listed(pages)} of {name}, whose last page with text is {last}")
        return on

    def _at(self, span: LetterSpan) -> NDArray[np.int64]:
        places = self._places[self._texts.number(span.start)]
        return np.unique(places.chunks[places.holding(*span)])

    def _document(self, name: str) -> int:
        return self._numbers[self._names.resolve(name)]


def _shortened(quote: str) -> str:
    text = " ".join(quote.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _listed(pages: Pages) -> str:
    return f"page {pages[0]}" if pages[0] == pages[1] else f"pages {pages[0]}-{pages[1]}"
