"""Which lines of a document are headings: by its tags, else by letters larger or bolder than those of its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from attune.documents.pdf.flow.seams import SENTENCE_END
from attune.documents.pdf.pages.rows import Line

LARGER = 1.12  # of the size of the text
LONGEST = 200  # characters of a heading
LONGEST_BOLD = 120  # of one that is only bold
RARE = 0.3  # of the letters of a document; more bold ones are no headings
LOWEST = 6
WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff]")
CAPTION = re.compile(r"(?:fig(?:ure|\.)?|table|tab\.|tabelle|abb(?:ildung|\.)?|tableau|exhibit|chart)\s*\d+(?:[.-]\d+)*\s*[.:|–—-]\s", re.I)


class Styles:
    """Sizes of letters in a document.

    Attributes:
        body: the size of most of its text, in points.
        mono: is most of it in letters of one width, so that these mean no code?
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        sizes, larger = Counter[float](), Counter[float]()
        mono = bold = total = 0
        for line in lines:
            length = len(line.text)
            sizes[_rounded(line.size)] += length
            larger[_rounded(line.size)] += 0 < length <= LONGEST
            mono += length * line.mono
            bold += length * line.bold
            total += length
        self.body = max(sizes, key=lambda size: (sizes[size], size), default=10.0)
        self.mono = 2 * mono > total
        self.bold_is_rare = bold < RARE * total
        self.sizes = sorted((size for size in larger if size > LARGER * self.body), reverse=True)

    def level(self, line: Line, alone: bool) -> int:
        """Return the level of a heading from 1 to 6, or 0; `alone` tells that no sentence runs into or out of the line."""
        text = line.text
        if not WORD.search(text) or len(text) > LONGEST or len(line.cells) > 2:
            return 0
        size = _rounded(line.size)
        if size > LARGER * self.body:
            return 0 if text.endswith((".", ",", ";")) and len(text) > 60 else min(self.sizes.index(size) + 1, LOWEST)
        if (
            alone
            and line.bold
            and self.bold_is_rare
            and size > 0.9 * self.body
            and len(text) <= LONGEST_BOLD
            and not SENTENCE_END.search(text)
        ):
            return min(len(self.sizes) + 1, LOWEST)
        return 0


def _rounded(size: float) -> float:
    return round(2 * size) / 2


def is_caption(text: str) -> bool:
    """Tell whether a text names a figure or a table, as "Figure 3: " does."""
    return CAPTION.match(text) is not None


def as_code(lines: Sequence[Line]) -> str:
    """Return lines of code with their indentation, and with blanks where gaps are within a line."""
    left = min(line.x0 for line in lines)
    width = max(0.1, max(((c.x1 - c.x0) / len(c.text) for line in lines for c in line.cells if c.text), default=1.0))
    rows = []
    for above, line in zip([lines[0], *lines], lines, strict=False):
        text = ""
        for cell in line.cells:
            text += " " * max(round((cell.x0 - left) / width) - len(text), bool(text)) + cell.text
        if above.y - line.y > 1.8 * line.size * 1.2 and above.page == line.page:
            rows.append("")
        rows.append(text)
    return "\n".join(rows)
