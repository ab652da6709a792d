"""The stage: documents in, corpus.jsonl out, the same bytes each time."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from attune.core.beir import read_corpus
from attune.core.errors import UserError
from attune.core.params import load_params
from attune.core.records import LEAD
from attune.documents.blocks import Options
from attune.documents.document import read_document
from attune.documents.folder.cache import FOLDER
from attune.documents.params import ChunkParams
from stages import chunk
from tests.conftest import ROOT, set_params

OPTIONS = Options("pdfium")
DATA = ROOT / "tests" / "data" / "chunk"


@pytest.fixture
def filled(project: Path) -> Path:
    """A project with three tiny documents and knobs that make several chunks of each."""
    shutil.copytree(DATA / "documents", project / "data" / "documents")
    set_params(project / "params.yaml", chunk={"max_tokens": 48, "overlap_tokens": 12, "min_tokens": 6})
    return project


def read_table() -> list[dict[str, str]]:
    with chunk.TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_three_documents_make_the_corpus_that_is_kept_here(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chunk.main()
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()
    metrics = json.loads(chunk.METRICS.read_text())
    table = read_table()
    assert [row["document"] for row in table] == ["notes/dens.html", "red-fox.md", "survey.pdf"]
    assert not any(row["failure"] or row["warnings"] for row in table)
    assert sum(int(row["chunks"]) for row in table) == metrics["chunks"] == len(read_corpus(chunk.CORPUS))
    left_out = metrics["characters_left_out"]
    assert left_out.keys() == {"running heads", "page numbers"}
    assert metrics["characters"] == metrics["characters_in_chunks"] + sum(left_out.values()) > 700
    assert (metrics["documents"], metrics["pages"], metrics["languages"]) == (3, 3, {"en": 3})
    assert capsys.readouterr().out.startswith("wrote data/beir/corpus.jsonl (documents: 3, chunks: 9)")


@pytest.mark.slow
def test_the_engines_agree_on_a_plain_pdf(filled: Path) -> None:
    set_params(filled / "params.yaml", chunk={"pdf_engine": "pypdf"})
    chunk.main()
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()


@pytest.mark.slow
def test_chunks_of_the_stage_are_parts_of_their_documents(filled: Path) -> None:
    chunk.main()
    for row in read_corpus(chunk.CORPUS):
        place = row.metadata
        assert row.title.split(LEAD)[0] == place["title"]
        read = read_document(chunk.DOCUMENTS / place["document"], place["document"], OPTIONS)
        assert row.text == read.text[place["start"] : place["end"]]
        assert (place["pages"] is not None) == place["document"].endswith(".pdf")


@pytest.mark.slow
def test_the_command_tells_of_mistakes_in_one_line(filled: Path) -> None:
    (chunk.DOCUMENTS / "broken.pdf").write_bytes(b"%PDF")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "stages.chunk"], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: 1 of 4 documents cannot be read: broken.pdf (broken, or")
    assert "Traceback" not in done.stderr
    assert not chunk.CORPUS.exists()
    # all documents were read before the stage stopped, and are told of
    assert [bool(row["failure"]) for row in read_table()] == [True, False, False, False]


@pytest.mark.slow
def test_the_model_is_not_loaded_to_learn_its_window(filled: Path) -> None:
    code = (
        "import sys; from stages import chunk; chunk.main(); after = set(sys.modules)\n"
        "assert not after & {'torch', 'transformers', 'sentence_transformers'}, 'they take seconds to import'"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert chunk.CORPUS.read_text() == (DATA / "corpus.jsonl").read_text()


@pytest.mark.slow
def test_unreadable_documents_and_other_files_are_counted_and_named(filled: Path) -> None:
    (chunk.DOCUMENTS / "broken.pdf").write_bytes(b"%PDF")
    (chunk.DOCUMENTS / "x.xyz").touch()
    set_params(filled / "params.yaml", chunk={"max_failed_fraction": 0.25})
    chunk.main()
    metrics = json.loads(chunk.METRICS.read_text())
    assert (metrics["documents"], metrics["unreadable_documents"], metrics["other_files"]) == (3, 1, 1)
    failures = {row["document"]: row["failure"] for row in read_table() if row["failure"]}
    assert failures["broken.pdf"].startswith("broken, or")
    assert failures["x.xyz"] == "no reader for .xyz"


@pytest.mark.slow
def test_the_second_run_reads_nothing_and_makes_the_same(filled: Path) -> None:
    chunk.main()
    first = [path.read_bytes() for path in (chunk.CORPUS, chunk.TABLE, chunk.METRICS)]
    entries = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    assert len(entries) == 3
    written = [path.stat().st_ino for path in entries]
    chunk.main()
    assert [path.read_bytes() for path in (chunk.CORPUS, chunk.TABLE, chunk.METRICS)] == first
    assert [path.stat().st_ino for path in entries] == written  # a new entry would be another file


@pytest.mark.slow
def test_where_nothing_may_be_kept_the_same_is_made(filled: Path) -> None:
    chunk.main()
    first = chunk.CORPUS.read_bytes()
    shutil.rmtree(FOLDER)
    set_params(filled / "params.yaml", runtime={"document_cache_gib": 0.0, "workers": 1})
    chunk.main()
    assert chunk.CORPUS.read_bytes() == first
    assert not FOLDER.exists()


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
        ({"min_tokens": 129}, "'chunk.min_tokens' is 129: must be at most half of chunk.max_tokens: 128"),
        ({"max_failed_fraction": 2.0}, "'chunk.max_failed_fraction' is 2.0"),
        ({"skip_unreadable": True}, "'chunk.skip_unreadable' is gone: chunk.max_failed_fraction says"),
        ({"max_token": 256}, "unknown key 'chunk.max_token'; did you mean 'max_tokens'?"),
    ],
)
def test_knobs_are_checked(project: Path, knobs: dict[str, Any], message: str) -> None:
    set_params(project / "params.yaml", chunk=knobs)
    with pytest.raises(UserError) as caught:
        load_params("chunk", ChunkParams)
    assert message in str(caught.value)
