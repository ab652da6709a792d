"""Files are complete or absent, and malformed ones are named with their line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.core.files import atomic_file, atomic_folder, read_csv, read_jsonl, write_csv, write_json, write_jsonl

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=5,
)


@pytest.mark.slow
@given(st.lists(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON)))
def test_jsonl_comes_back_as_written(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "rows.jsonl"
    write_jsonl(path, rows)
    assert list(read_jsonl(path)) == rows
    assert path.read_bytes().count(b"\n") == len(rows)


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers())))
def test_csv_comes_back_as_written(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    write_csv(path, ("text", "number"), rows)
    assert list(read_csv(path, ("text", "number"))) == [[text, str(number)] for text, number in rows]


def test_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_json(path, {"a": 1})
    with pytest.raises(RuntimeError), atomic_file(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics.json"]


def test_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with atomic_folder(folder) as temporary:
        (temporary / "weights").write_text("old")
    with pytest.raises(RuntimeError), atomic_folder(folder) as temporary:
        (temporary / "weights").write_text("half")
        raise RuntimeError
    assert (folder / "weights").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_folder_of_a_killed_run_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".model.{os.getpid()}.tmp").mkdir()
    (tmp_path / f".model.{os.getpid()}.tmp" / "half").touch()
    with atomic_folder(tmp_path / "model") as temporary:
        (temporary / "weights").touch()
    assert [entry.name for entry in (tmp_path / "model").iterdir()] == ["weights"]


def test_folder_can_be_read_by_others(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "model") as temporary:
        (temporary / "part").mkdir(mode=0o700)
        (temporary / "part" / "weights").touch(mode=0o600)
    assert (tmp_path / "model" / "part").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "model" / "part" / "weights").stat().st_mode & 0o777 == 0o644


def test_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for name in ("old", "new"):
        with atomic_folder(folder) as temporary:
            (temporary / name).touch()
    assert [entry.name for entry in folder.iterdir()] == ["new"]


def test_metrics_are_rounded_at_every_depth(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_json(path, {"base": {"ndcg@10": 1 / 3, "list": [2 / 3]}})
    assert (
        path.read_text() == '{\n  "base": {\n    "ndcg@10": 0.333333,\n    "list": [\n      0.666667\n    ]\n  }\n}\n'
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": 1}\n{"a": \n', ":2: not JSON"),
        (b'{"a": 1}\n[1]\n', ":2: found list"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_malformed_jsonl_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=expected):
        list(read_jsonl(path))


def test_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro"):
        list(read_jsonl(tmp_path / "rows.jsonl"))


def test_table_with_another_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    write_csv(path, ("a", "b"), [("1", "2")], delimiter="\t")
    with pytest.raises(UserError, match="its header is"):
        list(read_csv(path, ("query-id", "corpus-id"), delimiter="\t"))
