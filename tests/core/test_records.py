"""What a chunk says of itself."""

from __future__ import annotations

from attune.core.records import Chunk, content_id

PLACE = {"document": "a.txt", "title": "A", "start": 0, "end": 3, "pages": None}


def test_passage_is_title_and_text_as_beir_joins_them() -> None:
    assert Chunk("c", "Title", "text", PLACE).passage == "Title text"
    assert Chunk("c", "", "text", PLACE).passage == "text"


def test_ids_depend_on_every_part_and_on_where_parts_end() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")
    assert content_id("a", "b") == content_id("a", "b")
    assert len(content_id("a")) == 16
