"""What a reader of the page sees, and the count of all else."""

from __future__ import annotations

from collections.abc import Sequence

from attune.documents.pdf.pages.lines import Run
from attune.documents.pdf.pages.visible import Box, visible

PAGE = (0.0, 0.0, 600.0, 800.0)


def run(text: str, x0: float = 60, y: float = 700, ink: str = "") -> Run:
    return Run(text, x0, x0 + 5 * len(text), y, 10, ink=ink)


def seen(runs: Sequence[Run], *boxes: Box) -> tuple[list[str], dict[str, int]]:
    kept, left_out = visible(runs, PAGE, lambda: boxes)
    return [one.text for one in kept], dict(+left_out)


def test_what_stands_outside_is_left_out() -> None:
    assert seen([run("in"), run("above", y=820), run("left", x0=-80)]) == (["in"], {"outside of the page": 9})
    assert seen([run("over the edge", x0=560)])[0] == ["over the edge"]


def test_invisible_text_is_read_where_there_is_no_other() -> None:
    assert seen([run("scanned", ink="invisible")]) == (["scanned"], {})
    stamp = run("Received in May", y=780)
    assert seen([stamp, run("scanned", ink="invisible")])[0] == ["Received in May", "scanned"]
    assert seen([run("visible"), run("visib1e", 61, 699, "invisible")]) == (["visible"], {"invisible, over text": 7})


def test_white_text_is_read_on_a_background_only() -> None:
    assert seen([run("black"), run("secret", y=500, ink="white")]) == (["black"], {"white on white": 6})
    assert seen([run("Valve", y=500, ink="white")], (50, 490, 200, 520)) == (["Valve"], {})


def test_what_is_drawn_twice_is_read_once() -> None:
    assert seen([run("bold"), run("bold", 60.4), run("bold", 60, 699.6)]) == (["bold"], {"drawn twice": 8})
    assert seen([run("l", 60), run("l", 62.3)])[0] == ["l", "l"]
    assert seen([run("sum"), run("sum", y=680)])[0] == ["sum", "sum"]
