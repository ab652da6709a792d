"""Packing changes nothing but how many files there are; what is wrong with an archive is told."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.documents.decode import Unreadable
from attune.documents.document import read_bytes
from attune.documents.folder.find import find_documents
from attune.documents.packs import names_in, read_packed, shards, size_of, write_pack
from tests.support.reading import put

NAMES = st.lists(st.text(st.characters(exclude_characters="\0/\\"), min_size=1, max_size=9), max_size=20, unique=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    return tmp_path / "documents"


def pack(archive: Path, **files: bytes) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(archive, "w", ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name.replace("__", "/").replace("_", "."), content)


def test_a_packed_folder_has_the_documents_and_the_bytes_of_the_folder(root: Path) -> None:
    names = ["a.txt", "sub/b.md", "sub/deep/ü.html", "z.txt"]
    for name in names:
        put(root, name, text=f"Words of {name}.")
    before = {name: read_bytes(root / name, name) for name in names}
    target = root.parent / "packed"
    (target / "sub").mkdir(parents=True)
    write_pack(target / "x.zip", root, ["z.txt", "a.txt", "sub/deep/ü.html"])
    write_pack(target / "sub" / "y.zip", root / "sub", ["b.md"])
    assert find_documents(target).documents == names == find_documents(root).documents
    for name in names:
        assert read_bytes(target / name, name) == before[name]
        assert size_of(target / name, name) == len(before[name]) == size_of(root / name, name)


def test_the_same_documents_are_the_same_archive(root: Path) -> None:
    put(root, "a.txt", "b.txt")
    write_pack(root.parent / "one.zip", root, ["a.txt", "b.txt"])
    os.utime(root / "a.txt", (1, 1))
    write_pack(root.parent / "two.zip", root, ["b.txt", "a.txt"])
    assert (root.parent / "one.zip").read_bytes() == (root.parent / "two.zip").read_bytes()


@given(NAMES, st.integers(1, 8), st.text(min_size=1, max_size=9))
def test_each_document_is_in_one_archive_and_a_new_one_moves_none(names: list[str], count: int, new: str) -> None:
    members = dict(shards(names, count))
    assert sorted(name for held in members.values() for name in held) == sorted(names)
    assert all(0 <= number < count for number in members)
    after = dict(shards([*names, new], count))
    assert [number for number in after if after[number] != members.get(number)] in [[number] for number in range(count)]
    assert all(set(held) <= set(after[number]) for number, held in members.items())


def test_names_that_lead_out_or_are_hidden_are_passed_over(root: Path) -> None:
    with ZipFile(root / "a.zip", "w") as archive:
        for name in ("../up.txt", "/root.txt", "a\\b.txt", ".hidden.txt", "__MACOSX/x.txt", "d/", "fine.txt", "n.xyz"):
            archive.writestr(name, "words" if not name.endswith("/") else "")
    put(root.parent, "up.txt")
    found = find_documents(root)
    assert (found.documents, found.others) == (["fine.txt"], ["n.xyz"])
    assert read_packed(root / "../up.txt", "../up.txt") is None


def test_an_archive_outside_of_the_folder_is_not_looked_into(root: Path) -> None:
    pack(root.parent / "secret.zip", documents__a_txt=b"secret")
    assert read_packed(root / "a.txt", "a.txt") is None
    with pytest.raises(Unreadable, match="cannot be opened"):
        read_bytes(root / "a.txt", "a.txt")


def test_a_document_that_is_there_twice_is_told(root: Path) -> None:
    pack(root / "one.zip", a_txt=b"words")
    put(root, "a.txt")
    with pytest.raises(UserError, match=r"a\.txt is there twice, in one\.zip and beside it"):
        find_documents(root)
    (root / "a.txt").unlink()
    pack(root / "two.zip", a_txt=b"words")
    with pytest.raises(UserError, match=r"a\.txt is there twice, in two\.zip and one\.zip"):
        find_documents(root)


def test_an_archive_that_is_none_is_told(root: Path) -> None:
    (root / "a.zip").write_bytes(b"PK\3\4 and then nothing")
    with pytest.raises(UserError, match=r"a\.zip cannot be opened .*pack it again"):
        find_documents(root)
    with ZipFile(root / "a.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("b.txt", "one")
        archive.writestr("b.txt", "two")
    with pytest.raises(UserError, match=r"two files with the name b\.txt"):
        names_in(root / "a.zip")


def test_a_damaged_locked_or_growing_document_costs_itself_alone(root: Path) -> None:
    pack(root / "a.zip", good_txt=b"good words", bad_txt=b"other words")
    data = bytearray((root / "a.zip").read_bytes())
    data[data.rindex(b"bad.txt", 0, len(data) // 2 + 40) + len(b"bad.txt")] ^= 0xFF  # the first byte of its content
    (root / "a.zip").write_bytes(data)
    assert read_bytes(root / "good.txt", "good.txt") == b"good words"
    with pytest.raises(Unreadable, match="its archive is damaged"):
        read_bytes(root / "bad.txt", "bad.txt")
    pack(root / "b.zip", bomb_txt=bytes(60 * 2**20), none_txt=b"")
    with pytest.raises(Unreadable, match="grows to 60 MiB when it is unpacked"):
        read_bytes(root / "bomb.txt", "bomb.txt")
    with pytest.raises(Unreadable, match="empty file"):
        read_bytes(root / "none.txt", "none.txt")
    data = bytearray((root / "b.zip").read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # flags: encrypted
        place = data.rindex(mark) + offset
        data[place] |= 1
    (root / "b.zip").write_bytes(data)
    with pytest.raises(Unreadable, match="locked with a password"):
        read_bytes(root / "none.txt", "none.txt")
