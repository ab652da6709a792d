"""Ready-made passages to documents, one each: every part of the split can have some, and none is cut needlessly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from attune.core.errors import listed
from attune.documents.assemble import assemble
from attune.documents.blocks import Block, characters
from attune.documents.document import Document, ending
from attune.documents.folder.table import Row
from attune.documents.readers.formats import PASSAGES
from attune.documents.readers.passages import Passage
from attune.text import titles
from attune.text.clean import clean

SHOWN = 5  # ids in a message
READER = "passages"


def passages_of(data: bytes, path: str) -> list[Passage] | None:
    """Return the passages in a file; None where it is an ordinary document.

    Raises:
        Unreadable: it should hold passages and does not.
    """
    read = PASSAGES.get(ending(path))
    return read(data) if read else None


def as_documents(path: str, passages: Sequence[Passage]) -> Iterator[Document]:
    """Yield a document for each passage, named by its file and its id: "corpus.jsonl#d1"."""
    for passage in passages:
        found = assemble([Block("paragraph", passage.text)])
        title = titles.tidy(passage.title)
        name = f"{path}#{clean(passage.id)}"
        yield Document(name, title, found.text, (), tuple(found.blocks), characters(passage.text), reader=READER)


def row_of_passages(path: str, rows: Sequence[Row], cut: Sequence[str], language: str) -> Row:
    """Return one row of the table for a file of passages.

    Args:
        path: of the file.
        rows: of its passages.
        cut: ids of those that were too long and had to be cut.
        language: of all of them.
    """
    warnings = []
    if cut:
        warnings.append(f"passages longer than chunk.max_tokens are cut: {listed(cut, SHOWN)}")
    if empty := sum(not row.chunks for row in rows):
        warnings.append(f"passages without a word: {empty}")
    return Row(
        path,
        READER,
        language,
        characters=sum(row.characters for row in rows),
        in_blocks=sum(row.in_blocks for row in rows),
        in_chunks=sum(row.in_chunks for row in rows),
        left_out=sum((Counter(row.left_out) for row in rows), Counter[str]()),
        unknown=sum(row.unknown for row in rows),
        tokens=sum(row.tokens for row in rows),
        chunks=sum(row.chunks for row in rows),
        warnings=warnings,
    )
