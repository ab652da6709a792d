"""Write sample documents into data/documents, where it holds none: chapters of the Python language reference.

They come from `pydoc_data.topics`, which every Python carries, so nothing is downloaded. The same Python writes the
same bytes each time.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

from scripts.sample_formats import html, markdown, pdf
from scripts.sample_text import Block, blocks, plain_text
from stages.lib.errors import run
from stages.lib.files import atomic_folder

DOCUMENTS = Path("data/documents")
FORMATS = {".pdf": pdf, ".md": markdown, ".html": html}

# Which topics each document is made of. Left out are those that stand whole within another ("augassign"), the two that
# consist of others ("compound", "specialnames"), the table "operator-summary", and, for brevity, the library reference
# but for the string methods.
CONTENTS: dict[str, tuple[str, ...]] = {
    "arithmetic-operations.pdf": ("conversions", "unary", "binary", "power", "shifting", "bitwise"),
    "assignment-statements.pdf": ("assignment",),
    "atoms-and-attribute-references.txt": ("atom-identifiers", "atom-literals", "attribute-references"),
    "basic-customization.pdf": ("customization",),
    "boolean-operations.md": ("booleans", "truth"),
    "calls.html": ("calls",),
    "class-definitions.md": ("class",),
    "comparisons.pdf": ("comparisons",),
    "control-flow.txt": ("if", "while", "for", "break", "continue"),
    "coroutines.html": ("async", "await"),
    "customizing-attribute-access.pdf": ("attribute-access",),
    "displays-and-lambdas.html": ("lists", "dict", "exprlists", "lambda"),
    "emulating-container-types.md": ("sequence-types",),
    "emulating-numeric-types.pdf": ("numeric-types",),
    "execution-model.pdf": ("execmodel",),
    "function-definitions.pdf": ("function",),
    "identifiers-and-keywords.txt": ("identifiers",),
    "numeric-literals.md": ("numbers", "integers", "floating", "imaginary"),
    "objects-values-and-types.pdf": ("objects",),
    "simple-statements.pdf": ("assert", "pass", "del", "return", "yield", "global", "nonlocal"),
    "string-and-bytes-literals.html": ("strings",),
    "string-methods.pdf": ("string-methods",),
    "subscriptions-and-slicings.md": ("subscriptions", "slicings"),
    "the-import-statement.pdf": ("import",),
    "the-raise-statement.html": ("raise",),
    "the-standard-type-hierarchy.pdf": ("types",),
    "the-try-statement.pdf": ("try",),
    "the-with-statement.txt": ("with", "context-managers"),
}


def sample(name: str, topics: tuple[str, ...]) -> bytes:
    """Return the content of a sample document; nothing where this Python has none of its topics."""
    text = plain_text(topics)
    if not text:
        return b""
    path = Path(name)
    title = Block("heading", path.stem.replace("-", " ").capitalize(), 1)
    if path.suffix == ".txt":
        return f"{title.text}\n\n\n{text}\n".encode()
    body = list(blocks(text))
    if len(topics) == 1:
        body = body[1:]  # its own title
    else:
        body = [replace(block, level=block.level + 1) if block.kind == "heading" else block for block in body]
    return FORMATS[path.suffix]([title, *body])


def main() -> None:
    """Write the sample documents, all of them or none."""
    if any(path.is_file() and not _is_hidden(path) for path in DOCUMENTS.rglob("*")):
        print(f"{DOCUMENTS} holds documents; it is left as it is")
        return
    with atomic_folder(DOCUMENTS.resolve()) as folder:
        if DOCUMENTS.is_dir():  # hidden files stay
            shutil.copytree(DOCUMENTS, folder, dirs_exist_ok=True)
        samples = {name: sample(name, topics) for name, topics in CONTENTS.items()}
        for name, content in samples.items():
            if content:
                (folder / name).write_bytes(content)
    types = Counter(Path(name).suffix for name, content in samples.items() if content)
    listed = ", ".join(f"{count} {suffix}" for suffix, count in types.most_common())
    print(f"wrote {types.total()} chapters of the Python language reference to {DOCUMENTS} ({listed})")


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(DOCUMENTS).parts)


if __name__ == "__main__":
    run(main)
