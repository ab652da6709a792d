"""Files that want to do harm, and files that are no longer whole: the stage goes on, and tells what became of each."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, set_params
from tests.support.hostile_archives import READ, hostile_archives
from tests.support.hostile_texts import hostile_texts

SECONDS = 30.0  # for a document


def write_oddities(folder: Path) -> dict[str, str]:
    """Write what only a file system can do; return what becomes of each."""
    outside = folder.parent / "secret.txt"
    outside.write_text("secret words")
    (folder / "out.txt").symlink_to(outside)
    (folder / "out.html").symlink_to("/etc/passwd")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "gone.txt").symlink_to("no-such-file.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(folder / "pipe.txt")
    (folder / "a\nb\t'.txt").write_text("Kept words")
    (folder / ("long" * 60 + ".txt")).write_text("Kept words")
    (folder / "-rf; $(touch x) `y`.txt").write_text("Kept words")
    (folder / "folder.docx").mkdir()
    (folder / "folder.docx" / "inside.TXT").write_text("Kept words")
    (folder / "unknown.xyz").write_text("words")
    (folder / "no-ending").write_text("words")
    with open(os.fsencode(folder) + b"/not-utf8-\xff.txt", "w") as file:  # noqa: PTH123
        file.write("words")
    return {
        **dict.fromkeys(("out.txt", "out.html", "zero.txt"), "a link out of the folder"),
        "gone.txt": "cannot be opened",
        "loop.txt": "cannot be opened",
        "pipe.txt": "no regular file",
        **dict.fromkeys(
            ("a\nb\t'.txt", "long" * 60 + ".txt", "-rf; $(touch x) `y`.txt", "folder.docx/inside.TXT"), READ
        ),
        "unknown.xyz": "no reader for .xyz",
        "no-ending": "no reader for files without an ending",
        "not-utf8-\\udcff.txt": "its name is not UTF-8",
    }


@pytest.mark.slow
def test_every_hostile_file_has_its_text_or_its_reason(project: Path) -> None:
    folder = project / "data" / "documents"
    folder.mkdir(parents=True)
    expected = {name: words for name, _, words in (*hostile_archives(), *hostile_texts())}
    for name, content, _ in (*hostile_archives(), *hostile_texts()):
        (folder / name).write_bytes(content)
    assert len(expected) >= 60
    expected |= write_oddities(folder)
    set_params(
        project / "params.yaml", chunk={"max_failed_fraction": 1.0}, runtime={"document_timeout_seconds": SECONDS}
    )
    ran = subprocess.run(
        [sys.executable, "-m", "stages.chunk"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    csv.field_size_limit(2**31 - 1)
    with Path("results/chunk/documents.csv").open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = {row["document"]: row for row in csv.DictReader(file)}
    texts: dict[str, str] = {}
    for line in Path("data/beir/corpus.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for place in (row["metadata"], *row["metadata"].get("also_in", [])):
            texts[place["document"]] = texts.get(place["document"], "") + row["text"] + "\n"
    wrong = []
    for name, words in expected.items():
        row = rows.get(name)
        said = "no row" if row is None else row["failure"] or texts.get(name, "")
        if not re.search(words, said):
            wrong.append((name, words, said[:200]))
    assert not wrong, "\n".join(map(repr, wrong))
    assert not any("secret words" in text or "root:" in text for text in texts.values())
    assert not Path("/etc/slipped").exists()
