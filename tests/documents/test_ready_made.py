"""Ready-made passages: each is a document of its own and stays whole, through the same work as all documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.documents.cutting.tokens import Tokens
from attune.documents.folder.cache import Cache
from attune.documents.folder.work import Made, Work
from tests.support.cut_documents import params, tokenizer


def made(root: Path, name: str, text: str) -> Made:
    (root / name).write_text(text, encoding="utf-8")
    Tokens(tokenizer()).write(root / "tokens")
    knobs = params(max_tokens=32, overlap_tokens=8, min_tokens=4)
    return Work(root, knobs, root / "tokens", Cache(root / "cache", 0)).make(name)


def line(**row: str) -> str:
    return json.dumps(row) + "\n"


@pytest.mark.parametrize("name", ["corpus.jsonl", "passages.csv"])
def test_every_passage_is_a_document_and_a_chunk(tmp_path: Path, name: str) -> None:
    rows = [("d1", "Boilers", "Hot."), ("d2", "", "Cold water flows."), ("d3", "Boilers", "Valves shut.")]
    if name.endswith(".csv"):
        text = "id,title,text\n" + "".join(f"{','.join(row)}\n" for row in rows)
    else:
        text = "".join(line(_id=id, title=title, text=words) for id, title, words in rows)
    found = made(tmp_path, name, text)
    chunks = [json.loads(row) for _, row in found.lines]
    assert [(chunk["metadata"]["document"], chunk["title"], chunk["text"]) for chunk in chunks] == [
        (f"{name}#d1", "Boilers", "Hot."),
        (f"{name}#d2", "", "Cold water flows."),
        (f"{name}#d3", "Boilers", "Valves shut."),
    ]
    assert (found.row.reader, found.row.chunks, found.row.lost, list(found.row.warnings)) == ("passages", 3, 0.0, [])


def test_what_is_too_long_is_cut_and_told(tmp_path: Path) -> None:
    long = "The valve shuts when the water is hot. " * 10
    found = made(tmp_path, "corpus.jsonl", line(_id="d1", title="", text=long) + line(_id="d2", title="", text="- -"))
    assert len(found.lines) > 2
    assert list(found.row.warnings) == [
        "passages longer than chunk.max_tokens are cut: #d1",
        "passages without a word: 1",
    ]
