"""Which chunks are worth asking about: no tables of contents, no repetitions, no rows of numbers.

A question about such a chunk costs as much as any other and teaches nothing. The chunks stay in the corpus and are
found as before; only nobody asks about them.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from attune.core.records import Chunk
from attune.text.near_duplicates import near_duplicate_groups
from attune.text.words import words

REASONS = ("too_few_words", "table_of_contents", "few_letters", "repeats_another_chunk")
FEWEST_LETTERS = 0.4  # of all characters but blanks; code has about 0.6, a table of figures with labels 0.5
SAME_TEXT = 0.95  # cosine of TF-IDF: the same text but for a date or a name
FEWEST_ENTRIES = 5  # of a table of contents
SHARE_OF_LINES = 0.5  # of a table of contents that end in a page: some titles take more than one line
CHARACTERS_PER_WORD = 20  # no more, on average, in nearly all texts
_LEADERS = re.compile(r"(?:[.·_] ?){4,}+|(?:… ?){2,}+")  # "Introduction ....... 7"
_PAGE_AFTER = re.compile(r"\s*(\d{1,4})(?![\d,.%]|\s+[($€£]?\d)")
_PAGE = re.compile(r"[^\W\d][.)\]?!…\"'”’]{0,2} (\d{1,3})$")  # no years, and no second of two columns
_TAIL = 8  # characters that hold such an end


def worth_asking(chunks: Iterable[Chunk], fewest_words: int) -> tuple[Sequence[int], dict[str, int]]:
    """Return the places of the chunks to ask about, and how many of the others there are for each reason.

    Args:
        chunks: all chunks; they are gone through once.
        fewest_words: a chunk with fewer words is left out.
    """
    reasons: list[str | None] = []  # of each chunk, as far as its text alone tells

    def texts() -> Iterator[str]:
        for chunk in chunks:
            reasons.append(_reason(chunk.text, fewest_words))
            yield chunk.text

    groups = near_duplicate_groups(texts(), SAME_TEXT)
    seen: set[int] = set()
    kept, skipped = array("q"), Counter[str]()
    for place, (reason, group) in enumerate(zip(reasons, groups, strict=True)):
        if reason is None and group in seen:
            reason = "repeats_another_chunk"
        if reason is None:
            seen.add(group)
            kept.append(place)
        else:
            skipped[reason] += 1
    return kept, {reason: skipped[reason] for reason in REASONS}


def _reason(text: str, fewest_words: int) -> str | None:
    beginning = text[: CHARACTERS_PER_WORD * fewest_words]  # holds enough words in nearly all texts
    if len(words(beginning)) < fewest_words and len(words(text)) < fewest_words:
        return "too_few_words"
    if _is_table_of_contents(text):
        return "table_of_contents"
    letters, visible = sum(map(str.isalpha, text)), sum(map(len, text.split()))
    return "few_letters" if letters < FEWEST_LETTERS * visible else None


def _is_table_of_contents(text: str) -> bool:
    """Tell whether the lines end in page numbers, after leaders or not.

    A table of figures has lines that end in numbers too, but they rise and fall.
    """
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    found = [_after_leaders(line) or _PAGE.findall(line[-_TAIL:]) for line in lines]
    pages = [int(page) for line in found for page in line]
    enough = len(pages) >= FEWEST_ENTRIES and sum(map(bool, found)) >= SHARE_OF_LINES * len(lines)
    return enough and pages[-1] > pages[0] and all(before <= after for before, after in pairwise(pages))


def _after_leaders(line: str) -> list[str]:
    """Return the numbers after leaders: two patterns, since one would take quadratic time for a long run of dots."""
    ends = (_PAGE_AFTER.match(line, leaders.end()) for leaders in _LEADERS.finditer(line))
    return [page[1] for page in ends if page]
