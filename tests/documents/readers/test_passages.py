from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.decode import Unreadable
from attune.documents.readers.passages import Passage, csv_passages, jsonl_passages

TEXTS = st.text('abc äß東\n",;|', max_size=20)
PASSAGES = st.lists(st.builds(Passage, st.uuids().map(str), TEXTS, TEXTS), min_size=1, max_size=5)


def line(**row: object) -> str:
    return json.dumps(row) + "\n"


@given(PASSAGES)
def test_what_is_written_comes_back(passages: list[Passage]) -> None:
    rows = "".join(line(_id=p.id, title=p.title, text=p.text, metadata={"a": 1}) for p in passages)
    assert jsonl_passages(rows.encode()) == passages


@given(PASSAGES)
def test_from_a_csv_too(passages: list[Passage]) -> None:
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("id", "title", "text"), *((p.id, p.title, p.text) for p in passages)])
    assert csv_passages(file.getvalue().encode()) == [Passage(p.id, p.title.strip(), p.text.strip()) for p in passages]


@pytest.mark.parametrize("header", ["id,price", "name,text", "id,text,price", "text", "id,id,text"])
def test_an_ordinary_table_is_none(header: str) -> None:
    assert csv_passages(f"{header}\n{header}\n".encode()) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1 is not JSON"),
        (line(_id="1", title="", text="a") + "\n[]", "line 3 is no object"),
        (line(_id="1", text="Who?"), "questions or judgements are no documents"),
        (line(**{"query-id": "1", "corpus-id": "2", "score": 1}), "questions or judgements"),
        (line(_id=None, title="", text="a"), "has no text as _id;"),
        (line(title="", text=None), "has no text as _id and text;"),
        (line(_id="1", title="", text="a") * 2, "two passages with the id '1'"),
        ("[" * 100_000, "line 1 is not JSON"),
    ],
)
def test_what_is_no_passage_is_named(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        jsonl_passages(text.encode())
