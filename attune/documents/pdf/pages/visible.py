"""Which of the text of a page a reader sees: what is hidden, doubled or outside is left out and counted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from attune.documents.blocks import characters
from attune.documents.pdf.pages.lines import Run, turned

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points of the page
SHADOW = 0.35  # em; so near the same words are drawn twice, as a shadow or to look bold
LETTER = 0.12  # em; two letters of "all" stand farther apart


def visible(runs: Sequence[Run], page: Box, backgrounds: Callable[[], Sequence[Box]]) -> tuple[list[Run], Counter[str]]:
    """Return the runs that a reader sees, in their order, and how many characters the others have, by the reason.

    Args:
        runs: of a page.
        page: what is shown of it.
        backgrounds: returns the boxes on the page that are filled with a colour, or a picture; asked if text is white.
    """
    left_out: Counter[str] = Counter()
    kept = []
    filled: Sequence[Box] | None = None
    for run in runs:
        x, y = _middle(run)
        if not (page[0] <= x <= page[2] and page[1] <= y <= page[3]):
            left_out["outside of the page"] += characters(run.text)
        elif run.ink == "white":
            filled = backgrounds() if filled is None else filled
            if any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in filled):
                kept.append(run)
            else:
                left_out["white on white"] += characters(run.text)
        else:
            kept.append(run)
    hidden = [run for run in kept if run.ink == "invisible"]
    if hidden and len(hidden) < len(kept):
        seen = _Heights(run for run in kept if run.ink != "invisible")
        covered = {id(run) for run in hidden if seen.cover(run)}
        left_out["invisible, over text"] += sum(characters(run.text) for run in hidden if id(run) in covered)
        kept = [run for run in kept if id(run) not in covered]
    return _once(kept, left_out), left_out


def _middle(run: Run) -> tuple[float, float]:
    """Return the middle of a run on the page, turned back."""
    return turned((run.x0 + run.x1) / 2, run.y + 0.3 * run.size, -run.turn)


class _Heights:
    """Runs by their heights, to find what stands at a place."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = sorted(runs, key=lambda run: run.y)
        self.heights = [run.y for run in self.runs]

    def cover(self, run: Run) -> bool:
        """Tell whether these runs fill half of the place of another one."""
        near = self.runs[bisect_left(self.heights, run.y - run.size) : bisect_right(self.heights, run.y + run.size)]
        spans = sorted((max(o.x0, run.x0), min(o.x1, run.x1)) for o in near if o.turn == run.turn)
        filled, end = 0.0, run.x0
        for x0, x1 in spans:
            filled, end = filled + max(0.0, x1 - max(x0, end)), max(end, x1)
        return 2 * filled > run.x1 - run.x0


def _once(runs: list[Run], left_out: Counter[str]) -> list[Run]:
    """Leave out what is drawn again at the same place."""
    drawn: dict[str, list[Run]] = {}
    kept = []
    for run in runs:
        text = run.text.strip()
        near = (SHADOW if len(text) > 2 else LETTER) * run.size
        same = drawn.setdefault(text, [])
        if any(abs(o.x0 - run.x0) < near and abs(o.y - run.y) < near and o.turn == run.turn for o in same):
            left_out["drawn twice"] += characters(text)
            continue
        same.append(run)
        kept.append(run)
    return kept
