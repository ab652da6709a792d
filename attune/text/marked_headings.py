"""The headings and captions of a chunk: where its document marks them, else what its lines look like."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from attune.text.heading_lines import LONGEST_CAPTION, SHORTEST_TEXT, as_heading, heading_lines, is_underline, speaks

Marks = Sequence[Mapping[str, Any]] | None  # {"kind", "start", "end"} each, in order; None where nothing is marked


def headings(text: str, marks: Marks) -> Iterator[tuple[str, str, int]]:
    """Yield each heading of a chunk, its kind, and how many characters stand below it up to the next one.

    Args:
        text: the chunk's.
        marks: where its document has headings and captions, as offsets in the text.
    """
    if marks is None:
        yield from heading_lines(text)
        return
    for mark, after in pairwise([*marks, {"start": len(text)}]):
        words = marked_words(text, mark)
        below = len(text[mark["end"] : after["start"]].strip())
        if words and speaks(words) and below >= SHORTEST_TEXT:
            yield words, mark["kind"], below


def without_headings(text: str, marks: Marks, asked: Collection[str]) -> str:
    """Return the text of a chunk without the headings and captions that are asked for."""
    if marks is not None:
        for mark in reversed(marks):
            if marked_words(text, mark) in asked:
                text = text[: mark["start"]] + text[mark["end"] :].lstrip("\n")
        return text.strip()
    lines = text.split("\n")
    gone = [(found := as_heading(line.rstrip())) is not None and found[0] in asked for line in lines]
    kept = [
        line
        for line, here, above in zip(lines, gone, [False, *gone], strict=False)
        if not here and not (above and is_underline(line.strip()))
    ]
    return "\n".join(kept).strip()


def marked_words(text: str, mark: Mapping[str, Any]) -> str:
    """Return the words of a marked heading or caption in one line, without its number; nothing where it is too long."""
    line = " ".join(text[mark["start"] : mark["end"]].split())
    found = as_heading(line)
    if found is not None:
        return found[0]
    return line if mark["kind"] == "caption" and len(line) <= LONGEST_CAPTION else ""
