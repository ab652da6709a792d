"""A folder of documents is read as a whole, and every document that spoils it is named."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
from attune.documents.cutting.tokens import Tokens
from attune.documents.folder.cache import Cache
from attune.documents.folder.find import Folder, find_documents
from attune.documents.folder.reading import check_failures, documents_in, made_of, passed_over, warn
from attune.documents.folder.table import Row
from attune.documents.folder.work import Made, Work
from tests.conftest import ROOT
from tests.support.cut_documents import params, tokenizer
from tests.support.pdf_files import endless_pdf, locked_pdf, pdf, scanned_pdf
from tests.support.reading import put


def read(root: Path, timeout: float = 30.0, workers: int = 2) -> list[Made]:
    """Return what becomes of the documents of a folder; the tokenizer comes after the first are read."""
    knobs = load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE)
    knobs = knobs.model_copy(update={"workers": workers, "document_timeout_seconds": timeout})
    work = Work(root, params(), root.parent / "tokens", Cache(root.parent / "kept", 10**6))
    with made_of(documents_in(root).documents, work, knobs) as made:
        Tokens(tokenizer()).write(work.tokens)
        return list(made)


def texts(made: Sequence[Made]) -> dict[str, str]:
    return {one.row.document: one.row.failure for one in made}


@pytest.mark.slow
def test_links_of_dvc_into_its_cache_are_followed(root: Path) -> None:
    cache = root.parent / "shared cache" / "files" / "md5" / "d4"
    cached = cache / "1d8cd98f00b204e9800998ecf8427e"
    put(cache, cached.name)
    (root / "a.txt").symlink_to(cached)
    (root / "b.txt").symlink_to(cache / "not-of-dvc")
    folder = find_documents(root)
    assert folder.documents == ["a.txt"]
    assert folder.links_out == ["b.txt"]
    assert texts(read(root)) == {"a.txt": ""}


@pytest.mark.slow
def test_a_link_to_itself_is_named_and_not_followed_for_ever(root: Path) -> None:
    put(root, "a.txt")
    (root / "loop.txt").symlink_to("loop.txt")
    assert texts(read(root))["loop.txt"].startswith("cannot be opened")


@pytest.mark.parametrize("exists", [True, False])
def test_no_documents(root: Path, exists: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if exists:
        put(root, "x.xyz", ".a.txt")
    else:
        root.rmdir()
    with pytest.raises(UserError, match=r"no documents in .*: put \.pdf, .* `make sample`"):
        documents_in(root)
    assert ("ignored 1 file of other types: .xyz (1)" in capsys.readouterr().err) == exists


@pytest.mark.slow
def test_each_document_becomes_chunks_or_a_reason(root: Path) -> None:
    put(root, "good.txt", "copy/good.txt")
    (root / "good.pdf").write_bytes(pdf(["Words in a page."]))
    bad = {
        "empty.pdf": (b"", "empty file"),
        "locked.pdf": (locked_pdf("secret", "AES-256"), "encrypted"),
        "scan.pdf": (scanned_pdf(), "no text"),
        "two\nlines.txt": (b"", "empty file"),
        "zz.pdf": (endless_pdf(), "took longer than 5 s"),
    }
    for name, (content, _) in bad.items():
        (root / name).write_bytes(content)
    made = read(root, timeout=5.0)
    assert [one.row.document for one in made] == sorted([*bad, "copy/good.txt", "good.pdf", "good.txt"])
    failures = {name: failure for name, failure in texts(made).items() if failure}
    assert failures.keys() == bad.keys()
    assert {name: reason in failures[name] for name, (_, reason) in bad.items()} == dict.fromkeys(bad, True)
    assert {one.row.document for one in made if not one.lines} == bad.keys()


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(root: Path) -> None:
    put(root, *(f"{number}.txt" for number in range(30)), text="Foxes live in dens. " * 90)
    alone = read(root, workers=1)
    assert read(root, workers=3) == alone
    for kept in (root.parent / "kept").rglob("*"):
        kept.unlink() if kept.is_file() else None
    assert read(root, workers=3) == alone


@pytest.mark.slow
def test_that_the_tokenizer_takes_long_is_no_fault_of_a_document(root: Path) -> None:
    put(root, "a.txt", "b.txt")
    knobs = load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE)
    knobs = knobs.model_copy(update={"workers": 1, "document_timeout_seconds": 20.0})
    work = Work(root, params(), root.parent / "tokens", Cache(root.parent / "kept", 10**6))
    with made_of(documents_in(root).documents, work, knobs) as made:
        kept = root.parent / "kept"
        while sum(path.is_file() for path in kept.rglob("*")) < 1:  # the first is read
            time.sleep(0.05)
        Tokens(tokenizer()).write(work.tokens)
        assert texts(list(made)) == {"a.txt": "", "b.txt": ""}


def test_nothing_is_left_of_a_reader_that_stops_early(root: Path) -> None:
    put(root, *(f"{number}.txt" for number in range(30)))
    knobs = load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE)
    work = Work(root, params(), root.parent / "never", Cache(root.parent / "kept", 10**6))
    with pytest.raises(ZeroDivisionError), made_of(documents_in(root).documents, work, knobs):
        raise ZeroDivisionError  # while the documents wait for a tokenizer


ROWS = [Row("a.txt"), Row("b\n.pdf", failure="empty file"), Row("c.pdf", failure="encrypted"), Row("d.txt")]


@pytest.mark.parametrize("most", [0.0, 0.49])
def test_more_failures_than_allowed_stop_the_stage_and_are_all_named(most: float) -> None:
    with pytest.raises(UserError) as caught:
        check_failures(ROWS, most)
    assert str(caught.value) == (
        "2 of 4 documents cannot be read: 'b\\n.pdf' (empty file), c.pdf (encrypted); mend or remove them, or set "
        "chunk.max_failed_fraction higher in params.yaml"
    )


@pytest.mark.parametrize("most", [0.5, 1.0])
def test_fewer_are_left_out_and_named(most: float, capsys: pytest.CaptureFixture[str]) -> None:
    check_failures(ROWS, most)
    assert capsys.readouterr().err.startswith(
        "warning: 2 of 4 documents cannot be read: 'b\\n.pdf' (empty file), c.pdf"
    )
    check_failures([ROWS[0]], most)
    assert capsys.readouterr().err == ""


def test_that_all_fail_is_a_mistake() -> None:
    with pytest.raises(UserError, match="1 of 1 documents cannot be read"):
        check_failures(ROWS[1:2], 1.0)


def test_a_long_list_is_cut() -> None:
    rows = [Row(f"{number:02}.txt", failure="empty file") for number in range(13)]
    with pytest.raises(UserError, match=r"13 of 13 .*, 09\.txt \(empty file\) and 3 more; mend or remove them"):
        check_failures(rows, 0.0)


def test_documents_with_warnings_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    lossy = Row("b.html", characters=100, in_chunks=50, left_out={"hidden": 50})
    warn([Row("a.txt"), lossy], Path("documents.csv"))
    assert capsys.readouterr().err == (
        "warning: 1 of 2 documents want a look: b.html (50% of its letters are in no chunk (hidden 50%))\n"
        "warning: documents.csv has a row for each document\n"
    )
    warn([Row("a.txt")], Path("documents.csv"))
    assert capsys.readouterr().err == ""


def test_what_is_no_document_is_listed() -> None:
    rows = list(passed_over(Folder(["a.txt"], ["b.xyz", "LICENSE"], ["out.txt"])))
    assert {row.document: row.failure for row in rows} == {
        "b.xyz": "no reader for .xyz",
        "LICENSE": "no reader for files without an ending",
        "out.txt": "a link out of the folder",
    }
