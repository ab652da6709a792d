"""Which files of the folder are read, and that all of them count together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.people.queries.read import read_log
from tests.conftest import ROOT
from tests.support.lease import IDS
from tests.support.typed import answers, put, typed


def test_an_empty_folder_and_none_hold_nothing(tmp_path: Path) -> None:
    put(tmp_path, {"README.md": "# What", ".gitignore": "/log.csv", "log.csv.dvc": "outs:"})
    assert read_log(tmp_path).rows == read_log(tmp_path / "none").rows == []
    assert typed(tmp_path, {}).counts == {}


def rated(place: int, rating: object) -> dict[str, object]:
    return {"query": "keys", "ratings": [{"docId": IDS[place], "rating": rating}]}


def test_files_of_all_forms_count_together(tmp_path: Path) -> None:
    files = {
        "2026/october.csv": "query,document,clicks\nCats?,faq.md,1\n",
        "2026/november.TSV": f"query\tdocument\tclicks\ncats\tfaq.md\t2\ncats\t{IDS[0]}\t2\n",
        "list.txt": "cats\nrent\n",
        "srw.json": json.dumps({"judgmentRatings": [rated(2, "0.7")]}),
        "srw.jsonl": json.dumps(rated(1, 0)) + "\n",
    }
    found = typed(tmp_path, files)
    assert answers(found) == {"cats": [0, 3], "keys": [2]}
    assert found.unlabelled == ["rent"]
    assert found.counts["rows"] == 7


def test_what_is_not_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_log(put(tmp_path, {"log.xlsx": b"PK", "log.csv.gz": b"\x1f\x8b"}))
    told = capsys.readouterr().err
    assert "log.xlsx is not read" in told and "log.csv.gz is not read; data/queries/README.md tells what is" in told


def test_a_file_in_the_folder_s_place_and_links_that_lead_nowhere_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone.csv").symlink_to("nowhere.csv")
    assert read_log(tmp_path).rows == []
    assert "gone.csv is not read" in capsys.readouterr().err
    put(tmp_path / "data", {"queries": "cats\n"})
    with pytest.raises(UserError, match="data/queries is a file; expected a folder"):
        read_log(tmp_path / "data/queries")


def test_json_that_is_nested_without_end_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"log.jsonl:1: not JSON"):
        read_log(put(tmp_path, {"log.jsonl": "[" * 100_000 + "]" * 100_000}))


@pytest.mark.parametrize("name", ["log.csv", "log.txt", "log.json"])
def test_other_encodings_are_told_in_a_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="is not UTF-8; save it as UTF-8"):
        read_log(put(tmp_path, {name: "query\nfür\n".encode("latin-1")}))


@pytest.mark.parametrize("rating", ["good", "", None])
def test_ratings_that_are_no_numbers_are_told_in_a_line(tmp_path: Path, rating: object) -> None:
    row = {"query": "cats", "ratings": [{"docId": "faq.md", "rating": rating}]}
    with pytest.raises(UserError, match=r"log.jsonl:1: a rating is .*; expected a number"):
        read_log(put(tmp_path, {"log.jsonl": json.dumps(row)}))


def test_the_example_of_the_readme_is_read(tmp_path: Path) -> None:
    page = (ROOT / "data/queries/README.md").read_text(encoding="utf-8")
    example = page.split("```csv\n")[1].split("```")[0]
    found = typed(tmp_path, {"log.csv": example})
    assert answers(found) == {"lease start": [2], "end lease early": [1], "cats allowed?": [3]}
    assert found.unlabelled == ["deposit back when"]
