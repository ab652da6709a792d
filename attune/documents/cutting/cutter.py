"""A document to spans that fit into the window of the embedding model, cut where the text itself has its joints."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from attune.core.records import Chunk
from attune.documents.assemble import Placed
from attune.documents.cutting.lead import Leads
from attune.documents.cutting.packing import packed
from attune.documents.cutting.seams import Piece, pieces, unwrapped
from attune.documents.cutting.tokens import CHARACTERS_PER_TOKEN, Counted, Tokens
from attune.documents.document import Document
from attune.documents.params import ChunkParams

LONGEST_PLACE = 2**16  # characters of a block that are encoded at a time
WORD_START = re.compile(r"(?<!\S)\S|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # the latter stand without spaces
SENTENCE_END = re.compile(r"(?:^|\n|[.!?…।॥؟۔][\"'”’)\]]*\s|[。！？])\s*$")
SPARE = 16  # tokens; where parts of a text meet, a few may be more or less than by difference
BEFORE = 8  # characters that tell whether a sentence ends


@dataclass(frozen=True)
class Span:
    """`text[start:end]`, with `title` in front; from `start` to `own` it repeats the end of the span before."""

    start: int
    own: int
    end: int
    title: str


class Cutter:
    """Cuts documents to spans of at most `max_tokens` tokens, with all that a model puts in front and behind."""

    def __init__(self, tokens: Tokens, params: ChunkParams) -> None:
        self._tokens = tokens
        self._params = params
        (special,) = tokens.count([""], special=True)
        self._room = params.max_tokens - special
        own = self._room - params.overlap_tokens
        self._leads = Leads(tokens, own, params.titles, params.headings, params.table_headers)

    def cut(self, document: Document) -> tuple[list[Span], Counted]:
        """Cut a document to spans that cover all of it but blanks, in its order; return its tokens as well."""
        counted = self._tokens.encode(document.text, list(_places(document)))
        return self._spans(document, counted, document.blocks, 0), counted

    def _spans(self, document: Document, counted: Counted, blocks: Sequence[Placed], less: int) -> list[Span]:
        """Cut some blocks of a document to spans with so many tokens less than there is room for by difference."""
        (title,) = self._tokens.count([self._leads.title(document)])
        found = pieces(document.text, blocks, counted, max(1, self._room - title - less))
        floors = list(_floors(blocks))
        leads = list(self._leads_of(document, blocks, found))
        unique = list(dict.fromkeys(leads))
        known = dict(zip(unique, self._tokens.count(unique), strict=True))
        overlap = [self._params.overlap_tokens * (floors[piece.block] < piece.start) for piece in found]
        room = [max(1, self._room - known[lead] - most - less) for lead, most in zip(leads, overlap, strict=True)]
        prose = unwrapped(document.text)
        spans: list[Span] = []
        for first, last in packed(found, counted, room, self._params.min_tokens):
            piece, end = found[first], found[last - 1].end
            floor = max(floors[piece.block], spans[-1].own + 1) if spans else piece.start
            start = self._earlier(prose, counted, floor, piece.start) if overlap[first] else piece.start
            spans.append(Span(start, piece.start, end, leads[first]))
        sure = {span for span in spans if self._surely_fits(document.text, counted, span, known[span.title])}
        return list(self._fitted(document, counted, blocks, spans, sure, less))

    def _leads_of(self, document: Document, blocks: Sequence[Placed], found: Sequence[Piece]) -> Iterator[str]:
        """Yield what stands in front of a chunk that begins with each piece: mostly what did with the one before."""
        last: tuple[int, bool, bool] | None = None
        lead = ""
        for piece in found:
            block = blocks[piece.block]
            place = (piece.block, piece.start == block.start, piece.start >= block.rows)
            if place != last:
                last, lead = place, self._leads.lead(document, block, piece.start)
            yield lead

    def _fitted(
        self,
        document: Document,
        counted: Counted,
        blocks: Sequence[Placed],
        spans: list[Span],
        sure: Collection[Span],
        less: int,
    ) -> Iterator[Span]:
        """Yield spans that surely fit: as they are, else without repetition, else with the title alone, else cut."""
        title = self._leads.title(document)
        doubted = [span for span in spans if span not in sure]
        lengths = dict(zip(doubted, self._lengths(document, doubted), strict=True))
        for span in spans:
            length = lengths.get(span, 0)
            fresh = replace(span, start=span.own)
            shorter = [fresh, replace(fresh, title=title), replace(fresh, title="")]
            most = self._params.max_tokens
            if length <= most:
                yield span
            elif fitting := [s for s in shorter[:2] if self._lengths(document, [s])[0] <= most]:
                yield fitting[0]
            elif span.end - span.own == 1:
                yield shorter[2]
            else:
                part = [
                    replace(block, start=max(block.start, span.own), end=min(block.end, span.end))
                    for block in blocks
                    if block.start < span.end and block.end > span.own
                ]
                yield from self._spans(document, counted, part, less + length - most)

    def _surely_fits(self, text: str, counted: Counted, span: Span, lead: int) -> bool:
        """Tell whether a span has tokens to spare, whatever changes where its words and those in front of them meet."""
        if not (text[span.start - 1 : span.start] + text[span.end : span.end + 1]).isspace():
            return False  # cut within a word, whose parts may have many more tokens
        return counted.between(span.start, span.end) + lead + SPARE <= self._room

    def _lengths(self, document: Document, spans: Sequence[Span]) -> list[int]:
        passages = [Chunk("", span.title, document.text[span.start : span.end]).passage for span in spans]
        return self._tokens.count(passages, special=True)

    def _earlier(self, prose: str, counted: Counted, floor: int, own: int) -> int:
        """Return where to begin so that what stands before `own` is repeated: whole sentences, where it ends with one.

        Half a sentence only where the cut is within one. It begins at `floor` or later.
        """
        most = self._params.overlap_tokens
        words = [
            found.start() for found in WORD_START.finditer(prose, max(floor, own - most * CHARACTERS_PER_TOKEN), own)
        ]
        starts = [*words[bisect_left(words, True, key=lambda start: counted.between(start, own) <= most) :], own]
        sentences = (start for start in starts if SENTENCE_END.search(prose, max(0, start - BEFORE), start))
        return next(sentences, starts[0])


def _places(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that share no tokens, each with the blanks before it."""
    start = 0
    for block in document.blocks:
        while block.end - start > LONGEST_PLACE:
            blank = max(document.text.rfind(" ", start + 1, start + LONGEST_PLACE), start)
            yield start, (start := blank if blank > start else start + LONGEST_PLACE)
        yield start, (start := block.end)


def _floors(blocks: Sequence[Placed]) -> Iterator[int]:
    """Yield how far back the text reaches that may be repeated in front of a chunk which begins in each block.

    That is prose of the same section. Rows of a table and lines of code are not repeated, nor what stands before them.
    """
    since = None
    for block in blocks:
        if block.kind in ("table", "code"):
            since = None
            yield block.end
        elif block.kind == "heading":
            since = block.start
            yield block.end
        else:
            since = block.start if since is None else since
            yield since
