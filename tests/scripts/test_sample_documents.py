"""The sample documents are real files, the same on every machine, and never in the way of the user's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attune.documents.document import read_document
from attune.documents.pdf import Engine
from scripts import sample_documents
from scripts.sample import topics as sample_text
from scripts.sample.topics import Block, blocks, plain_text
from scripts.sample_documents import CONTENTS, DOCUMENTS, main, sample
from tests.conftest import ROOT


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_most_documents_and_words_are_in_pdf_files_and_the_rest_is_spread() -> None:
    counts: dict[str, list[int]] = {}
    for name, topics in CONTENTS.items():
        counts.setdefault(Path(name).suffix, []).append(len(plain_text(topics).split()))
    assert len(counts[".pdf"]) >= len(CONTENTS) / 2
    assert sum(counts[".pdf"]) >= sum(map(sum, counts.values())) / 2
    others = [sum(counts[suffix]) for suffix in (".txt", ".md", ".html")]
    assert max(others) < 2 * min(others)


def test_no_topic_is_used_twice() -> None:
    used = [topic for topics in CONTENTS.values() for topic in topics]
    assert len(used) == len(set(used))


@pytest.mark.parametrize(
    ("name", "engine"), [*((name, "pdfium") for name in CONTENTS), ("basic-customization.pdf", "pypdf")]
)
def test_every_word_can_be_read_back(tmp_path: Path, name: str, engine: Engine) -> None:
    file = tmp_path / name
    file.write_bytes(sample(name, CONTENTS[name]))
    document = read_document(file, name, engine)
    assert document.title == Path(name).stem.replace("-", " ").capitalize()
    text = plain_text(CONTENTS[name])
    expected = text if name.endswith(".txt") else " ".join(block.text for block in blocks(text))
    # the header of a document of two pages stays; in the text, a title of one topic is replaced by the document's
    found, written = (words(text.replace(document.title, "")) for text in (document.text, expected))
    assert found[-len(written) + 9 :] == written[9:]
    assert "■" not in document.text


@pytest.mark.slow
def test_the_same_bytes_whatever_the_hash_seed_and_the_time(here: Path) -> None:
    written = []
    for number, zone in enumerate(["UTC", "Pacific/Auckland"]):
        folder = here / str(number)
        folder.mkdir()
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(number), "TZ": zone}
        command = [sys.executable, "-m", "scripts.sample_documents"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(f"wrote {len(CONTENTS)} chapters")
        written.append({path.name: path.read_bytes() for path in (folder / DOCUMENTS).iterdir()})
    assert written[0] == written[1]
    assert sorted(written[0]) == sorted(CONTENTS)


@pytest.mark.parametrize("name", ["mine.pdf", "deep/er/notes.docx"])
def test_documents_of_the_user_are_left_alone(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    mine = DOCUMENTS / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    main()
    assert [path for path in DOCUMENTS.rglob("*") if path.is_file()] == [mine]
    assert "is left as it is" in capsys.readouterr().out


def test_hidden_files_stay(here: Path) -> None:
    hidden = DOCUMENTS / ".gitkeep"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("x")
    main()
    assert hidden.read_text() == "x"
    assert len(list(DOCUMENTS.iterdir())) == len(CONTENTS) + 1


def test_an_interrupted_write_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str, topics: tuple[str, ...]) -> bytes:
        if name.startswith("the-"):
            raise KeyboardInterrupt
        return b"x"

    monkeypatch.setattr(sample_documents, "sample", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main()
    assert list(here.rglob("*")) == [here / "data"]


def test_topics_of_another_python(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sample_text, "topics", {"try": "Try\n***\n\nSnowman: \u2603.\n", "assert": "Assert\n******\n\nBody.\n"}
    )
    main()
    assert sorted(path.name for path in DOCUMENTS.iterdir()) == ["the-assert-statement.txt", "the-try-statement.pdf"]
    assert (
        read_document(DOCUMENTS / "the-try-statement.pdf", "x", "pdfium").text
        == "The try statement\nThe try statement\nSnowman: ?."
    )


def test_blocks() -> None:
    text = (
        "Title\n*****\n\nSome prose\nin lines.  With code:\n\n   x = 1\n   y = 2\n\n* an\n  item\n\n"
        "Sub\n===\n\nterm(x)\n   What it\n   means.\n\n+---+\n| a |\n+---+\n"
    )
    assert list(blocks(text)) == [
        Block("heading", "Title", 1),
        Block("paragraph", "Some prose in lines. With code:"),
        Block("code", "   x = 1\n   y = 2"),
        Block("item", "* an item"),
        Block("heading", "Sub", 2),
        Block("paragraph", "term(x)"),
        Block("paragraph", "What it means.", 1),
        Block("code", "| a |\n"),
    ]
