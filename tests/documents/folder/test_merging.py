"""The same text is one chunk that knows all its places, and a corpus is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.beir import read_corpus
from attune.core.records import Chunk, content_id
from attune.documents.folder.merging import line_of, merged_corpus


def chunk(text: str, place: int) -> Chunk:
    metadata = {"document": f"{place}.txt", "title": "", "start": place, "end": place + 5, "pages": [1, place + 1]}
    return Chunk(content_id("", text), "", text, metadata)


@given(texts=st.lists(st.sampled_from(["a", "b\u2028", "c\x85", "d\r", "e"])))
def test_each_text_is_there_once_and_each_place_is_kept(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    with merged_corpus(path) as corpus:
        for place, text in enumerate(texts):
            added = chunk(text, place)
            corpus.add(added.id, line_of(added))
    assert [len(corpus), corpus.merged] == [len(set(texts)), len(texts) - len(set(texts))]
    if not texts:
        return
    written = read_corpus(path)
    assert [row.text for row in written] == list(dict.fromkeys(texts))
    for row in written:
        places = [place for place, text in enumerate(texts) if text == row.text]
        assert [found.document for found in row.places] == [f"{place}.txt" for place in places]
        assert [found.pages for found in row.places] == [(1, place + 1) for place in places]
        assert ("also_in" in row.metadata) == (len(places) > 1)


def test_a_corpus_that_is_not_finished_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text("before\n")
    with pytest.raises(KeyboardInterrupt), merged_corpus(path) as corpus:
        corpus.add("0" * 16, "{}\n")
        raise KeyboardInterrupt
    assert [file.name for file in tmp_path.iterdir()] == ["corpus.jsonl"]
    assert path.read_text() == "before\n"


def test_the_line_is_that_of_the_data_set(tmp_path: Path) -> None:
    assert json.loads(line_of(chunk("é", 0))) == {
        "_id": content_id("", "é"),
        "title": "",
        "text": "é",
        "metadata": {"document": "0.txt", "title": "", "start": 0, "end": 5, "pages": [1, 1]},
    }
