"""How fast and how faithfully PDF files are read, beside plain pdfium, pypdf, poppler and other libraries.

Words are compared as multisets with the texts of pdfium and poppler: what an engine has and none of them (glued or
split words, changed numbers), and what all of them have and it has not. None judges itself. Marks that we set (bars of
tables, `^` before raised marks) count as blanks, lines to write on and other rules are no words, a word broken at the
end of a line is compared with its hyphen, and running heads and page numbers that are left out count as read, since
they are known. Seconds are of one core, the best round.

Poppler's pdftotext is asked where it is installed; --peer is a Python with llama-index-core,
llama-index-readers-file and docling-parse (docling's path for text alone); what it lacks is said.

Usage: python -m benchmarks.pdf FILE... [--rounds 2] [--peer PYTHON]
"""

from __future__ import annotations

import argparse
import io
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdf
import pypdfium2

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.flow.running_heads import without_heads
from attune.documents.pdf.pages.page import read_page

MARKS = re.compile(r"[|•^]|_+|\*{4,}|\.{4,}|…")
BROKEN = re.compile("(?:\x02|\ufffe|\xad)(?:\r?\n)?|-(?:\r?\n|\f)(?=[^\\W\\d])")
NUMBER = re.compile(r"\d")
SHOWN = 12
JUDGES = ("pdfium", "poppler, raw", "poppler, layout")
PEERS = {
    "LlamaIndex": "from llama_index.core import SimpleDirectoryReader\n"
    "from llama_index.core.node_parser import SentenceSplitter\n"
    "pages = SimpleDirectoryReader(input_files=[sys.argv[1]]).load_data()\n"
    "for node in SentenceSplitter(chunk_size=256, chunk_overlap=0).get_nodes_from_documents(pages): print(node.text)",
    "docling-parse": "from docling_parse.pdf_parser import DoclingPdfParser\n"
    "for _, page in DoclingPdfParser().load(sys.argv[1]).iterate_pages():\n"
    "    for line in page.textline_cells: print(line.text)",
}


def ours(data: bytes) -> str:
    """Return the text of our blocks."""
    return "\n".join(block.text for block in read_pdf(data, Options()).blocks)


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
    print(f"## {file.name}\n\n| engine | seconds | words | in it alone | with digits | missed | with digits |")
    print("|---|---|---|---|---|---|---|")
    found: dict[str, Counter[str]] = {}
    seconds: dict[str, float] = {}
    for name, read in readers.items():
        try:
            text, seconds[name] = timed(read, data, rounds)
        except subprocess.CalledProcessError as error:
            print(f"{name} failed: {error.stderr[-200:]!r}", file=sys.stderr)
            continue
        found[name] = words(text) + (words(heads(data)) if name == "ours" else Counter())
    for name, own in found.items():
        alone, missed = against(own, [found[judge] for judge in JUDGES if judge in found and judge != name])
        cells = [f"{own.total():,}", *(f"{count:,}" for left in (alone, missed) for count in _counts(left))]
        print(f"| {name} | {seconds[name]:.2f} | {' | '.join(cells)} |")
    sides = against(found["ours"], [found[judge] for judge in JUDGES if judge in found])
    for title, left in zip(("alone", "missed"), sides, strict=True):
        print(f"\nOurs, {title}: {', '.join(f'`{word}`' for word in list(left)[:SHOWN])}")
    print()


def against(own: Counter[str], judges: Sequence[Counter[str]]) -> tuple[Counter[str], Counter[str]]:
    """Return the words that an engine has and no judge, and those that all judges have and it has not."""
    alone, missed = own, judges[0]
    for judge in judges:
        alone, missed = alone - judge, missed & judge
    return alone, missed - own


def _counts(left: Counter[str]) -> tuple[int, int]:
    return left.total(), sum(count for word, count in left.items() if NUMBER.search(word))


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
