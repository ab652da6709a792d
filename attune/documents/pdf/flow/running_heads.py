"""What stands at the top and the bottom of pages for the reader of paper: running heads, and numbers of pages.

A line goes when it is surely no content: the same words at the same height of neighbouring pages, or a number that
counts them. Numbers that differ otherwise are content: values of a form, amounts, dates. In doubt a line stays. Of the
same words one line stays, unless they break a sentence somewhere: a letterhead, or the name of a long table, is said
once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from attune.documents.blocks import characters
from attune.documents.pdf.flow import page_numbers
from attune.documents.pdf.flow.seams import ends_sentence
from attune.documents.pdf.pages.lines import Line

HEADS, NUMBERS = "running heads", "page numbers"  # reasons why a line goes
DEEPEST = 4  # lines from the edge of a page
NEIGHBOURS = (1, 2, -1, -2)  # left and right pages may differ
FEWEST = 3  # pages with the same line
SET_OFF = 1.3  # of the usual distance of lines


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line near the edge of a page: what in it may count pages, the other words, and whether room sets it off."""

    line: Line
    height: float
    numbers: tuple[int, ...]
    words: tuple[str, ...]
    set_off: bool


def without_heads(
    pages: Sequence[Sequence[Line]], heights: Sequence[tuple[float, float]]
) -> tuple[list[list[Line]], Counter[str]]:
    """Return the lines of each page without running heads and page numbers, and how many characters went, by reason.

    Args:
        pages: the lines of each page, in reading order.
        heights: where each page begins at the bottom and ends at the top, in points.
    """
    edges = [
        [_edges(lines, bounds, at) for lines, bounds in zip(pages, heights, strict=True)] for at in ("top", "foot")
    ]
    marks = _watermarks(pages)
    going = [
        _going(lines, [(side, number) for side in edges])
        | {id(line): HEADS for line in lines if marks and _place(line) in marks}
        for number, lines in enumerate(pages)
    ]
    breaking = {words for number in range(1, len(pages)) for words in _breaking(pages, going, number)}
    heads = {
        _words(line) for lines, on in zip(pages, going, strict=True) for line in lines if on.get(id(line)) == HEADS
    }
    initials = {words[:1] for words in heads}  # most lines are told by theirs to be no head
    seen, left_out = set[str](), Counter[str]()
    kept = []
    for lines, reasons in zip(pages, going, strict=True):
        stays = []
        for line in lines:
            reason = reasons.get(id(line))
            words = _words(line) if reason or not initials.isdisjoint((line.text.casefold()[:1], "#")) else ""
            if reason is None or (reason == HEADS and words not in seen and words not in breaking):
                stays.append(line)
                seen.add(words)
            else:
                left_out[reason] += characters(line.text)
        kept.append(stays)
    return kept, left_out


def _going(lines: Sequence[Line], sides: Sequence[tuple[Sequence[Sequence[_Edge]], int]]) -> dict[int, str]:
    """Return the lines of a page that are no content, and why: the outermost ones, and never most of a page."""
    for deepest in (DEEPEST, 1):
        going: dict[int, str] = {}
        for side, number in sides:
            for depth, edge in enumerate(side[number][:deepest]):
                reason = _reason(edge, side, number, depth)
                if reason is None:
                    break
                going[id(edge.line)] = reason
        gone = sum(len(line.text) for line in lines if id(line) in going)
        if len(going) < len(lines) and 2 * gone <= sum(len(line.text) for line in lines):
            return going
    return {key: reason for key, reason in going.items() if reason == NUMBERS} if len(lines) > 1 else {}


def _breaking(pages: Sequence[Sequence[Line]], going: Sequence[Mapping[int, str]], number: int) -> set[str]:
    """Return the words of the running heads that stand in the midst of a sentence from the page before to this one."""
    before = [line for line in pages[number - 1] if id(line) not in going[number - 1]]
    after = [line for line in pages[number] if id(line) not in going[number]]
    if not before or not after or len(before[-1].cells) > 1 or len(after[0].cells) > 1:
        return set()
    if ends_sentence(before[-1].text) or not after[0].text[:1].islower():
        return set()
    heads = [line for page in (number - 1, number) for line in pages[page] if going[page].get(id(line)) == HEADS]
    return {_words(line) for line in heads}


