"""Values of forms among the printed text: behind their label, so that both are read together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attune.documents.pdf.pages.forms import Entry
from attune.documents.pdf.pages.lines import Run, turned

LARGEST = 10  # points; the size of what is typed into a large box
FARTHEST = 30  # sizes of letters between a label and its value


def among(runs: Sequence[Run], entries: Iterable[Entry], turn: int) -> list[Run]:
    """Return the runs of a page with what was put on it, in the page's direction of writing."""
    placed = list(runs)
    for entry in entries:
        lines = [line.strip() for line in entry.text.split("\n") if line.strip()]
        if not lines:
            continue
        corners = [turned(x, y, turn) for x in entry.box[::2] for y in entry.box[1::2]]
        (left, bottom), (right, top) = (map(min, zip(*corners, strict=True)), map(max, zip(*corners, strict=True)))
        height = top - bottom
        size = max(4.0, min(LARGEST, 0.7 * height / len(lines)))
        label = _label(placed, entry, turn, (left, bottom, right, top))
        if label is None:
            y = top - size if len(lines) > 1 else (bottom + top) / 2 - 0.35 * size
            if entry.name and not entry.ticks:
                lines[0] = f"{entry.name}: {lines[0]}"
            elif entry.name:
                lines[0] = f"{lines[0]} {entry.name}"
            number = len(placed)
        else:
            y, number = placed[label].y, label + (not entry.ticks)
            size = placed[label].size
        width = max(right - left, 1)
        placed[number:number] = [
            Run(line, left, min(right, left + min(width, 0.5 * size * len(line))), y - 1.2 * size * n, size, turn)
            for n, line in enumerate(lines)
        ]
    return placed


def _label(runs: Sequence[Run], entry: Entry, turn: int, box: tuple[float, float, float, float]) -> int | None:
    """Return which run is printed beside a field: before it, or behind a box to tick."""
    left, bottom, right, top = box
    best: tuple[float, int] | None = None
    for number, run in enumerate(runs):
        if run.turn != turn or not bottom - 0.3 * run.size <= run.y <= max(top, bottom + 0.3 * run.size):
            continue
        distance = run.x0 - right if entry.ticks else left - run.x1
        if -0.5 * run.size <= distance < FARTHEST * run.size and (best is None or distance < best[0]):
            best = distance, number
    return best[1] if best else None
