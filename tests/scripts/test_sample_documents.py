"""The sample documents are real files, the same on every machine, and never in the way of the user's own."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.core.params import load_params
from attune.documents.blocks import Options
from attune.documents.document import read_document
from attune.parts.assign import SplitParams, assign_documents
from scripts import sample_documents
from scripts.sample.manual import FEWEST_WORDS, SUBPACKAGES, WORD, Block, Page, pages
from scripts.sample_documents import DOCUMENTS, FORMATS, TURNS, main, samples
from tests.conftest import ROOT


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", *arguments], check=True)


@pytest.mark.parametrize(
    ("kept", "mend"), [("dvc", "make pull"), ("git", "git checkout"), ("submodule", "git submodule update --init")]
)
def test_documents_that_are_kept_elsewhere_are_not_replaced(here: Path, kept: str, mend: str) -> None:
    (here / "data").mkdir()
    git("init", "-q")
    if kept == "dvc":
        (here / "data/documents.dvc").write_text("outs: []\n", encoding="utf-8")
    elif kept == "git":
        (here / "data/documents").mkdir()
        (here / "data/documents/mine.md").write_text("mine\n", encoding="utf-8")
        git("add", "data")
        (here / "data/documents/mine.md").unlink()
    else:
        git("init", "-q", "other")
        git("-C", "other", "commit", "-q", "--allow-empty", "-m", "x")
        git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{here}/other", "data/documents")
    with pytest.raises(UserError, match=f"holds no documents, though .*{mend}"):
        main()
    assert not list((here / "data").rglob("*.pdf"))


@pytest.mark.slow
def test_every_page_tells_enough_and_comes_from_one_of_the_subpackages() -> None:
    for page in pages():
        assert page.name.split(".")[0] in SUBPACKAGES
        assert len(WORD.findall(" ".join(block.text for block in page.blocks))) >= FEWEST_WORDS / 2
        assert [block.kind for block in page.blocks[:1]] == ["heading"]
        assert not [block for block in page.blocks if not block.text.strip()]


@pytest.mark.slow
def test_no_markup_of_the_manual_is_left() -> None:
    prose = [block.text for page in pages() for block in page.blocks if block.kind != "code"]
    marked = [text for text in prose if re.search(r":\w+:`|``|^\.\. |\.\. \w+::|(?<!\w)\*\w+\*(?!\w)", text)]
    assert not marked


def test_the_words_are_those_of_the_docstrings() -> None:
    """An oracle of another make: scipy is imported, and its docstrings are taken as Python has them."""
    for page in pages()[::4]:
        subpackage, name = page.name.split(".")
        module = __import__(f"scipy.{subpackage}", fromlist=[name])
        # those of stats are rewritten by decorators
        if subpackage != "stats" and (member := getattr(module, name, None)):
            theirs = set(words(member.__doc__))
            ours = {word for block in page.blocks for word in words(block.text)}
            assert len(ours - theirs) <= 0.05 * len(ours), (page.name, ours - theirs)


@pytest.mark.slow
def test_half_of_the_files_are_pdf_and_the_rest_is_spread() -> None:
    suffixes = [Path(name).suffix for name in samples()]
    counts = {suffix: suffixes.count(suffix) for suffix in FORMATS}
    assert abs(counts.pop(".pdf") - len(suffixes) / 2) <= 1
    assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_word_can_be_read_back(tmp_path: Path, suffix: str) -> None:
    for page in pages()[::12]:
        file = tmp_path / f"{page.name}{suffix}"
        file.write_bytes(FORMATS[suffix](page.blocks))
        document = read_document(file, file.name, Options("pdfium"))
        title = page.blocks[0].text
        assert document.title == title
        found = iter(words(document.text))
        missing = [word for block in page.blocks[1:] for word in words(block.text) if word not in found]
        assert not missing, page.name  # in their order


@pytest.mark.slow
def test_the_same_bytes_whatever_the_hash_seed_and_the_time(here: Path) -> None:
    written = []
    for number, zone in enumerate(["UTC", "Pacific/Auckland"]):
        folder = here / str(number)
        folder.mkdir()
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(number), "TZ": zone}
        command = [sys.executable, "-m", "scripts.sample_documents"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(f"wrote {len(pages())} pages of scipy's reference manual")
        written.append({path.name: path.read_bytes() for path in (folder / DOCUMENTS).iterdir()})
    assert written[0] == written[1]
    assert len({name.lower() for name in written[0]}) == len(pages())  # also where the case of a name does not count


@pytest.mark.parametrize("suffix", FORMATS)
def test_bytes_depend_on_no_library_that_packs_them(suffix: str) -> None:
    """zlib's output is not the same everywhere."""
    content = FORMATS[suffix](pages()[0].blocks)
    assert b"FlateDecode" not in content
    assert pages()[0].blocks[3].text.split()[0].encode() in content


@pytest.mark.parametrize("name", ["mine.pdf", "deep/er/notes.docx"])
def test_documents_of_the_user_are_left_alone(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    mine = DOCUMENTS / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    main()
    assert [path for path in DOCUMENTS.rglob("*") if path.is_file()] == [mine]
    assert "is left as it is" in capsys.readouterr().out


@pytest.mark.slow
def test_hidden_files_stay(here: Path) -> None:
    hidden = DOCUMENTS / ".gitkeep"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("x")
    main()
    assert hidden.read_text() == "x"
    assert len(list(DOCUMENTS.iterdir())) == len(pages()) + 1


def test_an_interrupted_write_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> list[Page]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sample_documents, "pages", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main()
    assert list(here.rglob("*")) == [here / "data"]


def test_what_markup_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docstring = """Find a :func:`~a.b.valve` in ``pipes``.

    It is [1]_ shown below::

        find(x)

    .. versionadded:: 1.2

    Parameters
    ----------
    x, y : array_like, optional
        The pipes.

        - one
        - two, which
          goes on
    method : {'a', 'b'}
        How.

    Notes
    -----
    .. note:: Mind :math:`x^2`.

    .. math::

        a = b

    References
    ----------
    .. [1] Left out.
    """
    folder = tmp_path / "stats"
    folder.mkdir()
    (folder / "valves.py").write_text(ast.unparse(ast.parse(f'def find(x):\n    r"""{docstring}"""\n')))
    monkeypatch.setattr("scripts.sample.manual.FEWEST_WORDS", 1)
    monkeypatch.setattr("scripts.sample.manual._root", lambda: tmp_path)
    (page,) = pages.__wrapped__()
    assert page.name == "stats.find"
    assert page.blocks == (
        Block("heading", "find: Find a valve in pipes", 1),
        Block("paragraph", "Find a valve in pipes."),
        Block("paragraph", "It is [1] shown below:"),
        Block("code", "find(x)"),
        Block("heading", "Parameters", 2),
        Block("item", "x, y (array_like, optional): The pipes."),
        Block("item", "one"),
        Block("item", "two, which goes on"),
        Block("item", "method ({'a', 'b'}): How."),
        Block("heading", "Notes", 2),
        Block("paragraph", "Mind x^2."),
        Block("code", "a = b"),
    )


def test_there_are_enough_documents_for_a_test() -> None:
    """Which are in it depends on their names alone, but for near-duplicates, which can only make it larger."""
    params = load_params("split", SplitParams, ROOT / "params.yaml")
    turns = zip(pages(), cycle(TURNS), strict=False)
    names = [f"{page.name.replace('.', '-')}{suffix}" for page, suffix in turns]
    assert list(assign_documents(names, params).values()).count("test") >= 30
