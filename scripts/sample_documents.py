"""Write sample documents into data/documents, where it holds none: pages of scipy's reference manual, in five formats.

The text comes from the installed package, whose version is pinned, so nothing is downloaded, and every platform and
Python writes the same bytes. What they are was decided before anybody saw what fine-tuning gains on them: the pages of
three subpackages that tell more than the types of their parameters, enough for a test on 30 documents and 250
questions, few enough for a first run of some minutes.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from itertools import cycle
from pathlib import Path

from attune.core.errors import UserError, run
from attune.core.files import atomic_folder
from scripts.sample.formats import docx, html, markdown, pdf, text
from scripts.sample.manual import pages

DOCUMENTS = Path("data/documents")
OF_DVC = Path("data/documents.dvc")  # there, where `dvc add` keeps the documents
SUBMODULE = "160000"  # how git marks one
FORMATS = {".pdf": pdf, ".html": html, ".md": markdown, ".docx": docx, ".txt": text}
# every other page is a PDF file, and the rest takes turns
TURNS = (".pdf", ".html", ".pdf", ".md", ".pdf", ".docx", ".pdf", ".txt")


def samples() -> dict[str, bytes]:
    """Return the content of each sample document by its name."""
    turns = zip(pages(), cycle(TURNS), strict=False)
    return {f"{page.name.replace('.', '-')}{suffix}": FORMATS[suffix](page.blocks) for page, suffix in turns}


def kept_elsewhere() -> str:
    """Return where the project's own documents are, where it has some that are not here, and how to fetch them."""
    if OF_DVC.exists():
        return f"DVC keeps some ({OF_DVC}); `make pull` fetches them from a remote"
    listed = subprocess.run(["git", "ls-files", "--stage", DOCUMENTS], capture_output=True, text=True)  # noqa: S603, S607
    if any(line.startswith(SUBMODULE) for line in listed.stdout.splitlines()):
        return "it is a submodule; `git submodule update --init` fetches it"
    if listed.stdout:
        return f"git keeps some; `git checkout -- {DOCUMENTS}` brings them back"
    return ""


def main() -> None:
    """Write the sample documents, all of them or none.

    Raises:
        UserError: the project has documents of its own, which are not here.
    """
    if any(path.is_file() and not _is_hidden(path) for path in DOCUMENTS.rglob("*")):
        print(f"{DOCUMENTS} holds documents; it is left as it is")
        return
    if where := kept_elsewhere():
        raise UserError(f"{DOCUMENTS} holds no documents, though {where}; or remove that for the sample documents")
    with atomic_folder(DOCUMENTS.resolve()) as folder:
        if DOCUMENTS.is_dir():  # hidden files stay
            shutil.copytree(DOCUMENTS, folder, dirs_exist_ok=True)
        written = samples()
        for name, content in written.items():
            (folder / name).write_bytes(content)
    types = Counter(Path(name).suffix for name in written)
    listed = ", ".join(f"{count} {suffix}" for suffix, count in types.most_common())
    print(f"wrote {types.total()} pages of scipy's reference manual to {DOCUMENTS} ({listed})")


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(DOCUMENTS).parts)


if __name__ == "__main__":
    run(main)
