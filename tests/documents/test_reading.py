"""A folder of documents is read as a whole, or every document that spoils it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
from attune.documents.folder import find_documents
from attune.documents.reading import Reading, read_documents
from tests.conftest import ROOT
from tests.support.pdf_files import endless_pdf, locked_pdf, pdf, scanned_pdf
from tests.support.reading import put


def runtime(timeout: float = 30.0) -> RuntimeParams:
    knobs = load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE)
    return knobs.model_copy(update={"workers": 2, "document_timeout_seconds": timeout})


def read(root: Path, skip_unreadable: bool = False, timeout: float = 30.0) -> Reading:
    return read_documents(root, "pdfium", skip_unreadable, runtime(timeout))


def test_links_of_dvc_into_its_cache_are_followed(root: Path) -> None:
    cache = root.parent / "shared cache" / "files" / "md5" / "d4"
    cached = cache / "1d8cd98f00b204e9800998ecf8427e"
    put(cache, cached.name)
    (root / "a.txt").symlink_to(cached)
    (root / "b.txt").symlink_to(cache / "not-of-dvc")
    folder = find_documents(root)
    assert folder.documents == ["a.txt"]
    assert folder.links_out == ["b.txt"]
    assert read(root).documents[0].text == "Some words."


def test_a_link_to_itself_is_named_and_not_followed_for_ever(root: Path) -> None:
    put(root, "a.txt")
    (root / "loop.txt").symlink_to("loop.txt")
    with pytest.raises(UserError, match=r"loop\.txt \(cannot be opened"):
        read(root)


@pytest.mark.parametrize("exists", [True, False])
def test_no_documents(root: Path, exists: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if exists:
        put(root, "x.docx", ".a.txt")
    else:
        root.rmdir()
    with pytest.raises(UserError, match=r"no documents in .*: put \.pdf, .* `make sample`"):
        read(root)
    assert ("ignored 1 file of other types: .docx (1)" in capsys.readouterr().err) == exists


def fill_with_hostile_documents(root: Path, **more: tuple[bytes, str]) -> dict[str, str]:
    """Write documents that cannot be read, and some that can; return why the former cannot."""
    put(root, "good.txt", "copy/good.txt")
    (root / "good.pdf").write_bytes(pdf(["Words in a page."]))
    bad = {
        "empty.pdf": (b"", "empty file"),
        "latin.txt": (b"f\xfcr", "byte 0xfc"),
        "locked.pdf": (locked_pdf("secret", "AES-256"), "encrypted"),
        "page.pdf": (b"<html>", "not a PDF"),
        "scan.pdf": (scanned_pdf(), "no text"),
        "two\nlines.txt": (b"", "empty file"),
        **more,
    }
    for name, (content, _) in bad.items():
        (root / name).write_bytes(content)
    return {name: reason for name, (_, reason) in bad.items()}


def test_unreadable_documents_stop_the_stage_and_are_all_named(root: Path) -> None:
    reasons = fill_with_hostile_documents(root)
    with pytest.raises(UserError) as caught:
        read(root)
    message = str(caught.value)
    assert message.startswith("6 of 9 documents cannot be read: empty.pdf (empty file), latin.txt (not utf-8 text")
    assert message.endswith("; mend or remove them, or set chunk.skip_unreadable: true in params.yaml")
    assert all(reason in message for reason in reasons.values())
    assert "\n" not in message


def test_unreadable_documents_can_be_skipped(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reasons = fill_with_hostile_documents(root, **{"zz.pdf": (endless_pdf(), "took longer than 2 s")})
    put(root, "x.docx")
    reading = read(root, skip_unreadable=True, timeout=2.0)
    assert [document.path for document in reading.documents] == ["copy/good.txt", "good.pdf", "good.txt"]
    assert list(reading.unreadable) == list(reasons)
    assert reading.unreadable["zz.pdf"].startswith(reasons["zz.pdf"])
    assert reading.other_files == 1
    warnings = capsys.readouterr().err
    assert "warning: ignored 1 file of other types: .docx (1)" in warnings
    assert "warning: 7 of 10 documents cannot be read: empty.pdf (empty file)" in warnings


def test_skipping_all_documents_is_a_mistake(root: Path) -> None:
    put(root, "a.txt", "b.txt", text="")
    with pytest.raises(UserError, match="2 of 2 documents cannot be read"):
        read(root, skip_unreadable=True)


def test_a_long_list_is_cut(root: Path) -> None:
    put(root, *(f"{number:02}.txt" for number in range(13)), text="")
    with pytest.raises(UserError, match=r"13 of 13 .*, 09\.txt \(empty file\) and 3 more; mend or remove them"):
        read(root)
