"""Write sample documents into data/documents, where it holds none: pages of scipy's reference manual, in five formats.

The text comes from the installed package, whose version is pinned, so nothing is downloaded, and every platform and
Python writes the same bytes. What they are was decided before anybody saw what fine-tuning gains on them: the pages of
three subpackages that tell more than the types of their parameters, the shorter ones, for a verdict is as sure as its
documents are many, while writing and training take as long as there are words. So few that a first run takes some eight
minutes on two cores, so many that a tenth more than 30 documents and 250 questions are to be expected in the test.
"""

from __future__ import annotations

import shutil
from collections import Counter
from itertools import cycle
from pathlib import Path

from attune.core.errors import run
from attune.core.files import atomic_folder
from scripts.sample.formats import docx, html, markdown, pdf, text
from scripts.sample.manual import pages

DOCUMENTS = Path("data/documents")
FORMATS = {".pdf": pdf, ".html": html, ".md": markdown, ".docx": docx, ".txt": text}
# every other page is a PDF file, and the rest takes turns
TURNS = (".pdf", ".html", ".pdf", ".md", ".pdf", ".docx", ".pdf", ".txt")


def samples() -> dict[str, bytes]:
    """Return the content of each sample document by its name."""
    turns = zip(pages(), cycle(TURNS), strict=False)
    return {f"{page.name.replace('.', '-')}{suffix}": FORMATS[suffix](page.blocks) for page, suffix in turns}


def main() -> None:
    """Write the sample documents, all of them or none."""
    if any(path.is_file() and not _is_hidden(path) for path in DOCUMENTS.rglob("*")):
        print(f"{DOCUMENTS} holds documents; it is left as it is")
        return
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
