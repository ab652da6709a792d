"""A document that was kept is the document that was read, wherever its file lies now."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.documents.blocks import Block, Kind
from attune.documents.cutting.cutter import Span
from attune.documents.document import Document
from attune.documents.folder.kept import Cut, from_entry, to_entry
from tests.support.cut_documents import document

KINDS: list[Kind] = ["heading", "paragraph", "list", "table", "code", "caption"]
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(KINDS), st.text(st.sampled_from("a b\n|é")), st.integers(0, 6), st.integers(1, 4)),
    max_size=6,
)
CUT = Cut("rules", [Span(0, 3, 9, "Foxes › Dens")], 12, 3)


def again(found: Document, path: str) -> tuple[Document, str, Cut]:
    return from_entry(json.loads(json.dumps(to_entry(found, "en", CUT))), path)


@pytest.mark.slow
@settings(deadline=None)
@given(BLOCKS, st.text(max_size=9), st.dictionaries(st.text(max_size=5), st.integers(0, 9)))
def test_a_document_comes_back(blocks: list[Block], title: str, left_out: dict[str, int]) -> None:
    found = document(blocks, title or "a", pages=3)
    found = Document(**(vars(found) | {"left_out": left_out, "warnings": ("scans",), "reader": "pdfium"}))
    assert again(found, "a.txt") == (found, "en", CUT)


def test_a_title_from_the_name_of_the_file_changes_with_it() -> None:
    found = document([Block("paragraph", "x")], "field notes", path="field_notes.txt")
    assert again(found, "b/other-name.txt")[0].title == "other name"
    assert again(document([Block("paragraph", "x")], "Given"), "b/other-name.txt")[0].title == "Given"
