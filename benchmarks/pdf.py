"""How fast and how faithfully PDF files are read, beside plain pdfium, pypdf, poppler and other libraries.

Words are compared as multisets: what stands in our blocks and in the text of no other engine, and what stands in the
text of all and not in ours. Marks that we set (bars of tables, `^` before raised marks) count as blanks, lines to
write on and other rules are no words, a word broken at the end of a line is compared with its hyphen, and running
heads and page numbers that are left out count as read, since they are known. Seconds are of one core, the best round.

Poppler's pdftotext is asked where it is installed; --peer is a Python with llama-index-readers-file or docling.

Usage: python -m benchmarks.pdf FILE... [--rounds 2] [--peer PYTHON]
"""

from __future__ import annotations

import argparse
import io
import re
import resource
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2

from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.flow.running_heads import without_heads
from attune.documents.pdf.pages.page import read_page

MARKS = re.compile(r"[|•^]|_+|\*{4,}|\.{4,}|…")
BROKEN = re.compile("(?:\x02|\ufffe|\xad)(?:\r?\n)?|-(?:\r?\n|\f)(?=[^\\W\\d])")
NUMBER = re.compile(r"\d")
SHOWN = 12
PEERS = {
    "LlamaIndex": "from llama_index.core import SimpleDirectoryReader\n"
    "for page in SimpleDirectoryReader(input_files=[sys.argv[1]]).load_data(): print(page.text)",
    "docling": "from docling.document_converter import DocumentConverter\n"
    "print(DocumentConverter().convert(sys.argv[1]).document.export_to_text())",
}


def ours(data: bytes) -> str:
    """Return the text of our blocks."""
    return "\n".join(block.text for block in read_pdf(data, "pdfium").blocks)


def heads(data: bytes) -> str:
    """Return the running heads and page numbers that we leave out."""
    with pypdfium2.PdfDocument(data) as document:
        pages = [read_page(document.raw, number, None, False) for number in range(len(document))]
    kept, _ = without_heads([page.lines for page in pages], [page.bounds for page in pages])
    stay = {id(line) for lines in kept for line in lines}
    return " ".join(line.text for page in pages for line in page.lines if id(line) not in stay)


def plain_pdfium(data: bytes) -> str:
    """Return pdfium's own text."""
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def plain_pypdf(data: bytes) -> str:
    """Return pypdf's text."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def poppler(mode: str) -> Callable[[bytes], str]:
    """Return a reader by poppler's pdftotext; pypdf writes the file anew, since poppler reads not all ciphers."""

    def read(data: bytes) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "document.pdf"
            pypdf.PdfWriter(clone_from=io.BytesIO(data)).write(file)
            command = ["pdftotext", mode, str(file), "-"]
            return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")

    return read


def peer(python: str, code: str) -> Callable[[bytes], str]:
    """Return a reader in another Python; its start counts."""

    def read(data: bytes) -> str:
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            Path(file.name).write_bytes(data)
            command = [python, "-c", f"import sys\n{code}", file.name]
            return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    return read


def words(text: str) -> Counter[str]:
    """Count the words of a text without marks; both halves of a broken word are one, with the hyphen."""
    return Counter(MARKS.sub(" ", BROKEN.sub("-", text)).split())


def timed(read: Callable[[bytes], str], data: bytes, rounds: int) -> tuple[str, float]:
    """Return a text and the processor's seconds that it took, of children as well."""
    seconds, text = [], ""
    for _ in range(rounds):
        start = _seconds()
        text = read(data)
        seconds.append(_seconds() - start)
    return text, min(seconds)


def _seconds() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in spent)


def compare(file: Path, rounds: int, python: str | None) -> None:
    """Print the comparison of a file."""
    data = file.read_bytes()
    readers: dict[str, Callable[[bytes], str]] = {"ours": ours, "pdfium": plain_pdfium, "pypdf": plain_pypdf}
    if shutil.which("pdftotext"):
        readers |= {"poppler, raw": poppler("-raw"), "poppler, layout": poppler("-layout")}
    for name, code in PEERS.items() if python else ():
        readers[name] = peer(str(python), code)
    print(f"## {file.name}\n\n| engine | seconds | words | only in it | only in ours |\n|---|---|---|---|---|")
    found: dict[str, Counter[str]] = {}
    for name, read in readers.items():
        try:
            text, seconds = timed(read, data, rounds)
        except subprocess.CalledProcessError as error:
            print(f"| {name} | failed: {(error.stderr or b'')[-100:]!r} | | | |")
            continue
        found[name] = words(text) + (words(heads(data)) if name == "ours" else Counter())
        other = found[name]
        row = [f"{other.total():,}", f"{(other - found['ours']).total():,}", f"{(found['ours'] - other).total():,}"]
        print(f"| {name} | {seconds:.2f} | {' | '.join(row)} |")
    judges = [found[name] for name in found if name in ("pdfium", "poppler, raw", "poppler, layout")]
    alone, missed = found["ours"], judges[0]
    for judge in judges:
        alone, missed = alone - judge, missed & judge
    missed -= found["ours"]
    for title, left in (("In ours and in none", alone), ("In all and not in ours", missed)):
        numbers = sum(count for word, count in left.items() if NUMBER.search(word))
        shown = ", ".join(f"`{word}`" for word in list(left)[:SHOWN])
        print(f"\n{title} of pdfium and poppler: {left.total()} words, {numbers} with digits. {shown}")
    print()


def main() -> None:
    """Compare each file that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peer")
    arguments = parser.parse_args()
    for file in arguments.files:
        compare(file, arguments.rounds, arguments.peer)


if __name__ == "__main__":
    main()