def _watermarks(pages: Sequence[Sequence[Line]]) -> set[tuple[object, ...]]:
    """Return what is written across pages, in a direction of its own, at the same place of several."""
    turned = (line for lines in pages for line in lines if line.turn != lines[0].turn)
    return {place for place, count in Counter(map(_place, turned)).items() if count >= FEWEST}


def _place(line: Line) -> tuple[object, ...]:
    return line.turn, _words(line), round(line.x0 / 10), round(line.y / 10)


def _words(line: Line) -> str:
    return page_numbers.TOKEN.sub("#", line.text.casefold())


def _edges(lines: Sequence[Line], bounds: tuple[float, float], at: str) -> list[_Edge]:
    """Return the outermost lines of a page, from the edge inward."""
    upright = sorted((line for line in lines if line.turn == lines[0].turn), key=lambda line: -line.y)
    if at == "foot":
        upright.reverse()
    steps = [abs(a.y - b.y) for a, b in pairwise(upright)]
    usual = median(step for step in steps if step > 1) if any(step > 1 for step in steps) else 0
    found = []
    for line, step in zip(upright[:DEEPEST], [*steps, float("inf")], strict=False):
        numbers = tuple(map(page_numbers.value, page_numbers.TOKEN.findall(line.text)))
        words = tuple(part.casefold().strip() for part in page_numbers.TOKEN.split(line.text))
        height = bounds[1] - line.y if at == "top" else line.y - bounds[0]
        found.append(_Edge(line, height, numbers, words, step > SET_OFF * usual))
    return found


def _reason(edge: _Edge, side: Sequence[Sequence[_Edge]], number: int, depth: int) -> str | None:
    """Return why a line goes, or nothing where it stays."""
    alike = {0: edge}
    only_number = all(map(page_numbers.is_frame, edge.words))
    counts = only_number and bool(edge.numbers)
    for direction in (1, -1):
        step = direction
        reached = number
        while 0 <= reached + step < len(side) and abs(step) <= 2:
            other = next((e for e in side[reached + step] if _is_like(e, edge, counts and depth == 0)), None)
            if other is None:
                step += direction
            else:
                reached, step = reached + step, direction
                alike[reached - number] = other
                if len(alike) > 5:
                    break
    if only_number and number + 1 in edge.numbers and (len(alike) > 1 or page_numbers.is_told(edge.line.text)):
        return NUMBERS
    if len(alike) < min(FEWEST, max(2, len(side) - 1)) or len(side) < FEWEST:
        return None
    same = {distance: other.numbers == edge.numbers for distance, other in alike.items()}
    is_row = len(edge.line.cells) > 1 and not edge.set_off
    if not only_number and not is_row and sum(same.values()) >= FEWEST:
        return HEADS
    counting = sum(_counts(edge, other, distance) for distance, other in alike.items() if distance)
    if (
        edge.numbers
        and counting >= FEWEST - 1
        and (only_number or edge.set_off or page_numbers.is_told(edge.line.text))
    ):
        return NUMBERS if only_number else HEADS
    return None


def _is_like(a: _Edge, b: _Edge, anywhere: bool) -> bool:
    """Tell whether two lines say the same at the same height; a number of a page may end a page of any length."""
    return a.words == b.words and (anywhere or abs(a.height - b.height) < 0.6 * max(a.line.size, b.line.size))


def _counts(edge: _Edge, other: _Edge, distance: int) -> bool:
    """Tell whether a number of two lines grows by a page a page, while the other numbers stay."""
    steps = [b - a for a, b in zip(edge.numbers, other.numbers, strict=False)]
    return len(edge.numbers) == len(other.numbers) and distance in steps and set(steps) <= {0, distance}
