"""A packed folder is cut into the same chunks, byte by byte."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.documents.folder.find import find_documents
from scripts import pack
from stages import chunk
from tests.conftest import set_params
from tests.support.reading import put


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["pack", *arguments])
    pack.main()


@pytest.mark.slow
def test_a_packed_folder_gives_the_same_corpus(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_params(project / "params.yaml", runtime={"workers": 1, "document_cache_gib": 0.0})
    for number in range(6):
        put(chunk.DOCUMENTS, f"part {number % 2}/d{number}.txt", text=f"The pump {number} runs.\n\nIt is blue.")
    put(chunk.DOCUMENTS, "x.xyz")
    chunk.main()
    before = chunk.CORPUS.read_bytes(), chunk.TABLE.read_bytes().replace(b"x.xyz", b"")
    run(monkeypatch, str(chunk.DOCUMENTS), "packed")
    assert "packed 6 documents into 1 archives in packed" in (told := capsys.readouterr()).out
    assert "not packed: x.xyz" in told.err
    chunk.DOCUMENTS.rename("loose")
    Path("packed").rename(chunk.DOCUMENTS)
    chunk.main()
    assert chunk.CORPUS.read_bytes() == before[0] and before[0]
    assert chunk.TABLE.read_bytes().splitlines() == before[1].splitlines()[:7]


def test_documents_are_packed_by_their_names_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("full"), "a.txt", "sub/b.md", "x.xyz")
    run(monkeypatch, "full", "packed")
    assert find_documents(Path("packed")).documents == find_documents(Path("full")).documents == ["a.txt", "sub/b.md"]
    assert "not packed: x.xyz" in capsys.readouterr().err


def test_archives_follow_from_the_size() -> None:
    assert [pack.archives(mib * 2**20, 256) for mib in (0, 255, 256, 700, 1024)] == [1, 1, 2, 4, 8]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "t"], "there is no folder nowhere"),
        (["full", "full"], "full is not empty"),
        (["full", "t", "--mib", "0"], "--mib is 0"),
        (["empty", "t"], "no documents to pack in empty"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    put(Path("full"), "a.txt")
    with pytest.raises(UserError, match=said):
        run(monkeypatch, *arguments)
