"""What every reader makes of a file: blocks in reading order, and what it left out. No reader makes one long string.

Geometry, tags and markup are known to a reader and to nobody after it. So it is the reader that says where a heading, a
row or a line of code begins; `assemble` only joins, and every place in the text of a document comes from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from attune.text.clean import private_use

ASCII = re.compile(r"[\x00-\x7f]+")
ASCII_MARKS = bytes(code for code in range(128) if not chr(code).isalnum())
FEW = 5  # characters without a meaning, such as icons
Kind = Literal["heading", "paragraph", "list", "table", "code", "caption"]
Engine = Literal["pdfium", "pypdf"]


@dataclass(frozen=True)
class Options:
    """What `chunk` in params.yaml says to the readers; a reader obeys what concerns its format.

    Attributes:
        pdf_engine: what reads PDF files.
        boilerplate: keep what surrounds the article on a page of HTML: menus, banners, cookie dialogs, footers.
    """

    pdf_engine: Engine = "pdfium"
    boilerplate: bool = False


@dataclass(frozen=True)
class Block:
    r"""A part of a document that nothing should be cut within, if it fits.

    Attributes:
        kind: what it is.
        text: its words as a person reads them, cleaned by nobody but `assemble`. A table is a row a line,
            `| Valve | Opens at |`, a list an item a line, code a line a line with its indentation.
        level: of a heading 1 to 6, of a list how deep it stands, else 0.
        page: its page, slide or sheet, counted from 1; None where the format has none. Where the next page begins
            within the block (a sentence goes on over the end of a page), its text has a form feed, beside the blank
            that belongs there, if any: `"which goes \fon"`, `"exam\fple"`.
        header: how many of the first lines of a table name its columns.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    header: int = 0


@dataclass(frozen=True)
class Content:
    """What a reader finds in a file.

    Attributes:
        title: what its author called it, if anything.
        blocks: in the order in which one reads them.
        pages: how many pages, slides or sheets it has; 0 where the format has none.
        characters: how many letters and digits the file holds for a reader to find, as `characters` counts them.
        left_out: how many of these are in no block, by reason: "running heads", "hidden", "boilerplate", ...
        warnings: what a user should know of the file, each half a sentence: "pages 2 to 10 hold no text; ...".
        reader: what read it, where there is a choice: "pdfium", "pypdf".
    """

    title: str
    blocks: tuple[Block, ...]
    pages: int = 0
    characters: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reader: str = ""


def characters(text: str) -> int:
    """Count the letters and digits of a text: what is to be kept of a file, however its rows and items are marked."""
    if text.isascii():
        return len(text.encode().translate(None, ASCII_MARKS))
    others = ASCII.sub("", text)
    return characters(text.encode("ascii", "ignore").decode()) + sum(map(str.isalnum, others))


def without_font(texts: Iterable[str]) -> tuple[str, ...]:
    """Return a warning where texts have more than a few characters that mean nothing without the font of their file."""
    count = sum(map(private_use, texts))
    return (f"{count} characters that mean nothing without its fonts are left out",) if count > FEW else ()


def table(rows: Sequence[Sequence[str]], header: int = 0, page: int | None = None) -> Block:
    """Return a table as a block: a row a line, its cells between bars; rows and columns without a word are left out."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    width = max(map(len, cells), default=0)
    used = [column for column in range(width) if any(row[column : column + 1] not in ([], [""]) for row in cells)]
    lines = [[row[column] if column < len(row) else "" for column in used] for row in cells]
    kept = [(number, line) for number, line in enumerate(lines) if any(line)]
    text = "\n".join(f"| {' | '.join(line)} |" for _, line in kept)
    return Block("table", text, page=page, header=sum(number < header for number, _ in kept))
