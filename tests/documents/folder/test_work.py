"""A document is read and cut once, and again only when it, the code or the knobs have changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attune.documents.cutting.cutter import Cutter
from attune.documents.cutting.tokens import Tokens
from attune.documents.decode import Unreadable
from attune.documents.document import document_of
from attune.documents.folder import work as module
from attune.documents.folder.cache import Cache
from attune.documents.folder.work import Made, Work
from tests.support.cut_documents import PROSE, params, tokenizer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("Of foxes\n\n" + PROSE * 5)
    return folder


def work(root: Path, kind: str = "WordPiece", **knobs: Any) -> Work:
    tokens = root.parent / kind
    Tokens(tokenizer(kind)).write(tokens)
    return Work(root, params(**({"max_tokens": 64} | knobs)), tokens, Cache(root.parent / "kept", 10**7))


class Calls:
    """Counts how often documents are read and cut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read = self.cut = 0
        read, cut = document_of, Cutter.cut

        def counted_read(*args: Any) -> Any:
            self.read += 1
            return read(*args)

        def counted_cut(*args: Any) -> Any:
            self.cut += 1
            return cut(*args)

        monkeypatch.setattr(module, "document_of", counted_read)
        monkeypatch.setattr(Cutter, "cut", counted_cut)

    def of(self, made: Work, path: str = "a.txt") -> tuple[int, int]:
        before = self.read, self.cut
        made.make(path)
        return self.read - before[0], self.cut - before[1]


def test_what_is_kept_makes_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    first = work(root).make("a.txt")
    assert len(first.lines) > 3
    assert work(root).make("a.txt") == first
    assert (calls.read, calls.cut) == (1, 1)
    assert replace(work(root), cache=Cache(root, 0)).make("a.txt") == first


def test_only_what_changed_is_made_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    assert calls.of(work(root)) == (1, 1)
    assert calls.of(work(root, max_tokens=48)) == (0, 1)  # read as before, cut anew
    assert calls.of(work(root, max_tokens=48, max_failed_fraction=0.5)) == (0, 0)
    assert calls.of(work(root, "Unigram", max_tokens=48)) == (0, 1)
    assert calls.of(work(root, "Unigram", max_tokens=48, pdf_engine="pypdf")) == (1, 1)
    (root / "b.txt").write_bytes((root / "a.txt").read_bytes())
    assert calls.of(work(root, "Unigram", max_tokens=48), "b.txt") == (0, 0)  # the same file elsewhere
    (root / "b.txt").write_text("Changed.")
    assert calls.of(work(root), "b.txt") == (1, 1)
    monkeypatch.setattr(module, "code_version", lambda: "other")
    assert calls.of(work(root)) == (1, 1)


def test_the_same_file_elsewhere_names_its_own_place(root: Path) -> None:
    (root / "b.md").write_text(PROSE)
    (root / "sub").mkdir()
    (root / "sub" / "field_notes.md").write_text(PROSE)
    for path, title in (("b.md", "b"), ("sub/field_notes.md", "field notes")):
        (id, line), *_ = work(root).make(path).lines
        row = json.loads(line)
        assert (row["_id"], row["metadata"]["document"], row["metadata"]["title"]) == (id, path, title)


@pytest.mark.parametrize("damage", [b"", b"\x78\x01rubbish"])
def test_a_damaged_entry_is_made_again(root: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    first = work(root).make("a.txt")
    for path in (root.parent / "kept").rglob("*"):
        if path.is_file():
            path.write_bytes(damage)
    assert work(root).make("a.txt") == first
    assert calls.of(work(root)) == (0, 0)
    assert calls.read == 2


@pytest.mark.parametrize("entry", [{}, {"title": 1}, {"blocks": [[]], "headings": []}])
def test_an_entry_of_another_form_is_made_again(
    root: Path, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = work(root).make("a.txt")
    monkeypatch.setattr(Cache, "load", lambda *_: entry)
    assert work(root).make("a.txt") == first


def test_what_was_read_ahead_has_only_to_be_cut(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = work(root).make("a.txt")
    calls = Calls(monkeypatch)
    ahead = replace(work(root), tokens=root.parent / "not there yet", cache=Cache(root.parent / "others", 10**7))
    ahead.read("a.txt")
    ahead.read("a.txt")
    assert (calls.read, calls.cut) == (1, 0)
    assert replace(work(root), cache=ahead.cache).make("a.txt") == first
    assert (calls.read, calls.cut) == (1, 1)
    (root / "b.txt").write_bytes(b"")
    with pytest.raises(Unreadable, match="empty file"):
        ahead.read("b.txt")


def test_a_file_that_cannot_be_read_says_why(root: Path) -> None:
    (root / "b.txt").write_bytes(b"")
    with pytest.raises(Unreadable, match="empty file"):
        work(root).make("b.txt")


def test_the_row_counts_what_is_in_chunks_once(root: Path) -> None:
    made: Made = work(root, overlap_tokens=24).make("a.txt")
    row = made.row
    letters = sum(map(str.isalnum, (root / "a.txt").read_text()))
    assert (row.characters, row.in_blocks, row.in_chunks) == (letters, letters, letters)
    assert row.chunks == len(made.lines)
    assert (row.language, row.reader, row.unknown) == ("en", "txt", 0)
    assert row.tokens > 100


def test_words_that_the_model_does_not_know_are_told(root: Path) -> None:
    (root / "thai.txt").write_text("สวัสดีชาวโลก " * 40)
    (warning,) = work(root).make("thai.txt").row.all_warnings()
    assert warning.startswith("100% of its letters are in words that the base model does not know")
