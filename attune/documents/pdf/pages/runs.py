"""The pieces of text of a page, each with its place, size and look: one for each text object of the file.

pdfium is asked for characters, not for text: its own lines and blanks are guesses. It is asked little, since each call
costs: for the ends of an object, and within it only where there is more room than its letters need.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from ctypes import byref, c_double, c_uint, c_void_p, cast
from typing import Any

from attune.documents.pdf.pages import pdfium
from attune.documents.pdf.pages.fonts import Font, plain
from attune.documents.pdf.pages.lines import Run, turned

SPARE = 0.5  # em; so much more room than its letters need makes an object worth a look at its gaps
WIDE = 0.75  # em; within an object so wide a gap divides cells: three blanks of most fonts
TWO_BLANKS = 1.0  # em; less than they take in letters of one width
INVISIBLE = (3, 7)  # modes of rendering, ISO 32000-1, 9.3.6


class PageText:
    """The text of a page of pdfium, read run by run."""

    def __init__(self, text_page: Any, tagged: bool) -> None:
        self.page = cast(text_page, c_void_p)
        self.count = pdfium.count_chars(self.page)
        self.text = pdfium.text_of(self.page, self.count)
        self.tagged = tagged
        self.fonts: dict[int, Font] = {}
        self.rect, self.matrix = pdfium.RECT(), pdfium.MATRIX()
        self.origin = [c_double(), c_double()]
        self.origin_at = [byref(place) for place in self.origin]
        self.colours = [c_uint(), c_uint(), c_uint(), c_uint()]  # red, green, blue, opacity
        self.box_at, self.matrix_at = byref(self.rect), byref(self.matrix)
        self.colours_at = [byref(colour) for colour in self.colours]

    def runs(self) -> Iterator[Run]:
        """Yield the runs in the order in which they are drawn."""
        start = 0
        while start < self.count:
            owner = pdfium.object_of(self.page, start)
            if owner is None:  # a blank or a line break that pdfium made up
                start += 1
                continue
            end = self._end_of(owner, start)
            first, last = start, end
            while first < end and self.text[first].isspace():
                first += 1
            while last > first and self.text[last - 1].isspace():
                last -= 1
            if first < last:
                yield from self._run(owner, start, first, last, end)
            start = end

    def _end_of(self, owner: int, start: int) -> int:
        """Return where an object ends: at the end of the line mostly, else found by doubling and halving steps."""
        line_end = self.text.find("\r", start)
        if line_end > start and pdfium.object_of(self.page, line_end - 1) == owner:
            return line_end
        low, step = start, 1
        while low + step < self.count and pdfium.object_of(self.page, low + step) == owner:
            low, step = low + step, step * 2
        high = min(low + step, self.count)
        while high - low > 1:
            middle = (low + high) // 2
            if pdfium.object_of(self.page, middle) == owner:
                low = middle
            else:
                high = middle
        return low + 1

    def _run(self, owner: int, start: int, first: int, last: int, end: int) -> Iterator[Run]:
        font = self._font(owner)
        pdfium.get_matrix(self.page, first, self.matrix_at)
        a, b, c, d = self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d
        pdfium.get_origin(self.page, first, *self.origin_at)  # blanks and raised text are not in the matrix
        x, y, size = self.origin[0].value, self.origin[1].value, pdfium.size_of(self.page, first) * math.hypot(c, d)
        turn = 0 if b == 0 and a > 0 else round(math.degrees(math.atan2(b, a))) % 360
        pdfium.get_box(self.page, last - 1, self.box_at)
        if size < 0.5:  # fonts of drawings have sizes of their own
            size = max(self.rect.top - self.rect.bottom, self.rect.right - self.rect.left, 1)
        if turn == 0 and last - first > 1 and self.rect.top < y - 0.2 * size and self.rect.left < x + size:
            turn = 270  # written downward
        text = self.text[first:last]
        scale = size * (math.hypot(a, b) / (math.hypot(c, d) or 1) or 1)
        if new := set(text) - font.widths.keys():
            self._learn(font, new, text, first, turn, scale)
            pdfium.get_box(self.page, last - 1, self.box_at)
        (x0, y0), (left, right) = turned(x, y, turn), self._extent(turn)
        if right <= left:
            right = left + 0.5 * size
        if left < x0 - 0.2 * size and turn in (0, 90, 180, 270):  # written from right to left
            pdfium.get_box(self.page, first, self.box_at)
            x0, right = left, max(right, self._extent(turn)[1])
        look = (y0, size, turn, font.bold, font.mono, pdfium.mark_of(owner) if self.tagged else -1, self._ink(owner))
        unmapped = sum(letter in font.unmapped for letter in text) if font.unmapped else 0
        room = right - x0 - scale * sum(map(font.widths.__getitem__, text))
        begin, before = first, " " * (first > start)
        for cut, gap_from, gap_to in self._cuts(first, last, turn, size, font.mono) if room > SPARE * size else ():
            yield Run(before + self._plain(begin, cut, font) + "\t", x0, gap_from, *look)
            begin, x0, before = cut + 1, gap_to, ""
        text = before + self._plain(begin, last, font) + " " * (last < end)
        yield Run(text, x0, right, *look, unmapped, self.text[end : end + 1].isspace())

    def _plain(self, start: int, end: int, font: Font) -> str:
        return plain(pdfium.whole(self.text[start:end]), font.symbols)

    def _learn(self, font: Font, new: set[str], text: str, first: int, turn: int, scale: float) -> None:
        for letter in new:
            place = first + text.index(letter)
            pdfium.get_box(self.page, place, self.box_at)
            left, right = self._extent(turn)
            font.widths[letter] = (right - left) / scale
            if not letter.isspace() and pdfium.has_map_error(self.page, place) == 1:
                font.unmapped.add(letter)

    def _cuts(self, first: int, last: int, turn: int, size: float, mono: bool) -> list[tuple[int, float, float]]:
        """Return the blanks within an object that are wide enough to divide cells, and where each begins and ends."""
        gaps = []
        place = self.text.find(" ", first, last)
        while place >= 0:
            pdfium.get_box(self.page, place - 1, self.box_at)
            start = self._extent(turn)[1]
            pdfium.get_box(self.page, place + 1, self.box_at)
            gaps.append((place, start, self._extent(turn)[0]))
            place = self.text.find(" ", place + 1, last)
        usual = sorted(end - start for _, start, end in gaps)[(len(gaps) - 1) // 2] if len(gaps) > 1 else 0
        least = TWO_BLANKS * size if mono else max(WIDE * size, 2.2 * usual)
        return [gap for gap in gaps if gap[2] - gap[1] > least]

    def _extent(self, turn: int) -> tuple[float, float]:
        """Return where the box last asked for begins and ends along the direction of writing."""
        box = self.rect
        if turn == 0:
            return box.left, box.right
        corners = [turned(x, y, turn)[0] for x in (box.left, box.right) for y in (box.bottom, box.top)]
        return min(corners), max(corners)

    def _ink(self, owner: int) -> str:
        if pdfium.render_mode_of(owner) in INVISIBLE:
            return "invisible"
        red, green, blue, opacity = self.colours
        if not pdfium.get_fill(owner, *self.colours_at):
            return ""
        if opacity.value < 6:
            return "invisible"
        return "white" if min(red.value, green.value, blue.value) > 250 else ""

    def _font(self, owner: int) -> Font:
        address = pdfium.font_of(owner) or 0
        if address not in self.fonts:
            self.fonts[address] = Font.at(address)
        return self.fonts[address]
