"""A corpus on disk is the same as one in memory, whichever chunk is looked at and however its lines end."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attune.core.beir import read_corpus, write_corpus
from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.questions.corpus import Corpus

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
CHUNKS = st.lists(
    st.builds(Chunk, TEXT, TEXT | st.just(""), TEXT, st.dictionaries(TEXT, TEXT, max_size=2)),
    min_size=1, max_size=8, unique_by=lambda chunk: chunk.id,
)  # fmt: skip
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@given(CHUNKS)
@SHARED
def test_it_holds_what_was_written(tmp_path: Path, chunks: list[Chunk]) -> None:
    path = tmp_path / "corpus.jsonl"
    write_corpus(path, chunks)
    corpus = Corpus(path)
    assert list(corpus) == chunks == read_corpus(path)
    assert [corpus[place] for place in range(-len(chunks), len(chunks))] == chunks * 2
    assert corpus[1:] == chunks[1:] and corpus[::-2] == chunks[::-2]
    assert [corpus.find(chunk.id) for chunk in reversed(chunks)] == chunks[::-1]
    with pytest.raises(IndexError):
        corpus[len(chunks)]
    with pytest.raises(KeyError):
        corpus.find("x" * 21)  # longer than any


def test_lines_may_be_empty_or_end_in_other_ways(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    rows = [json.dumps({"_id": str(n), "text": "über\u2028eins\r\nzwei"}, ensure_ascii=n == 1) for n in range(3)]
    path.write_bytes(f"\n{rows[0]}\r\n\r\n  {rows[1]}\n{rows[2]}".encode())
    corpus = Corpus(path)
    assert [chunk.id for chunk in corpus] == [corpus[n].id for n in range(3)] == ["0", "1", "2"]
    assert {chunk.text for chunk in corpus} == {"über\u2028eins\r\nzwei"}


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\n",
        b"{}\n",
        b'{"_id": "a", "text": ""}\n',
        b'{"_id": 3, "text": "x"}',
        b"[1]",
        b'{"_id": "a", "te',
        '{"_id": "a", "text": "é"}\n'.encode() + b'{"_id": "b", "text": "\xff"}\n',
    ],
)
def test_a_bad_file_is_refused_at_once_in_the_same_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "corpus.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as found:
        Corpus(path)
    with pytest.raises(UserError) as expected:
        read_corpus(path)
    assert str(found.value) == str(expected.value)


def test_the_byte_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_bytes('{"_id": "a", "text": "é"}\n'.encode() + b'{"_id": "b", "text": "\xff"}\n')
    with pytest.raises(UserError, match=r"not UTF-8 text \(invalid start byte at byte 49\)"):
        Corpus(path)


def test_memory_holds_no_texts(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    write_corpus(path, (Chunk(str(n), "", f"{n} " * 500) for n in range(1000)))
    tracemalloc.start()
    corpus = Corpus(path)
    assert sum(len(chunk.text) for chunk in corpus) > 1_900_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000
