"""The stage: documents in, corpus.jsonl out, the same bytes each time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.beir import read_corpus
from attune.core.errors import UserError
from attune.core.params import BaseModelParams, load_params
from attune.core.records import Chunk
from attune.documents.chunks import chunk_documents
from attune.documents.cutter import Cutter
from attune.documents.document import Document
from attune.documents.params import ChunkParams
from attune.models.load import load_tokenizer
from stages import chunk
from tests.conftest import ROOT, set_params

DATA = ROOT / "tests" / "data" / "chunk"


@cache
def cutter(max_tokens: int, overlap_tokens: int) -> Cutter:
    base = BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=None)
    return Cutter(load_tokenizer(base), max_tokens, overlap_tokens)


def chunks_of(
    *documents: Document, titles: bool = True, min_tokens: int = 0, overlap_tokens: int = 8
) -> tuple[list[Chunk], dict[str, int]]:
    return chunk_documents(documents, cutter(32, overlap_tokens), titles, min_tokens)


@pytest.fixture
def filled(project: Path) -> Path:
    """A project with three tiny documents and knobs that make several chunks of each."""
    shutil.copytree(DATA / "documents", project / "data" / "documents")
    set_params(project / "params.yaml", chunk={"max_tokens": 48, "overlap_tokens": 12, "min_tokens": 6})
    return project


def test_three_documents_make_the_corpus_that_is_kept_here(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chunk.main()
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()
    assert json.loads(chunk.METRICS.read_text()) == {
        "documents": 3,
        "unreadable_documents": 0,
        "other_files": 0,
        "pages": 3,
        "pages_without_text": 0,
        "characters": 973,
        "tokens": 212,
        "chunks": 9,
        "duplicate_chunks_merged": 0,
        "short_chunks_dropped": 0,
    }
    assert capsys.readouterr().out.startswith("wrote data/beir/corpus.jsonl (documents: 3, chunks: 9)")


def test_the_engines_agree_on_a_plain_pdf(filled: Path) -> None:
    set_params(filled / "params.yaml", chunk={"pdf_engine": "pypdf"})
    chunk.main()
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()


def test_chunks_of_the_stage_are_parts_of_their_documents(filled: Path) -> None:
    chunk.main()
    for row in read_corpus(chunk.CORPUS):
        place = row.metadata
        assert row.title == place["title"]
        if place["document"] == "red-fox.md":
            text = (chunk.DOCUMENTS / "red-fox.md").read_text()
            assert row.text == text[place["start"] : place["end"]]
        assert (place["pages"] is not None) == place["document"].endswith(".pdf")


def test_the_command_tells_of_mistakes_in_one_line(filled: Path) -> None:
    (chunk.DOCUMENTS / "broken.pdf").write_bytes(b"%PDF")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "stages.chunk"], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: 1 of 4 documents cannot be read: broken.pdf (broken, or")
    assert "Traceback" not in done.stderr
    assert not chunk.CORPUS.exists()


def test_the_model_is_not_loaded_to_learn_its_window(filled: Path) -> None:
    code = (
        "import sys; from stages import chunk; before = set(sys.modules); chunk.main(); after = set(sys.modules)\n"
        "assert not before & {'torch', 'transformers'}, 'every process that reads a document would import them'\n"
        # torch it has to be: transformers imports that for any tokenizer
        "assert 'transformers' in after and not after & {'sentence_transformers', 'transformers.modeling_utils'}"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()


def test_unreadable_documents_are_counted(filled: Path) -> None:
    (chunk.DOCUMENTS / "broken.pdf").write_bytes(b"%PDF")
    (chunk.DOCUMENTS / "x.docx").touch()
    set_params(filled / "params.yaml", chunk={"skip_unreadable": True})
    chunk.main()
    metrics = json.loads(chunk.METRICS.read_text())
    assert (metrics["documents"], metrics["unreadable_documents"], metrics["other_files"]) == (3, 1, 1)


WORDS = st.lists(
    st.sampled_from("Foxes live in dens . They hunt at night \n\n and sleep , mostly ! 狐狸".split(" ")), max_size=90
)
TEXTS = st.lists(WORDS.map(" ".join).filter(str.strip), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(0, 4), WORDS.map(" ".join).filter(str.strip))
def test_another_document_changes_no_other_id(texts: list[str], place: int, more: str) -> None:
    documents = [Document(f"{number}.txt", "Foxes", text) for number, text in enumerate(texts)]
    before = {row.id for row in chunks_of(*documents)[0]}
    documents.insert(place, Document("more.txt", "Foxes", more))
    after, counts = chunks_of(*documents)
    assert before <= {row.id for row in after}
    assert len({row.id for row in after}) == len(after)
    places = [place for row in after for place in (row.metadata, *row.metadata.get("also_in", []))]
    assert len(places) == len(after) + counts["duplicate_chunks_merged"]
    text_of = {document.path: document.text for document in documents}
    for row in after:
        for found in (row.metadata, *row.metadata.get("also_in", [])):
            assert text_of[found["document"]][found["start"] : found["end"]] == row.text


def test_the_same_text_is_one_chunk_that_knows_all_its_places() -> None:
    text = "Foxes live in dens."
    documents = [
        Document("a.pdf", "Foxes", text, (0, 10)),
        Document("b.txt", "Foxes", f"  {text}"),
        Document("c.txt", "x", text),
    ]
    chunks, counts = chunks_of(*documents)
    assert [[place.document for place in row.places] for row in chunks] == [["a.pdf", "b.txt"], ["c.txt"]]
    assert chunks[0].metadata == {
        "document": "a.pdf",
        "title": "Foxes",
        "start": 0,
        "end": 19,
        "pages": [1, 2],
        "also_in": [{"document": "b.txt", "start": 2, "end": 21, "pages": None}],
    }
    assert counts["duplicate_chunks_merged"] == 1


def test_titles_can_be_left_out() -> None:
    documents = [Document("a.txt", "Foxes", "Same."), Document("b.txt", "Other", "Same.")]
    (row,), _ = chunks_of(*documents, titles=False)
    assert row.title == ""
    assert row.passage == "Same."
    assert row.metadata["title"] == "Foxes"


def test_long_titles_are_cut_in_the_passage_and_kept_in_the_metadata() -> None:
    title = "On the many habits of foxes and their neighbours in the woods of the north"
    (row,), _ = chunks_of(Document("a.txt", title, "Same."))
    assert row.title == "On the many habits of"
    assert row.metadata["title"] == title


def test_short_chunks_are_dropped_unless_they_are_all() -> None:
    long = "Foxes live in dens that they dig in the woods or take over from badgers, and in the gardens of our town."
    text = f"{long}\n\n\nThis is the end of it, almost.\n\n\n{long}"
    documents = Document("a.txt", "", "Fox."), Document("b.txt", "", text)
    rows, counts = chunks_of(*documents, min_tokens=12, overlap_tokens=0)
    assert [row.text for row in rows] == ["Fox.", long]
    assert counts == {"tokens": 63, "duplicate_chunks_merged": 1, "short_chunks_dropped": 1}
    assert len(chunks_of(*documents, overlap_tokens=0)[0]) == 3


def test_a_corpus_without_chunks_is_a_mistake(filled: Path) -> None:
    set_params(filled / "params.yaml", chunk={"min_tokens": 1000})
    (chunk.DOCUMENTS / "notes" / "dens.html").unlink()  # it is one chunk, and so kept at any length
    with pytest.raises(UserError, match=r"no chunk has chunk.min_tokens \(1000\)"):
        chunk.main()


def test_chunks_longer_than_the_window_are_refused(filled: Path) -> None:
    set_params(filled / "params.yaml", chunk={"max_tokens": 300}, base_model={"max_tokens": 128})
    with pytest.raises(UserError, match=r"chunk.max_tokens is 300, but the base model reads 128 tokens .* base_model"):
        chunk.main()


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"max_tokens": 15}, "'chunk.max_tokens' is 15: input should be greater than or equal to 16"),
        ({"overlap_tokens": 129}, "'chunk.overlap_tokens' is 129: must be at most half of chunk.max_tokens: 128"),
        ({"overlap_tokens": -1}, "'chunk.overlap_tokens' is -1"),
        ({"min_tokens": 1.5}, "'chunk.min_tokens' is 1.5"),
        ({"pdf_engine": "poppler"}, "'chunk.pdf_engine' is 'poppler': input should be 'pdfium' or 'pypdf'"),
        ({"titles": "yes"}, "'chunk.titles' is 'yes'"),
        ({"max_token": 256}, "unknown key 'chunk.max_token'; did you mean 'max_tokens'?"),
    ],
)
def test_knobs_are_checked(project: Path, knobs: dict[str, Any], message: str) -> None:
    set_params(project / "params.yaml", chunk=knobs)
    with pytest.raises(UserError) as caught:
        load_params("chunk", ChunkParams)
    assert message in str(caught.value)
