"""Write sample documents into data/documents, where it holds none: chapters of the Python language reference.

They come from `pydoc_data.topics`, which every Python carries, so nothing is downloaded. The same Python writes the
same bytes each time.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

from attune.core.errors import run
from attune.core.files import atomic_folder
from scripts.sample.formats import html, markdown, pdf
from scripts.sample.topics import Block, blocks, plain_text

DOCUMENTS = Path("data/documents")
FORMATS = {".pdf": pdf, ".md": markdown, ".html": html}

# Which topics each document is made of. Left out are those that stand whole within another ("augassign"), the two that
# consist of others ("compound", "specialnames"), the table "operator-summary", and, for brevity, the library reference
# but for the string methods.
CONTENTS: dict[str, tuple[str, ...]] = {
    "arithmetic-conversions-and-unary-operations.pdf": ("conversions", "unary"),
    "assignment-statements.pdf": ("assignment",),
    "atoms-and-literals.txt": ("atom-identifiers", "atom-literals"),
    "attribute-references.txt": ("attribute-references",),
    "basic-customization.pdf": ("customization",),
    "binary-arithmetic-operations.pdf": ("binary", "power"),
    "boolean-operations.pdf": ("booleans",),
    "calls.html": ("calls",),
    "class-definitions.pdf": ("class",),
    "comparisons.pdf": ("comparisons",),
    "coroutines.html": ("async", "await"),
    "customizing-attribute-access.pdf": ("attribute-access",),
    "dictionary-displays.md": ("dict",),
    "emulating-container-types.md": ("sequence-types",),
    "emulating-numeric-types.pdf": ("numeric-types",),
    "execution-model.pdf": ("execmodel",),
    "expression-lists-and-lambdas.txt": ("exprlists", "lambda"),
    "function-definitions.pdf": ("function",),
    "identifiers-and-keywords.txt": ("identifiers",),
    "list-displays.md": ("lists",),
    "numeric-literals.md": ("numbers", "integers", "floating", "imaginary"),
    "objects-values-and-types.pdf": ("objects",),
    "shifting-and-bitwise-operations.md": ("shifting", "bitwise"),
    "slicings.txt": ("slicings",),
    "string-and-bytes-literals.html": ("strings",),
    "string-methods.pdf": ("string-methods",),
    "subscriptions.md": ("subscriptions",),
    "the-assert-statement.txt": ("assert",),
    "the-break-and-continue-statements.html": ("break", "continue"),
    "the-del-statement.md": ("del",),
    "the-for-statement.pdf": ("for",),
    "the-global-and-nonlocal-statements.txt": ("global", "nonlocal"),
    "the-if-statement.pdf": ("if",),
    "the-import-statement.pdf": ("import",),
    "the-pass-and-return-statements.txt": ("pass", "return"),
    "the-raise-statement.html": ("raise",),
    "the-standard-type-hierarchy.pdf": ("types",),
    "the-try-statement.pdf": ("try",),
    "the-while-statement.pdf": ("while",),
    "the-with-statement.pdf": ("with",),
    "the-yield-statement.pdf": ("yield",),
    "truth-value-testing.html": ("truth",),
    "with-statement-context-managers.pdf": ("context-managers",),
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
