"""Where the second copy of a ledger lies, and that a lock leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.servers import guard
from attune.servers.guard import journal_of, only_writer, open_journal


def test_the_journal_lies_in_the_project_where_no_checkout_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path)
    expected = Path(".attune/ledgers/data/vectors/m.jsonl")
    assert journal_of(Path("data/vectors/m.jsonl")) == expected
    monkeypatch.chdir("/")
    assert journal_of(tmp_path / "data/vectors/m.jsonl") == (tmp_path / expected).relative_to("/")


def test_an_experiment_in_a_copy_of_the_project_keeps_its_rows_in_the_project(tmp_path: Path) -> None:
    copy = tmp_path / ".dvc" / "tmp" / "exps" / "standalone" / "tmp1"
    copy.mkdir(parents=True)
    for folder in (tmp_path, copy):
        (folder / "dvc.yaml").touch()
    assert journal_of(copy / "data" / "r.jsonl") == journal_of(tmp_path / "data" / "r.jsonl") is not None


def test_outside_of_a_project_there_is_none(tmp_path: Path) -> None:
    assert journal_of(tmp_path / "r.jsonl") is None


@pytest.mark.parametrize(("before", "after"), [(b"", b"b\n"), (b"a\n", b"a\nb\n"), (b"a", b"a\nb\n")])
def test_what_was_left_half_written_stays_a_line_of_its_own(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "folder" / "journal"
    path.parent.mkdir()
    path.write_bytes(before)
    with open_journal(path) as file:
        file.write(b"b\n")
    assert path.read_bytes() == after


def test_a_lock_leaves_no_file_and_is_free_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.1)
    (tmp_path / "dvc.yaml").touch()
    path = tmp_path / "data" / "r.jsonl"
    for _ in range(2):
        with pytest.raises(RuntimeError), only_writer(path):
            with pytest.raises(UserError, match="in use by process"), only_writer(path):
                pass
            raise RuntimeError
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / "dvc.yaml"]
