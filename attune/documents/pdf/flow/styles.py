"""Which lines of a document are headings: by its tags, else by letters larger or bolder than those of its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from attune.documents.pdf.flow.seams import ends_sentence
from attune.documents.pdf.pages.lines import Line

LARGER = 1.12  # of the size of the text
LONGEST = 200  # characters of a heading
LONGEST_BOLD = 120  # of one that is only bold
ENOUGH = 600  # characters of a page that tell the size of its text
RARE = 0.3  # of the letters of a document; more bold ones are no headings
LOWEST = 6
WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff]")
CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|tabelle|abb(?:ildung|\.)?|tableau|exhibit|chart)\s*\d+(?:[.-]\d+)*\s*[.:|–—-]\s",
    re.I,
)


class Styles:
    """Sizes of letters in a document, whose parts may be set in different ones.

    Attributes:
        mono: is most of it in letters of one width, so that these mean no code?
    """

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self.pages = [_sizes(lines) for lines in pages]
        whole = sum(self.pages, Counter[float]())
        self.body = _usual(whole, 10.0)
        lines = [line for page in pages for line in page]
        total = sum(len(line.text) for line in lines)
        self.mono = 2 * sum(len(line.text) for line in lines if line.mono) > total
        self.bold_is_rare = sum(len(line.text) for line in lines if line.bold) < RARE * total

    def body_of(self, page: int) -> float:
        """Return the size of the text of a page, counted from 1: that of the document where it has little."""
        sizes = self.pages[page - 1]
        usual = _usual(sizes, self.body)
        return usual if sizes[usual] >= ENOUGH else self.body

    def is_heading(self, line: Line, alone: bool) -> bool:
        """Tell whether a line looks like a heading; `alone` tells that no sentence runs into or out of it."""
        text, size, body = line.text, rounded(line.size), self.body_of(line.page)
        if not WORD.search(text) or len(text) > LONGEST or len(line.cells) > 2:
            return False
        if size > LARGER * body:
            return not (text.endswith((".", ",", ";")) and len(text) > 60)
        return (
            alone
            and line.bold
            and self.bold_is_rare
            and size > 0.9 * body
            and len(text) <= LONGEST_BOLD
            and not ends_sentence(text)
        )


def levels(headings: Sequence[tuple[float, int]]) -> list[int]:
    """Return the level of each heading, from 1 to `LOWEST`, by the sizes of their letters.

    Args:
        headings: the size of each in points, and its page. Sizes of one page only, as of a cover, make no level.
    """
    pages: dict[float, set[int]] = {}
    for size, page in headings:
        pages.setdefault(rounded(size), set()).add(page)
    several = sorted((size for size, on in pages.items() if len(on) > 1), reverse=True)
    ranked = several or sorted(pages, reverse=True)
    return [min(1 + sum(other > rounded(size) for other in ranked), LOWEST) for size, _ in headings]


def _sizes(lines: Iterable[Line]) -> Counter[float]:
    sizes = Counter[float]()
    for line in lines:
        sizes[rounded(line.size)] += len(line.text)
    return sizes


def _usual(sizes: Counter[float], default: float) -> float:
    return max(sizes, key=lambda size: (sizes[size], size), default=default)


def rounded(size: float) -> float:
    """Return a size to the half of a point."""
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
