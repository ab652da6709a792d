"""A folder's documents are found, and nothing that lies outside of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.documents.folder.find import Folder, find_documents
from tests.support.reading import put


def test_documents_are_found_in_the_order_of_their_paths(root: Path) -> None:
    put(root, "b.txt", "a/z.md", "a.TXT", "a/b c/ü\n.html", "a/b c/2.Pdf", "a-b.htm")
    assert find_documents(root).documents == ["a-b.htm", "a.TXT", "a/b c/2.Pdf", "a/b c/ü\n.html", "a/z.md", "b.txt"]


def test_what_is_hidden_or_of_dvc_is_passed_over_and_other_types_are_counted(root: Path) -> None:
    put(root, "a.txt", ".hidden.txt", ".git/config.txt", "sub/.gitignore", "a.txt.dvc", "x.xyz", "y.XYZ", "s/LICENSE")
    folder = find_documents(root)
    assert folder == Folder(["a.txt"], others=["s/LICENSE", "x.xyz", "y.XYZ"])
    assert folder.other_types == {".xyz": 2, "no ending": 1}


def test_links_that_lead_out_are_not_followed(root: Path) -> None:
    put(root, "a.txt", "sub/b.txt")
    put(root.parent, "secret.txt", "elsewhere/c.txt")
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    (root / "up.txt").symlink_to("../secret.txt")
    (root / "folder").symlink_to(root.parent / "elsewhere")
    (root / "within.txt").symlink_to("sub/b.txt")
    (root / "again").symlink_to(root / "sub")
    folder = find_documents(root)
    assert folder.documents == ["a.txt", "sub/b.txt", "within.txt"]
    assert folder.links_out == ["folder", "link.txt", "up.txt"]
    assert not folder.other_types


def test_the_folder_itself_may_be_a_link(root: Path) -> None:
    put(root, "a.txt", "b/c.txt")
    link = root.parent / "link"
    link.symlink_to(root)
    assert find_documents(link) == find_documents(root)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_folder_that_cannot_be_opened_is_named(root: Path) -> None:
    put(root, "a.txt", "locked/b.txt")
    (root / "locked").chmod(0)
    with pytest.raises(UserError, match=r"cannot open the folder .*locked"):
        find_documents(root)
