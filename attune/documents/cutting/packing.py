"""Which pieces make a chunk: of all ways to cut a text that fit, the one that costs least.

A cut costs what its seam costs, and a chunk the square of what it lacks to be full (as lines of a paragraph do in
Knuth and Plass 1981, Breaking Paragraphs into Lines). Room that is left where a section ends costs less, as it costs
nothing there in the last line of a paragraph: what could fill it is about something else. So sections stay whole and
apart, short ones share a chunk, two of three quarters are better than a full one and a half, and no sentence is cut to
fill up a chunk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from attune.documents.cutting.seams import Piece, begins_section
from attune.documents.cutting.tokens import CHARACTERS_PER_TOKEN, Counted

EMPTY = 1000  # what a chunk costs that holds next to nothing,
ENDED = 250  # and that is all of a section, or its end
TOO_SHORT = 10**6  # more than any seam: a short piece joins its neighbour wherever that is possible


def packed(pieces: Sequence[Piece], counted: Counted, room: Sequence[int], fewest: int) -> list[tuple[int, int]]:
    """Return from which piece to which, the last one excluded, each chunk goes.

    Args:
        pieces: of a text, in order.
        counted: the tokens of that text.
        room: how many tokens a chunk may have that begins with each piece; one piece alone may have more.
        fewest: a chunk has no fewer tokens, where pieces can be joined.
    """
    widest = max(room, default=0)
    before = [bisect_right(counted.ends, piece.start) for piece in pieces]
    after = [bisect_right(counted.ends, piece.end) for piece in pieces]
    least = [0] * (len(pieces) + 1)  # what the pieces up to each cost at best
    begins = [0] * (len(pieces) + 1)  # where the last chunk of that way begins
    for end in range(1, len(pieces) + 1):
        best = -1
        last = pieces[end - 1]
        empty = ENDED if end == len(pieces) or begins_section(pieces[end]) else EMPTY
        for start in range(end - 1, -1, -1):
            first = pieces[start]
            tokens = max(after[end - 1] - before[start], -(-(last.end - first.start) // CHARACTERS_PER_TOKEN))
            lacking = room[start] - tokens
            if lacking < 0 and start < end - 1:
                if tokens > widest:
                    break
                continue
            cost = least[start] + (first.cost if start else 0)
            if lacking > 0:
                cost += empty * lacking * lacking // (room[start] * room[start])
            if tokens < fewest:
                cost += TOO_SHORT
            if best < 0 or cost < best:
                best, begins[end] = cost, start
        least[end] = best
    ways: list[tuple[int, int]] = []
    end = len(pieces)
    while end:
        ways.append((begins[end], end))
        end = begins[end]
    return ways[::-1]
